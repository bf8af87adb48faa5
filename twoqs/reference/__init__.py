"""Plain NumPy integrators: the specification that the kernels in `twoqs.kernels` must equal."""

from twoqs.reference import conserving, euler_maruyama, pda
from twoqs.reference.random import ReferenceStream

__all__ = ["ReferenceStream", "conserving", "euler_maruyama", "pda"]
