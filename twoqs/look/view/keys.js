// From value to value by arrow keys, read out as they are reached.

let cursor = { row: 0, place: -1 };

function showCursor() {
  const line = shown.rows[cursor.row];
  const at = line.row[cursor.place];
  byId("readout").textContent = lines(shownStore(), choice.variable, at).join("; ");
  const [x, y] = [line.xs, line.ys].map((one) => one[cursor.place]).map(label);
  Plotly.restyle(byId("plot"), { x: [[x]], y: [[y]] }, [shown.traces.length - 1]);
}

function move(key) {
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  const down = ({ ArrowUp: 1, ArrowDown: -1 }[key] ?? 0) * (shown.map ? 1 : -1);
  const most = shown.rows.length - 1;
  cursor.row = Math.min(Math.max(cursor.row + down, 0), most);
  const end = shown.rows[cursor.row].row.length - 1;
  if (key === "Home") cursor.place = 0;
  else if (key === "End") cursor.place = end;
  else cursor.place = Math.min(Math.max(cursor.place + sideways, 0), end);
  showCursor();
}

byId("plot").addEventListener("keydown", (event) => {
  if (/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) {
    event.preventDefault();
    move(event.key);
  } else if (event.key === "Enter" && cursor.place >= 0) {
    openDetails(shown.rows[cursor.row].row[cursor.place]);
    byId("point").focus();
  }
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeDetails(); });
byId("close").addEventListener("click", closeDetails);
byId("within").addEventListener("change", drawInner);
