// Which lines the graph has, in which order its boxes stand, and each line as a curve.

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
  const isSingle = line.numbers.length === 1;
  const group = element("g", { class: isSingle ? "edge" : "edge bundle" },
    element("title", {}, isSingle ? partial(line.numbers[0]) : word().inLine(line.numbers.length)),
    element("path", { d: path }), label);
  for (const number of line.numbers)
    picture.edges.set(number, { group, label: isSingle ? label : null });
  return group;
}

function partial(number) {
  const { source, target, formula } = data.edges[number];
  const alike = engine.into[target].filter((e) => data.edges[e].source === source);
  const which = alike.length > 1 ? `[${alike.indexOf(number) + 1}]` : "";
  return `∂${name(target)}/∂${name(source)}${which}${formula ? ` = ${formula}` : ""}`;
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
