"""Results against predictions: every deviation, in standard errors, and what is claimed of them."""

from twoqs.look.validation.claims import (
    Claim,
    Subject,
    claims_for,
    longest_fit,
    read_claims,
    read_subjects,
)
from twoqs.look.validation.coverage import comparison
from twoqs.look.validation.table import deviations, summary, write_table
from twoqs.look.validation.verdicts import Verdict, check
from twoqs.look.validation.words import percent, plain

__all__ = [
    "Claim",
    "Subject",
    "Verdict",
    "check",
    "claims_for",
    "comparison",
    "deviations",
    "longest_fit",
    "percent",
    "plain",
    "read_claims",
    "read_subjects",
    "summary",
    "write_table",
]
