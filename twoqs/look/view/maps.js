// Maps: values over two axes in colours, hatched where one is not ok.

const SIGNED = 0.05; // share of the largest value from which on the other sign has colours
const LARGE_ERROR = 0.5; // share of a value from which on its standard error is hatched,
const VISIBLE = 0.05; // if it is that share of all colours, too
const PIXELS = 35; // of the page, for each line of a hatch
const NOISY = "error above half the value";

/** By what is wrong: the hatches of `twoqs plot`, and their look in the legend. */
const HATCHES = {
  unphysical: { hatch: "/\\", look: "xxx" }, "not-stationary": { hatch: "/", look: "///" },
  "depends-on-start": { hatch: "-", look: "---" }, "step-error": { hatch: "\\", look: "\\\\\\" },
  "model-error": { hatch: ".", look: "..." }, "few-groups": { hatch: "-|", look: "+++" },
  [results.early]: { hatch: "/\\-|", look: "***" }, [NOISY]: { hatch: "o", look: "ooo" },
};

/** What a cell is hatched for, if for anything. */
function doubtOf(variable, place, span) {
  const word = statusOf(variable, place)?.word;
  if (own(HATCHES, word)) return word;
  const error = errorOf(variable, place);
  return error > LARGE_ERROR * Math.abs(variable.values[place]) && error > VISIBLE * span && variable.values[place] !== null ? NOISY : null;
}

function colourScale(values) {
  const known = values.filter((one) => one !== null);
  const low = known.reduce((a, b) => Math.min(a, b), Infinity);
  const high = known.reduce((a, b) => Math.max(a, b), -Infinity);
  const even = (colours) => colours.map((colour, i) => [i / (colours.length - 1), colour]);
  const signed = choice.show === "theory" || choice.show === "other" || (low < -SIGNED * high && high > -SIGNED * low);
  if (!signed || !known.length) return { scale: even(results.colours.curves), low, high };
  const most = Math.max(high, -low);
  return { scale: even(results.colours.signed), low: -most, high: most };
}

function maps(store, name, width) {
  const variable = store.variables[name];
  const [x, y] = [store.axes[choice.x], store.axes[choice.y]];
  const ordered = (axis) => {
    const order = [...axis.values.keys()];
    return axis.numeric ? order.sort((a, b) => axis.values[a] - axis.values[b]) : order;
  };
  const scattered = x.dim === y.dim;
  const rows = (scattered ? [0] : ordered(y)).map((j) => {
    const row = ordered(x).map((i) => ({ ...fixed(variable), [y.dim]: j, [x.dim]: i }));
    const places = row.map((at) => flat(store, variable, at));
    const ys = row.map((at) => y.values[at[y.dim]]);
    return { row, places, xs: row.map((at) => x.values[at[x.dim]]), ys,
      zs: row.map((at, i) => drawn(store, name, at, places[i])) };
  });
  const { scale, low, high } = colourScale(rows.flatMap((one) => one.zs));
  const logarithmic = choice.logY && low > 0;
  const shown = (z) => (z === null ? null : logarithmic ? Math.log10(z) : z);
  const title = clean((logarithmic ? "log₁₀ " : "") + quantityLabel(store, name));
  const bar = { title: { text: wrap(title, 46), side: "right" }, thickness: 14, outlinewidth: 0 };
  const common = { hoverinfo: "text", showlegend: false };
  const text = (one) => one.row.map((at) => clean(lines(store, name, at).join("\n")));
  const trace = scattered
    ? { ...common, type: "scatter", mode: "markers", x: rows[0].xs, y: rows[0].ys, hovertext: text(rows[0]),
        customdata: rows[0].row.map((_, i) => [0, i]),
        marker: { color: rows[0].zs.map(shown), colorscale: scale, cmin: shown(low), cmax: shown(high), size: 14, showscale: true, colorbar: bar } }
    : { ...common, type: "heatmap", colorscale: scale, x: rows[0].xs.map(label), y: rows.map((one) => label(one.ys[0])),
        z: rows.map((one) => one.zs.map(shown)), zmin: shown(low), zmax: shown(high), colorbar: bar,
        hovertext: rows.map(text), customdata: rows.map((one, j) => one.row.map((_, i) => [j, i])) };
  const span = choice.show === "value" ? high - low : Infinity; // other quantities have no error
  const logs = [x.numeric && choice.logX, y.numeric && y.log];
  const shapes = scattered ? [] : hatches(variable, rows, span, logs, width);
  const met = [...new Set(shapes.map((one) => one.name))];
  const legend = scattered ? signLegend(variable, rows) : met.map((kind) => `${HATCHES[kind].look} ${kind}`);
  return { traces: [trace, ...(scattered ? signsOfMap(variable, rows) : [])], rows, shapes, legend };
}

/** Edges of the cells along an axis, as the library draws them: names are numbered. */
function edges(values, numeric, log) {
  const at = values.map((one, i) => (!numeric ? i : log ? Math.log10(one) : one));
  const last = at.length - 1;
  const middle = at.slice(1).map((one, i) => (one + at[i]) / 2);
  const ends = last ? [1.5 * at[0] - 0.5 * at[1], 1.5 * at[last] - 0.5 * at[last - 1]] : [at[0] - 0.5, at[0] + 0.5];
  return [ends[0], ...middle, ends[1]].map((one) => (log ? 10 ** one : one));
}

/** Lines of a hatch within the unit square, so that those of neighbouring cells meet; `count` of a kind. */
function strokes(hatch, count) {
  const shares = [...Array(count).keys()].map((k) => (k + 0.5) / count);
  const slopes = [...Array(2 * count - 1).keys()].map((k) => (k + 1 - count) / count);
  const rising = slopes.map((c) => [Math.max(0, -c), Math.max(0, c), Math.min(1, 1 - c), Math.min(1, 1 + c)]);
  const kinds = {
    "/": rising, "\\": rising.map(([a, b, c, d]) => [a, 1 - b, c, 1 - d]),
    "-": shares.map((y) => [0, y, 1, y]), "|": shares.map((x) => [x, 0, x, 1]),
    ".": shares.flatMap((x) => shares.map((y) => [x - 0.15 / count, y, x + 0.15 / count, y])),
    o: shares.flatMap((x) => shares.flatMap((y) => [[1, 1], [1, -1], [-1, 1], [-1, -1]].map(([i, j]) => [x + (0.3 * i) / count, y, x, y + (0.3 * j) / count]))),
  };
  return [...hatch].flatMap((one) => kinds[one]);
}

/** Hatches of cells that are not ok, or whose standard error is large: one path for all cells of a kind. */
function hatches(variable, rows, span, logs, width) {
  const met = new Map();
  rows.forEach(({ places }, j) => places.forEach((place, i) => {
    const kind = doubtOf(variable, place, span);
    if (kind) met.set(kind, [...(met.get(kind) ?? []), [i, j]]);
  }));
  const [xs, ys] = [[rows[0].xs, logs[0]], [rows.map((one) => one.ys[0]), logs[1]]]
    .map(([values, log]) => edges(values, typeof values[0] === "number", log));
  const count = Math.max(1, Math.round(width / PIXELS / Math.max(rows.length, rows[0].xs.length)));
  const along = (bounds, i, share, log) => (log
    ? bounds[i] * (bounds[i + 1] / bounds[i]) ** share : bounds[i] + share * (bounds[i + 1] - bounds[i]));
  return [...met].flatMap(([kind, cells]) => {
    const lines_ = strokes(HATCHES[kind].hatch, count);
    const path = cells.map(([i, j]) => lines_.map(([a, b, c, d]) =>
      `M${along(xs, i, a, logs[0])},${along(ys, j, b, logs[1])}L${along(xs, i, c, logs[0])},${along(ys, j, d, logs[1])}`).join("")).join("");
    const thin = count > 1 ? 1 : 0.7;
    return [{ color: "#fff", width: 3 * thin }, { color: "#000", width: thin }]
      .map((line) => ({ type: "path", path, line, layer: "above", name: kind }));
  });
}

/** Signs at points that lie anywhere in a plane. */
function signsOfMap(variable, rows) {
  const met = rows.flatMap(({ xs, ys, places }) => places.map((place, i) => {
    const sign = statusOf(variable, place)?.sign;
    return sign ? { x: xs[i], y: ys[i], sign } : null;
  }).filter(Boolean));
  return [{
    x: met.map((one) => label(one.x)), y: met.map((one) => label(one.y)), text: met.map((one) => clean(one.sign)), type: "scatter",
    mode: "markers+text", textposition: "middle center", hoverinfo: "skip", showlegend: false,
    textfont: { size: 12, color: "#000" }, marker: { size: 13, color: "rgba(255,255,255,0.75)", symbol: "circle" },
  }];
}

const signLegend = (variable, rows) => signsMet(variable, rows).map((one) => `${one.sign} ${one.word}`);
