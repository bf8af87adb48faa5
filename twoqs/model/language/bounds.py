"""The most of everything in operators, so that no text can take hours or gigabytes."""

from __future__ import annotations

MOST_MONOMIALS = 100_000
"""Products of monomials that one multiplication makes: half a second. What is larger is a sum over
sites or bonds, which is one monomial."""

MOST_POWERS = 1000
"""Monomials of a polynomial in the parameters."""

MOST_EXPONENT = 64
"""Size of an exponent of a parameter: values from 1e-5 to 1e5 stay within floats."""

MOST_CHANNELS = 1000
"""Operators that share one matrix of rates: it is diagonalised in a second."""

MOST_TEXT = 50_000
"""Characters of an expression; values for each site of a large lattice are passed as arrays."""

MOST_TEXT_DEPTH = 60
"""Levels of brackets, calls and signs in an expression."""

MOST_TEXT_WORK = 200_000
"""Products of monomials that all multiplications of an expression may make together: a second."""

MOST_SHOWN = 20
"""Monomials of an operator, and values of one of them, that its `repr` writes out."""
