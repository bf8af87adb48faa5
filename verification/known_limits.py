"""How often warnings of known limits are right: a table of docs/accuracy.md.

Models of limit_models.py, against the master equation at 24 times. A model is off if the mean of a
spin is, by more than 3 % of S, a second moment, by 3 % of S^2, n, by 3 % of its largest value, or
<a>, by 3 % of its root; for squeezed steady states the smallest variance, by 3 %. Three standard
errors are taken off first.

python verification/known_limits.py [trajectories]      # some minutes on two cores
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import xarray as xr
from deviations import off, off_modes
from limit_models import NAMED, Case, of_pda, random_cases

import twoqs as tq
from twoqs.measure.accuracy import accuracy_notes
from twoqs.methods.numerics import Numerics, resolve
from twoqs.theory import evolve

OFF = 0.03
CHOSEN, NEW = 5, 11
"""Seeds of random models: those that limits were chosen with, and others."""


def deviation(case: Case, trajectories: int, squeezed: bool) -> float:
    """The largest, beyond three standard errors."""
    times = np.linspace(case.end / 24, case.end, 24)
    found = tq.simulate(
        case.model, times=times, trajectories=trajectories, seed=12, scheme=case.scheme
    )
    exact = evolve(case.model, times, photons=case.photons)
    sizes = [0.0]
    if "sx" in exact:
        spin = off(found, exact)
        sizes += [spin.means_beyond, spin.second_beyond]
    if "n" in exact and float(exact.n.max()) > 0.05:
        light = off_modes(found, exact)
        sizes += [light.quanta[1], light.amplitude[1], light.second[1]]
    if squeezed:
        sizes.append(narrowest(found) / narrowest(exact) - 1)
    return float(max(sizes))


def narrowest(data: xr.Dataset) -> float:
    """The smallest variance across the mean spin, at the end."""
    last = data.isel(time=-1)
    mean = np.array([float(last[f"s{a}"]) for a in "xyz"])
    covariance = np.diag([float(last[f"var_s{a}"]) for a in "xyz"])
    for (i, a), (j, b) in ((0, "x"), (1, "y")), ((0, "x"), (2, "z")), ((1, "y"), (2, "z")):
        covariance[i, j] = covariance[j, i] = float(last[f"cov_s{a}s{b}"])
    across = np.linalg.svd(mean[None])[2][1:]
    return float(np.linalg.eigvalsh(across @ covariance @ across.T)[0])


def cases() -> Iterator[tuple[str, str, Case]]:
    """Group, name and model."""
    for name, case in NAMED.items():
        yield "named", name, case
    for name, case in of_pda():
        yield "`pda`", f"pda: {name}", case._replace(scheme="pda")
    for seed in (CHOSEN, NEW):
        for name, case in random_cases(seed):
            yield "random" if seed == CHOSEN else "random, new", name, case


def main() -> None:
    trajectories = int(sys.argv[1]) if len(sys.argv) > 1 else 2**16
    warnings.simplefilter("ignore")  # what they say is asked for below
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for group, name, case in cases():
        size = deviation(case, trajectories, name.startswith("squeezed"))
        numerics = resolve(case.model, Numerics(times=(0.0, case.end), scheme=case.scheme))
        told = bool(accuracy_notes(case.model, numerics))
        which = ("right", "missed", "false", "hit")[2 * told + (size > OFF)]
        counts[group][which] += 1
        print(f"{which:7s}{size:6.3f}  {name}", flush=True)
    print("\n| models | off, told | off, not told | right, told | right, not told |")
    print("|---" * 5 + "|")
    for group, found in counts.items():
        row = [str(found[which]) for which in ("hit", "missed", "false", "right")]
        print(f"| {group} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
