"""Results against predictions, in standard errors."""

from twoqs.validation.references import Reference, reference_for
from twoqs.validation.table import deviations, summary, write_table

__all__ = ["Reference", "deviations", "reference_for", "summary", "write_table"]
