"""What the words of statuses mean: what happened, and what to do. The one table of these texts.

Tables in the terminal print them below, the documentation quotes them, and flags carry them.
"""

from __future__ import annotations

from typing import NamedTuple

from twoqs.kernels.moments import GROUP
from twoqs.measure.fits.correlation_length import (
    FEWEST_GROUPS,
    FEWEST_POINTS,
    LEAST_P_VALUE,
    SIGNIFICANT,
    SURE,
)
from twoqs.measure.fits.optimum import FEWEST_TIMES

RESOLVED = 4.0
"""Standard errors that the mean spin must be long for the squeezing to have a value, and that the
mean number of quanta must be for g2."""

MISSING = "missing"
"""Word of a flag at points that are not finished, or that have no such result."""


GROUPS_FOR_ERRORS = 8
"""Groups of trajectories from which on a standard error is known to a quarter."""

TOLERATED_MODEL_ERROR = 0.05
"""Share of the scale of a value that the truncation may be off by."""

LATER = "begin the window after three relaxation times or later (`relaxation_time`)"
NEVER_AT_REST = "the lengths of spins of `pda` and `euler-maruyama` never rest: take `conserving`"


class Meaning(NamedTuple):
    """Meaning of a status: what happened, and what to do."""

    happened: str
    todo: str

    def __str__(self) -> str:
        return f"{self.happened}: {self.todo}" if self.todo else self.happened


_UNFINISHED = Meaning(
    "the point is not finished, or has no such result",
    "run the sweep again; `twoqs status` says what is missing",
)

MEANINGS = {
    "xi_status": {
        "resolved": Meaning("xi has a value", ""),
        "noise": Meaning(
            f"fewer than {FEWEST_POINTS} even distances (2 of {SURE:g} standard errors) stand out "
            f"of the noise by {SIGNIFICANT:g} standard errors, or the error of xi exceeds half of "
            "it",
            "take more trajectories, or a longer window",
        ),
        "finite-size": Meaning("xi exceeds a quarter of the chain", "take a longer chain"),
        "not-exponential": Meaning(
            "the correlations are no exponential (a worse fit has a chance below "
            f"{LEAST_P_VALUE:g}), and xi is some decay length of the distances that count",
            "look at `correlation_normalised`; more trajectories do not help",
        ),
        "too-few-groups": Meaning(
            f"fewer than {FEWEST_GROUPS} groups of {GROUP} trajectories, whose scatter gives the "
            "errors",
            f"take {FEWEST_GROUPS * GROUP} trajectories or more",
        ),
        "not-finite": Meaning(
            "correlations are not finite, as all trajectories of a group diverged",
            "take the scheme `conserving`, or a smaller step",
        ),
        MISSING: _UNFINISHED,
    },
    "relaxation": {
        "relaxed": Meaning("nothing tells that the window begins too early", ""),
        "drifting": Meaning(
            "means of the second half of the window differ from those of the first by more than "
            "their errors",
            f"{LATER}; {NEVER_AT_REST}",
        ),
        "remembering": Meaning(
            "the halves of the window are so correlated that it still remembers how trajectories "
            "began, by more than the standard errors",
            f"{LATER}; {NEVER_AT_REST}",
        ),
        "unknown": Meaning(
            "the records hold no halves of the window",
            "run the point anew with 4 samples or more",
        ),
        MISSING: _UNFINISHED,
    },
    "step_status": {
        "resolved": Meaning("runs at twice the step stay with those at the step", ""),
        "not-resolved": Meaning(
            "runs at twice the step have parted from those at the step, as in chaotic motion, "
            "and twice the error of a bias is a bound of it",
            "compare with a run at half the step",
        ),
        "unknown": Meaning("too few trajectories were run at twice the step", "take more of them"),
        MISSING: _UNFINISHED,
    },
    "squeezing_optimum_status": {
        "resolved": Meaning("xi^2 has a smallest value at a time that is known", ""),
        "edge": Meaning(
            "xi^2 is smallest at the first or last time, so that there is neither",
            "take later times, or times closer to the first one",
        ),
        "noise": Meaning(
            "xi^2 is so flat within its errors that the smallest value is known, but not its time",
            "take more trajectories",
        ),
        "undefined": Meaning(
            f"fewer than {FEWEST_TIMES} times around the smallest xi^2 have a value",
            "take more times, or more trajectories where noise hides the mean spin",
        ),
        MISSING: _UNFINISHED,
    },
    "squeezing": {
        "noise": Meaning(
            f"the mean spin, to which squeezing is relative, is below {RESOLVED:g} of its standard "
            "errors (or the point has several spins)",
            "take more trajectories; where the mean spin vanishes there is no squeezing",
        ),
    },
    "g2": {
        "noise": Meaning(
            f"the mean number of quanta, to which g2 is relative, is below {RESOLVED:g} of its "
            "standard errors",
            "take more trajectories; where there are no quanta there is no g2",
        ),
    },
}
"""Meanings by flag and word; `squeezing` and `g2`, which have no flag, are NaN for one reason."""

VALUE_MEANINGS = {
    "ok": Meaning("nothing speaks against the value", ""),
    "not-resolved": Meaning(
        "the value is not known: noise hides it, or no trajectory is finite",
        "see the flag of the variable if it has one; else take more trajectories",
    ),
    "unphysical": Meaning(
        "the value belongs to no state", "see `twoqs.unphysical`, which says what is wrong"
    ),
    "not-stationary": Meaning(
        "the window begins before the value has relaxed, which is then off by more than its "
        "standard error",
        f"{LATER}, or take a longer one; {NEVER_AT_REST}",
    ),
    "depends-on-start": Meaning(
        "other initial states lead to other values, beyond their standard errors",
        "average later; if it stays, the state is metastable or there are several steady states",
    ),
    "step-error": Meaning(
        "the bias of the time step exceeds the standard error",
        "take half the step (`step`), which makes it a quarter",
    ),
    "model-error": Meaning(
        f"the truncation may be off by more than {100 * TOLERATED_MODEL_ERROR:g} % of S, S^2 or "
        "the value",
        "take longer spins, or compare with `twoqs.exact` where it can solve the model",
    ),
    "few-groups": Meaning(
        f"the standard error itself is not known to a quarter from fewer than "
        f"{GROUPS_FOR_ERRORS} groups of {GROUP}",
        f"take {GROUPS_FOR_ERRORS * GROUP} trajectories or more",
    ),
}
"""Meanings of the statuses of values, each of which has one."""

VALUE_WORDS = tuple(VALUE_MEANINGS)


def comment(flag: str) -> str:
    """The attribute of a flag that says what its words mean."""
    words = MEANINGS[flag].items()
    return "; ".join(f"{word}: {text}" for word, text in words if word != MISSING)
