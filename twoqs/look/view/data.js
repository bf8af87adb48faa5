"use strict";
// Results: where values stand, how they read, and what they are compared with.

const byId = (id) => document.getElementById(id);
let results = JSON.parse(byId("data").textContent);

const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

/** Position in the flat values of a variable; positions of dimensions are in `at`. */
function flat(store, variable, at) {
  return variable.dims.reduce((place, dim) => place * store.sizes[dim] + (at[dim] ?? 0), 0);
}

/** Names of the axes that stand for a dimension: itself, or what moves along it. */
const axesAlong = (store, dim) => Object.keys(store.axes).filter((name) => store.axes[name].dim === dim);

const withUnits = (label, units) => (units ? `${label} (${units})` : label);

function number(value) {
  return value === null || value === undefined ? "–" : String(Number(value.toPrecision(6)));
}

function withError(value, error) {
  if (value === null || value === undefined) return "no value";
  if (error === null || error === undefined || !(error > 0)) return number(value);
  const decimals = 1 - Math.floor(Math.log10(error));
  if (decimals < 0 || decimals > 12) return `${number(value)} ± ${error.toPrecision(2)}`;
  return `${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`;
}

/** The choice of a place as text: `Ω = 0.3 Γ, case = pda`. */
function placeText(store, dims, at) {
  const parts = dims.flatMap((dim) => axesAlong(store, dim).map((name) => {
    const axis = store.axes[name];
    const value = axis.values[at[dim] ?? 0];
    return `${axis.label.split(": ")[0]} = ${axis.numeric ? number(value) : value}${axis.units ? " " + axis.units : ""}`;
  }));
  return parts.join(", ");
}

const errorOf = (variable, place) => own(variable.errors, "standard error")?.[place] ?? null;

/** The status of a value; null if nothing judges it. */
function statusOf(variable, place) {
  const code = variable.status?.[place];
  if (code === undefined) return null;
  if (code >= 0) return results.statuses[code];
  return variable.values[place] === null ? { word: "missing", sign: "", meaning: "" } : EARLY();
}

/** The status of values of points that are not finished. */
const EARLY = () => ({ word: results.early, sign: "*", colour: "#222222", meaning: "of the batches that are done by now" });

/** Statuses with a sign that occur in a picture. */
function signsMet(variable, rows) {
  const met = new Map();
  for (const { places } of rows) {
    for (const place of places) {
      const status = statusOf(variable, place);
      if (status?.sign) met.set(status.word, status);
    }
  }
  return [...met.values()];
}

const placesInOthers = new WeakMap();

/** For each position along a dimension, where another store has the same coordinates; -1 for nowhere. */
function alongOther(store, other, dim) {
  if (!placesInOthers.has(other)) placesInOthers.set(other, new Map());
  const known = placesInOthers.get(other);
  const key = [results.stores.indexOf(store), dim].join();
  if (!known.has(key)) {
    const names = axesAlong(store, dim);
    const near = (a, b) => a === b || (typeof a === "number" && Math.abs(a - b) <= 1e-9 * Math.abs(a));
    const same = (i, j) => names.every((name) => {
      const values = own(other.axes, name)?.values;
      return values && near(store.axes[name].values[i], values[j]);
    });
    const theirs = [...Array(other.sizes[dim]).keys()];
    known.set(key, [...Array(store.sizes[dim]).keys()].map((i) => theirs.findIndex((j) => same(i, j))));
  }
  return known.get(key);
}

/** Where another store has the same place; null if it has none. */
function placeInOther(store, other, variable, at) {
  const found = {};
  for (const dim of variable.dims) {
    if (!(dim in other.sizes)) {
      if (store.sizes[dim] > 1) return null;
      continue;
    }
    const place = alongOther(store, other, dim)[at[dim]];
    if (place < 0) return null;
    found[dim] = place;
  }
  return found;
}

/** What the other store has at a place: its value and its error; null if there is nothing. */
function valueInOther(store, other, name, at) {
  const variable = own(store.variables, name);
  const twin = other && own(other.variables, name);
  if (!twin || twin.dims.some((dim) => !variable.dims.includes(dim) && other.sizes[dim] > 1)) return null;
  const found = placeInOther(store, other, variable, at);
  if (found === null) return null;
  const place = flat(other, twin, found);
  return twin.values[place] === null ? null : { value: twin.values[place], error: errorOf(twin, place) };
}

/** What is drawn of a value. */
const QUANTITIES = {
  value: { text: "values", of: (variable, place) => variable.values[place] },
  error: { text: "standard errors", of: errorOf },
  total: { text: "total errors", of: (variable, place) => variable.total_error?.[place] ?? null },
  theory: {
    text: "deviation from theory in standard errors",
    of: (variable, place) => {
      const theory = variable.theory?.[place] ?? null;
      return theory === null ? null : inErrors(variable.values[place], theory, errorOf(variable, place));
    },
  },
  other: {
    text: "deviation from the other store in standard errors",
    of: (variable, place, beside) => {
      if (!beside) return null;
      const error = Math.hypot(errorOf(variable, place) ?? 0, beside.error ?? 0);
      return inErrors(variable.values[place], beside.value, error);
    },
  },
};

function inErrors(value, reference, error) {
  return value === null || !(error > 0) ? null : (value - reference) / error;
}

/** A value with its error and its units. */
function valueText(variable, place) {
  const value = variable.values[place];
  return [withError(value, errorOf(variable, place)), value === null ? "" : variable.units].filter(Boolean).join(" ");
}

/** All that is to be said of a value, a line each. */
function lines(store, name, at) {
  const variable = store.variables[name];
  const place = flat(store, variable, at);
  const points = flat(store, store.points, at);
  const status = statusOf(variable, place);
  const found = [placeText(store, variable.dims, at)];
  const value = variable.values[place];
  const word = own(variable.words, String(value));
  found.push(`${name} = ${word ?? valueText(variable, place)}`);
  const total = variable.total_error?.[place] ?? null;
  if (total !== null) found.push(`total error ${total.toPrecision(2)}`);
  if (status) found.push(`status: ${status.word}`);
  const theory = variable.theory?.[place] ?? null;
  if (theory !== null) found.push(`theory ${number(theory)}, ${number(QUANTITIES.theory.of(variable, place))} standard errors off`);
  const beside = choice.other && valueInOther(store, otherStore(), name, at);
  if (beside) found.push(`other store ${withError(beside.value, beside.error)}, ${number(QUANTITIES.other.of(variable, place, beside))} standard errors off`);
  found.push(`${store.points.trajectories[points]} trajectories${store.points.complete?.[points] === false ? ", not finished" : ""}`);
  return found;
}
