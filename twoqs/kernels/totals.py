"""Sums over sites for each trajectory, and over the trajectories of each row for each site."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.compile.jit import LANES, inlined, jit, lanes
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
def add_site_sums(bloch, sites, sums):
    """Add components of some sites, summed over the trajectories of each row.

    Args:
        bloch: shape (sample, component, site, lane).
        sites: numbers of those that count, shape (site,).
        sums: shape (ROWS, component, site).
    """
    for sample in range(bloch.shape[0]):
        for a in range(sums.shape[1]):
            for j in range(len(sites)):
                values = bloch[np.uint64(sample), np.uint64(a), np.uint64(sites[j])]
                for row in range(ROWS):
                    total = 0.0
                    for k in range(row * GROUP, (row + 1) * GROUP):
                        total += values[k]
                    sums[row, a, j] += total


@lanes
def set_product(one, other, product):
    """product = one other."""
    for lane in range(LANES):
        product[lane] = one[lane] * other[lane]


@inlined
def set_total_moments(bloch, weights, own, pairs, totals):
    """Totals of one group in one sample, shape (component, site, lane), and their products."""
    for a in range(3):
        totals[a] = 0.0
        for site in range(len(weights)):
            if weights[site] != 0.0:
                add_site(weights[site], bloch[np.uint64(a), np.uint64(site)], totals[a])
    for k in range(len(pairs)):
        a, b, total = pairs[k, 0], pairs[k, 1], totals[3 + k]
        set_product(totals[a], totals[b], total)
        for site in range(len(own)):
            if own[site] != 0.0:
                add_site_product(own[site], bloch[a, site], bloch[b, site], total)


@jit
def add_total_moments(bloch, weights, own, pairs, totals, first, second):
    """Add sums over sites of weighted components, and products of two of these sums.

    Args:
        bloch: samples of one time, shape (sample, component, site, lane).
        weights: shape (group, site); what has the weight 0 is left out.
        own: weights of what products of components of the same site have beside, of that shape.
        pairs: numbers of the two components, shape (pair, 2).
        totals: scratch of shape (3 + pair, lane).
        first, second: shape (ROWS, 3, group) and (ROWS, pair, group).
    """
    for sample in range(bloch.shape[0]):
        for group in range(weights.shape[0]):
            set_total_moments(bloch[sample], weights[group], own[group], pairs, totals)
            for lane in range(LANES):
                row = lane // GROUP
                for a in range(3):
                    first[row, a, group] += totals[a, lane]
                for k in range(len(pairs)):
                    second[row, k, group] += totals[3 + k, lane]
