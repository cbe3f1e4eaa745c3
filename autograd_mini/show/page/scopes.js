// Scopes open and close: a module, or a block of the program, is one box or all that it holds.

const isScope = (unit) => typeof unit === "string";

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
