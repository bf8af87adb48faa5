// The controls, and what they choose.

let choice = { store: 0, variable: null, show: "value", x: null, y: "", at: {}, bands: true, theory: true, other: true, logX: false, logY: false };

const shownStore = () => results.stores[choice.store];
const otherStore = () => results.stores.find((_, i) => i !== choice.store && (results.stores.length < 3 || i === choice.beside));

/** A view of the variable as the command `twoqs plot` would have it. */
function defaultView() {
  const store = shownStore();
  const variable = store.variables[choice.variable];
  choice.x = variable.plane ? variable.plane[0] : variable.x;
  choice.y = variable.plane ? variable.plane[1] : "";
  defaultPlaces();
}

/** Curves for the shorter dimensions, as long as they can be told apart, and one place of the others. */
function defaultPlaces() {
  const store = shownStore();
  const variable = store.variables[choice.variable];
  const taken = [choice.x, choice.y].filter(Boolean).map((name) => store.axes[name].dim);
  let curves_ = 1;
  choice.logX = store.axes[choice.x].log;
  choice.at = {};
  for (const dim of variable.dims.filter((one) => !taken.includes(one)).sort((a, b) => store.sizes[a] - store.sizes[b])) {
    curves_ *= store.sizes[dim];
    choice.at[dim] = !choice.y && store.sizes[dim] > 1 && curves_ <= MOST_CURVES ? "all" : 0;
  }
}

function select(form, text, options, value, change) {
  const label = document.createElement("label");
  const control = document.createElement("select");
  control.name = text;
  control.append(...options.map(([key, shown]) => new Option(shown, key)));
  control.value = String(value);
  control.addEventListener("change", () => { change(control.value); update(); });
  label.append(text, control);
  form.append(label);
}

function tick(form, text, key) {
  const label = document.createElement("label");
  const control = document.createElement("input");
  label.className = "tick";
  control.type = "checkbox";
  control.name = text;
  control.checked = choice[key];
  control.addEventListener("change", () => { choice[key] = control.checked; update(); });
  label.append(control, text);
  form.append(label);
}

/** Controls of what can be chosen now; the one that has the focus keeps it. */
function drawChoices() {
  const form = byId("choices");
  const focused = form.contains(document.activeElement) ? document.activeElement.name : null;
  const store = shownStore();
  const variable = store.variables[choice.variable];
  form.replaceChildren();
  if (results.stores.length > 1) {
    select(form, "Store", results.stores.map((one, i) => [i, one.title]), choice.store, (value) => {
      choice.store = Number(value);
      if (!own(shownStore().variables, choice.variable)) choice.variable = shownStore().first;
      defaultView();
    });
  }
  if (results.stores.length > 2) {
    const others = results.stores.map((one, i) => [i, one.title]).filter(([i]) => i !== choice.store);
    if (!others.some(([i]) => i === choice.beside)) choice.beside = others[0][0];
    select(form, "Compared with", others, choice.beside, (value) => { choice.beside = Number(value); });
  }
  const names = Object.keys(store.variables).filter((name) => store.variables[name].x);
  select(form, "Variable", names.map((name) => [name, store.variables[name].label]), choice.variable, (value) => {
    const before = store.variables[choice.variable].dims.join();
    choice.variable = value;
    if (store.variables[value].dims.join() !== before) defaultView();
  });
  const offered = { value: true, error: own(variable.errors, "standard error"), total: variable.total_error,
    theory: variable.theory, other: otherStore() && own(otherStore().variables, choice.variable) };
  if (!offered[choice.show]) choice.show = "value";
  select(form, "Show", Object.keys(QUANTITIES).filter((key) => offered[key]).map((key) => [key, QUANTITIES[key].text]), choice.show, (value) => { choice.show = value; });
  const axes = variable.dims.flatMap((dim) => axesAlong(store, dim));
  const text = (name) => [name, store.axes[name].label];
  select(form, "Along x", axes.map(text), choice.x, (value) => { choice.x = value; if (value === choice.y) choice.y = ""; defaultPlaces(); });
  select(form, "Along y", [["", "the values (curves)"], ...axes.filter((name) => name !== choice.x).map(text)], choice.y, (value) => { choice.y = value; defaultPlaces(); });
  const taken = [choice.x, choice.y].filter(Boolean).map((name) => store.axes[name].dim);
  for (const dim of variable.dims.filter((one) => !taken.includes(one) && store.sizes[one] > 1)) {
    const label = axesAlong(store, dim).map((name) => store.axes[name].label).join(", ") || dim;
    const places = [...Array(store.sizes[dim]).keys()].map((i) => [i, placeText(store, [dim], { [dim]: i }) || String(i)]);
    select(form, `At ${label}`, [...(choice.y ? [] : [["all", "a curve for each"]]), ...places], choice.at[dim], (value) => {
      choice.at[dim] = value === "all" ? "all" : Number(value);
    });
  }
  if (!choice.y) tick(form, "bands, not bars", "bands");
  if (variable.theory) tick(form, "theory", "theory");
  if (otherStore()) tick(form, "other store", "other");
  if (store.axes[choice.x].numeric) tick(form, "logarithm of x", "logX");
  tick(form, choice.y ? "logarithm of colours" : "logarithm of values", "logY");
  if (focused) form.elements[focused]?.focus();
}
