// Every gradient beside its finite difference; a leaf's value can be edited.

const LISTED = 40; // more rows than that are a table nobody reads

function drawTable() {
  const rows = listed();
  const shown = rows.slice(0, LISTED);
  const head = element("tr", {}, ...["value", "gradient", "measured"].map((key) =>
    element("th", { scope: "col" }, word()[key])));
  const note = (text) => element("p", { class: "note" }, text);
  const reset = element("button", { id: "reset", onclick: () => setLeaves(recorded.slice()) }, word().reset);
  $("panel").replaceChildren(
    element("h2", {}, word().numbers),
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...shown.map(row))),
    ...(data.outdated ? [note(word().outdated)] : []),
    ...(rows.length > LISTED ? [note(word().notListed(rows.length - LISTED))] : []),
    ...(data.missing ? [note(word().recorded(data.missing))] : [reset, note(word().editNote), note(word().measuredNote)]));
  updateTable();
}

// What the picture shows as a box of its own, and the root: the chosen one, then leaves, then results.
function listed() {
  const nodes = [...leafNodes, ...valueNodes.filter((node) => node.op)];
  const isVisible = (id) => id === engine.root || !isScope(model.unit(id));
  const visible = nodes.map(({ id }) => id).filter(isVisible);
  const chosen = visible.filter((id) => id === model.selected);
  return [...chosen, ...visible.filter((id) => id !== model.selected)];
}

function row(id) {
  const { op, formula } = data.nodes[id];
  const editable = !op && !data.missing;
  return element("tr", { "data-row": id, class: id === model.selected ? "chosen" : null },
    element("td", {},
      element("div", { class: "name", title: name(id) },
        shortName(id) + (op ? ` = ${inScope(id, formula)}` : ""), " ",
        element("small", {}, data.nodes[id].scope.slice(1).join(" "))),
      editable ? element("div", { class: "editors" }, ...editors(id))
        : element("div", { class: "value" })),
    element("td", { class: "gradient" }), element("td", { class: "measured" }));
}

function editors(id) {
  const set = (event) => {
    const x = event.target.valueAsNumber;
    if (!Number.isNaN(x)) setLeaf(id, x);
  };
  const [low, high] = [recorded[id] - reach(id), recorded[id] + reach(id)];
  return [
    element("input", { type: "number", step: "any", "aria-label": word().edit(name(id)), oninput: set }),
    element("input", {
      type: "range", min: low, max: high, step: reach(id) / 200,
      "aria-label": word().drag(name(id)), oninput: set,
    }),
  ];
}

function updateTable() {
  for (const line of document.querySelectorAll("[data-row]")) {
    const id = Number(line.dataset.row);
    for (const input of line.querySelectorAll("input"))
      if (input !== document.activeElement) input.value = Number(model.leaves[id].toPrecision(6));
    const value = line.querySelector(".value");
    if (value) value.textContent = show(model.values[id]);
    line.cells[1].textContent = show(model.gradients[id]);
    line.cells[2].replaceChildren(...measuredText(id));
  }
  if ($("reset")) $("reset").disabled = !model.isEdited;
}

function measuredText(id) {
  if (data.missing) return ["—"];
  const { slope, bound } = engine.measured(model.leaves, model.values, id);
  if (!Number.isFinite(slope)) return [word().unmeasured];
  return [show(slope), element("small", {}, `± ${bound.toExponential(0).replace("-", "−")}`)];
}
