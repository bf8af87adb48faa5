"""One table of limits: Python and sweep files accept and refuse the same, with the same words."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest
from sweeps import small

import twoqs
from twoqs.errors import ArgumentError
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model import limits
from twoqs.model.lattice import Lattice
from twoqs.sweep import Sweep
from twoqs.sweep.paths import split, with_value

ROOT = Path(twoqs.__file__).parent
ONE = twoqs.Model(spin=2, decay=1.0)


def settled(**settings):
    return resolve(ONE, Numerics(**settings))


def simulated(**settings):
    return twoqs.simulate(ONE, **({"times": [0.1], "trajectories": 64} | settings))


CASES = {
    # limit: (in Python, path in a file, its value there, at the limit, beyond it, words)
    "spin": (
        lambda n: twoqs.Model(spin=n), "model.spin", float, limits.MOST_SPIN, 10**13,
        "be at most 1000000000000",
    ),
    "side": (
        lambda n: twoqs.chain(n), "model.lattice", lambda n: {"chain": {"n": n}},
        limits.MOST_SITES, 10**6 + 1, "be at most 1000000",
    ),
    "sites": (
        lambda n: twoqs.square(1000, n), "model.lattice",
        lambda n: {"square": {"nx": 1000, "ny": n}}, 1000, 1001, "make at most 1000000 sites",
    ),
    "sites of all to all": (
        twoqs.all_to_all, "model.lattice", lambda n: {"all_to_all": {"n": n}},
        limits.MOST_CONNECTED, 10**4 + 1, "be at most 10000",
    ),
    "numbers of sites": (
        lambda n: twoqs.from_edges([(0, n)]), "model.lattice",
        lambda n: {"edges": {"edges": [[0, n]]}}, 10**6 - 1, 10**6,
        "hold site numbers from 0 to 999999",
    ),
    "number of sites": (
        lambda n: twoqs.from_edges([(0, 1)], n_sites=n), "model.lattice",
        lambda n: {"edges": {"edges": [[0, 1]], "n_sites": n}}, limits.MOST_SITES, 10**6 + 1,
        "be at most 1000000",
    ),
    "steps": (
        lambda end: settled(times=(end,), step=0.01), "numerics",
        lambda end: {"times": [end], "step": 0.01}, 1e9, 2e9, "be at least 0.02: 1e+11 steps",
    ),
    "samples": (
        lambda n: settled(average=(0, 1), samples=n), "numerics",
        lambda n: {"average": [0, 1], "samples": n}, limits.MOST_TIMES, 10**6 + 1,
        "be at most 1000000",
    ),
    "seed": (
        lambda n: simulated(seed=n), "seed", int, limits.MOST_SEED, 2**63,
        "be at most 9223372036854775807",
    ),
    "spin in single precision": (
        lambda n: resolve(twoqs.Model(spin=n, decay=1.0), Numerics(times=(1,), precision="single")),
        "", lambda n: [("model.spin", float(n)), ("numerics.precision", "single")],
        limits.MOST_SPIN_IN_SINGLE, 10**6 + 1, 'be "double" for spins above 1000000',
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _few_bonds(monkeypatch):
    """All-to-all lattices without their bonds: what is asked here is whether they are allowed."""
    few = (np.array([0]), np.array([1]))
    monkeypatch.setattr("twoqs.model.lattice.np.triu_indices", lambda n, k: few)


def from_file(path, value):
    content = small(axes={}, model={"spin": 2.0, "decay": 1.0}, numerics={"times": [0.0, 1.0]})
    for place, setting in value if path == "" else [(path, value)]:
        content = with_value(content, split(place), setting)
    return Sweep.from_dict(content)


@pytest.mark.parametrize("case", CASES)
def test_python_and_files_have_the_same_limit(case):
    python, path, text, at, beyond, words = CASES[case]
    python(at)
    from_file(path, text(at))
    for call in (lambda: python(beyond), lambda: from_file(path, text(beyond))):
        with pytest.raises(ValueError, match=re.escape(f"must {words}")) as error:
            call()
        assert "Argument `" in str(error.value)


def test_trajectories_have_the_same_limit():
    """So many take more memory than `simulate` may have: it says so, where a sweep may."""
    words = f"must be at most {limits.MOST_TRAJECTORIES}"
    from_file("trajectories", limits.MOST_TRAJECTORIES)
    with pytest.raises(ArgumentError, match="a sweep may make more"):
        simulated(trajectories=limits.MOST_TRAJECTORIES)
    for call in (
        lambda: simulated(trajectories=limits.MOST_TRAJECTORIES + 1),
        lambda: from_file("trajectories", limits.MOST_TRAJECTORIES + 1),
    ):
        with pytest.raises(ValueError, match=words):
            call()


def test_six_thousand_spins_coupled_all_to_all_are_allowed_in_files():
    sweep = from_file("model.lattice", {"all_to_all": {"n": 6000}})
    assert isinstance(sweep.points[0].model.lattice, Lattice)
    assert sweep.points[0].model.n_sites == 6000


INTERNAL = {
    # what the others limit, which nobody asks for
    # how work is cut
    "simulation/batch.MOST_BLOCKS", "sweep/work.MOST_IN_BUNDLE", "sweep/work.MOST_BUNDLE_BYTES",
    "flows/sequence.MOST_LAG",
    "methods/couplings.MOST_PARTS", "kernels/machine_relaxation.MOST_TERMS",
    "model/language/lower_hamiltonian.MOST_EXPANDED",  # how products of sums are written
    "measure/statistics.MOST_GROUPS",  # of a jackknife
    "look/export.MOST_BYTES",  # of the netCDF format
    "simulation/validity.MOST_SPREAD", "simulation/validity.MOST_WIDENING",  # of what states can be
    "model/describe.MOST_ROWS",  # of what is written
    "look/plot/picture.MOST_CURVES", "look/plot/heat.MOST_MAPS",  # of what can be seen
    "paper/figures/squeezing.MOST_ERROR",
    "measure/limits/classical.MOST_FOLLOWED", "measure/limits/classical.MOST_PATH_STEPS",
    "measure/limits/common_bath.MOST_ON_BATH", "measure/limits/squeezed.MOST_TURNED",
    "measure/limits/lengths.MOST_DRIFT", "measure/limits/fold.MOST_GROWTH",
    "execution/plan.MOST_NOTES",
    "sweep/recalled.MOST_LETTERS", "sweep/recalled.MOST_FILES",  # of what is kept
    "sweep/problems.MAX_SHOWN", "sweep/points.MAX_PROBLEMS",  # of what is told
    "store/metadata.MOST_DIMENSION", "store/metadata.MOST_CHUNK", "store/metadata.MOST_FILE",
    "store/files.MOST_JSON", "store/journal.MOST_LINE", "store/origins.MOST_TEXT",  # of reading
    "theory/catalogue.MOST_DIMENSIONS", "theory/catalogue.MOST_TURNS",  # of references
    "theory/catalogue.MOST_STEADY", "theory/catalogue.MOST_RATE_SPIN",
    "theory/effort.MOST_ELEMENTS", "theory/effort.MOST_PERIODS", "theory/effort.MOST_BANDED",
    "theory/populations.MOST_LEVELS", "theory/populations.MOST_RATES", "theory/photons.MOST_LAST",
    "measure/vacuum.MOST_FALSE_DEPHASING", "measure/vacuum.MOST_KERR",  # of what is not told
    "flows/rotation.MOST_ANGLE",  # of series
    "theory/linear/evolution.MOST_WORK", "theory/linear/fluctuations.MOST_DENSE",
    "theory/linear/prediction.MOST_EFFORT", "theory/linear/prediction.MOST_TENSORS",
    "theory/mean_field/fixed_points.MOST_SITES_OF_CELL",
}  # fmt: skip


def test_limits_are_defined_in_one_place():
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(target, ast.Name) and re.match("MOST_|MAX_", target.id):
                    name = path.relative_to(ROOT).with_suffix("").as_posix()
                    found |= {f"{name}.{target.id}"} if name != "model/limits" else set()
    assert found == INTERNAL


def test_every_limit_says_why():
    body = ast.parse((ROOT / "model" / "limits.py").read_text()).body
    for number, node in enumerate(body):
        if isinstance(node, ast.Assign):
            text = body[number + 1]
            assert isinstance(text, ast.Expr)
            assert isinstance(text.value, ast.Constant)
            assert len(str(text.value.value)) > 30
