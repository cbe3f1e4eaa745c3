// Predict: a gradient is asked for, and a wrong answer is held against what each mistake would give
// on this very graph.

// What is known, with these leaves; what is typed, and what of it was marked.
const quiz = { asked: -1, known: new Set(), leaves: null, typed: "", marked: null };
const askable = valueNodes.filter(({ id }) => id !== engine.root).reverse(); // the root's side first

MODES.predict = {
  draw() {
    if (quiz.asked < 0) {
      quiz.asked = askable[0].id;
      reveal(quiz.asked);
    }
    if (quiz.leaves !== model.leaves)
      Object.assign(quiz, { leaves: model.leaves, known: new Set([engine.root]), marked: null });
    const question = word().ask(name(quiz.asked));
    $("panel").replaceChildren(
      element("h2", { id: "question" }, question),
      element("form", { onsubmit: (event) => { event.preventDefault(); mark(); } },
        element("input", {
          id: "answer", autocomplete: "off", size: 12, "aria-label": question, value: quiz.typed,
          oninput: (event) => (quiz.typed = event.target.value),
        }),
        element("button", { id: "check" }, word().check),
        element("button", { id: "another", type: "button", onclick: () => ask(another()) }, word().another)),
      element("p", { id: "verdict", role: "status" }),
      element("p", { class: "note" }, word().predictNote));
    drawVerdict();
  },
  follow: () => colourGraph(),
  choose: (id) => id !== engine.root && ask(id),
  look: () => ({
    isDone: () => true, asked: quiz.asked, node: quiz.asked,
    gradient: (id) => (quiz.known.has(id) ? show(model.gradients[id]) : id === quiz.asked ? "?" : "…"),
  }),
};

function ask(id) {
  Object.assign(quiz, { asked: id, typed: "", marked: null });
  reveal(id);
  MODES.predict.draw();
  colourGraph();
  $("answer").focus();
}

// The next one towards the leaves whose gradient is not known yet.
function another() {
  const place = askable.findIndex(({ id }) => id === quiz.asked);
  const following = [...askable.slice(place + 1), ...askable.slice(0, place + 1)];
  return (following.find(({ id }) => !quiz.known.has(id)) ?? following[0]).id;
}

function mark() {
  quiz.marked = quiz.typed;
  if (drawVerdict()) quiz.known.add(quiz.asked);
  colourGraph();
}

// Whether what was marked is right, said in the language of the page.
function drawVerdict() {
  if (quiz.marked === null) return false;
  const { isRight, text } = diagnose(quiz.asked, inNumbers(quiz.marked));
  $("verdict").textContent = `${isRight ? "✓" : "✗"} ${text}`;
  $("verdict").className = `mark ${isRight ? "right" : "wrong"}`;
  return isRight;
}

// What was typed as a number, also in full-width digits; nothing if it is none.
function inNumbers(text) {
  const plain = text.normalize("NFKC").replaceAll("−", "-").trim().toLowerCase();
  const special = { "∞": Infinity, inf: Infinity, "-∞": -Infinity, "-inf": -Infinity, nan: NaN };
  if (plain in special) return special[plain];
  return plain && !Number.isNaN(Number(plain)) ? Number(plain) : null;
}

// The answer that was meant is the nearest one, of the right one and those of the mistakes.
function diagnose(id, typed) {
  const { mistakes, rightAnswer } = word();
  if (typed === null) return { isRight: false, text: mistakes.number };
  const pushes = model.events.filter(({ kind, node }) => kind === "push" && node === id);
  const terms = pushes.map((push) => push.contribution), many = terms.length > 1 ? terms : [];
  const gradient = model.gradients[id];
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const total = sum(terms);
  const leftOut = () => mistakes.leftOut(terms.length);
  const candidates = [
    [gradient, () => rightAnswer(name(id), show(gradient), terms.map(termText))],
    ...many.slice(-1).map((term) => [term, () => mistakes.overwrote(terms.length)]),
    ...many.flatMap((term) => [[term, leftOut], [total - term, leftOut]]),
    [-gradient, () => mistakes.sign],
    ...many.map((term) => [total - 2 * term, () => mistakes.signOfOne]),
    ...pushes.flatMap((push, i) => others(push.edge).map((other) => [
      total - terms[i] + product(push.upstream, model.slopes[other]),
      () => mistakes.operand(name(data.edges[other].source)),
    ])),
    [sum(pushes.map((push) => push.upstream)), () => mistakes.noLocal],
    [sum(pushes.map((push) => push.slope)), () => mistakes.noUpstream],
    [model.values[id], () => mistakes.value],
  ].filter(([x]) => isNear(typed, x));
  const away = ([x]) => Math.abs(typed - x) || 0;
  const meant = candidates.reduce((a, b) => (a && away(a) <= away(b) ? a : b), null);
  if (!meant) return { isRight: false, text: mistakes.other(pushes.map((push) => `${show(push.upstream)} × …`)) };
  return { isRight: Object.is(meant[0], gradient), text: meant[1]() };
}

// Two digits are enough to show that one knows.
const isNear = (a, b) => Object.is(a, b) ||
  (Number.isFinite(b) && Math.abs(a - b) <= 0.006 * Math.abs(b));

// The edges into the same operation from its other operands; of a constant nobody asks for a slope.
const others = (edge) => engine.into[data.edges[edge].target].filter((other) => {
  const { source } = data.edges[other];
  return source !== data.edges[edge].source && !data.nodes[source].isConstant;
});
