// The graph as SVG. It is laid out when scopes open or close, and only coloured at a step.

const DENSE = 120; // so many lines leave no room for their numbers

const picture = { boxes: new Map(), edges: new Map() };

function drawGraph() {
  const members = new Map();
  for (const { id } of valueNodes) {
    const unit = model.unit(id);
    if (!members.has(unit)) members.set(unit, []);
    members.get(unit).push(id);
  }
  const lines = linesBetween();
  const boxes = inOrder([...members.keys()], lines);
  const tall = (unit) => (isScope(unit) || !data.nodes[unit].op ? BOX.height : BOX.tall);
  const { places, ways, width, height } = layout(boxes, lines.map((l) => [l.source, l.target]), tall);
  const svg = element("svg", {
    class: lines.length > DENSE ? "dense" : null,
    viewBox: `-16 -16 ${width + 32} ${height + 32}`,
    // as wide as the page, within what can be read; the rest is scrolled
    style: `min-width: ${0.8 * width}px; max-width: ${1.25 * width + 32}px`,
  });
  picture.edges.clear();
  picture.boxes.clear();
  const twins = new Map(); // x * x has two edges between the same two boxes
  lines.forEach((line, i) => {
    const pair = `${line.source} ${line.target}`;
    twins.set(pair, (twins.get(pair) ?? -1) + 1);
    svg.append(drawLine(line, places, ways[i], twins.get(pair)));
  });
  for (const unit of boxes) svg.append(drawBox(unit, members.get(unit), places.get(unit), tall(unit)));
  $("graph").replaceChildren(svg);
}

const isScope = (unit) => typeof unit === "string";

// One line per operand between nodes; one in all between two boxes if either is a scope.
function linesBetween() {
  const between = new Map();
  data.edges.forEach((edge, number) => {
    if (data.nodes[edge.source].isConstant) return;
    const [source, target] = [model.unit(edge.source), model.unit(edge.target)];
    if (source === target) return;
    const key = isScope(source) || isScope(target) ? `${source} ${target}` : number;
    if (!between.has(key)) between.set(key, { source, target, numbers: [] });
    between.get(key).numbers.push(number);
  });
  return [...between.values()];
}

// Sources first, also where a scope stands for many nodes. Two scopes that feed each other (a
// block entered twice) have no order; then the line that closes the circle is turned around.
function inOrder(units, lines) {
  const after = new Map(units.map((unit) => [unit, []]));
  lines.forEach((line) => after.get(line.source).push(line));
  const state = new Map(), order = [];
  for (const start of [...units].reverse()) {
    if (state.has(start)) continue;
    const stack = [{ unit: start, next: 0 }];
    state.set(start, "open");
    while (stack.length) {
      const top = stack.at(-1);
      const line = after.get(top.unit)[top.next++];
      if (!line) {
        state.set(top.unit, "done");
        order.push(stack.pop().unit);
      } else if (state.get(line.target) === "open") {
        [line.source, line.target] = [line.target, line.source];
      } else if (!state.has(line.target)) {
        state.set(line.target, "open");
        stack.push({ unit: line.target, next: 0 });
      }
    }
  }
  return order.reverse();
}

function drawLine(line, places, way, twin) {
  const from = places.get(line.source), to = places.get(line.target);
  const bend = twin * 18 - (line.numbers.length > 1 ? 0 : 2);
  // level across each column that it passes, where boxes are, and bent between columns
  const across = way.flatMap(({ x, y }) => [{ x: x - BOX.width / 2, y }, { x: x + BOX.width / 2, y }]);
  const points = [{ x: from.x + BOX.width / 2, y: from.y + bend }, ...across,
    { x: to.x - BOX.width / 2, y: to.y + bend }];
  let path = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length; i++) {
    const half = (points[i].x - points[i - 1].x) / 2;
    path += ` C${points[i - 1].x + half} ${points[i - 1].y} ${points[i].x - half} ${points[i].y} ` +
      `${points[i].x} ${points[i].y}`;
  }
  const label = element("text", labelPlace(line, points));
  const group = element("g", { class: line.numbers.length > 1 ? "edge bundle" : "edge" },
    element("path", { d: path }), label);
  for (const number of line.numbers)
    picture.edges.set(number, { group, label: line.numbers.length === 1 ? label : null });
  return group;
}

// Nearer to that end of the line where fewer other lines are.
function labelPlace({ numbers: [number] }, points) {
  const leaving = engine.outOf[data.edges[number].source].length;
  const arriving = engine.into[data.edges[number].target].length;
  const atEnd = leaving > arriving;
  const [a, b] = atEnd || leaving === arriving ? points.slice(-2) : points;
  const t = leaving === arriving ? 0.5 : atEnd ? 0.74 : 0.26;
  const rise = 3 * t ** 2 - 2 * t ** 3; // of the curve, whose ends are level
  const along = 1.5 * t * (1 - t) + t ** 3;
  return { x: a.x + (b.x - a.x) * along, y: a.y + (b.y - a.y) * rise - 3 };
}

function drawBox(unit, ids, { x, y }, height) {
  const kind = isScope(unit) ? "scope" : data.nodes[unit].op ? "result" : "leaf";
  const middle = (className, line, text = "") =>
    element("text", { class: className, x, y: y - height / 2 + 18 * line }, text);
  const rect = element("rect", {
    x: x - BOX.width / 2, y: y - height / 2, width: BOX.width, height, rx: 9,
  });
  if (kind === "scope") {
    const title = JSON.parse(unit).at(-1), value = middle("value small", 3);
    const group = element("g", {
      class: "box scope", "data-unit": unit, tabindex: 0, role: "button",
      "aria-expanded": "false", "aria-label": word().open(title), ...pressed(() => toggle(unit)),
    }, element("title", {}, title), rect, middle("name", 1.2, fitted(`▸ ${title}`, 17)),
    middle("formula", 2.2, word().inside(ids.length)), value);
    picture.boxes.set(unit, { group, ids, value });
    return group;
  }
  const { formula } = data.nodes[unit];
  const value = middle("value", kind === "leaf" ? 2 : 2.9);
  const gradient = middle("gradient", kind === "leaf" ? 2.95 : 3.85);
  const group = element("g", { class: `box ${kind}`, "data-unit": unit, tabindex: 0 },
    element("title", {}, formula ? `${name(unit)} = ${formula}` : name(unit)),
    rect, middle("name", 1, fitted(shortName(unit), 17)),
    ...(formula ? [middle("formula", 1.9, fitted(`= ${inScope(unit, formula)}`, 21))] : []),
    value, gradient);
  if (kind === "leaf" && !data.missing) makeDraggable(group, unit);
  else {
    group.setAttribute("role", "button");
    for (const [on, act] of Object.entries(pressed(() => MODES[model.mode].choose(unit))))
      group.addEventListener(on.slice(2), act);
  }
  picture.boxes.set(unit, { group, ids, value, gradient });
  return group;
}

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
