"""New values of axes go where results change beyond their noise, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from sweeps import merged_bytes, mtimes, receipts, small, sweep, write_spec

from twoqs.access import open as open_sweep
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.refine import Refinement, refine
from twoqs.refine.axis import TIDY, GrowingAxis, tidy
from twoqs.run import Workers, run
from twoqs.store.batches import BATCHES
from twoqs.sweep import Sweep
from twoqs.sweep.edit import with_axis_values
from twoqs.sweep.source import parse

ONE = {"x": {"sets": "model.field.x", "values": {"linspace": [0, 3.9, 40]}}}
TWO = {
    "x": {"sets": "model.field.x", "values": {"linspace": [0, 1.9, 20]}},
    "y": {"sets": "model.field.y", "values": {"linspace": [0, 1.1, 12]}},
}


def made(axes: dict[str, Any], values: Any, error: float, seed: int = 0) -> tuple[Sweep, Any]:
    """A sweep, and a dataset with `values` of its coordinates, with noise of the size `error`."""
    content = sweep(axes=axes)
    coordinates = {axis.name: list(axis.coordinates) for axis in content.axes}
    grid = xr.Dataset(coords=coordinates)
    shape = {name: len(values) for name, values in coordinates.items()}
    zero = xr.DataArray(np.zeros(tuple(shape.values())), coordinates, list(shape))
    exact = (values(grid) + zero).transpose(*shape)
    noise = np.random.default_rng(seed).normal(scale=error, size=exact.shape)
    return content, xr.Dataset({"sz": exact + noise, "sz_se": xr.full_like(exact, error)})


def along_x(values: Any, error: float, points: int = 40, seed: int = 0) -> Refinement:
    content, data = made(ONE, values, error, seed)
    (found,) = refine(content, data, ["x"], points)
    assert len(found.added) == points
    assert found.grown == sorted({*found.added, *content.axes[0].coordinates})
    return found


def near(found: Refinement, place: float, distance: float) -> float:
    """Share of the new values near a place."""
    return float(np.mean(np.abs(np.array(found.added) - place) <= distance))


KINK, JUMP = 1.53, 2.04


def kink(data: Any) -> Any:
    return np.maximum(data.x - KINK, 0.0)


def jump(data: Any) -> Any:
    return 1.0 * (data.x > JUMP)


def hill(data: Any) -> Any:
    return np.tanh((data.x - 2.0) / 0.2)


# The spacing is 0.1. The interval of a kink and its neighbours are equally suspect, and some ten
# values in forty are there to spread points over the rest.
@pytest.mark.parametrize("error", [0.0, 0.003])
@pytest.mark.parametrize(("curve", "place"), [(kink, KINK), (jump, JUMP)])
def test_a_kink_and_a_jump_get_the_points(curve: Any, place: float, error: float) -> None:
    found = along_x(curve, error)
    assert found.seen
    assert near(found, place, 0.2) >= 0.6


def test_a_smooth_step_gets_the_points_over_its_width() -> None:
    assert near(along_x(hill, 0.01), 2.0, 0.6) >= 0.6


# Along the rising line neighbours differ by 0.1.
@pytest.mark.parametrize(("slope", "error"), [(0.0, 0.05), (1.0, 0.2)])
@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_straight_line_gets_points_evenly(slope: float, error: float, seed: int) -> None:
    found = along_x(lambda data: slope * data.x, error, 39, seed)
    assert not found.seen
    # Each of the 39 gaps is cut in two.
    np.testing.assert_allclose(np.diff(found.grown), 0.05, atol=0.1 * TIDY + 1e-9)


def test_noise_that_is_not_owned_up_to_draws_points() -> None:
    """Negative control: with standard errors ten times too small the flat line has features."""
    content, data = made(ONE, lambda grid: 0.0 * grid.x, 0.05)
    (found,) = refine(content, data.assign(sz_se=data.sz_se / 10), ["x"], 39)
    assert found.seen
    gaps = np.diff(found.grown)
    assert np.sum(np.isclose(gaps, 0.05, atol=0.1 * TIDY + 1e-9)) < 60


def test_chance_makes_few_flat_lines_look_otherwise() -> None:
    """Of 100 flat lines, 5 may be taken for more; 12 or more have a probability of 0.4 %."""
    assert sum(along_x(lambda d: 0.0 * d.x, 0.1, 1, seed).seen for seed in range(100)) < 12


def test_a_kink_below_the_noise_is_not_seen() -> None:
    assert not along_x(lambda data: 1e-3 * kink(data), 0.05).seen


def test_more_curves_count_by_the_one_with_most(tmp_path: Path) -> None:
    axes = {**ONE, "case": {"cases": {"flat": {}, "kinked": {"numerics.scheme": "pda"}}}}
    content, data = made(axes, lambda grid: kink(grid) * (grid.case == "kinked"), 0.003)
    (found,) = refine(content, data, ["x"], 40)
    assert near(found, KINK, 0.2) >= 0.6
    in_time = xr.concat(
        [data.sel(case="flat", drop=True), data.sel(case="kinked", drop=True)], "time"
    )
    (again,) = refine(sweep(axes=ONE), in_time, ["x"], 40)
    assert again.added == found.added


def test_points_without_a_value_draw_nothing() -> None:
    content, data = made(ONE, kink, 0.003)
    data["sz"][30] = np.nan
    data["sz_se"][31] = np.nan
    (found,) = refine(content, data, ["x"], 40)
    assert near(found, KINK, 0.2) >= 0.6
    assert near(found, 3.05, 0.2) <= 0.1


def test_in_two_dimensions_the_points_go_to_the_axis_that_gains() -> None:
    content, data = made(TWO, lambda grid: np.maximum(grid.y - 0.43, 0.0) + 0.0 * grid.x, 0.002)
    x, y = refine(content, data, ["x", "y"], 12)
    assert len(x.added) + len(y.added) == 12
    assert len(y.added) >= 9
    assert near(y, 0.43, 0.2) >= 0.75
    assert (x.seen, y.seen) == (False, True)


def test_in_two_dimensions_each_axis_gets_points_at_its_own_kink() -> None:
    content, data = made(TWO, lambda grid: abs(grid.x - 1.32) + abs(grid.y - 0.43), 0.001)
    x, y = refine(content, data, ["x", "y"], 20)
    assert min(len(x.added), len(y.added)) >= 5
    assert near(x, 1.32, 0.2) >= 0.6
    assert near(y, 0.43, 0.2) >= 0.6


def test_in_two_dimensions_noise_spreads_evenly() -> None:
    content, data = made(TWO, lambda grid: 0.0 * (grid.x + grid.y), 0.1)
    x, y = refine(content, data, ["x", "y"], 30)
    assert not x.seen
    assert not y.seen
    # Gaps are compared by their share of the axis: those of y, a twelfth, before those of x.
    assert (len(y.added), len(x.added)) == (11, 19)
    for found, gap in ((x, 0.05), (y, 0.05)):
        np.testing.assert_allclose(np.diff(found.grown), gap, atol=0.1 * TIDY + 1e-9)


def test_the_order_of_values_and_axes_does_not_matter() -> None:
    content, data = made(ONE, kink, 0.003)
    (found,) = refine(content, data, ["x", "x"], 10)
    shuffled = np.random.default_rng(1).permutation(40)
    mixed = sweep(axes__omega={**ONE["x"], "values": list(data.x.values[shuffled])})
    (again,) = refine(mixed, data.isel(x=shuffled).rename(x="omega"), ["omega"], 10)
    assert again.grown == found.grown


def test_falling_values_go_on_falling() -> None:
    axis = GrowingAxis("x", [3.0, 2.0, 1.0], whole=False, logarithmic=False)
    assert axis.take(0.25)
    assert axis.grown == [3.0, 2.0, 1.5, 1.0]
    assert axis.places.tolist() == [0.0, 0.5, 1.0]


def test_among_integers_there_are_integers_only() -> None:
    content, data = made(
        {"n": {"sets": "model.spin", "values": [1, 4, 6]}}, lambda grid: grid.n**2, 0.01
    )
    (found,) = refine(content, data, ["n"], 10)
    assert found.added == [2, 3, 5]
    assert all(isinstance(value, int) for value in found.grown)
    for path, added in (("model.spin", [2.0]), ("model.decay", [2.5])):
        other = sweep(axes={"n": {"sets": path, "values": [1.0, 4.0]}})
        (found,) = refine(other, data.isel(n=[0, 1]), ["n"], 1)
        assert found.added == added


def test_distances_of_logarithms() -> None:
    values = {"sets": "model.decay", "values": {"logspace": [-3, 3, 7]}}
    content, data = made({"rate": values}, lambda grid: 0.0 * grid.rate, 0.1)
    (found,) = refine(content, data, ["rate"], 6, logarithmic=["rate"])
    ratios = np.array(found.grown[1:]) / found.grown[:-1]
    # The tidy numbers 3.0 ... lie a few per cent from the square root of 10.
    np.testing.assert_allclose(ratios, 10**0.5, rtol=0.3)


@pytest.mark.parametrize(
    ("value", "gap", "text"),
    [
        (0.48751, 0.025, "0.488"),
        (0.45, 0.1, "0.45"),
        (1234.5, 700.0, "1200.0"),
        (-1e-9, 2e-8, "0.0"),
    ],
)
def test_new_values_have_few_digits(value: float, gap: float, text: str) -> None:
    assert repr(tidy(value, gap)) == text


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"axes": ["z"]}, r"`axis` must name an axis of the sweep \(x, case\)"),
        ({"axes": ["case"]}, "`axis` must name an axis of numbers"),
        ({"points": 0}, "`points`"),
        ({"variables": ["diverged"]}, r"`var` must be a result with a standard error \(sz\)"),
        ({"logarithmic": ["y"]}, r"`log` must name one of the axes \(x\)"),
        ({"logarithmic": ["x"]}, r"`log` must have positive values \(`x`\), but got 0"),
    ],
)
def test_refine_refuses(arguments: dict[str, Any], named: str) -> None:
    axes = {**ONE, "case": {"cases": {"a": {}}}}
    content, data = made(axes, lambda grid: kink(grid) + 0.0 * (grid.case == "a"), 0.01)
    with pytest.raises(ArgumentError, match=named):
        refine(content, data, **{"axes": ["x"], "points": 3, **arguments})


def test_one_value_cannot_be_refined() -> None:
    axes = {"x": {"sets": "model.field.x", "values": [1.0]}}
    content, data = made(axes, lambda grid: grid.x, 0.1)
    with pytest.raises(ArgumentError, match="`axis` must have at least two values"):
        refine(content, data, ["x"], 3)


HEAD = """\
name: small     # the name
seed: 7
trajectories: 512
model: {spin: 10, decay: 1.0}
numerics: {times: [0, 1]}
axes:
"""

STYLES = {
    "flow": "  x: {sets: model.field.x, values: [1, 2], units: Gamma}  # after\n",
    "range": "  x:\n    sets: model.field.x\n    values: {linspace: [1, 2, 2]}  # after\n",
    "block": (
        "  x:\n    sets: model.field.x\n    values:\n      # inside\n      - 1\n"
        "      - {linspace: [2, 2, 1]}\n    # after\n    units: Gamma\n"
    ),
    "dashes below the key": (
        "  x:\n    values:\n    - 1\n    - 2\n\n    # after\n    sets: model.field.x\n"
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_all_else_in_the_file_stays(style: str) -> None:
    text = HEAD + STYLES[style]
    values = [1.0, *(1 + k / 64 for k in range(1, 64)), 2.0]
    changed = with_axis_values(text, {"x": values})
    assert Sweep(parse(changed, "changed")).axes[0].coordinates == tuple(values)
    assert "# the name" in changed
    assert "# after" in changed
    wide = [line for line in changed.splitlines() if len(line) > 100]
    # What follows a list in its last line stays there.
    assert all("units" in line for line in wide)
    kept = [line for line in text.splitlines() if "values" not in line and "- " not in line]
    assert [line for line in changed.splitlines() if line in kept] == kept


SIZES = {
    "it has values": "sizes:\n  quick:\n    axes.x.values: [1, 2]\n    trajectories: 64\n",
    "block": "sizes:\n  quick:\n    # few\n    trajectories: 64\n",
    "flow": "sizes: {quick: {trajectories: 64}}\n",
    "empty": "sizes: {quick: {}}\n",
}


@pytest.mark.parametrize("kind", SIZES)
def test_values_of_a_size_are_its_own(kind: str) -> None:
    text = HEAD + STYLES["block"] + SIZES[kind]
    changed = with_axis_values(text, {"x": [1.0, 1.5, 2.0]}, "quick")
    assert Sweep(parse(changed, "changed"), "quick").axes[0].coordinates == (1.0, 1.5, 2.0)
    assert Sweep(parse(changed, "changed")).spec == Sweep(parse(text, "text")).spec


CHEAP = {
    "trajectories": 256,
    "numerics": {"average": [60, 120]},
    "axes": {
        "omega": {"sets": "model.field.x", "values": {"linspace": [0.05, 2.0, 40]}},
        "case": {"cases": {"conserving": {}}},
    },
}
"""The driven spin, whose magnetisation is -sqrt(1 - omega^2) up to omega = 1, then 0."""


@pytest.fixture(scope="module")
def cheap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of `small.yaml` and its store `s`; to read only."""
    folder = tmp_path_factory.mktemp("cheap")
    write_spec(folder / "small.yaml", small(**CHEAP))
    run(sweep(**CHEAP), folder / "s", Workers(0), quiet=True)
    return folder


def test_40_points_become_80_at_the_transition_and_none_is_run_again(
    cheap: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, new = cheap / "s", tmp_path / "new.yaml"
    arguments = ["--store", str(store), "--axis", "omega", "--points", "40", "--output", str(new)]
    assert main(["refine", str(cheap / "small.yaml"), *arguments]) == 0
    assert "40 new values of omega (80 in all), half of them from 0." in capsys.readouterr().err
    old, grown = sweep(**CHEAP), Sweep.from_file(new)
    added = {p.coordinates["omega"] for p in grown.points} - {
        p.coordinates["omega"] for p in old.points
    }
    assert len(added) == 40
    # A spin of 10 turns over from 0.6 to 1.2: three tenths of the axis.
    assert np.mean([0.6 <= value <= 1.2 for value in added]) >= 0.6
    done, before = receipts(store), mtimes(store)
    assert main(["run", str(new), "--store", str(store), "--workers", "0", "--quiet"]) == 0
    assert receipts(store)[: len(done)] == done
    computed = {point for point, _ in receipts(store)[len(done) :]}
    assert computed == {p.point_id for p in grown.points} - {p.point_id for p in old.points}
    after = mtimes(store)
    assert all(after[name] == t for name, t in before.items() if name.startswith(BATCHES + "/"))
    run(grown, tmp_path / "once", Workers(0), quiet=True)
    assert merged_bytes(store) == merged_bytes(tmp_path / "once")
    # Once more, from what the store keeps, onto standard output.
    assert main(["refine", str(store), "--axis", "omega", "--points", "1"]) == 0
    third = Sweep(parse(capsys.readouterr().out, "printed"))
    assert len(third.points) == 81
    assert {p.point_id for p in grown.points} < {p.point_id for p in third.points}


@pytest.mark.parametrize(
    ("options", "code", "named"),
    [
        (["SPEC", "--axis", "z", "--points", "3"], 2, "`axis` must name an axis"),
        (["SPEC", "--axis", "omega", "--points", "0"], 2, "`points`"),
        (["SPEC", "--axis", "omega", "--points", "3", "--store", "none"], 2, "run "),
        (["serial", "--axis", "omega", "--points", "3", "--size", "x"], 2, "`size`"),
        (["serial", "--axis", "omega", "--points", "3", "--output", "no/x"], 2, "`output`"),
        (["nothing", "--axis", "omega", "--points", "3"], 2, "nothing"),
    ],
)
def test_bad_options(
    options: list[str],
    code: int,
    named: str,
    serial: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(serial.parent)
    spec = write_spec(serial.parent / "small.yaml", small())
    given = [str(spec) if option == "SPEC" else option for option in options]
    if "--store" not in given and "SPEC" in options:
        given += ["--store", str(serial)]
    assert main(["refine", *given]) == code
    error = capsys.readouterr().err
    assert named in error
    assert error.count("\n") == 1 + (error.count("new "))


def test_a_sweep_that_has_grown_since_is_run_first(
    serial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = write_spec(tmp_path / "more.yaml", small(axes__omega__values=[0.5, 1.0, 1.5]))
    options = ["--store", str(serial), "--axis", "omega", "--points", "3"]
    assert main(["refine", str(spec), *options]) == 1
    assert "run the sweep first" in capsys.readouterr().err


def test_an_anchor_is_not_torn_apart(
    serial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = write_spec(tmp_path / "a.json", small()).read_text(encoding="utf-8")
    text = text.replace('"times": [0, 1, 2]', '"times": &t [0, 1, 2]')
    text = text.replace('"values": [0.5, 1.5]', '"values": *t')
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    run(Sweep.from_file(tmp_path / "a.yaml"), tmp_path / "s", Workers(0), quiet=True)
    options = ["--store", str(tmp_path / "s"), "--axis", "omega", "--points", "3"]
    assert main(["refine", str(tmp_path / "a.yaml"), *options]) == 2
    assert "shares by an anchor" in capsys.readouterr().err


def test_the_dataset_of_a_real_sweep_fits(cheap: Path) -> None:
    data = open_sweep(cheap / "s")
    (found,) = refine(sweep(**CHEAP), data, ["omega"], 5, ["sz", "var_sx"])
    assert len(found.added) == 5
