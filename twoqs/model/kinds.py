"""What the three components at a site stand for."""

from __future__ import annotations

SPIN, MODE, ENSEMBLE, HALF = range(4)
"""A spin of fixed length; a boson mode, (Re a, -Im a, a^+a); the sum of two-level members with
processes of their own, whose length is free; a spin 1/2 that is sampled discretely."""
