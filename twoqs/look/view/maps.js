// Maps: values over two axes in colours, with a sign where one is not ok.

const SIGNED = 0.05; // share of the largest value from which on the other sign has colours
const CELLS_WITH_SIGNS = 3000;

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

function maps(store, name) {
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
  return { traces: [trace, ...signsOfMap(variable, rows)], rows };
}

function signsOfMap(variable, rows) {
  const met = rows.flatMap(({ xs, ys, places }) => places.map((place, i) => {
    const sign = statusOf(variable, place)?.sign;
    return sign ? { x: xs[i], y: ys[i], sign } : null;
  }).filter(Boolean));
  if (!met.length || met.length > CELLS_WITH_SIGNS) return [];
  return [{
    x: met.map((one) => label(one.x)), y: met.map((one) => label(one.y)), text: met.map((one) => clean(one.sign)), type: "scatter",
    mode: "markers+text", textposition: "middle center", hoverinfo: "skip", showlegend: false,
    textfont: { size: 12, color: "#000" }, marker: { size: 13, color: "rgba(255,255,255,0.75)", symbol: "circle" },
  }];
}
