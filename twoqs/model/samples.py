"""States that are given by trajectories: where another run ended."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arrays import Floats

END_STATE = "end_state"
"""Variable of a result of `simulate(..., end_states=True)`."""

KNOWN_SAMPLES = (
    "a result of `simulate(..., end_states=True)`, or vectors of shape (3, trajectory, site)"
)

LENGTH_TOLERANCE = 1e-4
"""How far vectors may be off the length of their spins; in single precision they are by 1e-6."""


@dataclass(frozen=True, repr=False)
class Samples:
    """See `samples`.

    Attributes:
        digest: of all numbers, which makes two of them equal or not.
        vectors: s of each trajectory, shape (3, site, trajectory); to read only.
        scheme: name of the method whose trajectories they are, if that is known.
        members: names of the members whose they are, in order, if those are known, and what each
            is.
    """

    digest: str
    vectors: Floats = field(compare=False)
    scheme: str | None = field(default=None, compare=False)
    members: tuple[tuple[str, str], ...] | None = field(default=None, compare=False)

    @property
    def trajectories(self) -> int:
        """How many trajectories there are."""
        return self.vectors.shape[2]

    @property
    def sites(self) -> int:
        """Number of spins."""
        return self.vectors.shape[1]

    def __repr__(self) -> str:
        return f"Samples({self.trajectories} of {self.sites} spins, {self.digest[:16]})"

    def require_fitting(
        self, name: str, lengths: Floats, members: tuple[tuple[str, str], ...]
    ) -> None:
        """Refuse spins that these vectors are not of.

        Args:
            lengths: sqrt(S(S+1)) of each, NaN where vectors may have any, shape (site,).
            members: name of each member, in order, and what it is; one alone may have any name.

        Raises:
            ArgumentError: naming the argument.
        """
        require(self.sites == len(lengths), name, f"be of {len(lengths)} spins", self)
        if self.members is not None:
            own, given = (
                tuple(one if len(all_) > 1 else ("", one[1]) for one in all_)
                for all_ in (members, self.members)
            )
            wanted = f"be of the members {_listed(members)}, in this order"
            require(own == given, name, wanted, f"samples of {_listed(self.members)}")
        sizes = np.linalg.norm(self.vectors, axis=0)
        off = float(np.max(np.nan_to_num(np.abs(sizes / lengths[:, None] - 1))))
        wanted = "hold vectors of the length sqrt(S(S+1)) of its spins"
        require(off < LENGTH_TOLERANCE, name, wanted, f"vectors that are off by {off:.3g} of it")


def samples(result: Any) -> Samples:
    """Start where another run ended: its trajectories go on, one by one.

    So runs can be joined: each trajectory of the one is the beginning of a trajectory of the
    other, which may have at most as many, in whole batches (the result of a run has them). Times of
    the new run begin at 0 again.

    Args:
        result: of `simulate(..., end_states=True)`; or vectors s of one's own, shape
            (3, trajectory, site), of the lengths sqrt(S(S+1)), whose averages times the weights
            of means (docs/method.md) are <S>; of spins 1/2 those of the scheme "conserving", unless
            another one is named.

    Raises:
        ArgumentError: for anything else. `Model` refuses vectors that are not of its spins.

    Examples:
        >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
        >>> first = twoqs.simulate(model, times=[0, 1], trajectories=64, end_states=True)
        >>> again = twoqs.Model(spin=100, decay=1.0, initial=twoqs.samples(first))
        >>> second = twoqs.simulate(again, times=[0, 1], trajectories=64)
        >>> round((second.sz[0] - first.sz[1]).item(), 9)
        0.0
    """
    scheme, members = None, None
    if hasattr(result, "data_vars"):
        wanted = "be a result of `simulate(..., end_states=True)`"
        require(END_STATE in result, "result", wanted, "one without end states")
        scheme = result.attrs.get("scheme")
        specs = json.loads(result.attrs.get("model", "{}")).get("members", {"": {}})
        members = tuple((name, _kind(spec)) for name, spec in specs.items())
        result = result[END_STATE].transpose("component", "trajectory", "site").values
    try:
        vectors = np.array(result, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError.of("result", f"be {KNOWN_SAMPLES}", result) from None
    fits = vectors.ndim == 3 and len(vectors) == 3 and vectors.size > 0
    given = f"an array of shape {vectors.shape}" if vectors.ndim else result
    require(fits, "result", f"be {KNOWN_SAMPLES}", given)
    require(bool(np.all(np.isfinite(vectors))), "result", "hold finite numbers", vectors)
    inner = np.ascontiguousarray(vectors.transpose(0, 2, 1))
    inner.setflags(write=False)
    shape = repr(inner.shape).encode()
    return Samples(hashlib.sha256(shape + inner.tobytes()).hexdigest(), inner, scheme, members)


def _kind(spec: dict[str, Any]) -> str:
    """What a member is, from its text."""
    if "ensemble" in spec:
        return f"ensemble of {spec['ensemble']}"
    return "mode" if "mode" in spec else "spin"


def _listed(members: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} ({kind})" if name else kind for name, kind in members)
