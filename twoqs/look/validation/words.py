"""Numbers as people write them: three digits and no powers of ten."""

from __future__ import annotations

import math

MANY = 1000.0
"""Per cent from which on a deviation is told as a multiple of its scale."""

FEW = 1e-4
"""Smaller numbers are said to be smaller."""


def plain(value: float) -> str:
    """Three digits, two below 1; a dash for what is not known."""
    if math.isnan(value):
        return "-"
    if 0 < abs(value) < FEW:
        return f"< {FEW:.4f}"
    digits = float(f"{value:.2g}" if abs(value) < 1 else f"{value:.3g}")
    return f"{digits:.0f}" if abs(digits) >= 100 else f"{digits:.6f}".rstrip("0").rstrip(".")


def percent(value: float) -> str:
    """Per cent of a scale, or how many times the scale it is."""
    return (
        f"{plain(value / 100)} times" if value >= MANY else f"{plain(value)} %".replace("- %", "-")
    )
