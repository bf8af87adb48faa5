"""The paper's equations by Euler-Maruyama in JAX, compiled by XLA, in double precision."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


def prepared(
    trajectories: int,
    sites: int,
    jx: float,
    jy: float,
    gamma: float,
    spin: float,
    theta: float,
    steps: int,
) -> Callable[[float], float]:
    """A function that takes `steps` steps of a given length and returns <s^z>/S.

    Args:
        jx, jy: rescaled couplings of neighbours on a ring.
        gamma: rescaled decay rate.
    """
    rate = gamma / (2 * spin)

    def field(weight: float, lowering: jax.Array) -> jax.Array:
        return (
            weight / (2 * spin) * (jnp.roll(lowering, 1, axis=1) + jnp.roll(lowering, -1, axis=1))
        )

    @jax.jit
    def run(alpha: jax.Array, beta: jax.Array, step: float, key: jax.Array) -> jax.Array:
        def advance(state: tuple, key: jax.Array) -> tuple:
            a, b = state
            a2, b2 = abs(a) ** 2, abs(b) ** 2
            plus = a.conj() * b
            bx, by = field(jx, plus.real), field(jy, plus.imag)
            noise = jax.random.normal(key, (4, trajectories, sites))
            width_a = jnp.sqrt(0.5 * rate * step * (b2 + 0.5))
            width_b = jnp.sqrt(0.5 * rate * step * jnp.maximum(a2 - 0.5, 0))
            change_a = -0.5j * step * (bx - 1j * by) * b - rate * step * (b2 + 0.5) * a
            change_b = -0.5j * step * (bx + 1j * by) * a + rate * step * (a2 - 0.5) * b
            a = a + change_a + width_a * (noise[0] + 1j * noise[1])
            b = b + change_b + width_b * (noise[2] + 1j * noise[3])
            return (a, b), None

        (alpha, beta), _ = jax.lax.scan(advance, (alpha, beta), jax.random.split(key, steps))
        return jnp.mean(abs(alpha) ** 2 - abs(beta) ** 2) / (2 * spin)

    shape = (trajectories, sites)
    up, down = jnp.full(shape, math.sqrt(2 * spin) + 0j), jnp.zeros(shape, complex)
    c, s = math.cos(theta / 2), math.sin(theta / 2)

    def result(step: float) -> float:
        return float(run(c * up - s * down, s * up + c * down, step, jax.random.key(1)))

    return result
