"""Exact results of what leaves in time, against closed forms: cavities, atoms, squeezed light."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs

C = twoqs.Mode("c")
WINDOW = {"average": (0.0, 40.0), "samples": 201}
STEP = 0.2
KINDS = {
    "light": {"spectrum": "out"}, "noise": {"homodyne": "out", "angle": "best"},
    "first": {"g1": "out"}, "second": {"g2": "out"}, "counts": {"quanta": "out"},
}  # fmt: skip


def test_a_coherent_field_has_a_line_and_the_noise_of_the_vacuum() -> None:
    """<a> = -i e/G: a field of -i e sqrt(2/G)."""
    model = twoqs.Model(hamiltonian=0.3 * (C.a + C.adag), jumps=[twoqs.jump(C.a, 0.5, label="out")])
    found = twoqs.exact(model, **WINDOW, observables=KINDS | {"out": {"field": "out"}})
    flux, field = 0.36, -0.6j
    assert complex(found.out_re, found.out_im) == pytest.approx(field, abs=1e-6)
    assert float(found.light_coherent) == pytest.approx(flux, rel=1e-6)
    assert np.allclose(found.light, 0, atol=1e-6)
    assert np.allclose(found.noise, 1, atol=1e-6)
    assert np.allclose(found.first_re, 1, atol=1e-6)
    assert np.allclose(found.second, 1, atol=1e-5)
    assert float(found.counts) == pytest.approx(40 * flux, rel=1e-5)
    assert float(found.counts_var) == pytest.approx(40 * flux, rel=1e-4)


def thermal(rate=0.8, pump=0.3, operator=None):
    jumps = [twoqs.jump(C.a, rate, label="out"), twoqs.jump(C.adag, pump, label="up")]
    return twoqs.Model(jumps=jumps)


def in_bins(flux, width, count):
    """<a_k^+ a_(k+l)> of g1 = exp(-width |tau|), averaged over bins."""
    x = width * STEP
    found = flux * STEP * (2 * np.sinh(x / 2) / x) ** 2 * np.exp(-x * np.arange(count))
    found[0] = flux * STEP * 2 * (x - 1 + np.exp(-x)) / x**2
    return found


def test_thermal_light() -> None:
    """n = 0.6 and the width 0.5; its field is Gaussian, so that g2 = 1 + |g1|^2 in bins, too."""
    found = twoqs.exact(thermal(), **WINDOW, observables=KINDS | {"up": {"flux": "up"}})
    flux = 1.6 * 0.6
    numbers = in_bins(flux, 0.5, 200)
    lags = found.sizes["first_lag"]
    assert np.allclose(found.first_re, numbers[:lags] / numbers[0], atol=2e-5)  # of the cut
    second = 1 + (numbers[:lags] / numbers[0]) ** 2
    assert np.allclose(found.second, second, atol=2e-4)
    assert float(found.second_flux) == pytest.approx(numbers[0] / STEP, rel=1e-5)
    assert float(found.up) == pytest.approx(0.6 * 1.6, rel=1e-5)
    pairs = 2 * (200 - np.arange(200.0))
    pairs[0] = 200
    assert float(found.counts_var) == pytest.approx(200 * numbers[0] + pairs @ numbers**2, rel=1e-3)
    spectrum = resolved(numbers, 25)
    assert np.allclose(found.light, spectrum, rtol=1e-4)
    assert float(found.light_coherent) == pytest.approx(0, abs=1e-8)
    # Negative control: without the window's resolution the line is higher.
    omega = found.light_omega.values
    sharp = 2 * 0.5 * flux / (omega**2 + 0.25)
    assert np.max(np.abs(found.light / sharp - 1)) > 0.1


def resolved(numbers, length):
    """What Hann's window makes of correlations, by sums over all pairs of bins."""
    window = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2
    window /= np.sqrt(np.mean(window**2))
    bins = np.arange(length)
    matrix = np.outer(window, window) * numbers[np.abs(np.subtract.outer(bins, bins))] / length
    omega = np.sort(2 * np.pi * np.fft.fftfreq(length, STEP))
    omega = omega[np.abs(omega) <= 0.6 * np.pi / STEP]
    phases = np.exp(1j * np.outer(omega, bins * STEP))
    power = np.einsum("wj,jk,wk->w", phases.conj(), matrix, phases).real
    return power / np.sinc(omega * STEP / (2 * np.pi)) ** 2


def test_fine_spectra_are_lorentzian() -> None:
    asked = {"light": {"spectrum": "out", "resolution": 0.02}}
    found = twoqs.exact(thermal(), average=(0, 1000), samples=5001, observables=asked)
    near = found.light.sel(light_omega=slice(-3, 3))
    exact = 0.96 / (near.light_omega**2 + 0.25)
    assert np.allclose(near, exact, rtol=3e-3)  # resolution^2/width^2


def test_resonance_fluorescence() -> None:
    """Mollow's triplet at Omega = 20 gamma, gamma = 2G: heights 1, 1/3; g2 of one atom."""
    atom, omega, gamma = twoqs.Spin(0.5, "atom"), 20.0, 1.0
    model = twoqs.Model(
        hamiltonian=omega * atom.x, jumps=[twoqs.jump(atom.minus, gamma / 2, label="out")]
    )
    asked = {"light": {"spectrum": "out", "resolution": 0.02}, "flux": {"flux": "out"}}
    found = twoqs.exact(model, average=(0, 400), samples=8001, observables=asked)
    height = found.light.sel(light_omega=[-omega, 0, omega], method="nearest")
    # Up to gamma^2/Omega^2 and the square of the resolution.
    assert np.allclose(height, [1 / 3, 1, 1 / 3], rtol=1e-2)
    assert float(found.flux) == pytest.approx(gamma * omega**2 / (gamma**2 + 2 * omega**2))
    total = found.light_coherent + found.light_incoherent
    assert float(total) == pytest.approx(float(found.flux), rel=2e-3)  # wings beyond what is kept
    asked = {"pairs": {"g2": "out", "until": 2.0}, "same": {"coincidence": "out"}}
    found = twoqs.exact(model, average=(0, 4), samples=2001, observables=asked)
    tau, mu = found.pairs_lag, np.sqrt(omega**2 - gamma**2 / 16)
    decay = np.exp(-0.75 * gamma * tau)
    exact = 1 - decay * (np.cos(mu * tau) + 0.75 * gamma / mu * np.sin(mu * tau))
    assert np.allclose(found.pairs, exact, atol=5e-3)  # bins of 0.04/Omega: (Omega D)^2
    assert float(found.same) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("angle", "sign"), [(0.0, 1), (np.pi / 2, -1), ("best", -1)])
def test_squeezed_light(angle, sign) -> None:
    """H = i e (a^+2 - a^2)/2: 1 +- 4 G e/((G -+ e)^2 + omega^2) of the vacuum's noise."""
    loss, e = 0.5, 0.2
    model = twoqs.Model(
        hamiltonian=0.5j * e * (C.adag**2 - C.a**2), jumps=[twoqs.jump(C.a, loss, label="out")]
    )
    asked = {"noise": {"homodyne": "out", "angle": angle, "resolution": 0.02}}
    found = twoqs.exact(model, average=(0, 1000), samples=2501, observables=asked)
    omega = found.noise_omega
    exact = 1 + sign * 4 * loss * e / ((loss - sign * e) ** 2 + omega**2)
    assert np.allclose(found.noise, exact, rtol=1e-2)  # resolution and cut


def test_two_outputs_of_one_operator() -> None:
    """Of i c beside c the cross-spectrum has the phase, and the root of both rates."""
    spin = twoqs.Spin(2, "s")
    jumps = [
        twoqs.jump(spin.minus, 0.2, label="one"), twoqs.jump(1j * spin.minus, 0.05, label="two"),
    ]  # fmt: skip
    model = twoqs.Model(hamiltonian=spin.x + 0.7 * spin.z, jumps=jumps)
    asked = {"cross": {"spectrum": ["one", "two"]}, "alone": {"spectrum": "one"},
             "back": {"spectrum": ["two", "one"]}}  # fmt: skip
    found = twoqs.exact(model, **WINDOW, observables=asked)
    cross = (found.cross_re + 1j * found.cross_im).values
    assert np.allclose(cross, 0.5j * found.alone.values, atol=1e-9)
    assert np.allclose((found.back_re + 1j * found.back_im).values, cross.conj(), atol=1e-9)
    assert float(np.max(found.alone)) > 2 * float(found.alone[-1])


def test_each_site_has_its_own_output() -> None:
    """Two atoms apart: means over sites are those of one, numbers of quanta add up."""

    def of(count):
        atoms = twoqs.Sites(twoqs.Spin(0.5), twoqs.chain(count, periodic=False), "s")
        each = twoqs.jump(twoqs.each(atoms.minus), 0.5, label="out")
        model = twoqs.Model(hamiltonian=1.5 * atoms.x, jumps=[each])
        return twoqs.exact(model, average=(0, 10), samples=51, observables=KINDS)

    one, two = of(1), of(2)
    for name in ("light", "light_coherent", "first_re", "second"):
        assert np.allclose(one[name], two[name], atol=1e-8), name
    for name in ("counts", "counts_var"):
        assert 2 * float(one[name]) == pytest.approx(float(two[name]), rel=1e-8)
    assert float(one.counts_mandel) < -0.2
