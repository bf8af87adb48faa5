"""Quick pictures: what is drawn is what the dataset holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from sweeps import sweep
from test_open import LATTICE, keep

import twoqs
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.look.plot.labels import label_of
from twoqs.look.plot.picture import View, plot
from twoqs.look.plot.quick import quick_figure
from twoqs.look.plot.ranges import feature_range, is_geometric
from twoqs.look.plot.symbols import symbol
from twoqs.look.plot.theory import with_theory
from twoqs.look.plot.typeset import wrapped

SERIAL = Workers(count=0)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two stores, to read only."""
    folder = tmp_path_factory.mktemp("stores")
    axes = {
        "omega": {"sets": "model.field.x", "values": [0.9, 0.1, 0.5, 0.7], "units": "Gamma"},
        "case": {"cases": {"pda": {"numerics.scheme": "pda"}, "conserving": {}}},
    }
    carry_out(sweep(axes=axes, numerics={"times": [0, 1]}), folder / "times", SERIAL, quiet=True)
    carry_out(sweep(**LATTICE), folder / "lattice", SERIAL, quiet=True)
    return folder


def drawn(
    data: xr.Dataset, name: str, x: str, others: list[str], at: dict[str, Any] | None = None
) -> Figure:
    return quick_figure(data, data.isel(at or {}), name, x, others)


def bars(figure: Figure) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """x, value and length of the bars of each curve."""
    found = []
    for container in figure.axes[0].containers:
        assert isinstance(container, ErrorbarContainer)
        line, _, (lines,) = container.lines
        ends = np.array(lines.get_segments())
        found.append((*line.get_xydata().T, (ends[:, 1, 1] - ends[:, 0, 1]) / 2))
    return found


def test_values_errors_and_labels_are_those_of_the_dataset(stores: Path) -> None:
    data = twoqs.open(stores / "times")
    figure = drawn(data, "sz", "omega", ["case"], {"time": 1})
    for case, (x, values, errors) in zip(data["case"].values, bars(figure), strict=True):
        here = data.sel(case=case, time=1).sortby("omega")
        np.testing.assert_array_equal(x, here.omega)
        np.testing.assert_array_equal(values, here.sz)
        # The ends of a bar are sums of value and error, rounded.
        np.testing.assert_allclose(errors, here.sz_se, rtol=1e-12)
    (axes,) = figure.axes
    assert axes.get_xlabel() == r"$\omega$ ($\Gamma$)"
    assert axes.get_ylabel() == "mean of $S^z$ per spin (ħ)"
    assert axes.get_title() == "time = 1"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["pda", "conserving"]
    assert figure.get_supxlabel().startswith("small: 8 of 8 points, 512 trajectories")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Gamma_phi", r"$\Gamma_{\phi}$"), ("Omega", r"$\Omega$"), ("J_y", "$J_{y}$"),
        ("xi", r"$\xi$"), ("omega_2", r"$\omega_{2}$"), ("g", "g"), ("case", "case"),
        ("lam", r"$\lambda$"),
        ("Omegas", "Omegas"), ("x_axis", "x_axis"), ("a$_b", "a$_b"), ("", ""),
    ],
)  # fmt: skip
def test_names_of_letters_become_symbols(name: str, shown: str) -> None:
    assert symbol(name) == shown
    data = xr.Dataset({"v": (name or "n", [0.0])}, {name or "n": [0.0]})
    if name:
        assert label_of(data, name) == shown


def test_points_that_are_not_finished_are_not_drawn(stores: Path, tmp_path: Path) -> None:
    carry_out(sweep(**LATTICE), tmp_path / "s", SERIAL, quiet=True)
    keep(tmp_path / "s", 4)
    data = twoqs.open(tmp_path / "s", partial=True)
    for name in ("sz", "xi_status"):
        done = drawn(data, name, "omega", ["case"])
        lines = [container.lines[0] for container in done.axes[0].containers]
        seen = sum(np.isfinite(line.get_ydata()).sum() for line in lines)
        assert seen == 2
    assert done.get_supxlabel().startswith("small: 2 of 4 points")


def test_flags_and_names_are_words(stores: Path) -> None:
    data = twoqs.open(stores / "lattice")
    figure = drawn(data, "xi_status", "case", ["omega"])
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_xticklabels()] == ["pda", "conserving"]
    assert "noise" in [text.get_text() for text in axes.get_yticklabels()]


@pytest.mark.parametrize(
    ("options", "others"),
    [
        ([], "omega along x"),
        (["--x", "time"], "time along x"),
        (["--at", "case=pda", "--at", "time=1"], "one curve"),
        (["--var", "diverged"], "no errors"),
        (["--x", "case", "--at", "time=0"], "names along x"),
    ],
)
@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_the_command_writes_a_picture(
    ending: str,
    options: list[str],
    others: str,
    stores: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "new" / f"picture.{ending}"
    arguments = ["plot", str(stores / "times"), *options, "--output", str(output)]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"{output}\n"
    head = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[ending]
    first = output.read_bytes()
    assert first.startswith(head)
    if ending != "svg":
        # Identifiers in an SVG file are drawn by lot.
        assert main(arguments) == 0
        assert output.read_bytes() == first


def test_the_name_of_the_picture(
    stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plot", str(stores / "lattice"), "--var", "xi"]) == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["small-xi.png"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--var", "s"], "`var` must be a variable"),
        (["--at", "omega"], "DIM=VALUE"),
        (["--at", "J=1"], "`at` must name a dimension (omega, case, time)"),
        (["--x", "distance"], "`x` must be a dimension of `sz` (omega, case, time)"),
        (["--output", "picture.gif"], "`output` must end in .png, .pdf, .svg"),
        (["--at", "omega=1", "--at", "case=pda", "--at", "time=0"], "leave a dimension of `sz`"),
    ],
)
def test_refusals(
    options: list[str], words: str, stores: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plot", str(stores / "times"), *options]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_too_many_curves_are_refused(
    stores: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("twoqs.look.plot.picture.MOST_CURVES", 3)
    assert main(["plot", str(stores / "times")]) == 2
    error = capsys.readouterr().err
    assert "choose a value of `case` (2 values), `time` (2 values)" in error
    assert "but got '4 curves'" in error


def test_axes_of_logspace_are_logarithmic() -> None:
    assert is_geometric(np.logspace(-3, 1, 9))
    assert is_geometric(np.logspace(-3, 1, 9)[::-1])
    assert not is_geometric(np.logspace(0, 1, 9)), "one decade is better read on a linear axis"
    assert not is_geometric(np.linspace(0.001, 1, 9))
    assert not is_geometric(np.linspace(0, 1, 9))
    assert not is_geometric(np.array([1e-3, 1.0]))


def test_texts_of_users_never_break_a_picture(stores: Path, tmp_path: Path) -> None:
    assert wrapped("<S^+_n S^-_{n+s}>", 80) == r"$\langle S^{+}_n S^{-}_{n+s} \rangle$"
    assert wrapped("$\\Gamma_d$", 80) == "$\\Gamma_d$"
    assert wrapped("price $^$", 80) == "price \\$^\\$"
    data = twoqs.open(stores / "times")
    data.omega.attrs["long_name"] = "price $^$ of all"
    plot(data, "sz", [tmp_path / "a.png"])
    assert (tmp_path / "a.png").stat().st_size > 0


def test_long_texts_are_broken_and_stay_inside(stores: Path) -> None:
    assert wrapped("one two three", 8) == "one two\nthree"
    assert wrapped("$a b c d$ e", 6) == "$a b c d$\ne", "a formula is not broken"
    assert wrapped(r"rate, $\Gamma_{\phi}$", 8) == "rate, $\\Gamma_{\\phi}$", "as long as shown"
    data = twoqs.open(stores / "times")
    data.omega.attrs |= {"long_name": "a long name of an axis " * 6, "units": "some long unit " * 4}
    for x, other in (("omega", "case"), ("case", "omega")):
        figure = drawn(data, "sz", x, [other], {"time": -1})
        FigureCanvasAgg(figure).draw()
        (axes,) = figure.axes
        assert axes.bbox.width > 0.5 * figure.bbox.width
        for artist in (axes.xaxis.label, axes.yaxis.label, axes.title, *figure.legends):
            inside = artist.get_window_extent()
            assert figure.bbox.x0 <= inside.x0 < inside.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= inside.y0 < inside.y1 <= figure.bbox.y1


def test_spectra_are_shown_where_they_have_lines() -> None:
    omega = np.linspace(-50, 50, 401)
    noise = 0.02 * np.random.default_rng(1).standard_normal((2, 401))
    lines = np.stack([1 / (1 + (omega - 3) ** 2), 0.005 / (1 + (omega - 30) ** 2)]) + noise
    data = xr.Dataset(
        {"s": (("case", "s_omega"), 1 + lines), "s_se": (("case", "s_omega"), 0 * lines + 0.02)},
        {"s_omega": omega},
    )
    low, high = feature_range(data, "s", "s_omega") or (0, 0)
    # 4 errors, 0.08, are passed to 3.4 from the line; a quarter is added. The other is too faint.
    assert -low == high
    assert 1.25 * 5.5 < high < 1.25 * 7.5
    above = data.sel(s_omega=slice(0, None))
    assert feature_range(above, "s", "s_omega") == (0.0, pytest.approx(high))
    assert feature_range(data.sel(s_omega=slice(-5, 5)), "s", "s_omega") is None
    assert feature_range(data.rename(s_omega="q"), "s", "q") is None


@pytest.mark.parametrize("ends", [("1", "0"), ("0", "nan")])
def test_ranges_that_do_not_rise_are_refused(stores: Path, ends: tuple[str, str], tmp_path) -> None:
    data = twoqs.open(stores / "times")
    with pytest.raises(twoqs.ArgumentError, match="x_range"):
        plot(data, "sz", [tmp_path / "a.png"], View(x="omega", x_range=tuple(map(float, ends))))


def test_theory_is_a_line_of_the_colour_of_its_curve(stores: Path) -> None:
    data = twoqs.open(stores / "times")
    predicted = data[["sz"]].isel(case=[1, 0]) + 0.25  # in another order, as cases may be
    whole = with_theory(data, predicted.where(predicted.omega > 0.2), "sz")
    figure = drawn(whole, "sz", "omega", ["case"], {"time": 1})
    lines = [line for line in figure.axes[0].lines if line.get_linewidth() == 1.2]
    for line, (x, values, _) in zip(lines, bars(figure), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), x)
        np.testing.assert_allclose(line.get_ydata()[1:], values[1:] + 0.25)
        assert np.isnan(line.get_ydata()[0])
    assert "lines are theory" in figure.get_supxlabel()
    with pytest.raises(twoqs.ArgumentError, match="hold `sy` of this sweep"):
        with_theory(data, predicted, "sy")
