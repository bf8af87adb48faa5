// What a point has beside the value: its settings, its other values, and what it has over time or frequency.

let opened = null;

function fill(table, rows) {
  table.replaceChildren(...rows.map(([head, text]) => {
    const row = document.createElement("tr");
    const [name, value] = [document.createElement("th"), document.createElement("td")];
    name.scope = "row";
    name.textContent = head;
    value.textContent = text;
    row.append(name, value);
    return row;
  }));
}

/** Variables that a point has over a dimension of its own: series, spectra, histograms. */
function extended(store) {
  const swept = store.points.dims;
  return Object.keys(store.variables).filter((name) =>
    store.variables[name].dims.some((dim) => !swept.includes(dim) && store.sizes[dim] > 1 && axesAlong(store, dim).length));
}

function openDetails(at) {
  opened = at;
  const store = shownStore();
  const variable = store.variables[choice.variable];
  const place = flat(store, variable, at);
  const point = flat(store, store.points, at);
  byId("details").hidden = false;
  document.querySelector("main").classList.add("open");
  byId("point").textContent = placeText(store, store.points.dims, at) || store.title;
  const axes = store.points.dims.flatMap((dim) => axesAlong(store, dim));
  fill(byId("settings"), [
    [`${choice.variable}`, lines(store, choice.variable, at)[1].split(" = ").slice(1).join(" = ")],
    ...Object.entries(variable.errors).map(([cause, values]) => [cause, number(values[place])]),
    ...(variable.total_error ? [["total error", number(variable.total_error[place])]] : []),
    ...(statusOf(variable, place) ? [["status", [statusOf(variable, place).word, statusOf(variable, place).meaning].filter(Boolean).join(": ")]] : []),
    ...axes.filter((name) => store.axes[name].sets).map((name) => [store.axes[name].sets, placeText(store, [store.axes[name].dim], at)]),
    ["trajectories", `${store.points.trajectories[point]}${store.points.complete?.[point] === false ? " (not finished)" : ""}`],
    ...(store.points.step ? [["longest time step", number(store.points.step[point])]] : []),
  ]);
  const names = extended(store);
  const before = byId("within").value;
  byId("within").replaceChildren(...names.map((name) => new Option(store.variables[name].label, name)));
  byId("within").value = names.includes(before) ? before : names.includes(choice.variable) ? choice.variable : names[0] ?? "";
  for (const part of [byId("within"), document.querySelector("label[for=within]"), byId("inner")]) part.hidden = !names.length;
  if (names.length) drawInner();
  fill(byId("values"), Object.entries(store.variables)
    .filter(([, one]) => one.dims.every((dim) => store.points.dims.includes(dim) || store.sizes[dim] === 1))
    .map(([name, one]) => {
      const here = flat(store, one, at);
      const word = own(one.words, String(one.values[here]));
      const status = statusOf(one, here);
      const doubt = status && status.word !== "ok" ? ` (${status.word})` : "";
      return [name, `${word ?? valueText(one, here)}${doubt}`];
    }));
  Plotly.Plots.resize(byId("plot"));
}

/** The series, spectrum, histogram or map of the opened point. */
function drawInner() {
  const store = shownStore();
  const name = byId("within").value;
  const variable = store.variables[name];
  const inner = variable.dims.filter((dim) => !store.points.dims.includes(dim) && store.sizes[dim] > 1);
  const before = choice;
  const plane = inner.length > 1 && variable.plane?.every((one) => inner.includes(store.axes[one].dim)) ? variable.plane : null;
  const long = inner.includes(store.axes[variable.x].dim) ? variable.x : axesAlong(store, inner[0])[0];
  choice = { ...before, variable: name, show: "value", x: plane ? plane[0] : long, y: plane ? plane[1] : "",
    at: { ...opened }, logX: store.axes[plane ? plane[0] : long].log, logY: false };
  const { traces, layout } = figure(themeOfPage(), 400);
  choice = before;
  Plotly.react(byId("inner"), traces, { ...layout, showlegend: false }, { ...PLAIN, displayModeBar: false });
}

function closeDetails() {
  if (opened === null) return;
  opened = null;
  byId("details").hidden = true;
  document.querySelector("main").classList.remove("open");
  Plotly.Plots.resize(byId("plot"));
  byId("plot").focus();
}
