"""Plain NumPy integrators: the specification that the kernels in `twoqs.kernels` must equal."""

from twoqs.flows import conserving, euler_maruyama, pda
from twoqs.flows.random import ReferenceStream

__all__ = ["ReferenceStream", "conserving", "euler_maruyama", "pda"]
