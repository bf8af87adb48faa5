// The picture of what is chosen, in the colours of the page or in those of paper.

const PAPER = { dark: false, ink: "#222222", line: "#bbbbbb" };

function themeOfPage() {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  return { dark: matchMedia("(prefers-color-scheme: dark)").matches, ink, line: style.getPropertyValue("--line").trim() };
}

/** Text that the library shows as it is: it would read tags and entities. */
const clean = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\n/g, "<br>");

/** The same for a name along an axis; numbers stay numbers. */
const label = (value) => (typeof value === "string" ? clean(value) : value);

function wrap(text, width) {
  const found = [""];
  for (const word of text.split(" ")) {
    if (found.at(-1) && found.at(-1).length + word.length > width) found.push("");
    found[found.length - 1] += (found.at(-1) ? " " : "") + word;
  }
  return found.join("<br>");
}

function shadeOf(number_, count, theme) {
  const shades = results.colours.curves;
  const [first, last] = theme.dark ? [0.3, 1] : [0, 0.85];
  const share = count > 1 ? number_ / (count - 1) : 0.25;
  return shades[Math.round((first + share * (last - first)) * (shades.length - 1))];
}

/** Positions along the dimensions that are not drawn. */
function fixed(variable) {
  return Object.fromEntries(variable.dims.map((dim) => [dim, Number.isInteger(choice.at[dim]) ? choice.at[dim] : 0]));
}

function drawn(store, name, at, place) {
  const quantity = QUANTITIES[choice.show];
  const other = choice.show === "other" ? valueInOther(store, otherStore(), name, at) : null;
  return quantity.of(store.variables[name], place, other);
}

function quantityLabel(store, name) {
  const variable = store.variables[name];
  const label = withUnits(variable.label, ["theory", "other"].includes(choice.show) ? "" : variable.units);
  return choice.show === "value" ? label : `${QUANTITIES[choice.show].text} of ${label}`;
}

function axisOf(title, theme, more = {}) {
  return { title: { text: title }, automargin: true, gridcolor: theme.dark ? "#333" : "#e6e6e6", zerolinecolor: theme.line,
    linecolor: theme.line, showline: true, ticks: "inside", ...more };
}

function figure(theme, width) {
  const store = shownStore();
  const name = choice.variable;
  const variable = store.variables[name];
  const axis = store.axes[choice.x];
  const map = Boolean(choice.y);
  const { traces, rows, left, shapes = [], legend } = map ? maps(store, name, width) : curves(store, name, theme);
  const narrow = width < 600;
  const hidden = variable.dims.filter((dim) => dim !== axis.dim && choice.at[dim] !== "all" && !(map && store.axes[choice.y].dim === dim));
  const places = placeText(store, hidden, fixed(variable));
  const over = left > 0 ? `the first ${MOST_CURVES} of ${MOST_CURVES + left} curves` : "";
  const signs = legend ?? signLegend(variable, rows);
  const title = wrap(clean([places, over, ...signs].filter(Boolean).join("; ")), narrow ? 40 : 90);
  const words = Object.entries(variable.words);
  const ticks = words.length && choice.show === "value"
    ? { tickvals: words.map(([code]) => Number(code)), ticktext: words.map(([, word]) => clean(word)) } : {};
  const range = axis.numeric && variable.range && choice.x === variable.x ? { range: variable.range } : {};
  const log = (axis_, on) => ({ type: !axis_.numeric ? "category" : on ? "log" : "linear" });
  const yLabel = map ? withUnits(store.axes[choice.y].label, store.axes[choice.y].units) : quantityLabel(store, name);
  const layout = {
    font: { color: theme.ink, size: narrow ? 11 : 13 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    title: { text: title, font: { size: 13 } },
    xaxis: axisOf(wrap(clean(withUnits(axis.label, axis.units)), narrow ? 40 : 80), theme, { ...log(axis, choice.logX), ...range }),
    yaxis: axisOf(wrap(clean(yLabel), narrow ? 36 : 50), theme,
      map ? log(store.axes[choice.y], store.axes[choice.y].log) : { type: choice.logY ? "log" : "linear", ...ticks }),
    yaxis2: { overlaying: "y", range: [0, 1], fixedrange: true, visible: false },
    margin: { l: narrow ? 45 : 70, r: 15, t: title ? 21 + 17 * Math.max(2, title.split("<br>").length) : 25, b: 50 }, hovermode: "closest", dragmode: "zoom",
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.line, activecolor: theme.ink }, hoverlabel: { align: "left", font: { size: 12 } }, uirevision: [name, choice.x, choice.y, choice.show].join("|"),
    shapes, legend: narrow ? { orientation: "h", y: -0.25 } : {}, showlegend: !map,
  };
  const seen = new Set();
  for (const trace of traces) {
    if (trace.legendgroup) {
      trace.showlegend = !seen.has(trace.legendgroup);
      seen.add(trace.legendgroup);
    }
  }
  return { traces, rows, layout, map };
}
