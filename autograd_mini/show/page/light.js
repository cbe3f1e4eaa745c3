// Numbers and lights in the picture that is there. What is to be seen is the mode's `look()`:
// `isDone(id)` whether a node has its value yet, `gradient(id)` a text or nothing, and which
// `node` and `edge` are lit, or `wrong`.

function colourGraph() {
  const look = MODES[model.mode].look();
  for (const [unit, { group, ids, value, gradient }] of picture.boxes) {
    const has = (id) => id != null && ids.includes(id);
    group.classList.toggle("lit", has(look.node));
    group.classList.toggle("from", has(look.from) && !has(look.node));
    group.classList.toggle("wrong", has(look.wrong));
    if (isScope(unit)) {
      value.textContent = leavesOf(ids) || (has(engine.root) ? answer(look) : "");
      continue;
    }
    group.classList.toggle("chosen", unit === look.chosen);
    group.classList.toggle("asked", unit === look.asked);
    value.textContent = look.isDone(unit) ? show(model.values[unit]) : "";
    const text = look.gradient(unit);
    gradient.textContent = text ? `${word().grad} ${text}` : "";
    describe(group, unit, text);
  }
  for (const [edge, { group, label }] of picture.edges) {
    if (label) label.textContent = look.isDone(data.edges[edge].target) ? show(model.slopes[edge], 4) : "";
    group.classList.remove("lit", "wrong");
  }
  picture.edges.get(look.edge)?.group.classList.add(look.wrong == null ? "lit" : "wrong");
  const seen = look.node ?? look.wrong;
  if (seen != null) bringIntoSight(picture.boxes.get(model.unit(seen)).group);
}

// The first of a closed scope's leaves: a neuron shows its weights.
function leavesOf(ids) {
  const leaves = ids.filter((id) => !data.nodes[id].op);
  const shown = leaves.slice(0, 3).map((id) => show(model.values[id], 2));
  return leaves.length > 12 ? "" : shown.join("  ") + (leaves.length > 3 ? " …" : "");
}

// What a closed network has come to.
function answer({ isDone, gradient }) {
  const text = gradient(engine.root);
  return isDone(engine.root) ? show(model.values[engine.root], 4) + (text && ` ${word().grad} ${text}`) : "";
}

function describe(group, id, gradient) {
  const said = word().box(name(id), show(model.values[id]), gradient);
  group.setAttribute("aria-label", said);
  if (group.getAttribute("role") !== "slider") return;
  group.setAttribute("aria-valuenow", model.values[id]);
  group.setAttribute("aria-valuetext", said);
}

// Scrolls the picture and never the page.
function bringIntoSight(group) {
  const frame = $("graph").getBoundingClientRect(), box = group.getBoundingClientRect();
  const away = (low, high, from, to) => Math.max(0, high - to + 12) || Math.min(0, low - from - 12);
  $("graph").scrollLeft += away(box.left, box.right, frame.left, frame.right);
  $("graph").scrollTop += away(box.top, box.bottom, frame.top, frame.bottom);
}
