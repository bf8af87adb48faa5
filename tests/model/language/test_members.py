"""Members: what they may be, when they are equal, and what their sites are."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.model.grids import chain, square

S = tq.Sites(tq.Spin(2), chain(5), name="s")


def test_members_are_equal_by_content():
    assert tq.Spin(2, name="a") == tq.Spin(2.0, "a")
    assert tq.Spin(2, name="a") != tq.Spin(2, name="b")
    assert tq.Sites(tq.Spin(2), chain(5), "s") == S
    assert hash(tq.Sites(tq.Spin(2), chain(5), "s")) == hash(S)
    assert tq.Sites(tq.Spin(2), chain(6), "s") != S
    assert S[1] == S[-4] != S[2]


def test_a_member_without_a_name_has_operators():
    spin, sites = tq.Spin(1.5), tq.Sites(tq.Spin(1), square(3, 3))
    product = "-0.5j*spin.y + 2*spin.z + (spin.x*spin.z + spin.z*spin.x)/2"
    assert repr(spin.x * spin.z + 2 * spin.z) == product
    assert spin.x + spin.x == 2 * spin.x == 2 * tq.Spin(1.5).x
    assert repr(sites.x + sites[3].y) == "sites.x + sites[3].y"
    assert repr(sites[3]) == "sites[3]"


def test_sites():
    assert len(S) == S.n_sites == 5
    assert [site.index for site in S] == [0, 1, 2, 3, 4]
    assert repr(S[-1].minus) == "s[4].minus"
    assert S[np.int64(2)] == S[2]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tq.Spin(0), "`spin` must be a positive multiple of 1/2, but got 0"),
        (lambda: tq.Spin(0.7), "`spin` must be a positive multiple of 1/2"),
        (lambda: tq.Spin(10**13), "`spin` must be at most"),
        (lambda: tq.Spin("5"), "`spin` must be a number"),
        (lambda: tq.Spin(5, name="2a"), "`name` must be a name such as `a`"),
        (lambda: tq.Spin(5, name="for"), "`name` must be a name"),
        (lambda: tq.Spin(5, name="\u03b1"), "`name` must be a name"),
        (lambda: tq.Spin(5, name=7), "`name` must be a name"),
        (lambda: tq.Spin(5, name="each"), "`name` must be none of the words of expressions"),
        (lambda: tq.Spin(5, name="a" * 101), "`name` must have at most 100 characters"),
        (lambda: tq.Sites(5, chain(3)), "`member` must be a Spin"),
        (lambda: tq.Sites(tq.Spin(5, name="a"), chain(3)), "`member` must have no name of its own"),
        (lambda: tq.Sites(tq.Spin(5), 3), "`lattice` must be a Lattice"),
        (lambda: tq.Sites(tq.Spin(5), chain(3), name="pi"), "`name` must be none"),
        (lambda: S[5], "`site` must be at most 4, but got 5"),
        (lambda: S[-6], r"`site` must be an integer of at least -5 \(there are 5 sites\)"),
        (lambda: S[1.5], "`site` must be an integer"),
        (lambda: S["x"], "`site` must be an integer"),
        (lambda: S[1:3], "`site` must be one site from -5 to 4"),
        (lambda: S[0, 1], "`site` must be one site"),
        (lambda: tq.Parameter("exp", 1), "`name` must be none of the words"),
        (lambda: tq.Parameter("lam", "1"), "`value` must be a number"),
        (lambda: tq.Parameter("lam", np.inf), "`value` must be finite"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_the_language_is_quick_to_import():
    """NumPy and the standard library alone."""
    program = (
        "import sys, twoqs.model.language\n"
        "print(*{'scipy', 'numba', 'qutip', 'xarray', 'pandas', 'dask'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
