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
        Object.assign(line, { source: line.target, target: line.source, isTurned: true });
      } else if (!state.has(line.target)) {
        state.set(line.target, "open");
        stack.push({ unit: line.target, next: 0 });
      }
    }
  }
  return order.reverse();
}

// Where on its two boxes each line ends, and among how many: side by side, and seldom crossing.
function ends(lines, places, ways) {
  const found = lines.map(() => ({}));
  for (const [end, other, nearest] of [["source", "target", 0], ["target", "source", -1]]) {
    const along = new Map();
    lines.forEach((line, i) => {
      if (!along.has(line[end])) along.set(line[end], []);
      along.get(line[end]).push({ i, y: (ways[i].at(nearest) ?? places.get(line[other])).y });
    });
    for (const all of along.values()) {
      const gap = Math.min(16, 44 / all.length);
      all.sort((a, b) => a.y - b.y).forEach(({ i }, k) => {
        found[i][end] = { y: (k - (all.length - 1) / 2) * gap, among: all.length };
      });
    }
  }
  return found;
}

function drawLine(line, places, way, end, taken) {
  const from = places.get(line.source), to = places.get(line.target);
  // level across each column that it passes, where boxes are, and bent between columns
  const across = way.flatMap(({ x, y }) => [{ x: x - BOX.width / 2, y }, { x: x + BOX.width / 2, y }]);
  const points = [{ x: from.x + BOX.width / 2, y: from.y + end.source.y }, ...across,
    { x: to.x - BOX.width / 2, y: to.y + end.target.y }];
  let path = `M${points[0].x} ${points[0].y}`;
  for (let i = 1; i < points.length; i++) {
    const half = (points[i].x - points[i - 1].x) / 2;
    path += ` C${points[i - 1].x + half} ${points[i - 1].y} ${points[i].x - half} ${points[i].y} ` +
      `${points[i].x} ${points[i].y}`;
  }
  const isSingle = line.numbers.length === 1;
  const label = isSingle ? element("text", { class: "number", ...labelPlace(end, points, taken) }) : null;
  const group = element("g", { class: isSingle ? "edge" : "edge bundle" },
    element("title", {}, isSingle ? partial(line.numbers[0]) : word().inLine(line.numbers.length)),
    element("path", { d: path }),
    ...(line.isTurned ? [element("path", { class: "arrow", d: `M${points[0].x} ${points[0].y}l11 -5v10z` })] : []));
  for (const number of line.numbers) picture.edges.set(number, { group, label });
  return { group, label };
}

function partial(number) {
  const { source, target, formula } = data.edges[number];
  const alike = engine.into[target].filter((e) => data.edges[e].source === source);
  const which = alike.length > 1 ? `[${alike.indexOf(number) + 1}]` : "";
  return `∂${name(target)}/∂${name(source)}${which}${formula ? ` = ${formula}` : ""}`;
}

// Where the fewest other labels are, and rather near to that end of the line where fewer lines are.
function labelPlace({ source, target }, points, taken) {
  const wanted = source.among > target.among ? 1 : source.among < target.among ? 0 : 0.5;
  const [first, last] = [points.slice(0, 2), points.slice(-2)];
  const places = [0.1, 0.18, 0.26, 0.34, 0.42, 0.5, 0.58, 0.66, 0.74, 0.82, 0.9]
    .sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))
    .map((share) => labelAt(share, share < 0.5 ? first : last))
    .filter(({ x }) => x - first[0].x > 21 && last[1].x - x > 21); // not behind a box
  const hidden = ({ x, y }) => taken.reduce((sum, other) => sum +
    Math.max(0, 44 - Math.abs(x - other.x)) * Math.max(0, 13 - Math.abs(y - other.y)), 0);
  const costs = places.map(hidden);
  const place = places[costs.indexOf(Math.min(...costs))];
  taken.push(place);
  return place;
}

function labelAt(t, [a, b]) {
  const rise = 3 * t ** 2 - 2 * t ** 3; // of the curve, whose ends are level
  const along = 1.5 * t * (1 - t) + t ** 3;
  return { x: a.x + (b.x - a.x) * along, y: a.y + (b.y - a.y) * rise - 3 };
}
