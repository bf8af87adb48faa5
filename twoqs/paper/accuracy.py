"""The accuracy study: bias against spin length and step, from the sweeps made for it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from twoqs.methods import METHODS
from twoqs.paper.bias import bias, power, step_bias
from twoqs.simulation.validity import MEANS

SIZE, ORDER = "spin length", "step"


STUDIES = {
    "accuracy-decay": (SIZE, "spin", ("sz",)),
    "accuracy-driven": (SIZE, "spin", ("var_sx", "var_sy", "var_sz")),
    "accuracy-step": (ORDER, "dt", MEANS),
    "accuracy-euler": (ORDER, "dt", MEANS),
}
"""For each sweep: what the bias is taken against, the axis, and the variables."""


def accuracy_tables(tables: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bias of each scheme, and the power laws fitted to it.

    Args:
        tables: deviations (`deviations`) by the name of the sweep, those of STUDIES.

    Returns:
        Two tables: (against, sweep, case, x, bias, bias_se) and (against, sweep, case, factor,
        power, power_se) with bias = factor * x^power. Bias is a share of S for means and of the
        exact variance for variances.
    """
    sizes, powers = [], []
    for sweep, (against, axis, variables) in STUDIES.items():
        table = tables[sweep]
        if against == SIZE:
            found = bias(_relative(table), axis, variables)
        else:
            found = step_bias(table, axis, variables)
        found = found.rename(columns={axis: "x"})
        found["case"] = [
            f"{scheme}-{kind}" if len(METHODS[scheme].orderings) > 1 else scheme
            for scheme, kind in zip(found.scheme, found.representation, strict=True)
        ]
        found = found.assign(against=against, sweep=sweep)
        sizes.append(found[["against", "sweep", "case", "x", "bias", "bias_se"]])
        for case, own in found.groupby("case", sort=False):
            law = power(own.x, own.bias, own.bias_se)
            powers.append((against, sweep, case, law.factor, law.exponent, law.exponent_se))
    columns = ["against", "sweep", "case", "factor", "power", "power_se"]
    return pd.concat(sizes, ignore_index=True), pd.DataFrame(powers, columns=columns)


def _relative(table: pd.DataFrame) -> pd.DataFrame:
    """Deviations of variances as a share of the exact value: over S^2 it would shrink anyway."""
    variances = table.variable.str.startswith("var_")
    scale = table.scale.where(~variances, table.reference.abs())
    return table.assign(scale=scale, deviation=(table.value - table.reference) / scale)
