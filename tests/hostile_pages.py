"""Data of a page whose every text wants to be more than a text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twoqs.look.view.data import page_data

HOSTILE = "</script><img src=x onerror=alert(1)><!--\u2028&amp;"


def hostile_data(store: Path) -> dict[str, Any]:
    """The data of the small sweep, with HOSTILE for a case, in all labels, units and texts.

    The format of sweep files refuses such names; a store may come from anywhere.
    """
    data = page_data([store])
    (one,) = data["stores"]
    one["axes"]["case"]["values"][0] = HOSTILE
    for part in (*one["axes"].values(), *one["variables"].values()):
        part["label"] = part["units"] = HOSTILE
    one["variables"][HOSTILE] = one["variables"]["sz"]
    for name in ("title", "comment", "made", "sweep"):
        one[name] = HOSTILE
    one["thinned"] = [HOSTILE]
    for status in data["statuses"]:
        status["sign"] = status["meaning"] = HOSTILE
    return dict(json.loads(json.dumps(data)))
