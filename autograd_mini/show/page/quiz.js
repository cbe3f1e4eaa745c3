// Predict: a gradient is asked for, and a wrong answer is held against what each mistake would give
// on this very graph.

function ask(id) {
  if (model.mode !== "predict") return;
  model.asked = id;
  drawQuiz();
  colourGraph();
  $("answer").focus();
}

// The node nearest to the root that is not known yet: its readers are.
function nextToAsk() {
  const open = data.nodes.filter((n) => !n.is_constant && n.id !== engine.root && !model.known.has(n.id));
  return open.length ? open.at(-1).id : engine.root;
}

function drawQuiz() {
  if (model.asked < 0) {
    model.known = new Set([engine.root]);
    model.asked = nextToAsk();
  }
  $("panel").replaceChildren(
    element("h2", {}, word().ask(name(model.asked))),
    element("form", { onsubmit: (event) => { event.preventDefault(); mark(); } },
      element("input", { id: "answer", autocomplete: "off", inputmode: "decimal", size: 12,
        "aria-label": word().ask(name(model.asked)) }), " ",
      element("button", { id: "check" }, word().check), " ",
      element("button", { id: "another", type: "button", onclick: () => ask(another()) }, word().choose)),
    element("p", { id: "verdict", role: "status" }),
    element("p", { class: "note" }, word().predictNote));
}

function another() {
  const all = data.nodes.filter((node) => !node.is_constant && node.id !== engine.root);
  const place = all.findIndex((node) => node.id === model.asked);
  return all.length ? all.at(place - 1).id : engine.root;
}

function mark() {
  const typed = Number($("answer").value.replace("−", "-").trim() || NaN);
  const verdict = diagnose(model.asked, typed);
  $("verdict").textContent = verdict.text;
  $("verdict").className = `mark ${verdict.isRight ? "right" : "wrong"}`;
  if (!verdict.isRight) return;
  model.known.add(model.asked);
  colourGraph();
}

const near = (a, b) => Object.is(a, b) || Math.abs(a - b) <= 0.005 * Math.abs(b) + 1e-12;

function diagnose(id, typed) {
  const { mistakes, rightAnswer, asSum } = word();
  if (Number.isNaN(typed)) return { isRight: false, text: mistakes.number };
  const gradient = model.gradients[id];
  const pushes = engine.outOf[id].map((edge) => ({
    edge, upstream: model.gradients[data.edges[edge].target], slope: model.slopes[edge],
  }));
  const terms = pushes.map((p) => product(p.upstream, p.slope));
  if (near(typed, gradient)) {
    const sum = terms.length > 1 ? asSum(terms.map((x) => show(x)).join(" + ")) : "";
    return { isRight: true, text: rightAnswer(name(id), show(gradient), sum) };
  }
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const found = [
    [terms.length > 1 ? terms : [], () => mistakes.overwrote(terms.length)],
    [[-gradient], () => mistakes.sign],
    ...pushes.flatMap((p, i) => others(p.edge).map((other) => [
      [sum(terms) - terms[i] + p.upstream * model.slopes[other]],
      () => mistakes.operand(name(data.edges[other].source)),
    ])),
    [[sum(pushes.map((p) => p.upstream))], () => mistakes.noLocal],
    [[sum(pushes.map((p) => p.slope))], () => mistakes.noUpstream],
    [[model.values[id]], () => mistakes.value],
  ].find(([numbers]) => numbers.some((number) => near(typed, number)));
  const hint = pushes.map((p) => `${show(p.upstream)} × …`).join(" + ");
  return { isRight: false, text: found ? found[1]() : mistakes.other(hint) };
}

// The edges into the same operation through its other slots.
const others = (edge) => engine.into[data.edges[edge].target].filter((other) => other !== edge);
