"""Steps that run together over the sites, in the orderings that the tests leave out. 20 seconds."""

from __future__ import annotations

import pytest
from test_kernels import COUPLINGS, LATTICES, check_steps_that_run_together


@pytest.mark.parametrize("coupling", COUPLINGS, ids=str)
@pytest.mark.parametrize("lattice", LATTICES.values(), ids=LATTICES)
@pytest.mark.parametrize("representation", ["P", "Q"])
def test_steps_that_run_together_equal_the_reference(representation, lattice, coupling) -> None:
    check_steps_that_run_together("pda", representation, lattice, coupling)
