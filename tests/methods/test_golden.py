"""Raw sums of one seed stay what they were, to the bit, however the code around them moves."""

from __future__ import annotations

import json

import golden
import numpy as np
import pytest

from twoqs import Model

KEPT = json.loads(golden.FILE.read_text())
PATH = golden.code_path()


@pytest.mark.skipif(PATH not in KEPT, reason="no records for this kind of processor")
@pytest.mark.parametrize("case", golden.CASES, ids=golden.name_of)
def test_record(case):
    """Identity, shape and every bit; the last sums tell a reader how far off a failure is."""
    kept, record = KEPT[PATH][golden.name_of(case)], golden.record_of(case)
    for name in ("point", "shape", "last", "sha256"):
        assert record[name] == kept[name], name


@pytest.mark.parametrize("path", sorted(KEPT))
def test_the_file_holds_every_case_and_no_other(path):
    assert list(KEPT[path]) == [golden.name_of(case) for case in golden.CASES]


@pytest.mark.parametrize("name", sorted(KEPT["avx2"]))
def test_code_paths_differ_by_rounding_only(name):
    """Short runs, in which rounding has no time to grow: 1e-16 or 1e-7 of S^2 a step, and sums."""
    one, other = (KEPT[path][name] for path in ("avx2", "avx512"))
    assert one["point"] == other["point"]
    values = [[float.fromhex(text) for text in record["last"]] for record in (one, other)]
    tolerance = 1e-4 if "single" in name else 1e-10
    np.testing.assert_allclose(*values, rtol=tolerance, atol=tolerance)


def test_a_changed_number_is_seen(monkeypatch):
    """The records depend on what they guard: another seed, or one coupling off by 1e-12."""
    case = ("driven", "times")
    kept = KEPT["avx2"][golden.name_of(case)]
    changed = Model(spin=50, field=(1.5 + 1e-12, 0, 0), decay=1.0)
    monkeypatch.setitem(golden.MODELS, "driven", changed)
    assert golden.record_of(case)["point"] != kept["point"]
    monkeypatch.undo()
    before = golden.record_of(case)["sha256"]
    monkeypatch.setattr(golden, "SEED", golden.SEED + 1)
    assert golden.record_of(case)["sha256"] != before
