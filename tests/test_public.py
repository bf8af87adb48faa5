"""What the package shows of itself: its names, its metadata, how to cite it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from ruamel.yaml import YAML

import twoqs

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_dir_shows_what_is_public():
    """In a process of its own, in which more wings of the package have been imported."""
    program = "import twoqs, twoqs.cli, twoqs.execution.run\ntwoqs.simulate\nprint(*dir(twoqs))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    shown = [name for name in done.stdout.split() if not name.startswith("__")]
    assert shown == sorted(twoqs.__all__)


def test_a_plan_loads_no_libraries_of_datasets():
    """As that would take longer than the plan itself; in a process of its own."""
    program = (
        "import sys, twoqs.execution.plan\n"
        "print(*{'xarray', 'pandas', 'zarr', 'dask', 'matplotlib'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_every_public_name_is_there_and_documented():
    for name in twoqs.__all__:
        assert getattr(twoqs, name).__doc__, name


def test_modules_that_earlier_documentation_named(tmp_path: Path):
    """In a process of its own: an import by the earlier name comes first."""
    program = (
        "from twoqs.predictions import predictions\n"
        "from twoqs.exact import driven_steady_state\n"
        "from twoqs.export import tidy\nimport twoqs.holstein_primakoff as old, twoqs.analysis\n"
        "import twoqs.theory.spin_waves as new, twoqs.exact, twoqs\n"
        "from twoqs.exact import driven_steady_state\n"
        "model = twoqs.Model(2, decay=1)\n"
        "assert twoqs.exact(model, times=[0, 1]).sz.shape == (2,)\n"
        "import twoqs.run, twoqs.execution.predict as moved\n"
        "from twoqs.run.predict import predictions as earlier\n"
        "assert earlier is moved.predictions is predictions\n"
        "sweep = twoqs.Sweep(model, times=[0, 1], trajectories=64)\n"
        "assert twoqs.run(sweep, workers=0, store='store', progress=False).sizes == {'time': 2}\n"
        "assert old is new and new.__spec__.name == new.__name__ == 'twoqs.theory.spin_waves'"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, cwd=tmp_path)


def test_one_version():
    assert PROJECT["version"] == twoqs.__version__ == CITATION["version"]


def test_citation():
    assert CITATION["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "license"} <= CITATION.keys()
    paper = CITATION["preferred-citation"]
    assert [author["family-names"] for author in paper["authors"]] == ["Huber", "Kirton", "Rabl"]
    assert paper["title"].lower() in (ROOT / "README.md").read_text().replace("\n", " ").lower()


def test_metadata_name_authors_and_no_addresses():
    assert PROJECT["authors"] == CITATION["authors"]
    assert "urls" not in PROJECT
    for name in ("pyproject.toml", "CITATION.cff", "requirements.lock"):
        assert not re.search("https?:", (ROOT / name).read_text(encoding="utf-8")), name


def test_type_checkers_find_the_annotations():
    assert (ROOT / "twoqs" / "py.typed").exists()
