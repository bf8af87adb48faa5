"""Raw sums of one seed stay what they were, to the bit, however the code around them moves."""

from __future__ import annotations

import json

import golden
import numpy as np
import pytest

from twoqs import Model

KEPT = json.loads(golden.FILE.read_text())
KIND = golden.machine_kind()
REFERENCE = KEPT.get(KIND, next(iter(KEPT.values())))


def assert_rounded_alike(one, other, name):
    """Short runs, in which rounding has no time to grow: 1e-16 or 1e-7 of S^2 a step, and sums."""
    for part in ("point", "shape"):
        assert one[part] == other[part], part
    values = [[float.fromhex(text) for text in record["last"]] for record in (one, other)]
    tolerance = 1e-4 if "single" in name else 1e-10
    np.testing.assert_allclose(*values, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", golden.CASES, ids=golden.name_of)
def test_record(case):
    """Identity, shape and every bit; the last sums tell a reader how far off a failure is.

    On kinds of machines of which no records are kept, all but the bits.
    """
    name = golden.name_of(case)
    kept, record = REFERENCE[name], golden.record_of(case)
    if KIND not in KEPT:
        assert_rounded_alike(record, kept, name)
        return
    for part in ("point", "shape", "last", "sha256"):
        assert record[part] == kept[part], part


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_the_file_holds_every_case_and_no_other(kind):
    assert list(KEPT[kind]) == [golden.name_of(case) for case in golden.CASES]


@pytest.mark.parametrize("name", [golden.name_of(case) for case in golden.CASES])
def test_kinds_of_machines_differ_by_rounding_only(name):
    assert {kind.split()[0] for kind in KEPT} == {"avx2", "avx512"}
    for records in KEPT.values():
        assert_rounded_alike(records[name], REFERENCE[name], name)


def test_a_changed_number_is_seen(monkeypatch):
    """The records depend on what they guard: another seed, or one coupling off by 1e-12."""
    case = ("driven", "times")
    kept = REFERENCE[golden.name_of(case)]
    changed = Model(spin=50, field=(1.5 + 1e-12, 0, 0), decay=1.0)
    monkeypatch.setitem(golden.MODELS, "driven", changed)
    assert golden.record_of(case)["point"] != kept["point"]
    monkeypatch.undo()
    before = golden.record_of(case)["sha256"]
    monkeypatch.setattr(golden, "SEED", golden.SEED + 1)
    assert golden.record_of(case)["sha256"] != before
