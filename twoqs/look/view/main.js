// The page: drawn anew after each choice, and when there are newer data.

const PLAIN = { displaylogo: false, responsive: true, showSendToCloud: false, plotlyServerURL: "", modeBarButtonsToRemove: ["toImage", "lasso2d", "select2d"] };
const SECONDS = 2;
let shown = null;

function drawAbout() {
  const store = shownStore();
  byId("title").textContent = store.title;
  byId("about").textContent = [store.comment, store.made].filter(Boolean).join(" · ");
  byId("notes").textContent = store.thinned.length ? `Thinned, as there are so many values: ${store.thinned.join("; ")}.` : "";
  byId("sweep").textContent = store.sweep;
}

function drawSigns() {
  byId("signs").replaceChildren(...results.statuses.flatMap((status) => {
    const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = status.sign ? `${status.sign}  ${status.word}` : status.word;
    meaning.textContent = status.meaning;
    return [term, meaning];
  }));
}

function update() {
  drawChoices();
  drawAbout();
  const plot = byId("plot");
  const theme = themeOfPage();
  shown = figure(theme, plot.clientWidth);
  const ring = { x: [null], y: [null], type: "scatter", mode: "markers", hoverinfo: "skip", showlegend: false,
    marker: { size: 16, symbol: "circle-open", color: theme.ink, line: { width: 3, color: theme.ink } } };
  shown.traces.push(ring);
  cursor = { row: 0, place: -1 };
  plot.setAttribute("aria-label", `${shown.map ? "Map" : "Curves"} of ${quantityLabel(shownStore(), choice.variable)}`);
  Plotly.react(plot, shown.traces, shown.layout, PLAIN);
  if (opened) openDetails(opened);
}

function reached(event) {
  const data = event.points.find((one) => one.customdata)?.customdata;
  if (!data) return null;
  cursor = { row: data[0], place: data[1] };
  return shown.rows[cursor.row].row[cursor.place];
}

function start() {
  choice.variable = own(shownStore().variables, shownStore().first) ? shownStore().first : Object.keys(shownStore().variables)[0];
  if (!shownStore().variables[choice.variable].x) choice.variable = Object.keys(shownStore().variables).find((name) => shownStore().variables[name].x);
  if (!choice.variable) {
    drawAbout();
    byId("readout").textContent = "There is one number of each kind, and no axis: `twoqs show` prints them.";
    return;
  }
  defaultView();
  drawSigns();
  update();
  byId("plot").on("plotly_hover", (event) => {
    const at = reached(event);
    if (at) byId("readout").textContent = lines(shownStore(), choice.variable, at).join("; ");
  });
  byId("plot").on("plotly_click", (event) => {
    const at = reached(event);
    if (at) openDetails(at);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update);
}

/** Newer data of the server, if there are any; choices stay. */
async function follow(known) {
  const answer = await fetch("data.json", { headers: known ? { "If-None-Match": known } : {} }).catch(() => null);
  const fresh = answer?.status === 200;
  if (fresh) {
    results = await answer.json();
    const place = { ...cursor };
    if (choice.variable) update();
    cursor = place;
  } else if (answer?.status !== 304) {
    byId("notes").textContent = answer ? await answer.text() : "The server has ended; this is what was there.";
  }
  setTimeout(() => follow(fresh ? answer.headers.get("ETag") : known), 1000 * SECONDS);
}

start();
if (document.body.dataset.follow === "true") setTimeout(() => follow(null), 1000 * SECONDS);
