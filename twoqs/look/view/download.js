// What is shown, as files.

function save(text, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const quoted = (value) => {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

/** A row for each value that is shown, with its errors, as `twoqs plot --data` writes it. */
function csvText() {
  const store = shownStore();
  const variable = store.variables[choice.variable];
  const axes = variable.dims.flatMap((dim) => axesAlong(store, dim));
  const head = [...axes, "variable", "value", "standard_error", "total_error", "status", "theory", "trajectories"];
  const rows = shown.rows.flatMap(({ row, places }) => row.map((at, i) => [
    ...axes.map((name) => store.axes[name].values[at[store.axes[name].dim]]),
    choice.variable, variable.values[places[i]], errorOf(variable, places[i]), variable.total_error?.[places[i]],
    statusOf(variable, places[i])?.word, variable.theory?.[places[i]],
    store.points.trajectories[flat(store, store.points, at)],
  ]));
  return [head, ...rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n";
}

const fileName = () => `${shownStore().title}-${choice.variable}`.replace(/[^\w.-]+/g, "_");

async function svgText() {
  const { traces, layout } = figure(PAPER, 900);
  const link = await Plotly.toImage({ data: traces, layout: { ...layout, paper_bgcolor: "#ffffff" } }, { format: "svg", width: 900, height: 600 });
  return decodeURIComponent(link.slice(link.indexOf(",") + 1));
}

byId("csv").addEventListener("click", () => save(csvText(), "text/csv", `${fileName()}.csv`));
byId("svg").addEventListener("click", async () => save(await svgText(), "image/svg+xml", `${fileName()}.svg`));
