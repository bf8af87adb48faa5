// Curves: values over one axis, a curve for each choice of the others.

const MARKERS = ["circle", "square", "triangle-up", "diamond", "triangle-down", "star", "cross", "x"];
const DASHES = ["solid", "dash", "dot", "dashdot"];
const MOST_CURVES = 12;

/** Each combination of positions along some dimensions. */
function combinations(store, dims) {
  return dims.reduce(
    (found, dim) => found.flatMap((at) => [...Array(store.sizes[dim]).keys()].map((i) => ({ ...at, [dim]: i }))),
    [{}],
  );
}

/** Polygons between values minus and plus their errors, one for each run without gaps. */
function band(xs, ys, errors, colour) {
  const traces = [];
  let run = [];
  const end = () => {
    if (run.length > 1) {
      const low = run.map((i) => ys[i] - errors[i]);
      const high = run.map((i) => ys[i] + errors[i]);
      const x = run.map((i) => xs[i]);
      traces.push({
        x: [...x, ...[...x].reverse()], y: [...low, ...high.reverse()], fill: "toself", fillcolor: colour,
        mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false, type: "scatter",
      });
    }
    run = [];
  };
  ys.forEach((y, i) => (y === null || errors[i] === null ? end() : run.push(i)));
  end();
  return traces;
}

const clear = (hex, share) => `rgba(${[1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(",")},${share})`;

/** The steps of a histogram, from edge to edge of its bins. */
function steps(xs, ys, colour) {
  const bounds = edges(xs, true, false);
  return { x: ys.flatMap((_, i) => [bounds[i], bounds[i + 1]]), y: ys.flatMap((y) => [y, y]), type: "scatter", mode: "lines",
    line: { color: colour, width: 1.2 }, fill: "tozeroy", fillcolor: clear(colour, 0.2), hoverinfo: "skip", showlegend: false };
}

/** Traces of curves, and rows of places for the keyboard. */
function curves(store, name, theme) {
  const variable = store.variables[name];
  const axis = store.axes[choice.x];
  const open = variable.dims.filter((dim) => dim !== axis.dim && choice.at[dim] === "all");
  const traces = [];
  const rows = [];
  const all = combinations(store, open);
  const order = [...axis.values.keys()];
  if (axis.numeric) order.sort((a, b) => axis.values[a] - axis.values[b]);
  all.slice(0, MOST_CURVES).forEach((one, number_) => {
    const shade = shadeOf(number_, Math.min(all.length, MOST_CURVES), theme);
    const row = order.map((i) => ({ ...fixed(variable), ...one, [axis.dim]: i }));
    const xs = order.map((i) => (axis.values[i]));
    const places = row.map((at) => flat(store, variable, at));
    const ys = row.map((at, i) => drawn(store, name, at, places[i]));
    rows.push({ row, xs, ys, places });
    const along = xs.map(label);
    const errors = choice.show === "value" ? places.map((place) => errorOf(variable, place)) : [];
    const totals = choice.show === "value" ? places.map((place) => variable.total_error?.[place] ?? null) : [];
    const banded = axis.numeric && choice.bands && !axis.bins;
    if (banded) {
      if (totals.some((total) => total !== null)) traces.push(...band(xs, ys, totals, clear(shade, 0.15)));
      if (errors.some((error) => error !== null)) traces.push(...band(xs, ys, errors, clear(shade, 0.3)));
    }
    if (axis.bins) traces.push(steps(xs, ys, shade));
    const connected = axis.numeric && !axis.bins && !Object.keys(variable.words).length;
    traces.push({
      x: along, y: ys, type: "scatter", mode: connected ? "lines+markers" : "markers",
      name: clean(placeText(store, open, one) || name), showlegend: open.length > 0,
      line: { color: shade, width: 1.2, dash: DASHES[number_ % DASHES.length] },
      marker: { color: shade, size: axis.bins ? 3 : 6, symbol: MARKERS[number_ % MARKERS.length] },
      error_y: { type: "data", array: errors, color: shade, thickness: 1, width: 0, visible: errors.length > 0 && !banded },
      hoverinfo: "text", hovertext: row.map((at) => clean(lines(store, name, at).join("\n"))),
      customdata: row.map((_, i) => [rows.length - 1, i]),
    });
    traces.push(...beside(store, name, rows.at(-1), shade));
  });
  traces.push(...doubts(variable, rows, theme));
  return { traces, rows, left: all.length - MOST_CURVES };
}

/** Lines of theory, and values of another store. */
function beside(store, name, { row, xs, places }, shade) {
  const variable = store.variables[name];
  const found = [];
  if (choice.show !== "value") return found;
  if (choice.theory && variable.theory) {
    found.push({
      x: xs.map(label), y: places.map((place) => variable.theory[place]), mode: "lines", type: "scatter", name: "theory",
      line: { color: shade, width: 2.5 }, opacity: 0.55, hoverinfo: "skip", legendgroup: "theory", legendrank: 2000,
    });
  }
  if (choice.other && otherStore()) {
    const values = row.map((at) => valueInOther(store, otherStore(), name, at));
    found.push({
      x: xs.map(label), y: values.map((one) => one?.value ?? null), mode: "markers", type: "scatter",
      name: clean(otherStore().title), legendgroup: "other", legendrank: 2001, hoverinfo: "skip",
      marker: { color: shade, size: 10, symbol: "circle-open", line: { width: 1.5 } },
      error_y: { type: "data", array: values.map((one) => one?.error ?? null), color: shade, thickness: 1, width: 4 },
    });
  }
  return found;
}

/** A sign at each value that is not ok; along the lower end where there is no value. */
function doubts(variable, rows, theme) {
  return signsMet(variable, rows).map((status) => {
    const met = rows.flatMap(({ xs, ys, places }) => places
      .map((place, k) => (statusOf(variable, place)?.word === status.word ? [xs[k], ys[k]] : null)).filter(Boolean));
    const none = status.word === "not-resolved";
    return {
      x: met.map(([x]) => label(x)), y: met.map(([, y]) => (none ? 0.03 : y)), yaxis: none ? "y2" : "y", type: "scatter",
      mode: "text", text: met.map(() => clean(status.sign)), hoverinfo: "skip", showlegend: false,
      textposition: none ? "middle center" : "top center",
      textfont: { size: 15, color: theme.dark ? theme.ink : status.colour },
    };
  });
}
