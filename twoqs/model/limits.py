"""The most of everything that a user may ask for, in Python and in files, with the reasons."""

from __future__ import annotations

# --- Models -----------------------------------------------------------------------------------

MOST_SPIN = 10**12
"""Length of a spin. Variances of size S are differences of squares of size S^2, in 16 digits: here
they are good to four digits, at 10^13 off by several per cent, at 10^15 noise."""

MOST_QUANTA = 10**12
"""Of a mode at the start, for the same reason."""

MOST_CLASSES = 10**4
"""Of an ensemble whose members differ."""

MOST_SPIN_IN_SINGLE = 10**6
"""Largest spin in 32-bit numbers. Quantum noise is 1/sqrt(S) of a spin: here still a thousand times
their rounding."""

MOST_SITES = 10**6
"""Sites of a lattice: a block of trajectories of so many takes gigabytes."""

MOST_CONNECTED = 10**4
"""Sites of a lattice whose bonds are all pairs, or those within a cutoff: it lists all 5 * 10^7
bonds, and takes 3.5 GB (that of 6000 sites takes 1.3)."""

MOST_POWER = 100
"""Power of the distance that weights bonds: of neighbours once removed, nothing is left by then."""

MOST_STATES = 1024
"""Dimension of the Hilbert space of a model as matrices, unless more is asked for: a density matrix
of 16 MB."""

MOST_STATES_OF_TWIN = 150
"""The same of models with shorter spins that tell the error of the method: some seconds each."""

MOST_VARIANCE = 0.2
"""Variance of a squeezed state across its direction, in units of S/2 (S + 1): the equator is then
more than three standard deviations away, and what is beyond it costs 0.3 % of the variance."""

# --- Runs -------------------------------------------------------------------------------------

MOST_STEPS = 10**11
"""Steps of a trajectory: more would take an hour for one spin alone."""

MOST_PILOT_STEPS = 4 * 10**6
"""Steps of a trajectory to find a window by: some seconds for one spin, minutes for a chain."""

MOST_HALVINGS = 6
"""Times that the step of a point is halved on the way to a target: runs then cost 64 times as much.
"""

MOST_TIMES = 10**6
"""Times, or samples of a time average: each costs a measurement of all trajectories."""

MOST_TRAJECTORIES = 10**9
"""Trajectories of a point: standard errors are then a 30000th of the spread."""

MOST_SEED = 2**63 - 1
"""Seed: stores and other formats keep it as a signed integer of 64 bits."""

MOST_RECORD_BYTES = 2 * 10**9
"""Size of the record of a block of trajectories, and of all records of one `simulate`: they are in
memory together."""

MOST_KEPT_BYTES = 10**8
"""Size of the single trajectories that are kept of a point: more are better looked at as sums."""

MOST_WORKERS = 4096
"""Worker processes on this machine: no machine has more cores."""

# --- Sweep files ------------------------------------------------------------------------------

MOST_POINTS = 10**6
"""Points of a grid, and values of one `linspace` or `logspace`: each is checked before a run."""

MOST_AXES = 32
"""Axes of a sweep: with those of its results, arrays have no more dimensions than NumPy's may."""

MOST_NAME = 100
"""Characters of the name of a sweep, an axis or a case: the first is the name of a folder, too."""

MOST_FILE_BYTES = 4_000_000
"""Size of a sweep file; larger ones are no text that anybody wrote."""

MOST_NODES = 100_000
"""Values in a sweep file: YAML takes about 50 microseconds to read one."""

MOST_DEPTH = 32
"""Levels of nesting in a sweep file; the format has eight."""

MOST_DIGITS = 1000
"""Digits of an integer in a sweep file: Python reads no more than some thousand."""

MOST_MONOMIALS = 100_000
"""Products of monomials that one multiplication makes: half a second. What is larger is a sum over
sites or bonds, which is one monomial."""

MOST_POWERS = 1000
"""Monomials of a polynomial in the parameters."""

MOST_EXPONENT = 64
"""Size of an exponent of a parameter: values from 1e-5 to 1e5 stay within floats."""

MOST_CHANNELS = 1000
"""Operators that share one matrix of rates: it is diagonalised in a second."""

MOST_FORMULA = 50_000
"""Characters of an expression; values for each site of a large lattice are passed as arrays."""

MOST_FORMULA_DEPTH = 60
"""Levels of brackets, calls and signs in an expression."""

MOST_FORMULA_WORK = 200_000
"""Products of monomials that all multiplications of an expression may make together: a second."""

MOST_SHOWN = 20
"""Monomials of an operator, and values of one of them, that its `repr` writes out."""

MOST_JUMPS_OF_PULSE = 10_000
"""Pieces of a pulse: steps end on each of its jumps, and a run is cut into as many calls."""

MOST_SAMPLES_OF_PULSE = 100_000
"""Samples of a pulse: they are part of the model, as text, and travel with each of its points."""

MOST_EVENTS = 10_000
"""Events of a model, each of which cuts a run."""

# --- Observables ------------------------------------------------------------------------------

MOST_FACTORS_OF_MEMBER = 4
"""Components of one member in a product of an observable: what averages over phase space stand for
is worked out up to the fourth order."""

MOST_FACTORS = 8
"""Components of all members in a product of an observable."""

MOST_WORDS = 4096
"""Products of an observable when written out: so many take some seconds to be ordered, and each
sample as many multiplications."""

MOST_MEASURED = 100_000
"""Numbers that a user's function of vectors returns: each has a sum in every row of a record."""

MOST_RANK = 64
"""Largest l: structures of three degrees, and 4225 sums at each time."""

MOST_COVARIANCES = 500_000
"""Numbers that a result may have of it: the jackknife needs some hundred times as many."""

MOST_BUFFER = 2**30
"""Bytes that the values of one segment may take."""

MOST_VALUES = 200_000
"""Numbers that a result may have of it: the jackknife needs some hundred times as many."""

MOST_SITES_BY_DISTANCE = 1000
"""Sites of graphs: all pairs are summed."""

MOST_BINS = 100_000
"""Bins of one histogram: each has a sum for every time in every row of a record."""
