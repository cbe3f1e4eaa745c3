// Step by step: where we are, the sentence of the step, and the leaves, which can be edited.

function goTo(step) {
  model.step = Math.max(0, Math.min(model.events.length, step));
  history.replaceState(null, "", `#step=${model.step}`);
  drawStep();
}

function drawStep() {
  const count = model.events.length;
  Object.assign($("slider"), { max: count, value: model.step });
  $("counter").textContent = word().counter(model.step, count);
  for (const [id, stuck] of [["first", 0], ["back", 0], ["forth", count], ["last", count]])
    $(id).disabled = model.step === stuck;
  $("sentence").textContent = sentence(model.events[model.step - 1]);
  $("slider").setAttribute("aria-valuetext", $("sentence").textContent);
  colourGraph();
}

function sentence(event) {
  if (!event) return word().begin;
  const { node } = event;
  if (event.kind === "forward")
    return word().forward(name(node), data.nodes[node].formula, show(model.values[node]));
  if (event.kind === "seed") return word().seed(name(node), show(event.gradient));
  const edge = data.edges[event.edge];
  const isFirst = !model.events.slice(0, model.step - 1)
    .some((other) => other.kind === "push" && other.node === node);
  return word().push({
    target: name(edge.target), source: name(node), upstream: show(event.upstream),
    slope: slopeText(event.edge), contribution: show(event.contribution),
    total: show(event.total), isFirst,
  });
}

function slopeText(number) {
  const edge = data.edges[number], slope = show(model.slopes[number]);
  const isStale = model.isEdited && chooses(edge);
  return edge.formula && !isStale && edge.formula !== slope ? `${edge.formula} = ${slope}` : slope;
}

// ---- the leaves

const LISTED = 40; // more leaves than that are a table nobody reads

function drawLeaves() {
  const leaves = data.nodes.filter((node) => !node.op && !node.is_constant).slice(0, LISTED);
  const head = element("tr", {}, ...["name", "value", "gradient", "measured"].map((key) =>
    element("th", { scope: "col" }, word()[key])));
  const rows = leaves.map(({ id }) => element("tr", { "data-leaf": id },
    element("td", { class: "name" }, name(id)),
    element("td", {}, ...(data.missing ? [show(model.values[id])] : editors(id))),
    element("td", { class: "gradient" }), element("td", {})));
  const note = data.missing ? word().recorded(data.missing) : word().measuredNote;
  const reset = element("button", { id: "reset", onclick: () => edit(recorded.slice()) }, word().reset);
  $("panel").replaceChildren(
    element("h2", {}, word().leaves), element("table", {}, head, ...rows),
    element("p", { class: "note" }, note), ...(data.missing ? [] : [reset]));
  updateLeaves();
}

function editors(id) {
  const set = (event) => {
    const number = event.target.valueAsNumber;
    if (Number.isNaN(number)) return;
    const leaves = model.leaves.slice();
    leaves[id] = number;
    edit(leaves);
  };
  const reach = Math.max(1, 2 * Math.abs(recorded[id]));
  return [
    element("input", { type: "number", step: "any", "aria-label": word().edit(name(id)), oninput: set }),
    element("input", {
      type: "range", min: recorded[id] - reach, max: recorded[id] + reach, step: reach / 200,
      "aria-label": word().drag(name(id)), oninput: set,
    }),
  ];
}

function edit(leaves) {
  model.leaves = leaves;
  model.compute();
  updateLeaves();
  drawStep();
}

function updateLeaves() {
  for (const row of document.querySelectorAll("[data-leaf]")) {
    const id = Number(row.dataset.leaf);
    for (const input of row.querySelectorAll("input"))
      if (input !== document.activeElement || input.type === "range") input.value = model.leaves[id];
    row.cells[2].textContent = show(model.gradients[id]);
    if (!data.missing) {
      const { slope, apart } = engine.measured(model.leaves, model.values, id);
      row.cells[3].textContent = `${show(slope)} ± ${apart.toExponential(0)}`;
    }
  }
  if ($("reset")) $("reset").disabled = !model.isEdited;
}
