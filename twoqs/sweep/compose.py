"""YAML text to a tree of nodes, of bounded size, or one error with its line."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import Node
from ruamel.yaml.reader import ReaderError

from twoqs.errors import shown
from twoqs.model.limits import MOST_DEPTH, MOST_NODES
from twoqs.sweep.problems import Problem, SpecError

TOO_MUCH = f"The YAML holds more than {MOST_NODES} values or is nested too deeply."

_OTHER_VERSION = re.compile(r"^%YAML[ \t]+(?!1\.2\s)(\S*)", re.MULTILINE)


def compose(content: str, name: str) -> Node | None:
    """The root of the one document in a YAML 1.2 text, None if there is nothing in it.

    Raises:
        SpecError: if it is not YAML, or too much of it; `name` is what the message calls it.
    """
    other = _OTHER_VERSION.search(content)
    if other:  # in others, numbers are written otherwise
        text = f"The YAML must be of version 1.2, but got {shown(other.group(1))}."
        raise SpecError(name, [Problem(text, _line(content, other.start()))])
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    yaml.max_depth = MOST_DEPTH
    try:
        return yaml.compose(content)
    except YAMLError as error:
        raise SpecError(name, [_problem(error, content)]) from None
    except RecursionError:
        raise SpecError(name, [Problem(TOO_MUCH)]) from None


class _Composer(Composer):
    """A composer that makes MOST_NODES nodes at most, and knows each anchor once."""

    count = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.count += 1
        event = self.parser.peek_event()
        if self.count > MOST_NODES:
            raise MaxDepthExceededError(None, None, TOO_MUCH, event.start_mark)
        if not isinstance(event, AliasEvent) and event.anchor in self.anchors:
            text = f"found the anchor {shown(event.anchor)} twice"
            raise ComposerError(None, None, text, event.start_mark)
        return super().compose_node(parent, index)


def _problem(error: YAMLError, content: str) -> Problem:
    """What a refusal by the parser says, on one line."""
    if isinstance(error, ReaderError):
        character = ascii(content[error.position])
        text = f"Not valid YAML: it has the character {character}."
        return Problem(text, _line(content, error.position))
    if not isinstance(error, MarkedYAMLError):
        return Problem(f"Not valid YAML: {str(error).splitlines()[0]}.")
    line = error.problem_mark.line + 1 if error.problem_mark else None
    if isinstance(error, MaxDepthExceededError):
        return Problem(TOO_MUCH, line)
    reason = " ".join(str(part) for part in (error.context, error.problem) if part)
    return Problem(f"Not valid YAML: {reason}.", line)


def _line(content: str, position: int) -> int:
    return content.count("\n", 0, position) + 1
