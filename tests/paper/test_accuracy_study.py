"""The accuracy study: bias and its power laws are found, and drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from twoqs.cli import main
from twoqs.errors import StoreError
from twoqs.look.validation import write_table
from twoqs.paper.accuracy import STUDIES, accuracy_tables
from twoqs.paper.bias import bias, power, step_bias
from twoqs.paper.figures import draw_accuracy
from twoqs.paper.figures.accuracy import accuracy_figure


def study():
    """Tables as the accuracy sweeps give them, with known bias: 0.5 S^-1, 3 dt^2."""
    rng = np.random.default_rng(1)
    tables = {}
    for sweep, (_, axis, variables) in STUDIES.items():
        values = [10.0, 30.0, 100.0, 300.0] if axis == "spin" else [0.2, 0.1, 0.05, 0.001]
        rows = [
            {"spin": 100.0, axis: x, "scheme": scheme, "representation": "W", "time": time,
             "variable": name, "reference": 50.0, "standard_error": 0.01}
            for x in values for name in variables for time in (1.0, 2.0)
            for scheme in (["pda"] if "decay" in sweep else ["conserving"])
        ]  # fmt: skip
        frame = pd.DataFrame(rows)
        x = frame[axis]
        off = 50 * (0.5 / x if axis == "spin" else 0.1 + 3 * x**2)
        frame["value"] = 50 + off + 0.01 * rng.normal(size=len(frame))
        frame["scale"] = 50.0
        frame["deviation"] = (frame.value - 50) / 50
        tables[sweep] = frame
    return tables


def test_known_powers_are_found():
    tables = study()
    sizes, powers = accuracy_tables(tables)
    for law in powers.itertuples():
        wanted = -1 if law.against == "spin length" else 2
        assert law.power == pytest.approx(wanted, abs=4 * law.power_se)
        assert law.power_se < 0.05
    first = sizes[(sizes.sweep == "accuracy-decay") & (sizes.x == 10)]
    assert first.bias.item() == pytest.approx(0.05, rel=0.02)


def test_noise_is_no_bias():
    """Negative control: pure noise gives sizes of the order of the error, not of its spread."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({
        "spin": np.repeat([10.0, 30.0], 200), "scheme": "pda", "representation": "W",
        "variable": "sz", "reference": 1.0, "standard_error": 0.1, "scale": 1.0,
        "time": np.tile(np.arange(200.0), 2),
    })  # fmt: skip
    frame["value"] = 1 + 0.1 * rng.normal(size=400)
    frame["deviation"] = frame.value - 1
    assert (bias(frame, "spin", ["sz"]).bias < 0.04).all()
    frame["deviation"] *= 3
    frame["value"] = 1 + frame.deviation
    assert (bias(frame, "spin", ["sz"]).bias > 0.2).all()
    assert len(step_bias(frame, "spin", ["sz"])) == 1


def test_a_power_law_is_fitted_with_its_error():
    rng = np.random.default_rng(4)
    x, error = np.array([10.0, 30.0, 100.0, 300.0]), np.full(4, 0.002)
    found = [power(x, 0.8 / x + error * rng.normal(size=4), error) for _ in range(200)]
    z = [(law.exponent + 1) / law.exponent_se for law in found]
    assert abs(np.mean(z)) < 0.4  # four errors of the mean, and the law is not linear
    assert 0.8 < np.std(z) < 1.25


def test_what_drowns_in_noise_has_no_power_law():
    assert np.isnan(power([10, 30, 100], [0.1, 0, 0], [0.1] * 3).exponent)
    weak = power([10, 30, 100], [0.1, 0.05, 0], [0.1] * 3)
    assert weak.exponent_se > 0.5


def test_the_study_has_means_and_variances_in_panels_of_their_own():
    shown = accuracy_figure(*accuracy_tables(study()))
    titles = [axes.get_title("left") for axes in shown.axes]
    assert len(titles) == 3
    assert "mean" in titles[0]
    assert "variances" in titles[1]
    for axes in shown.axes:
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        # One entry for each law, with the symbol and the colour that it is drawn with.
        assert len(texts) == len(axes.containers)
        for handle, drawn in zip(axes.get_legend().legend_handles, axes.containers, strict=True):
            assert handle.get_color() == drawn.lines[0].get_color()
            assert handle.get_marker() == drawn.lines[0].get_marker()


def test_the_study_is_drawn(tmp_path):
    paths = []
    for name, table in study().items():
        paths.append(tmp_path / f"{name}.csv")
        write_table(table, paths[-1])
    draw_accuracy(paths, tmp_path / "numbers.csv", [tmp_path / "study.png"])
    assert (tmp_path / "study.png").read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv(tmp_path / "numbers.csv")) == 4 + 4 + 3 + 3
    paths[0].unlink()
    with pytest.raises(StoreError, match="Cannot read"):
        draw_accuracy(paths, tmp_path / "n.csv", [])


@pytest.mark.parametrize("content", [None, "", "a,b\n1,2\n", '\0\n"', "x"])
def test_what_is_no_study_is_refused(tmp_path, capsys, content):
    tables = [tmp_path / f"{study}.csv" for study in STUDIES]
    if content is not None:
        for table in tables:
            table.write_text(content)
    options = ["--csv", str(tmp_path / "a.csv"), "--output", str(tmp_path / "a.png")]
    assert main(["accuracy", *map(str, tables), *options]) == 1
    assert main(["accuracy", str(tables[0]), *options]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert ("Cannot read" if content is None else "is no table of deviations") in first
    assert "Argument `tables` must be accuracy-decay.csv, accuracy-driven.csv" in second
    assert not list(tmp_path.glob("a.*"))
