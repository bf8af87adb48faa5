"""Ctrl-C is noted once, and raised after that; other handlers stay."""

from __future__ import annotations

import signal
import threading

import pytest

from twoqs.system.signals import draining


def test_the_first_is_noted_and_the_second_raised(capfd: pytest.CaptureFixture[str]) -> None:
    with draining(lambda: "told\n") as stopping:
        assert not stopping()
        signal.raise_signal(signal.SIGINT)
        assert stopping()
        assert capfd.readouterr().err == "told\n"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_handler_stays() -> None:
    met: list[int] = []
    former = signal.signal(signal.SIGINT, lambda number, _: met.append(number))
    try:
        with draining(lambda: "") as stopping:
            signal.raise_signal(signal.SIGINT)
            assert (met, stopping()) == ([signal.SIGINT], False)
    finally:
        signal.signal(signal.SIGINT, former)


def test_threads_leave_it_alone() -> None:
    seen = []

    def work() -> None:
        with draining(lambda: "") as stopping:
            seen.append((stopping(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, signal.default_int_handler)]
