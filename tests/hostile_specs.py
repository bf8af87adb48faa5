"""Sweep files that mean harm, and what the error of each must say."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from sweeps import BASE


def named(name: str) -> bytes:
    return BASE.replace("name: bad", f"name: {name}").encode()


def plus(text: str) -> bytes:
    return (BASE + text).encode()


def bomb(start: str, one: Callable[[str], str]) -> bytes:
    """Nine aliases of nine aliases of nine ..."""
    lines = [f"a: &a {start}", *(f"{b}: &{b} {one(a)}" for a, b in pairwise("abcdefghijk"))]
    return "\n".join(lines).encode()


TOO_MUCH = "The YAML holds more than 100000 values or is nested too deeply."
NAME = "must match ^[A-Za-z0-9][A-Za-z0-9_-]*$, but got"
PLAIN = "must be plain YAML, but has the type"

FILES: dict[str, tuple[bytes, str]] = {
    # name: (content of the file, what the error must say)
    "name that climbs": (named("../../etc"), f"bad.yaml:1: Argument `name` {NAME} '../../etc'."),
    "name that is above": (named("'..'"), f"bad.yaml:1: Argument `name` {NAME} '..'."),
    "absolute name": (named("/etc/passwd"), f"bad.yaml:1: Argument `name` {NAME} '/etc/passwd'."),
    "home": (named("~root"), f"bad.yaml:1: Argument `name` {NAME} '~root'."),
    "name with NUL": (named('"a\\0b"'), rf"bad.yaml:1: Argument `name` {NAME} 'a\x00b'."),
    "name with a line break": (named('"bad\\n"'), rf"bad.yaml:1: Argument `name` {NAME} 'bad\n'."),
    "name of look-alikes": (
        named("b\N{CYRILLIC SMALL LETTER A}d"),
        "bad.yaml:1: Argument `name` must match",
    ),
    "wide dots": (
        named("\N{FULLWIDTH FULL STOP}\N{FULLWIDTH FULL STOP}\N{FULLWIDTH SOLIDUS}x"),
        "bad.yaml:1: Argument `name` must match",
    ),
    "name that turns around": (
        named('"a\\u202Eb"'),
        rf"bad.yaml:1: Argument `name` {NAME} 'a\u202eb'.",
    ),
    "option as a name": (named("-rf"), f"bad.yaml:1: Argument `name` {NAME} '-rf'."),
    "folder of the workflow": (named("digests"), "bad.yaml:1: Argument `name` must not be one of"),
    "size that climbs": (
        plus("sizes: {../x: {trajectories: 1}}\n"),
        "bad.yaml:6: Argument `sizes.../x` must have a name that matches",
    ),
    "axis that climbs": (
        plus("axes: {../x: {sets: model.decay, values: [1]}}\n"),
        "bad.yaml:6: Argument `axes.../x` must have a name that matches",
    ),
    "case that climbs": (
        plus("axes: {c: {cases: {../x: {}}}}\n"),
        "bad.yaml:6: Argument `axes.c.cases.../x` must have a name that matches",
    ),
    "key that forges a line": (
        plus('"a`\\ntwoqs: all is well": 1\n'),
        r"bad.yaml:6: Argument `a`\ntwoqs: all is well` must be left out",
    ),
    "key that paints": (
        plus('"\\e[2J\\e[31m": 1\n'),
        r"bad.yaml:6: Argument `\x1b[2J\x1b[31m` must be left out",
    ),
    "text that paints": (
        plus('description: "\\e]0;owned\\a"\n'),
        "bad.yaml:6: Argument `description` must hold printable characters only",
    ),
    "Python object": (
        BASE.replace("seed: 1", "seed: !!python/object/apply:os.system ['touch owned']").encode(),
        f"bad.yaml:2: Argument `seed` {PLAIN} 'python/object/apply:os.system'.",
    ),
    "Python object under another name": (
        b"%TAG ! tag:yaml.org,2002:python/\n---\n"
        + BASE.replace("seed: 1", "seed: !object/new:os.system ['touch owned']").encode(),
        f"bad.yaml:4: Argument `seed` {PLAIN} 'python/object/new:os.system'.",
    ),
    "Python name": (
        plus("description: !!python/name:os.system\n"),
        f"bad.yaml:6: Argument `description` {PLAIN} 'python/name:os.system'.",
    ),
    "path into Python": (
        plus("axes: {J: {sets: model.__class__, values: [1]}}\n"),
        "bad.yaml:6: Argument `axes.J.sets` must be a path into the model or numerics",
    ),
    "UTF-16": (BASE.encode("utf-16"), "bad.yaml:1: The file is not UTF-8 text"),
    "program": (b"\x7fELF" + bytes(range(256)) * 100, "bad.yaml:2: The file is not UTF-8 text"),
    "NUL": (
        plus("description: a\0b\n"),
        r"bad.yaml:6: Not valid YAML: it has the character '\x00'",
    ),
    "empty file": (b"", "bad.yaml: The file must be a mapping of keys to values."),
    "two documents": (plus("---\n" + BASE), "bad.yaml:6: Not valid YAML: expected a single"),
    "other YAML": (b"%YAML 1.1\n---\n" + BASE.encode(), "bad.yaml:1: The YAML must be of version"),
    "more YAML than there is": (
        b"%YAML 1.999999999999\n---\n" + BASE.encode(),
        "bad.yaml:1: The YAML must be of version 1.2, but got '1.999999999999'.",
    ),
}

BOMBS: dict[str, tuple[bytes, str]] = {
    # the same, of files that would take all memory, or for ever
    "name without end": (named("b" * 10**6), "bad.yaml:1: Argument `name` must have at most 100"),
    "billion laughs": (bomb("[ha, ha]", lambda a: f"[{', '.join(['*' + a] * 9)}]"), TOO_MUCH),
    "billion keys": (
        bomb("{x: 1}", lambda a: "{" + ", ".join(f"{k}: *{a}" for k in "pqrstuvwx") + "}"),
        TOO_MUCH,
    ),
    "billion merges": (
        bomb("{x: 1}", lambda a: f"{{<<: [{', '.join(['*' + a] * 9)}]}}"),
        "has the merge key '<<' (write the keys out)",
    ),
    "alias of itself": (b"a: &a [*a]\n", TOO_MUCH),
    "brackets without end": (b"[" * 10**6, TOO_MUCH),
    "braces without end": (b"{a: " * 10**5, TOO_MUCH),
    "keys of keys": (b"? " * 10**5, TOO_MUCH),
    "values without end": (b"[" + b"1, " * 300_000 + b"1]", TOO_MUCH),
    "digits without end": (
        BASE.replace("seed: 1", "seed: " + "9" * 10**6).encode(),
        "bad.yaml:2: Argument `seed` must be an integer of at most 1000 digits",
    ),
    "points without end": (
        plus(
            "axes:\n"
            "  J: {sets: model.decay, values: {linspace: [1, 2, 1000000]}}\n"
            "  K: {sets: model.gain, values: {linspace: [1, 2, 1000000]}}\n"
        ),
        "bad.yaml:6: Argument `axes` must span at most 1000000 points, but got 1000000000000.",
    ),
    "ranges without end": (
        plus(
            "axes: {J: {sets: model.decay, values: ["
            + ", ".join(f"{{linspace: [{i}, {i}.5, 1000000]}}" for i in range(1000))
            + "]}}\n"
        ),
        "bad.yaml:6: Argument `axes` must span at most 1000000 points, but got 1000000000.",
    ),
    "sets of the same without end": (
        plus("axes:\n" + "".join(f"  a{i}: {{cases: {{a: {{}}}}}}\n" for i in range(2000))),
        "bad.yaml:6: Argument `axes` must hold at most 32 values",
    ),
    "samples without end": (
        BASE.replace("times: [0, 1]", "average: [0, 1.0e+15]").encode(),
        "bad.yaml:5: Argument `numerics.average` must end at 5e+09 at most",
    ),
    "records without end": (
        BASE.replace("spin: 10", "spin: 10, lattice: {chain: {n: 1000000}}")
        .replace("times: [0, 1]", "times: {linspace: [0, 1, 1000]}, observables: [sites]")
        .encode(),
        "bad.yaml:5: Argument `numerics.times` must make records of at most 2 GB",
    ),
}
