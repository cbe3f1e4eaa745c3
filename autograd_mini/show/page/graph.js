// The graph as SVG. It is laid out when scopes open or close, and only coloured at a step.

const DENSE = 120; // so many lines leave no room for their numbers

const picture = { boxes: new Map(), edges: new Map(), seen: "", shared: 0 };

function drawGraph() {
  const members = new Map();
  for (const { id } of valueNodes) {
    const unit = model.unit(id);
    if (!members.has(unit)) members.set(unit, []);
    members.get(unit).push(id);
  }
  const lines = linesBetween();
  const boxes = inOrder([...members.keys()], lines);
  picture.shared = sharedDepth([...members.keys()]);
  const tall = (unit) => (whose(unit) ? BOX.whose : 0) + (members.get(unit).some((id) =>
    id === engine.root || (!isScope(unit) && data.nodes[id].op)) ? BOX.tall : BOX.height);
  const { places, ways, width, height } = layout(boxes, lines.map((l) => [l.source, l.target]), tall);
  const [wide, high] = [width + 32, height + 32];
  const svg = element("svg", {
    class: lines.length > DENSE ? "dense" : null,
    viewBox: `-16 -16 ${wide} ${high}`,
    // as large as its place, within what can be read; the rest is scrolled
    style: `min-width: ${0.8 * wide}px; max-width: clamp(${wide}px, ` +
      `calc(var(--tall) * ${wide / high}), ${1.6 * wide}px)`,
  });
  picture.edges.clear();
  picture.boxes.clear();
  picture.seen = "";
  const found = ends(lines, places, ways), taken = [];
  const drawn = lines.map((line, i) => drawLine(line, places, ways[i], found[i], taken));
  svg.append(...drawn.map(({ group }) => group), ...drawn.flatMap(({ label }) => label ?? []));
  for (const unit of boxes) svg.append(drawBox(unit, members.get(unit), places.get(unit), tall(unit)));
  $("graph").replaceChildren(svg);
}

function drawBox(unit, ids, { x, y }, height) {
  const kind = isScope(unit) ? "scope" : data.nodes[unit].op ? "result" : "leaf";
  const owner = whose(unit);
  const put = (className, down, text) => element("text", { class: className, x, y: y - height / 2 + down }, text);
  const head = (text) => [put("name", 18, fitted(text, 17)), ...(owner ? [put("whose", 31, fitted(owner, 21))] : [])];
  const middle = (className, line, text = "") => put(className, 18 * line + (owner ? BOX.whose : 0), text);
  const rect = element("rect", {
    x: x - BOX.width / 2, y: y - height / 2, width: BOX.width, height, rx: 9,
  });
  if (kind === "scope") {
    const title = JSON.parse(unit).at(-1), whole = `${owner} ${title}`.trim(), leaves = middle("value small", 3);
    const answer = ids.includes(engine.root) ? middle("value", 3.95) : null;
    const group = element("g", {
      class: "box scope", "data-unit": unit, tabindex: 0, role: "button",
      "aria-expanded": "false", "aria-label": word().open(whole), ...pressed(() => toggle(unit)),
    }, element("title", {}, whole), rect, ...head(`▸ ${title}`),
    middle("formula", 2, word().inside(ids.length)), leaves, ...(answer ? [answer] : []));
    picture.boxes.set(unit, { group, ids, leaves, answer });
    return group;
  }
  const { formula } = data.nodes[unit];
  const value = middle("value", kind === "leaf" ? 2 : 2.9);
  const gradient = middle("gradient", kind === "leaf" ? 2.95 : 3.85);
  const group = element("g", { class: `box ${kind}`, "data-unit": unit, tabindex: 0 },
    element("title", {}, formula ? `${name(unit)} = ${formula}` : name(unit)),
    rect, ...head(shortName(unit)),
    ...(formula ? [middle("formula", 1.9, fitted(`= ${shortFormula(unit)}`, 19))] : []),
    value, gradient);
  if (kind === "leaf" && isSlider(unit) && MODES[model.mode].mayEdit) makeDraggable(group, unit);
  else {
    group.setAttribute("role", "button");
    for (const [on, act] of Object.entries(pressed(() => MODES[model.mode].choose(unit))))
      group.addEventListener(on.slice(2), act);
  }
  picture.boxes.set(unit, { group, ids, value, gradient });
  return group;
}
