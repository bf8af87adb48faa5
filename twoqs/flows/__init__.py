"""Plain NumPy integrators: the specification that the kernels in `twoqs.kernels` must equal.

The methods for what keywords say are `conserving`, `pda` and `euler_maruyama`. For any model, what
moves the spins is data (`generators`); its Hamiltonian becomes products that conserve their factors
(`products`), its jump operators two canonical flows each (`jumps`). What turns about the same axes
is one stage (`assign`, `stages`, `cover`), a channel of several spins a flow of its own
(`channels`). The flows are `turn` and `common`, made of `rotation` and `friction`; `plan` puts them
into the order of a step, and `step` takes steps.
"""
