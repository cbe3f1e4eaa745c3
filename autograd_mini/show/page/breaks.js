// Break the engine: the same graph under four ways to run backward, each up to its first fault.

const PUSHES = 5000; // a naive recursion may need 2 ** depth, and is stopped so many after its fault

const LEAVES = 8; // whose results are listed

// Each ends with its totals, `end`, and tells `pass` of every push, which may stop a naive recursion.
const ENGINES = {
  right: (pass) => ({ end: engine.backward(model.slopes, pass) }),
  naive(pass) {
    const end = new Float64Array(data.nodes.length);
    end[engine.root] = 1;
    const calls = [{ target: engine.root, next: 0 }]; // no recursion: a graph may be deep
    while (calls.length) {
      const call = calls.at(-1);
      const edge = engine.into[call.target][call.next++];
      if (edge === undefined) {
        calls.pop();
        continue;
      }
      const { source } = data.edges[edge];
      if (data.nodes[source].isConstant) continue;
      if (!pass(edge, end)) return { end, isStopped: true };
      end[source] += product(end[call.target], model.slopes[edge]);
      calls.push({ target: source, next: 0 });
    }
    return { end };
  },
  assign: (pass) => ({ end: engine.backward(model.slopes, pass, undefined, (was, x) => x) }),
  stale: (pass) => ({ end: engine.backward(model.slopes, pass, model.gradients.slice()) }),
};

// What an engine passes on, up to the first node that passes on what is not its gradient, or what it
// has passed on before, and the totals at that moment; and in the end, if it is let go on.
function trial(run) {
  const pushes = [], passed = new Set();
  let fault = null, count = 0;
  const { end, isStopped } = run((edge, totals) => {
    const { target } = data.edges[edge];
    if (fault) return ++count <= PUSHES;
    pushes.push({ edge, upstream: totals[target] });
    const isEarly = !same(totals[target], model.gradients[target]);
    if (isEarly || passed.has(edge))
      fault = { node: target, edge, had: totals[target], totals: totals.slice(),
        kind: isEarly ? "tooEarly" : "again" };
    passed.add(edge);
    return true;
  });
  if (!fault) {
    const wrong = valueNodes.find(({ id }) => !same(end[id], model.gradients[id]));
    if (wrong) fault = { node: wrong.id, had: end[wrong.id], totals: end, kind: "overwritten" };
  }
  return { pushes, end, fault, isStopped };
}

const same = (a, b) => Object.is(a, b) || (Number.isFinite(a) && Number.isFinite(b) &&
  Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)));

const trials = { shown: null }; // and one per engine

MODES.breaks = {
  draw() {
    for (const [key, run] of Object.entries(ENGINES)) trials[key] = trial(run);
    trials.shown ??= Object.keys(ENGINES).find((key) => trials[key].fault) ?? "right";
    $("panel").replaceChildren();
    $("below").replaceChildren(element("p", { class: "note" }, word().breaksNote),
      element("div", { class: "engines" }, ...Object.keys(ENGINES).map(card)));
  },
  follow: () => colourGraph(),
  choose: () => {},
  look() {
    const { fault, end } = trials[trials.shown];
    const totals = fault?.totals ?? end;
    return {
      isDone: () => true, wrong: fault?.node, edge: fault?.edge,
      gradient: (id) => show(totals[id]),
    };
  },
};

function card(key) {
  const { pushes, end, fault, isStopped } = trials[key];
  const [title, how] = word().engines[key];
  const shown = pushes.length > 9 ? [...pushes.slice(0, 4), null, ...pushes.slice(-4)] : pushes;
  const items = shown.map((push, i) => push
    ? element("li", { value: i < 4 || shown.length === pushes.length ? i + 1 : pushes.length - shown.length + i + 1,
      class: fault && push === pushes.at(-1) && fault.kind !== "overwritten" ? "wrong" : null }, pushText(push))
    : element("li", { class: "gap" }, word().more(pushes.length - 8)));
  const verdict = !fault ? word()[key === "right" ? "allFinal" : "noFault"]
    : word().faults[fault.kind](name(fault.node), show(fault.had), show(model.gradients[fault.node])) +
      hidingPlace(fault.node);
  const isShown = key === trials.shown;
  const isRight = ({ id }) => same(end[id], model.gradients[id]);
  const wrongFirst = [...leafNodes].sort((a, b) => isRight(a) - isRight(b));
  const results = wrongFirst.slice(0, LEAVES).map((leaf) =>
    element("li", { class: isRight(leaf) ? "right" : "wrong" },
      `${isRight(leaf) ? "✓" : "✗"} ${name(leaf.id)} ${show(end[leaf.id])}`));
  if (leafNodes.length > LEAVES) results.push(element("li", {}, word().more(leafNodes.length - LEAVES)));
  return element("article", { class: isShown ? "engine shown" : "engine", "data-engine": key },
    element("h2", {}, title),
    element("p", { class: "note" }, how), element("ol", {}, ...items),
    element("p", { class: `mark ${fault ? "wrong" : "right"}` }, `${fault ? "✗" : "✓"} ${verdict}`),
    element("p", { class: "note" }, isStopped ? word().stopped(PUSHES) : word().result), element("ul", { class: "results" }, ...results),
    element("button", { "aria-pressed": String(isShown), onclick: () => showTrial(key) }, word().inGraph));
}

const pushText = ({ edge, upstream }) => word().passes(shortName(data.edges[edge].target),
  shortName(data.edges[edge].source), `${show(upstream)} × ${show(model.slopes[edge])}`);

function showTrial(key) {
  trials.shown = key;
  MODES.breaks.draw();
  colourGraph();
  document.querySelector(`[data-engine=${key}] button`).focus();
}
