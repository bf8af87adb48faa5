"""Imports matplotlib, whatever `MPLBACKEND` and the home folder are.

Figures are drawn on canvases of their own: a backend is for those who show them.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress

_LOGGER, _LEVEL = logging.getLogger("matplotlib"), logging.getLogger("matplotlib").level
_BACKEND = os.environ.pop("MPLBACKEND", None)
# It says in several lines that it can keep its list of fonts nowhere.
_LOGGER.setLevel(logging.ERROR)
try:
    import matplotlib
finally:
    _LOGGER.setLevel(_LEVEL)
    if _BACKEND is not None:
        os.environ["MPLBACKEND"] = _BACKEND
if _BACKEND is not None:
    # What matplotlib does itself; a name that it does not know fails there, and counts as none.
    with suppress(ValueError):
        matplotlib.rcParams["backend"] = _BACKEND
