"""Kinds of requests that are made of expectation values at one time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import qutip

from twoqs.measure.fits import exact_minimum
from twoqs.measure.fits.squeezing import squeezing, squeezing_angle
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.kinds import MODE
from twoqs.model.language.components import AXES
from twoqs.model.language.pieces import Complexes
from twoqs.model.model import Model
from twoqs.observe.emission import Coincidence, Flux
from twoqs.observe.expectation import Expectation
from twoqs.observe.field import MeanOutput
from twoqs.observe.total import SECOND, Total
from twoqs.theory.exact.channels import output_channels, rate_roots
from twoqs.theory.exact.words import WordMatrices
from twoqs.theory.space import Space

ExactValues: TypeAlias = dict[str, Floats]
"""Values by the names of variables, of shape (time, *dims)."""


NO_MEAN = 1e-12
"""Share of the largest possible value below which a mean is zero."""


@dataclass(frozen=True)
class Means:
    """What a request needs, and what is made of it.

    Attributes:
        operators: whose expectation values it needs.
        finish: makes values of these, shape (time, operator).
        lasting: whether they are averages since the time before.
        factors: what multiplies them, shape (time, operator), at given times.
    """

    operators: list[qutip.Qobj]
    finish: Callable[[Complexes], ExactValues]
    lasting: bool = False
    factors: Callable[[Floats], Floats] = field(default=lambda times: np.ones((len(times), 1)))


@dataclass(frozen=True)
class Asked:
    """What requests are asked of.

    Attributes:
        model: the model.
        numerics: resolved settings.
        space: its Hilbert space.
    """

    model: Model
    numerics: Numerics
    space: Space

    def matrices(self, formulas: tuple[str, ...]) -> list[qutip.Qobj]:
        """Matrices of formulas."""
        words = WordMatrices(self.model, self.space)
        return [words.of(one) for one in formulas]


def exact_expectation(request: Expectation, asked: Asked) -> Means:
    """<A>, with products in the order in which they are written."""
    names = [one.name for one in request.observables(asked.model, asked.numerics)]

    def finish(means: Complexes) -> ExactValues:
        parts = (means[:, 0].real, means[:, 0].imag)
        return dict(zip(names, parts, strict=False))

    return Means(asked.matrices((request.formula,)), finish)


def exact_total(request: Total, asked: Asked) -> Means:
    """Moments of sums of spins."""
    weights = request.weights(asked.model)
    lengths = weights @ asked.model.spins
    operators: list[qutip.Qobj] = []
    for own in weights:
        sites = np.flatnonzero(own).tolist()
        sums = {a: sum(asked.space.components[i][k] for i in sites) for k, a in enumerate(AXES)}
        operators += sums.values()
        operators += [(sums[a] @ sums[b] + sums[b] @ sums[a]) / 2 for a, b in SECOND]
    name, alone = request.name, len(weights) == 1

    def finish(means: Complexes) -> ExactValues:
        values = means.real.reshape(len(means), len(weights), -1)
        first = {a: values[..., k] for k, a in enumerate(AXES)}
        second = {
            (a, b): values[..., len(AXES) + k] - first[a] * first[b]
            for k, (a, b) in enumerate(SECOND)
        }
        found = {f"{name}_s{a}": first[a] for a in AXES}
        for (a, b), value in second.items():
            found[f"{name}_var_s{a}" if a == b else f"{name}_cov_s{a}s{b}"] = value
        moments = *first.values(), *second.values()
        found[f"{name}_squeezing"] = squeezing(lengths, *moments)
        found[f"{name}_squeezing_angle"] = squeezing_angle(*moments)
        across = values[..., 3] + values[..., 4]  # <(S^x)^2 + (S^y)^2>
        found[f"{name}_dicke_squeezing"] = 2 * lengths * (second["z", "z"] + 0.25) / across
        found = {key: value[:, 0] if alone else value for key, value in found.items()}
        return found | _optimum(f"{name}_squeezing", found[f"{name}_squeezing"], asked.numerics)

    return Means(operators, finish)


def _optimum(name: str, values: Floats, numerics: Numerics) -> ExactValues:
    """The smallest values over time and when they are there, without the dimension of time."""
    if numerics.times is None:
        return {}
    columns = values.reshape(len(values), -1).T
    time, least = np.array([exact_minimum(numerics.times, one) for one in columns]).T
    shape = values.shape[1:]
    return {f"{name}_optimum": least.reshape(shape), f"{name}_optimum_time": time.reshape(shape)}


def exact_flux(request: Flux, asked: Asked) -> Means:
    """2G <c^+c>."""
    operators = asked.matrices(request.formulas_of(asked.model))
    return Means(operators, lambda means: {request.name: means[:, 0].real})


def exact_coincidence(request: Coincidence, asked: Asked) -> Means:
    """<c^+c^+cc>/<c^+c>^2; NaN where nothing is emitted."""
    name, operators = request.name, asked.matrices(request.formulas_of(asked.model))
    least = NO_MEAN * float(np.max(np.abs(operators[0].diag()), initial=0.0))

    def finish(means: Complexes) -> ExactValues:
        intensity, pairs = means.real.T
        square = np.where(intensity > least, intensity, np.nan) ** 2
        return {f"{name}_intensity": intensity, name: pairs / square}

    return Means(operators, finish)


def exact_mean_output(request: MeanOutput, asked: Asked) -> Means:
    """sqrt(2G) <c>, of `each` the mean over its sites, on average since the time before."""
    channels = output_channels(asked.model, asked.space, request.field)
    name = request.name

    def finish(means: Complexes) -> ExactValues:
        out = means.mean(axis=1)
        return {f"{name}_re": out.real, f"{name}_im": out.imag}

    def factors(times: Floats) -> Floats:
        return rate_roots(asked.model, channels, times)

    return Means([one.operator for one in channels], finish, lasting=True, factors=factors)


def sites(asked: Asked) -> Means:
    """Means at each site, under the names that results have for them."""
    components, modes = asked.space.components, asked.model.kinds == MODE
    of_spins, of_modes = (np.flatnonzero(one).tolist() for one in (~modes, modes))
    operators = [components[i][axis] for axis in range(3) for i in (*of_spins, *of_modes)]

    def finish(means: Complexes) -> ExactValues:
        x, y, z = np.moveaxis(means.real.reshape(len(means), 3, -1), 1, 0)
        n = len(of_spins)
        found = {"sx_site": x[:, :n], "sy_site": y[:, :n], "sz_site": z[:, :n]} if n else {}
        if of_modes:
            found |= {"a_re_site": x[:, n:], "a_im_site": -y[:, n:], "n_site": z[:, n:]}
        return found

    return Means(operators, finish)
