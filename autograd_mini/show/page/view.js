// The graph as SVG. It is laid out when scopes open or close, and only coloured at a step.

const $ = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = tag in SVG_TAGS ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}
const SVG_TAGS = { svg: 1, g: 1, rect: 1, text: 1, path: 1, title: 1, defs: 1, marker: 1 };

const picture = { boxes: new Map(), edges: new Map(), key: "" };

function drawGraph() {
  const shown = data.nodes.filter((node) => !node.is_constant);
  const members = new Map();
  for (const { id } of shown) {
    const unit = model.unit(id);
    members.set(unit, [...(members.get(unit) ?? []), id]);
  }
  const between = new Map(); // several edges between two boxes are one line if a box is a scope
  data.edges.forEach((edge, number) => {
    if (data.nodes[edge.source].is_constant) return;
    const [source, target] = [model.unit(edge.source), model.unit(edge.target)];
    if (source === target) return;
    const single = typeof source === "number" && typeof target === "number";
    const key = JSON.stringify(single ? [source, target, edge.slot] : [source, target]);
    const line = between.get(key) ?? { source, target, numbers: [] };
    line.numbers.push(number);
    between.set(key, line);
  });
  const lines = [...between.values()];
  const boxes = inOrder([...members.keys()], lines);
  const { places, ways, width, height } = layout(boxes, lines.map((l) => [l.source, l.target]));
  const svg = element("svg", {
    width: width + 40, height: height + 40, viewBox: `-20 -20 ${width + 40} ${height + 40}`,
    role: "group",
  });
  picture.edges.clear();
  picture.boxes.clear();
  const twins = new Map(); // x * x has two edges between the same two boxes
  lines.forEach((line, i) => {
    const pair = `${line.source} ${line.target}`;
    const twin = twins.get(pair) ?? 0;
    twins.set(pair, twin + 1);
    svg.append(drawLine(line, places, ways[i], twin));
  });
  for (const unit of boxes) svg.append(drawBox(unit, members.get(unit), places.get(unit)));
  $("graph").replaceChildren(svg);
  colourGraph();
}

// Sources first, also where a scope stands for many nodes. Two scopes that feed each other (a
// block entered twice) have no order; then the line that closes the circle is left to look back.
function inOrder(units, lines) {
  const after = new Map(units.map((unit) => [unit, []]));
  lines.forEach((line) => after.get(line.source).push(line));
  const state = new Map(), order = [];
  for (const start of units) {
    const stack = [[start, 0]];
    while (stack.length) {
      const [unit, next] = stack.at(-1);
      if (!next && state.has(unit)) { stack.pop(); continue; }
      state.set(unit, state.get(unit) ?? "open");
      const line = after.get(unit)[next];
      if (!line) { state.set(unit, "done"); order.push(unit); stack.pop(); continue; }
      stack.at(-1)[1]++;
      if (state.get(line.target) === "open") [line.source, line.target, line.isBack] = [line.target, line.source, true];
      else if (!state.has(line.target)) stack.push([line.target, 0]);
    }
  }
  return order.reverse();
}

function drawLine(line, places, way, twin) {
  const from = places.get(line.source), to = places.get(line.target);
  const bend = twin * 16;
  const points = [{ x: from.x + BOX.width / 2, y: from.y + bend }, ...way,
    { x: to.x - BOX.width / 2, y: to.y + bend }];
  let path = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length; i++) {
    const half = (points[i].x - points[i - 1].x) / 2;
    path += ` C${points[i - 1].x + half} ${points[i - 1].y} ${points[i].x - half} ${points[i].y} ` +
      `${points[i].x} ${points[i].y}`;
  }
  const end = points.at(-1), before = points.at(-2);
  const label = element("text", {
    x: (end.x + before.x) / 2, y: (end.y + before.y) / 2 - 4,
  });
  const group = element("g", { class: "edge" }, element("path", { d: path }), label);
  if (line.numbers.length === 1) picture.edges.set(line.numbers[0], { group, label });
  else for (const number of line.numbers) picture.edges.set(number, { group });
  return group;
}

function drawBox(unit, ids, { x, y }) {
  const isScope = typeof unit === "string";
  const title = isScope ? JSON.parse(unit).at(-1) : name(ids[0]);
  const lines = ["name", "value", "gradient"].map((kind, i) =>
    element("text", { class: kind, x, y: y - 14 + 18 * i }));
  lines[0].textContent = fitted(title);
  if (isScope) lines[1].textContent = word().inside(ids.length);
  const group = element("g", {
    class: isScope ? "box scope" : "box", "data-unit": unit, tabindex: isScope ? 0 : null,
    role: isScope ? "button" : null, "aria-label": isScope ? word().open(title) : null,
    onclick: () => (isScope ? toggle(unit) : ask(ids[0])),
    onkeydown: (event) => isScope && ["Enter", " "].includes(event.key) && toggle(unit),
  }, element("rect", {
    x: x - BOX.width / 2, y: y - BOX.height / 2, width: BOX.width, height: BOX.height, rx: 8,
  }), ...lines);
  const { formula, op } = data.nodes[ids[0]];
  group.append(element("title", {}, isScope ? title : op ? `${title} = ${formula}` : title));
  picture.boxes.set(unit, { group, lines, ids });
  return group;
}

const fitted = (text) => {
  const line = text.replace(/\n/g, "⏎");
  return [...line].length > 15 ? [...line].slice(0, 14).join("") + "…" : line;
};

// Numbers and lights of the step, in the picture that is there.
function colourGraph() {
  const { done, totals } = model.soFar;
  const event = model.mode === "steps" ? model.events[model.step - 1] : undefined;
  const all = model.mode !== "steps";
  for (const [unit, { group, lines, ids }] of picture.boxes) {
    const isLit = event && ids.includes(event.node ?? -1);
    group.classList.toggle("lit", Boolean(isLit));
    if (typeof unit === "string") continue;
    const [id] = ids;
    group.classList.toggle("ahead", !all && !done.has(id));
    group.classList.toggle("asked", model.mode === "predict");
    lines[1].textContent = show(model.values[id]);
    lines[2].textContent = gradientText(id, totals);
  }
  for (const [number, { group, label }] of picture.edges) {
    if (label) {
      const computed = all || done.has(data.edges[number].target);
      label.textContent = computed ? show(model.slopes[number], 4) : "";
    }
    group.classList.remove("lit");
  }
  if (event?.kind === "push") picture.edges.get(event.edge)?.group.classList.add("lit");
}

function gradientText(id, totals) {
  if (model.mode === "predict") {
    if (id === model.asked) return "?";
    return model.known.has(id) ? show(model.gradients[id]) : "…";
  }
  if (model.mode === "breaks") return "";
  return totals.has(id) ? show(totals.get(id)) : "";
}

function toggle(scope) {
  if (!model.open.delete(scope)) model.open.add(scope);
  drawScopes();
  drawGraph();
}

// The open scopes, each a button that closes it.
function drawScopes() {
  const open = [...model.open].filter((key) => {
    const path = JSON.parse(key);
    return path.every((_, i) => model.open.has(JSON.stringify(path.slice(0, i + 1))));
  }).sort();
  $("scopes").replaceChildren(...open.map((key) => element("button", {
    onclick: () => toggle(key), "aria-expanded": "true",
    "aria-label": word().close(JSON.parse(key).join(" / ")),
  }, `▾ ${JSON.parse(key).join(" / ")}`)));
}
