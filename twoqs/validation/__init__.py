"""Results against predictions: every deviation, in standard errors, and what is claimed of them."""

from twoqs.validation.claims import Claim, Verdict, check, claims_for, read_claims
from twoqs.validation.table import deviations, summary, write_table

__all__ = [
    "Claim",
    "Verdict",
    "check",
    "claims_for",
    "deviations",
    "read_claims",
    "summary",
    "write_table",
]
