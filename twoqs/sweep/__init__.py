"""Sweeps: a typed file becomes a grid, points with an identity, and batches."""

from __future__ import annotations

from twoqs.sweep.axes import Axis
from twoqs.sweep.point import Point
from twoqs.sweep.problems import SpecError
from twoqs.sweep.schema import schema_text
from twoqs.sweep.sweep import Sweep

__all__ = ["Axis", "Point", "SpecError", "Sweep", "schema_text"]
