"""Observables as records: what a result has is what they say, and errors are named in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import twoqs
from twoqs.measure import OBSERVABLES, STATUS_OF, asked, error_name, is_error
from twoqs.methods.numerics import Numerics, resolve

ROOT = Path(twoqs.__file__).parent
RING = {"spin": 20, "lattice": twoqs.chain(6), "coupling": (0.5, -0.8, 0), "decay": 1.0}
IN_TIME, WINDOW = {"times": (0.0, 0.5, 1.0)}, {"average": (1.0, 2.0)}


@pytest.mark.parametrize("when", [IN_TIME, WINDOW])
@pytest.mark.parametrize(
    ("words", "observables"),
    [
        ({"spin": 20, "decay": 1.0}, ()),
        ({"spin": 20, "decay": 1.0}, ("sites",)),
        (RING, ()),
        (RING, ("correlation", "sites")),
        (RING | {"lattice": twoqs.square(3, 3)}, ("correlation",)),
        (RING | {"lattice": twoqs.all_to_all(4)}, ("sites",)),
    ],
)
def test_a_result_has_what_the_records_say(words, observables, when) -> None:
    model = twoqs.Model(**words)
    data = twoqs.simulate(model, trajectories=512, observables=observables, **when)
    numerics = resolve(model, Numerics(observables=observables, **when))
    wanted = asked(model, numerics)
    assert {name for name in data.data_vars if error_name(name) in data} == set(wanted)
    for name, record in wanted.items():
        fitted = record.finish is None
        time = ("time",) if "times" in when and not fitted else ()
        assert data[name].dims == (*time, *record.dims) == data[error_name(name)].dims
        assert data[name].attrs["units"] == record.units == data[error_name(name)].attrs["units"]
        assert data[name].attrs["long_name"] == record.text
        assert record.status is None or record.status in data
        assert record.power == {"hbar": 1, "hbar^2": 2}.get(record.units, record.power)


def test_names_are_used_once_and_are_no_names_of_errors() -> None:
    assert all(name == record.name for name, record in OBSERVABLES.items())
    assert not [name for name in OBSERVABLES if is_error(name)]
    assert all(is_error(error_name(name)) for name in OBSERVABLES)
    assert set(STATUS_OF.values()) == {"xi_status", "squeezing_optimum_status"}


ENDING = re.compile(r"""_se["'}]""")
OTHERS = {"target_se", "bias_se", "power_se"}
"""A key of sweep files, and columns of the accuracy study."""


def endings(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if ENDING.search(re.sub("|".join(OTHERS), "", line))]


def test_names_of_errors_are_made_in_one_place(tmp_path: Path) -> None:
    files = [path for path in ROOT.rglob("*.py") if path != ROOT / "measure" / "names.py"]
    assert {str(path): lines for path in files if (lines := endings(path))} == {}
    other = tmp_path / "other.py"
    other.write_text('error = data[f"{name}_se"]\n')
    assert endings(other) == ['error = data[f"{name}_se"]']
