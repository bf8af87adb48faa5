"""The language of models: members, parameters, operators and jumps, in Python and as text."""

from twoqs.model.language.events import change, turn
from twoqs.model.language.jumps import Jump, JumpMatrix, collapse, jump
from twoqs.model.language.lower import lower
from twoqs.model.language.members import Ensemble, Mode, Site, Sites, Spin
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.language.shapes import cosine, gauss, piecewise, ramp, sampled
from twoqs.model.language.sums import bonds, each, total
from twoqs.model.language.text import read_operator, read_rate
from twoqs.model.language.write import formula

__all__ = [
    "Ensemble", "Expression", "Jump", "JumpMatrix", "Mode", "Operator", "Parameter", "Site",
    "Sites", "Spin", "bonds", "change", "collapse", "cosine", "each", "formula", "gauss", "jump",
    "lower", "piecewise", "ramp", "read_operator", "read_rate", "sampled", "total", "turn",
]  # fmt: skip
