"""Counts may be written 10000, 1e4 or 10000.0: one sweep, one store; fractions are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sweeps import BASE, small, sweep, write_spec

import twoqs
from twoqs.cli import main
from twoqs.cli.parser import parser_of_all
from twoqs.execution.dask.jobs import read_cluster
from twoqs.execution.run import Workers, carry_out
from twoqs.model.arguments import integer
from twoqs.sweep import SpecError, Sweep

FILE = """\
name: bad
seed: {}
trajectories: {}
max_trajectories: {}
target_se: {{sz: 1}}
model: {{spin: 10, decay: 1.0, lattice: {{chain: {{n: {}}}}}}}
numerics: {{average: [0, 1], samples: {}}}
axes:
  m: {{sets: model.lattice.chain.n, values: [3, {}]}}
  k:
    cases:
      a: {{trajectories: {}, numerics.samples: {}}}
      b: {{}}
"""


@pytest.mark.parametrize("form", ["{}.0", "{}e0", "{}.", "{}.0e+0"])
def test_a_whole_number_is_one_however_it_is_written(form, tmp_path):
    counts = (7, 1000, 4000, 4, 11, 5, 2000, 21)
    plain, other = tmp_path / "plain.yaml", tmp_path / "other.yaml"
    plain.write_text(FILE.format(*counts))
    written = (form.format(count) for count in counts)
    other.write_text(FILE.format(*written))
    first, second = Sweep.from_file(plain), Sweep.from_file(other)
    assert json.dumps(first.spec) == json.dumps(second.spec)
    assert [p.point_id for p in first.points] == [p.point_id for p in second.points]
    assert [p.settings for p in first.points] == [p.settings for p in second.points]
    assert [p.requested for p in first.points] == [p.requested for p in second.points]
    assert first.seed == second.seed == 7


def test_whole_values_within_cases_are_the_same_sweep():
    """A lattice as a whole, and times, in the normalised sweep that a store is known by."""
    forms = []
    for n, count in ((4, 3), (4.0, 3.0)):
        case = {"model.lattice": {"chain": {"n": n}}, "numerics.times": {"linspace": [0, 1, count]}}
        numerics = {"times": {"linspace": [0, 1, count]}}
        forms.append(sweep(axes={"k": {"cases": {"a": case}}}, numerics=numerics).spec)
    assert json.dumps(forms[0]) == json.dumps(forms[1])


def test_the_store_is_the_same(tmp_path):
    carry_out(sweep(trajectories=512), tmp_path, Workers(0), quiet=True)
    times = {"linspace": [0, 2, 3.0]}
    again = carry_out(
        sweep(trajectories=5.12e2, seed=7.0, numerics={"times": times}), tmp_path / "b", Workers(0),
        quiet=True,
    )  # fmt: skip
    assert again.computed
    outcome = carry_out(
        sweep(trajectories=np.float64(512), seed=7.0), tmp_path, Workers(0.0), quiet=True
    )
    assert not outcome.computed
    assert not outcome.merged


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("seed: 1", "seed: 1.5", "2: Argument `seed` must be an integer, but got 1.5."),
        ("trajectories: 100", "trajectories: 1e-3",
         "3: Argument `trajectories` must be an integer, but got 0.001."),
        ("trajectories: 100", "trajectories: 1e18",
         "3: Argument `trajectories` must be at most 1000000000, but got 1000000000000000000."),
        ("trajectories: 100", "trajectories: true",
         "3: Argument `trajectories` must be an integer, but got True."),
        ("trajectories: 100", "trajectories: '100'",
         "3: Argument `trajectories` must be an integer, but got '100'."),
        ("times: [0, 1]", "times: {linspace: [0, 1, 2.5]}",
         "Argument `numerics.times.linspace` must be [start, stop, count] with an integer count"),
    ],
)  # fmt: skip
def test_fractions_in_files_are_refused(old, new, wanted, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BASE.replace(old, new))
    with pytest.raises(SpecError) as caught:
        Sweep.from_file(path)
    assert wanted in str(caught.value)


def test_python_takes_them():
    model = twoqs.Model(spin=2, decay=1.0, lattice=twoqs.chain(4.0))
    assert model.lattice == twoqs.chain(4)
    first = twoqs.simulate(model, times=[0.1], trajectories=1e2, seed=3.0)
    assert first.equals(twoqs.simulate(model, times=[0.1], trajectories=100, seed=3))
    assert integer("n", np.float32(8.0), 1) == 8
    for wrong in (100.5, np.nan, np.inf, True, "100"):
        with pytest.raises(twoqs.ArgumentError, match="`trajectories` must be an integer of at le"):
            twoqs.simulate(model, times=[0.1], trajectories=wrong)
    with pytest.raises(twoqs.ArgumentError, match=r"`workers` must be an integer .* got 1\.5"):
        Workers(1.5)


@pytest.mark.parametrize("text", ["10000", "1e4", "1E4", "10_000", "10000.0", "1e+4", "0.1e5"])
def test_the_command_line_takes_them(text):
    parse = parser_of_all().parse_args
    options = parse(["run", "x.yaml", "--max-trajectories", text, "--workers", text])
    assert options.max_trajectories == options.workers == 10000
    assert isinstance(options.workers, int)
    options = parse(["refine", "x.yaml", "--axis", "J", "--points", text])
    assert options.points == 10000


@pytest.mark.parametrize("text", ["1.5", "1e-3", "-1", "nan", "inf", "1e999", "1__0", "", "ten"])
def test_the_command_line_refuses_fractions(text, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["run", "x.yaml", f"--workers={text}"])
    assert ended.value.code == 2
    assert f"must be an integer from 0 on, but got {text!r}" in capsys.readouterr().err


def test_cluster_files_take_them(tmp_path):
    forms = []
    for count in ("10", "1e1", "10.0"):
        path = tmp_path / "cluster.yaml"
        jobs = f"jobs: {{min: {count}, max: {count}}}"
        rest = f'cores: {count}\nmemory: 1GB\nwalltime: "01:00:00"'
        path.write_text(f"type: slurm\n{jobs}\n{rest}\n")
        forms.append(read_cluster(path))
    assert forms[0] == forms[1] == forms[2]


def test_the_options_reach_the_sweep(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_spec(Path("s.yaml"), small(target_se={"sz": 1.0}))
    assert main(["plan", "s.yaml", "--max-trajectories", "1e6"]) == 0
    first = capsys.readouterr().out
    assert main(["plan", "s.yaml", "--max-trajectories", "1000000"]) == 0
    assert capsys.readouterr().out == first
