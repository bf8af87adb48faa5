"""One HTML file without any request: the plotting library, the page's own script, and the data."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib.resources import files
from typing import Any

SCRIPTS = ("data", "curves", "maps", "figure", "details", "choices", "download", "keys", "main")
"""Files of the page's script, in their order."""

_ESCAPED = str.maketrans(
    {letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}  # what could end a script
)


def page(data: dict[str, Any], follow: bool = False) -> str:
    """The page of `twoqs view`.

    Args:
        data: what `page_data` returns.
        follow: whether it asks its server for newer data; otherwise it makes no request at all.
    """
    from plotly.offline import get_plotlyjs  # few commands need it

    own = "\n".join(_part(f"{name}.js") for name in SCRIPTS)
    scripts = [get_plotlyjs(), own]
    allowed = {
        "default-src": "'none'",
        "script-src": " ".join(f"'sha256-{_digest(script)}'" for script in scripts),
        "style-src": "'unsafe-inline'",  # the library writes rules for its own parts
        "img-src": "data:",
        "connect-src": "'self'" if follow else "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    parts = {
        "policy": "; ".join(f"{name} {value}" for name, value in allowed.items()),
        "title": html.escape(", ".join(one["title"] for one in data["stores"])),
        "style": _part("style.css"),
        "follow": "true" if follow else "false",
        "data": data_text(data).translate(_ESCAPED),
        "library": scripts[0],
        "script": scripts[1],
    }
    head, *rest = _part("page.html").split("{{")
    pieces = [head]
    for piece in rest:
        name, text = piece.split("}}", 1)
        pieces += [parts[name], text]
    return "".join(pieces)


def data_text(data: dict[str, Any]) -> str:
    """The data as JSON."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _part(name: str) -> str:
    return files("twoqs.look.view").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
