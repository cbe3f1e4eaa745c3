// Step by step: where we are, the sentence of the step, and how a gradient grows term by term.

function goTo(step) {
  model.step = Math.max(0, Math.min(model.events.length, step));
  // inside of a notebook the page has no address of its own
  if (location.protocol !== "about:") history.replaceState(null, "", `#step=${model.step}`);
  drawStep();
}

function drawStep() {
  const count = model.events.length;
  Object.assign($("slider"), { max: count, value: model.step });
  $("counter").textContent = word().counter(model.step, count);
  for (const [id, stuck] of [["first", 0], ["back", 0], ["forth", count], ["last", count]])
    $(id).disabled = model.step === stuck;
  const event = model.events[model.step - 1];
  $("sentence").textContent = sentence(event);
  $("sum").replaceChildren(...(event?.kind === "push" ? sumOf(event.node) : []));
  $("slider").setAttribute("aria-valuetext", $("sentence").textContent);
  updateTable();
  colourGraph();
}

function sentence(event) {
  if (!event) return word().begin;
  const { node } = event, where = hidingPlace(node);
  if (event.kind === "seed") return word().seed(name(node), show(event.gradient)) + where;
  if (event.kind === "forward")
    return word().forward(name(node), data.nodes[node].formula, show(model.values[node])) + where;
  return word().push({
    target: name(data.edges[event.edge].target), source: name(node), slope: slopeText(event.edge),
    upstream: show(event.upstream), contribution: show(event.contribution),
  }) + where;
}

// In which closed scope a node is, if it is not seen itself.
function hidingPlace(node) {
  const unit = model.unit(node);
  return isScope(unit) ? word().within(name(node), JSON.parse(unit).join(" / ")) : "";
}

function slopeText(number) {
  const { formula } = data.edges[number], slope = show(model.slopes[number]);
  return formula && formula.replace("-", "−") !== slope ? `${formula} = ${slope}` : slope;
}

// A term of a sum: 1 + (−3).
const termText = (x, i) => (i && show(x).startsWith("−") ? `(${show(x)})` : show(x));

// The gradient of a node so far: 0.5 + 0.25 = 0.75, the last term marked.
function sumOf(node) {
  const terms = model.events.slice(0, model.step)
    .filter((event) => event.kind === "push" && event.node === node);
  const texts = terms.map(({ contribution }, i) => termText(contribution, i));
  const last = element("mark", {}, texts.pop());
  const shown = texts.length > 6 ? [...texts.slice(0, 2), "…", ...texts.slice(-3)] : texts;
  const before = shown.length ? `${shown.join(" + ")} + ` : "";
  const missing = engine.outOf[node].length - terms.length;
  return [`${word().gradientOf(name(node))} = ${before}`, last,
    ...(before ? [` = ${show(terms.at(-1).total)}`] : []),
    ` ${missing ? word().still(missing) : word().complete}`];
}

const MODES = {
  steps: {
    mayEdit: true,
    draw() {
      drawTable();
      drawStep();
    },
    follow: () => drawStep(),
    choose(id) {
      model.selected = model.selected === id ? -1 : id;
      drawTable();
      updateTable();
      colourGraph();
    },
    // Which nodes have been computed, and what of each gradient has arrived, at this step.
    look() {
      const event = model.events[model.step - 1];
      const done = new Set(leafNodes.map(({ id }) => id));
      const totals = new Map(), missing = engine.outOf.map((edges) => edges.length);
      for (const past of model.events.slice(0, model.step)) {
        if (past.kind === "forward") done.add(past.node);
        else totals.set(past.node, past.total ?? past.gradient);
        if (past.kind === "push") missing[past.node]--;
      }
      return {
        isDone: (id) => done.has(id),
        gradient: (id) => (totals.has(id) ? show(totals.get(id)) : ""),
        isFinal: (id) => totals.has(id) && !missing[id],
        node: event?.node, edge: event?.edge, chosen: model.selected,
        from: event?.kind === "push" ? data.edges[event.edge].target : null,
      };
    },
  },
};
