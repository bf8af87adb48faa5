"""The page of `twoqs view`: what is in it, what it says when that is not all, and its server."""

from __future__ import annotations

import json
import math
import re
import shutil
import socket
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import chromium, one_page
from hostile_pages import hostile_data
from served import served_from_nothing
from sweeps import small

import twoqs
from twoqs.cli import main
from twoqs.execution.run import Workers, carry_out
from twoqs.look.trusted import statuses, total_error
from twoqs.look.view import data as view_data
from twoqs.look.view.data import page_data
from twoqs.look.view.page import SCRIPTS, data_text, page
from twoqs.look.view.serve import HERE, ViewServer
from twoqs.look.view.texts import plain_symbols
from twoqs.store.store import MERGED, RECEIPTS
from twoqs.sweep import Sweep

LIBRARY = 6_000_000
"""Bytes of a page beside its data."""


def written(text: str) -> dict[str, Any]:
    """The data in a page, as a browser reads them."""
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return dict(json.loads(block))


def listed(values: Any) -> list[Any]:
    """Values as JSON has them."""
    return [one if math.isfinite(one) else None for one in np.ravel(values).tolist()]


def test_the_page_has_the_values_and_errors_of_the_dataset(undisturbed: Path) -> None:
    text = page(page_data([undisturbed]))
    assert len(text.encode()) < LIBRARY + len(data_text(written(text)).encode())
    (store,) = written(text)["stores"]
    data = twoqs.open(undisturbed)
    for name in ("sz", "var_sx", "squeezing"):
        shown = store["variables"][name]
        assert shown["dims"] == ["omega", "case", "time"]
        assert shown["values"] == listed(data[name])
        assert shown["errors"]["standard error"] == listed(data[f"{name}_se"])
        assert shown["total_error"] == listed(total_error(data, name))
        assert shown["status"] == statuses(data, name).values.ravel().tolist()
    assert None in store["variables"]["squeezing_optimum"]["values"]  # NaN is no JSON
    assert store["axes"]["omega"]["values"] == [0.5, 1.5]
    assert store["axes"]["omega"]["units"] == "Γ"
    assert store["thinned"] == []


def test_a_page_makes_no_request(undisturbed: Path) -> None:
    text = page(page_data([undisturbed]))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    ours = text.replace(re.findall(r"<script>(.*?)</script>", text, re.S)[0], "")
    assert re.findall(r"https?://", ours) == []


def test_texts_cannot_leave_the_data(undisturbed: Path) -> None:
    data = hostile_data(undisturbed)
    text = page(data)
    assert written(text) == data
    before = text.split("<script>")[0]
    assert "<img" not in before
    assert "\u2028" not in before.split('id="data">')[1]
    assert before.count("</script>") == 1


def test_large_results_are_thinned_and_the_page_says_so(
    undisturbed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_data, "VALUES_ON_PAGE", 150)
    (store,) = page_data([undisturbed])["stores"]
    assert store["thinned"] == ["time: 2 of 3 values are shown"]
    assert store["axes"]["time"]["values"] == [0, 2]
    sz = twoqs.open(undisturbed).sz
    assert store["variables"]["sz"]["values"] == listed(sz.isel(time=[0, 2]))


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Gamma_phi", "Γ_φ"), ("hbar^2", "ħ²"), ("lam", "λ"), ("Gammas", "Gammas"), ("xi^2", "ξ²")],
)
def test_names_of_letters_become_letters(text: str, plain: str) -> None:
    assert plain_symbols(text) == plain


def test_the_package_ships_all_parts_of_the_page() -> None:
    folder = Path(view_data.__file__).parent
    project = tomllib.loads((folder.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["twoqs.look.view"]
    parts = [one.name for one in folder.iterdir() if one.is_file() and one.suffix != ".py"]
    shipped = [one for one in parts if any(fnmatch(one, pattern) for pattern in patterns)]
    assert sorted(shipped) == sorted(parts)
    assert {"page.html", "style.css", *(f"{name}.js" for name in SCRIPTS)} == set(parts)


def test_the_command_writes_a_page(
    undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "page.html"
    assert main(["view", str(undisturbed), str(undisturbed), "--output", str(output)]) == 0
    assert capsys.readouterr().out == f"{output}\n"
    assert len(written(output.read_text())["stores"]) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("none", "There is no sweep in none"),
        ("STORE --output nowhere/a.html", "`output` must lie in a folder that is there"),
        ("STORE --output a.txt", "`output` must end in .html"),
        ("STORE --port 1", "`port` must go with --serve"),
        ("STORE --serve --output a.html", "`output` must be left out with --serve"),
        ("STORE --serve --port 99999", "`port` must be that of a port that is free"),
        ("empty", "The store empty has no values yet: none of its batches is done."),
        ("STORE other", "have no axis in common, along which they could be compared"),
    ],
)
def test_what_cannot_be_shown_is_told_in_a_line(
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if "empty" in words:
        shutil.copytree(undisturbed, "empty")
        Path("empty", RECEIPTS).write_bytes(b"")
        shutil.rmtree(Path("empty", MERGED))
    if "other" in words:
        steady = {"average": [1.0, 2.0]}
        axes = {"shift": {"sets": "model.field.z", "values": [0.0, 1.0]}}
        spec = small(numerics=steady, axes=axes, trajectories=64)
        carry_out(Sweep.from_dict(spec), Path("other"), Workers(0), quiet=True)
    given = [str(undisturbed) if word == "STORE" else word for word in words.split()]
    assert main(["view", *given]) == 2
    error = capsys.readouterr().err
    assert error.startswith("twoqs: ")
    assert told in error
    assert error.count("\n") == 1
    assert not list(tmp_path.glob("*.html"))


def test_a_store_without_an_axis_has_a_page(tmp_path: Path) -> None:
    spec = small(numerics={"average": [1.0, 2.0]}, axes={}, trajectories=64)
    carry_out(Sweep.from_dict(spec), tmp_path / "s", Workers(0), quiet=True)
    (store,) = page_data([tmp_path / "s"])["stores"]
    assert store["axes"] == {}
    assert store["variables"]["sz"]["x"] is None
    assert store["variables"]["sz"]["values"] == listed(twoqs.open(tmp_path / "s").sz)


def test_predictions_of_another_sweep_are_refused(undisturbed: Path) -> None:
    predicted = twoqs.open(undisturbed).assign_attrs(points_sha256="another")
    with pytest.raises(twoqs.ArgumentError, match="be for the sweep of a store"):
        page_data([undisturbed], predicted)


@pytest.fixture
def growing(serial: Path) -> Iterator[tuple[ViewServer, Path, bytes]]:
    """A server of a store that has nothing yet, and what will be there."""
    with served_from_nothing(serial) as (server, receipts):
        yield server, serial, receipts


def asked(server: ViewServer, path: str, **headers: str) -> tuple[int, str, str]:
    """Status, state and text of an answer."""
    connection = HTTPConnection(HERE, server.server_port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers.get("ETag", ""), answer.read().decode()
    connection.close()
    return found


def test_the_server_follows_a_store_that_grows(growing: tuple[ViewServer, Path, bytes]) -> None:
    server, store, receipts = growing
    code, first, text = asked(server, "/data.json")
    values = json.loads(text)["stores"][0]["variables"]["sz"]["values"]
    assert (code, set(values)) == (200, {None})
    assert asked(server, "/data.json", **{"If-None-Match": first})[0] == 304
    (store / RECEIPTS).write_bytes(receipts)
    code, second, text = asked(server, "/data.json", **{"If-None-Match": first})
    assert code == 200
    assert second != first
    values = json.loads(text)["stores"][0]["variables"]["sz"]["values"]
    assert values == listed(twoqs.open(store).sz)
    code, _, text = asked(server, "/")
    assert code == 200
    assert "connect-src 'self'" in text
    assert written(text)["stores"][0]["variables"]["sz"]["values"] == values


def test_the_server_answers_this_machine_and_no_page_of_elsewhere(
    growing: tuple[ViewServer, Path, bytes],
) -> None:
    server, store, _ = growing
    assert server.server_address[0] == "127.0.0.1"
    assert asked(server, "/data.json", Host="elsewhere.example")[0] == 403
    assert asked(server, "/../sweep.json")[0] == 404
    (store / "sweep.json").write_text("{")
    (store / RECEIPTS).write_bytes(b"x")
    assert asked(server, "/data.json")[0] == 503


def test_a_port_in_use_is_told(undisturbed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind((HERE, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["view", str(undisturbed), "--serve", "--port", port]) == 2
    assert "`port` must be that of a port that is free" in capsys.readouterr().err


@pytest.mark.skipif(chromium() is None, reason="there is no Chromium")
def test_a_browser_draws_it(undisturbed: Path, tmp_path: Path) -> None:
    """Choices, keys and hostile texts: `verification/test_view_in_browser.py`."""
    (tmp_path / "page.html").write_text(page(page_data([undisturbed])))
    with one_page(chromium() or "", tmp_path / "profile") as browser:
        browser.open(f"file://{tmp_path}/page.html", width=400)
        assert browser.run("byId('plot').querySelectorAll('.scatterlayer .trace').length") > 4
        assert browser.run("document.documentElement.scrollWidth") == 400
        assert browser.said == []
