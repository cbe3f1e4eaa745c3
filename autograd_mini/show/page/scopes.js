// Scopes open and close: a module, or a block of the program, is one box or all that it holds.

const isScope = (unit) => typeof unit === "string";

// The scopes around a box, and how many of them are around every box that is in a scope at all.
const around = (unit) => (isScope(unit) ? JSON.parse(unit).slice(0, -1) : data.nodes[unit].scope);

function sharedDepth(units) {
  const [path, ...others] = units.map(around).filter((scope) => scope.length);
  const differs = path?.findIndex((part, i) => others.some((other) => other[i] !== part)) ?? 0;
  return differs < 0 ? path.length : differs;
}

// Whose a box is, as far as that tells it from others: many a neuron has its weights.0.
const whose = (unit) => around(unit).slice(picture.shared).join(" ");

function toggle(scope) {
  const isOpened = !model.open.delete(scope);
  if (isOpened) model.open.add(scope);
  drawScopes();
  drawGraph();
  MODES[model.mode].draw();
  colourGraph();
  const there = isOpened ? document.querySelector(`[data-scope="${CSS.escape(scope)}"]`)
    : picture.boxes.get(scope)?.group;
  there?.focus({ preventScroll: true }); // what was pressed is no more
}

// Opens the scopes that hide a node.
function reveal(id) {
  if (!isScope(model.unit(id))) return;
  const { scope } = data.nodes[id];
  scope.forEach((_, i) => model.open.add(JSON.stringify(scope.slice(0, i + 1))));
  drawScopes();
  drawGraph();
}

// The open scopes, each a button that closes it.
function drawScopes() {
  const open = [...model.open].filter((key) => {
    const path = JSON.parse(key);
    return path.every((_, i) => model.open.has(JSON.stringify(path.slice(0, i + 1))));
  }).sort(new Intl.Collator("en", { numeric: true }).compare);
  $("scopes").replaceChildren(...open.map((key) => element("button", {
    onclick: () => toggle(key), "aria-expanded": "true", "data-scope": key,
    "aria-label": word().close(JSON.parse(key).join(" / ")),
  }, `▾ ${JSON.parse(key).join(" / ")}`)));
}
