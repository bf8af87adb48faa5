"""A headless Chromium, driven by the messages of its developers' tools: one page in it."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60.0
"""Seconds for an answer: a loaded machine takes its time for five megabytes of script."""


def chromium() -> str | None:
    """Where Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """A page; `said` are its errors and warnings, `asked` the addresses that it asked for."""

    def __init__(self, loop: IOLoop, connection: Any) -> None:
        self._loop, self._connection = loop, connection
        self._numbers = itertools.count()
        self.said: list[str] = []
        self.asked: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command; what happens meanwhile is noted."""
        number = next(self._numbers)
        text = json.dumps({"id": number, "method": method, "params": parameters})
        self._loop.run_sync(lambda: self._connection.write_message(text), PATIENCE)
        while True:
            message = json.loads(self._loop.run_sync(self._connection.read_message, PATIENCE))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        method, found = message["method"], message["params"]
        if method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(found["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.said.append(json.dumps(found["args"]))
        elif method == "Log.entryAdded":
            self.said.append(found["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.asked.append(found["request"]["url"])

    def run(self, script: str) -> Any:
        """The value of an expression, waited for if it is a promise."""
        found = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def open(self, address: str, width: int = 1200, height: int = 900, dark: bool = False) -> None:
        """Load a page, until its script has run."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def until(self, condition: str) -> None:
        """Wait for something that the page does."""
        end = time.monotonic() + PATIENCE
        while not self.run(condition):
            assert time.monotonic() < end, condition
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """A key of the keyboard."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def click(self, x: float, y: float) -> None:
        """The mouse, moved there and pressed."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def choose(self, name: str, value: str) -> None:
        """A choice of a control by its name."""
        find = f"document.querySelector('[name=\"{name}\"]')"
        change = f"{find}.dispatchEvent(new Event('change', {{bubbles: true}}))"
        self.run(f"{find}.value = {json.dumps(value)}; {change}")


@contextmanager
def one_page(program: str, folder: Path) -> Iterator[Page]:
    """A browser with an empty page, which ends with the block.

    Args:
        folder: for its profile.
    """
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    process = subprocess.Popen(
        [program, *words, f"--user-data-dir={folder}", "about:blank"], stderr=subprocess.DEVNULL
    )
    loop = IOLoop(make_current=False)
    try:
        port = _port_of(folder / "DevToolsActivePort")
        connection = loop.run_sync(lambda: _connected(port), PATIENCE)
        yield Page(loop, connection)
        connection.close()
    finally:
        process.terminate()
        process.wait(PATIENCE)
        loop.close()


def _port_of(file: Path) -> str:
    end = time.monotonic() + PATIENCE
    while not file.exists() or "\n" not in file.read_text():
        assert time.monotonic() < end, "Chromium did not start"
        time.sleep(0.05)
    return file.read_text().split("\n")[0]


async def _connected(port: str) -> Any:
    from tornado.httpclient import AsyncHTTPClient

    answer = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/json/list")
    (page,) = [one for one in json.loads(answer.body) if one["type"] == "page"]
    return await websocket_connect(page["webSocketDebuggerUrl"], max_message_size=100_000_000)
