"""The fastest rate of a model, which steps are measured by."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from twoqs.flows.fastest import fastest_turn
from twoqs.flows.lowered import generators_of, timetable_of
from twoqs.model.model import Model
from twoqs.model.values import per_site


@lru_cache(maxsize=64)
def fastest_rate(model: Model) -> float:
    """Upper bound of the rate at which one spin turns, or a pulse changes, in the model's unit."""
    if model.general:
        timetable = timetable_of(model)
        return max(fastest_turn(generators_of(model), timetable.peaks), timetable.rate)
    sites, spin = model.n_sites, model.spin
    edges, weights = model.lattice.edges, model.lattice.weights
    field = np.zeros((3, sites))
    damping, diffusion = np.zeros(sites), np.zeros(sites)
    with np.errstate(over="ignore", invalid="ignore"):
        # Bonds first: the order of a sum decides its last bit, and that the identity of points.
        for term in sorted(model.energy_terms, key=lambda term: term.on):
            for form in term.forms[-1:]:
                turned = np.abs(form.vector)[:, None]
                if term.on == "bonds":
                    # H has one term a bond, and a neighbour's spin is at most S.
                    bond = np.abs(per_site(term.strength, len(edges)) * weights)
                    bond = bond * (spin / term.divisor)
                    for end in range(2):
                        field += turned * np.bincount(edges[:, end], bond, minlength=sites)
                    continue
                size = 2 * spin / term.divisor if term.is_interaction else 1 / term.divisor
                field += turned * np.abs(per_site(term.strength, sites)) * size
        for jump in model.dissipators:
            if jump.drift:
                damping += per_site(jump.strength, sites) * (2 * spin * jump.drift / jump.divisor)
            else:
                size = float(np.linalg.norm(jump.form.vector)) ** 2 / jump.divisor
                diffusion += per_site(jump.strength, sites) * size
        rates = (np.linalg.norm(field, axis=0), damping, diffusion)
        return float(np.max([rate.max() for rate in rates]))
