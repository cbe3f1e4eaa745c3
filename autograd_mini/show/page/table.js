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
  const { op } = data.nodes[id];
  const editable = !op && !data.missing;
  return element("tr", { "data-row": id, class: id === model.selected ? "chosen" : null },
    element("td", {},
      element("div", { class: "name", title: name(id) },
        shortName(id) + (op ? ` = ${shortFormula(id)}` : ""), " ",
        element("small", {}, whose(id))),
      editable ? element("div", { class: "editors" }, ...editors(id))
        : element("div", { class: "value" })),
    element("td", { class: "gradient" }), element("td", { class: "measured" }));
}

function editors(id) {
  const field = element("input", {
    type: "number", step: "any", "aria-label": word().edit(name(id)),
    oninput: () => Number.isNaN(field.valueAsNumber) || setLeaf(id, field.valueAsNumber),
    onblur: () => (field.value = exactly(model.leaves[id])), // also where it was left empty
  });
  if (!isSlider(id)) return [field];
  const [min, max] = sliderEnds(id);
  const slider = element("input", {
    type: "range", step: "any", min, max, "aria-label": word().drag(name(id)),
    oninput: () => setLeaf(id, rounded(id, slider.valueAsNumber)),
  });
  return [field, slider];
}

// As a field takes it, which holds no infinity.
const exactly = (x) => (Object.is(x, -0) ? "-0" : Number.isFinite(x) ? String(x) : "");

// As much of it as has been computed at the step.
function updateTable() {
  const { isDone, gradient, isFinal } = MODES.steps.look();
  for (const line of document.querySelectorAll("[data-row]")) {
    const id = Number(line.dataset.row);
    for (const input of line.querySelectorAll("input")) {
      input.placeholder = show(model.leaves[id]);
      if (input !== document.activeElement) input.value = exactly(model.leaves[id]);
    }
    const value = line.querySelector(".value");
    if (value) value.textContent = isDone(id) ? show(model.values[id]) : "—";
    line.cells[1].textContent = gradient(id) || "—";
    line.cells[2].replaceChildren(...(isFinal(id) ? measuredText(id) : ["—"]));
  }
  if ($("reset")) $("reset").disabled = !model.isEdited;
}

function measuredText(id) {
  if (data.missing) return ["—"];
  if (!model.measured.has(id)) model.measured.set(id, measured(model, id));
  const found = model.measured.get(id);
  if (!found) return [word().unmeasured];
  const said = (x) => show(x + 0); // a measured 0 has no sign
  const small = (text) => element("small", {}, text);
  if (found.isJump) return [word().jump];
  if (found.sides) return [word().corner, ...word().sides(...found.sides.map(said)).map(small)];
  return [said(found.slope), small(`± ${show(found.bound, 1)}`)];
}
