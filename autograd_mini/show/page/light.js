// Numbers and lights in the picture that is there. What is to be seen is the mode's `look()`:
// `isDone(id)` whether a node has its value yet, `gradient(id)` a text or nothing, and which
// `node` and `edge` are lit, or `wrong`.

function colourGraph() {
  const look = MODES[model.mode].look();
  for (const [unit, { group, ids, value, gradient, leaves, answer }] of picture.boxes) {
    const has = (id) => id != null && ids.includes(id);
    group.classList.toggle("lit", has(look.node));
    group.classList.toggle("from", has(look.from) && !has(look.node));
    group.classList.toggle("wrong", has(look.wrong));
    if (isScope(unit)) {
      leaves.textContent = leavesOf(ids);
      if (answer) answer.textContent = answerText(look);
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
    for (const part of [group, label]) part?.classList.remove("lit", "wrong", "asked");
    if (!label) continue;
    group.querySelector("title").textContent = partial(edge);
    label.textContent = look.isDone(data.edges[edge].target) ? show(model.slopes[edge], 3) : "";
  }
  for (const part of Object.values(picture.edges.get(look.edge) ?? {}))
    part?.classList.add(look.wrong == null ? "lit" : "wrong");
  for (const edge of engine.outOf[look.asked] ?? []) picture.edges.get(edge)?.label?.classList.add("asked");
  const seen = [look.from, look.node ?? look.wrong].filter((id) => id != null);
  if (String(seen) === picture.seen) return; // a leaf that is dragged stays under the finger
  picture.seen = String(seen);
  bringIntoSight(seen.map((id) => picture.boxes.get(model.unit(id)).group.getBoundingClientRect()));
}

// The first of a closed scope's leaves: a neuron shows its weights.
function leavesOf(ids) {
  const leaves = ids.filter((id) => !data.nodes[id].op);
  const shown = leaves.slice(0, 3).map((id) => show(model.values[id], 2));
  return leaves.length > 12 ? "" : shown.join("  ") + (leaves.length > 3 ? " …" : "");
}

// What a closed network has come to.
function answerText({ isDone, gradient }) {
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

// Scrolls the picture and never the page, to all of the boxes or, where they do not fit, to the last.
function bringIntoSight(boxes) {
  if (!boxes.length) return;
  const frame = $("graph").getBoundingClientRect();
  const away = (low, high) => {
    const room = frame[high] - frame[low] - 24;
    const all = [Math.min(...boxes.map((box) => box[low])), Math.max(...boxes.map((box) => box[high]))];
    const [from, to] = all[1] - all[0] <= room ? all : [boxes.at(-1)[low], boxes.at(-1)[high]];
    return Math.max(0, to + 12 - frame[high]) || Math.min(0, from - 12 - frame[low]);
  };
  $("graph").scrollBy({ left: away("left", "right"), top: away("top", "bottom") });
}
