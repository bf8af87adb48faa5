"""The validation report: one page on all figures, and one table."""

from twoqs.paper.report.write import write_report

__all__ = ["write_report"]
