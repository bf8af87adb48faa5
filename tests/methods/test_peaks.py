"""What is said of pulses that set the step of a whole run."""

from __future__ import annotations

from pathlib import Path

import pytest
from sweeps import write_spec

import twoqs as tq
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.flows.fastest import peak_note
from twoqs.methods.numerics import Numerics, resolve
from twoqs.methods.quickest import fastest_rate

A = tq.Spin(5, "a")
SPIKE = tq.piecewise([0, 1, 1.1], [0.1, 50, 0.1])
TALL = "that of `omega` at its largest; with the medians of pulses it is 0.6"


def driven(pulse: tq.Pulse | float, other: tq.Pulse | float = 0.5) -> tq.Model:
    omega, delta = tq.Parameter("omega", pulse), tq.Parameter("delta", other)
    return tq.Model(hamiltonian=omega * A.x + delta * A.z)


@pytest.mark.parametrize(
    ("model", "note"),
    [
        (driven(SPIKE), TALL),
        (driven(SPIKE, tq.ramp(0, 10, 0.5, 0.5)), TALL),
        (driven(tq.gauss(2, 1e-3)), "that of a pulse which changes within 0.001"),
        (driven(tq.gauss(2, 0.01, 500)), "that of `omega` at its largest; with the medians of "
         "pulses it is 100"),  # which it is for its width
        (driven(tq.piecewise([0, 1], [0.1, 50])), ""),  # for most of the run
        (driven(tq.cosine(1, 1)), ""),
        (driven(0.3), ""),
        (tq.Model(spin=3, decay=1), ""),
    ],
)  # fmt: skip
def test_peaks_are_told(model: tq.Model, note: str) -> None:
    assert peak_note(model, 10.0) == note


def test_steps_that_are_too_long_are_refused_with_the_reason() -> None:
    largest = Numerics().method.largest_step / fastest_rate(driven(SPIKE))
    with pytest.raises(ArgumentError) as caught:
        resolve(driven(SPIKE), Numerics(times=(10.0,), step=1.0))
    assert str(caught.value) == (
        f"Argument `step` must be at most {largest:.3g} for the scheme 'conserving': the fastest "
        f"rate of this model is 50.5 ({TALL}), but got 1.0."
    )
    with pytest.raises(ArgumentError, match=r"model is 1\.5, but got 100"):
        resolve(driven(tq.cosine(1, 1)), Numerics(times=(10.0,), step=100.0))


def test_plans_and_descriptions_tell_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = {
        "name": "spike", "seed": 1, "trajectories": 64, "numerics": {"times": [10]},
        "model": {
            "members": {"a": {"spin": 5}}, "hamiltonian": "omega*a.x + 0.5*a.z",
            "parameters": {"omega": {"piecewise": {"times": [0, 1, 1.1], "values": [0.1, 5, 0.1]}}},
        },
        "axes": {"q": {"sets": "model.parameters.omega.piecewise.values.1", "values": [0.1, 50]}},
    }  # fmt: skip
    file = write_spec(tmp_path / "spike.yaml", spec)
    why = f"0.05 over the fastest rate, 50.5 ({TALL})"
    assert main(["plan", str(file)]) == 0
    assert f"step          0.00099 at q=50: {why}\n" in capsys.readouterr().out
    assert main(["describe", str(file), "--point", "1"]) == 0
    assert f"the step is {why}\n" in capsys.readouterr().out
    for words in (["describe", str(file)], ["plan", str(write_spec(file, steady(spec)))]):
        assert main(words) == 0
        assert "fastest rate" not in capsys.readouterr().out


def steady(spec: dict) -> dict:
    """With a step of its own, of which no pulse is the reason."""
    return spec | {"numerics": {"times": [10], "step": 1e-4}}
