"""Sums over sites for each trajectory, and over the trajectories of each row for each site."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.compile.jit import LANES, jit, lanes
from twoqs.kernels.moments import GROUP, ROWS


@lanes
def add_site(weight, values, total):
    """Add weighted values of one site to those of all."""
    for lane in range(LANES):
        total[lane] += weight * values[lane]


@lanes
def add_site_product(weight, one, other, total):
    """Add weighted products of two components of one site to those of all."""
    for lane in range(LANES):
        total[lane] += weight * one[lane] * other[lane]


@jit
def add_totals(vectors, weights, totals):
    """Add sums over sites of weighted components.

    Args:
        vectors: shape (component, site, lane).
        weights: shape (total, component, site); what has the weight 0 is left out.
        totals: shape (total, lane).
    """
    for t in range(totals.shape[0]):
        for a in range(weights.shape[1]):
            for site in range(weights.shape[2]):
                weight = weights[t, a, site]
                if weight != 0.0:
                    add_site(weight, vectors[np.uint64(a), np.uint64(site)], totals[t])


@jit
def add_total_squares(one, other, weights, totals):
    """Add sums over sites of weighted products of two components of the same site.

    Args:
        one, other: shape (site, lane).
        weights: shape (total, site); totals: shape (total, lane).
    """
    for t in range(totals.shape[0]):
        for site in range(weights.shape[1]):
            weight = weights[t, site]
            if weight != 0.0:
                add_site_product(weight, one[np.uint64(site)], other[np.uint64(site)], totals[t])


@jit
def add_site_sums(vectors, sites, sums):
    """Add components of some sites, summed over the trajectories of each row.

    Args:
        vectors: shape (component, site, lane).
        sites: numbers of those that count, shape (site,).
        sums: shape (ROWS, component, site).
    """
    for a in range(sums.shape[1]):
        for j in range(len(sites)):
            values = vectors[np.uint64(a), np.uint64(sites[j])]
            for row in range(ROWS):
                total = 0.0
                for k in range(row * GROUP, (row + 1) * GROUP):
                    total += values[k]
                sums[row, a, j] += total
