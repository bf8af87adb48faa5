"""Truncated Wigner simulation of large open quantum spins, as distributed parameter sweeps."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twoqs.errors import ArgumentError, ClusterError, StoreError, TwoqsError
    from twoqs.interactive.background import Running, start
    from twoqs.interactive.call import run
    from twoqs.interactive.merge import merge
    from twoqs.look.open import open  # noqa: A004 - `twoqs.open`, as in xarray and zarr
    from twoqs.look.unphysical import unphysical
    from twoqs.measure.accuracy import AccuracyWarning
    from twoqs.measure.observable import Averages, Observable
    from twoqs.methods import PDA, Conserving, Discrete, EulerMaruyama
    from twoqs.model.classes import classes
    from twoqs.model.grids import chain, cubic, honeycomb, kagome, square, triangular
    from twoqs.model.language import (
        Ensemble,
        Mode,
        Operator,
        Parameter,
        Sites,
        Spin,
        bonds,
        change,
        collapse,
        cosine,
        each,
        gauss,
        jump,
        piecewise,
        ramp,
        sampled,
        total,
        turn,
    )
    from twoqs.model.lattice import Lattice, all_to_all, from_edges, single
    from twoqs.model.light import dipoles, waveguide
    from twoqs.model.mode_states import gaussian, vacuum
    from twoqs.model.model import Model
    from twoqs.model.power_law import from_positions, power_law
    from twoqs.model.samples import samples
    from twoqs.model.states import (
        InitialState,
        coherent,
        dicke,
        mixed,
        mixture,
        squeezed,
        thermal,
    )
    from twoqs.observe.histogram import histogram
    from twoqs.observe.measured import measured
    from twoqs.observe.sphere import sphere
    from twoqs.observe.wigner import wigner
    from twoqs.simulation.simulate import simulate
    from twoqs.simulation.unrelaxed import NotStationaryWarning
    from twoqs.simulation.validity import UnphysicalWarning
    from twoqs.sweep.sweep import Sweep
    from twoqs.theory.exact.exact import exact
    from twoqs.truncation.trust import trust

__version__ = "0.1.0"

# Loaded when first asked for: numba, SciPy and xarray take over a second, in which the command line
# could neither answer `--version` nor end cleanly on Ctrl-C.
_HOMES = {
    "errors": ("ArgumentError", "ClusterError", "StoreError", "TwoqsError"),
    "look.open": ("open",),
    "look.unphysical": ("unphysical",),
    "measure.accuracy": ("AccuracyWarning",),
    "measure.observable": ("Averages", "Observable"),
    "methods": ("PDA", "Conserving", "Discrete", "EulerMaruyama"),
    "interactive.background": ("Running", "start"),
    "interactive.call": ("run",),
    "interactive.merge": ("merge",),
    "model.grids": ("chain", "cubic", "honeycomb", "kagome", "square", "triangular"),
    "model.lattice": ("Lattice", "all_to_all", "from_edges", "single"),
    "model.classes": ("classes",),
    "model.language": (
        "Ensemble",
        "Mode",
        "Operator",
        "Parameter",
        "Sites",
        "Spin",
        "bonds",
        "change",
        "collapse",
        "cosine",
        "each",
        "gauss",
        "jump",
        "piecewise",
        "ramp",
        "sampled",
        "total",
        "turn",
    ),
    "model.light": ("dipoles", "waveguide"),
    "model.mode_states": ("gaussian", "vacuum"),
    "model.model": ("Model",),
    "model.power_law": ("from_positions", "power_law"),
    "model.samples": ("samples",),
    "model.states": (
        "InitialState",
        "coherent",
        "dicke",
        "mixed",
        "mixture",
        "squeezed",
        "thermal",
    ),
    "observe.histogram": ("histogram",),
    "observe.measured": ("measured",),
    "observe.sphere": ("sphere",),
    "observe.wigner": ("wigner",),
    "simulation.simulate": ("simulate",),
    "sweep.sweep": ("Sweep",),
    "simulation.unrelaxed": ("NotStationaryWarning",),
    "simulation.validity": ("UnphysicalWarning",),
    "theory.exact.exact": ("exact",),
    "truncation.trust": ("trust",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "PDA",
    "AccuracyWarning",
    "ArgumentError",
    "Averages",
    "ClusterError",
    "Conserving",
    "Discrete",
    "Ensemble",
    "EulerMaruyama",
    "InitialState",
    "Lattice",
    "Mode",
    "Model",
    "NotStationaryWarning",
    "Observable",
    "Operator",
    "Parameter",
    "Running",
    "Sites",
    "Spin",
    "StoreError",
    "Sweep",
    "TwoqsError",
    "UnphysicalWarning",
    "all_to_all",
    "bonds",
    "chain",
    "change",
    "classes",
    "coherent",
    "collapse",
    "cosine",
    "cubic",
    "dicke",
    "dipoles",
    "each",
    "exact",
    "from_edges",
    "from_positions",
    "gauss",
    "gaussian",
    "histogram",
    "honeycomb",
    "jump",
    "kagome",
    "measured",
    "merge",
    "mixed",
    "mixture",
    "open",
    "piecewise",
    "power_law",
    "ramp",
    "run",
    "sampled",
    "samples",
    "simulate",
    "single",
    "sphere",
    "square",
    "squeezed",
    "start",
    "thermal",
    "total",
    "triangular",
    "trust",
    "turn",
    "unphysical",
    "vacuum",
    "waveguide",
    "wigner",
]


_MOVED = {
    "twoqs.analysis": "twoqs.measure.fits",
    "twoqs.exact": "twoqs.theory",
    "twoqs.export": "twoqs.look.export",
    "twoqs.holstein_primakoff": "twoqs.theory.spin_waves",
    "twoqs.predictions": "twoqs.execution.predict",
    "twoqs.run": "twoqs.execution",
    "twoqs.run.predict": "twoqs.execution.predict",
}
"""Modules that earlier documentation named, and where they are now."""


class _ModuleAndFunction(ModuleType):
    """`twoqs.exact`, or `twoqs.run`, where it was imported as a module: the function, too."""

    __path__: Any = ()

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        name = self.__name__.removeprefix("twoqs.")
        return getattr(import_module(f"twoqs.{_HOME[name]}"), name)(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(_MOVED[self.__name__]), name)


class _Moved:
    """Finds and loads modules by their earlier names, so that scripts go on.

    Not derived from those of importlib.abc, which take as long to load as all else here.
    """

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in _MOVED else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        if spec.name.removeprefix("twoqs.") in _HOME:
            return _ModuleAndFunction(spec.name, _ModuleAndFunction.__doc__)
        module = import_module(_MOVED[spec.name])
        spec.loader_state = module.__spec__  # which the import system is about to replace
        return module

    def exec_module(self, module: ModuleType) -> None:
        if isinstance(module, _ModuleAndFunction):
            return
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


# First: an earlier folder of the same name, with nothing but compiled files in it, would be found.
sys.meta_path.insert(0, _Moved())


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'twoqs' has no attribute {name!r}")
    value = getattr(import_module(f"twoqs.{_HOME[name]}"), name)
    if name == "simulate":
        import_module("twoqs.look.select")  # which gives results the accessor `twoqs`
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    # What is public; what this module needs itself, and wings that something has imported, are not.
    return sorted(["__doc__", "__version__", *__all__])
