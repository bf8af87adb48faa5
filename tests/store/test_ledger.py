"""Receipts as lines, and what is known of batches from them."""

from __future__ import annotations

import pytest

from twoqs.store import journal
from twoqs.store.journal import Receipt
from twoqs.store.ledger import Ledger

PLACED = {"pack": 3, "offset": 10**9, "length": 45}
MADE = {"seed": 2**59, "origin": "ab" * 8}


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt("0123456789abcdef", 12, "ab" * 32, 4, 1.25, 'tcp://"x"', **PLACED, kept=9),
        Receipt("0123456789abcdef", 12, "ab" * 32, 4, 1e-06, "tcp://127.0.0.1:8786", **MADE),
        Receipt("0123456789abcdef", 12, "ab" * 32, 4, 1.25, "driver", **MADE, **PLACED),
    ],
    ids=["any", "without place", "as nearly all are"],
)
def test_receipts_survive_their_line(receipt: Receipt) -> None:
    line = journal.encode(receipt)
    assert journal.decode(line) == receipt
    for position in range(len(line) - 1):
        damaged = bytearray(line)
        damaged[position] ^= 1
        assert journal.decode(bytes(damaged)) is None
    assert journal.decode(line[:-3]) is None


def test_the_ledger_grows_and_forgets() -> None:
    ledger = Ledger()
    for batch in (0, 1, 5, 40):
        ledger.add(Receipt("p", batch, f"{batch:064x}", 1, 0.5, ""))
    assert ledger.count("p", 6) == 3
    assert list(ledger.missing("p", 6)) == [2, 3, 4]
    assert list(ledger.missing("q", 2)) == [0, 1]
    assert ledger.digest("p", 40) == (40).to_bytes(32)
    assert ledger.digest("p", 41) is ledger.digest("p", 10**6) is None
    assert ledger.seconds("p", 6) == 1.5
    assert ledger.place("p", 40) is None, "receipts of earlier versions tell none"
    assert (ledger.end, ledger.length("p")) == ((0, 0), 0)
    ledger.add(Receipt("q", 1, "00" * 32, 4, 0.5, "", pack=2, offset=100, length=45, kept=9))
    ledger.add(Receipt("q", 0, "00" * 32, 4, 0.5, "", pack=1, offset=900, length=45))
    assert ledger.place("q", 1) == (2, 100, 4, 45, 9)
    assert (ledger.end, ledger.length("q")) == ((2, 100 + 8 * (4 * 45 + 9) + 4), 45)
    ledger.revoke("p", 1)
    assert list(ledger.done("p", 100)) == [0, 5, 40]
    assert not ledger.finished("p", 1) or ledger.digest("p", 0) is not None
