// Break the engine: the same graph under four ways to run backward, each up to its first fault.

const PUSHES = 5000; // a naive recursion may need 2 ** depth of them

const ENGINES = {
  right: (pass) => sweep(pass, new Float64Array(data.nodes.length)),
  naive(pass) {
    const totals = new Float64Array(data.nodes.length);
    totals[engine.root] = engine.seed;
    const visit = (target) => {
      for (const edge of engine.into[target]) {
        const { source } = data.edges[edge];
        if (data.nodes[source].is_constant || !pass(edge, totals[target])) continue;
        totals[source] += product(totals[target], model.slopes[edge]);
        visit(source);
      }
    };
    visit(engine.root);
    return totals;
  },
  assign: (pass) => sweep(pass, new Float64Array(data.nodes.length), (was, contribution) => contribution),
  stale(pass) {
    const totals = sweep(() => true, new Float64Array(data.nodes.length));
    return sweep(pass, totals);
  },
};

function sweep(pass, totals, join = (was, contribution) => was + contribution) {
  totals[engine.root] = engine.seed;
  for (let target = engine.root; target >= 0; target--)
    for (const edge of engine.into[target]) {
      const { source } = data.edges[edge];
      if (data.nodes[source].is_constant || !pass(edge, totals[target])) continue;
      totals[source] = join(totals[source], product(totals[target], model.slopes[edge]));
    }
  return totals;
}

// What an engine passes on, up to the first node that passes on what is not its gradient.
function trial(run) {
  const pushes = [];
  let fault = null;
  const totals = run((edge, upstream) => {
    const { target } = data.edges[edge];
    if (pushes.length >= PUSHES) return false;
    pushes.push({ edge, upstream, isFault: !fault && !same(upstream, model.gradients[target]) });
    if (pushes.at(-1).isFault) fault = { node: target, had: upstream, shown: pushes.length };
    return true;
  });
  if (!fault) {
    const wrong = data.nodes.find((n) => !n.is_constant && !same(totals[n.id], model.gradients[n.id]));
    if (wrong) fault = { node: wrong.id, had: totals[wrong.id], isAtTheEnd: true };
  }
  return { pushes, totals, fault };
}

const same = (a, b) => Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));

function drawBreaks() {
  const cards = Object.entries(ENGINES).map(([key, run]) => {
    const { pushes, totals, fault } = trial(run);
    const [title, how] = word().engines[key];
    const shown = pushes.slice(0, Math.min(12, fault?.shown ?? pushes.length));
    const items = shown.map(({ edge, upstream, isFault }) => element("li",
      { class: isFault ? "wrong" : null },
      word().passes(name(data.edges[edge].target), name(data.edges[edge].source),
        `${show(upstream)} × ${show(model.slopes[edge])}`)));
    const rest = (fault?.shown ?? pushes.length) - shown.length;
    const leaves = data.nodes.filter((node) => !node.op && !node.is_constant).slice(0, 8);
    const verdict = !fault ? (key === "right" ? "" : word().noFault)
      : (fault.isAtTheEnd ? word().overwritten : word().tooEarly)(
        name(fault.node), show(fault.had), show(model.gradients[fault.node]));
    return element("article", { class: "engine", "data-engine": key },
      element("h2", {}, title), element("p", { class: "note" }, how), element("ol", {}, ...items),
      ...(rest > 0 ? [element("p", { class: "note" }, word().more(rest))] : []),
      element("p", { class: `mark ${fault ? "wrong" : "right"}` }, verdict),
      element("p", {}, `${word().result}: `, ...leaves.flatMap(({ id }) => {
        const isRight = same(totals[id], model.gradients[id]);
        return [element("span", { class: isRight ? "right" : "wrong" },
          `${name(id)} ${show(totals[id])} ${isRight ? "✓" : "✗"}`), "  "];
      })));
  });
  $("panel").replaceChildren(element("p", {}, word().breaksNote),
    element("div", { class: "engines" }, ...cards));
}
