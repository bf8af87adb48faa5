"""Examples of sweep files, to start from."""

from __future__ import annotations

from twoqs.errors import ArgumentError
from twoqs.text import hint
from twoqs.workflow import HOME

SWEEPS = HOME / "sweeps"

EXAMPLES = tuple(sorted(path.stem for path in SWEEPS.glob("*.yaml")))
"""Names of the examples."""


def example_text(name: str) -> str:
    """The text of a sweep file.

    Raises:
        ArgumentError: if there is no example of this name.
    """
    if name not in EXAMPLES:
        told = hint(name, EXAMPLES, lambda few: f"valid: {', '.join(few)}")
        raise ArgumentError(f"Argument `name` must be that of an example, but got {name!r}{told}.")
    return (SWEEPS / f"{name}.yaml").read_text(encoding="utf-8")


def example_list() -> str:
    """Names of all examples, each with its first line on what it is."""
    width = max(map(len, EXAMPLES))
    return "\n".join(
        f"{name:{width}}  {example_text(name).splitlines()[0].lstrip('# ')}" for name in EXAMPLES
    )
