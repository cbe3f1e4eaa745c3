// What the page shows, and nothing of how: the numbers, the step, which scopes are open.

const data = JSON.parse(document.getElementById("data").textContent, (key, x) =>
  ["value", "gradient", "local_derivative"].includes(key) && typeof x === "string" ? plain(x) : x);
function plain(text) {
  return { inf: Infinity, "-inf": -Infinity, nan: NaN }[text];
}

const engine = new Engine(data, LOCAL);
const recorded = Float64Array.from(data.nodes, (node) => node.value);

const model = {
  mode: "steps", step: 0, language: data.language, theme: null,
  leaves: recorded.slice(), open: new Set(), asked: -1, known: new Set(),

  compute() {
    if (data.missing) { // an operation that the page cannot run: as recorded, and never edited
      this.values = recorded;
      this.slopes = Float64Array.from(data.edges, (edge) => edge.local_derivative ?? 0);
    } else {
      this.values = engine.forward(this.leaves);
      this.slopes = engine.slopes(this.values);
    }
    this.gradients = engine.gradients(this.slopes);
    this.events = engine.events(this.values, this.slopes);
  },

  get isEdited() {
    return this.leaves.some((x, i) => !data.nodes[i].op && !Object.is(x, recorded[i]));
  },

  // Which nodes have been computed, and what of each gradient has arrived, at this step.
  get soFar() {
    const done = new Set(data.nodes.filter((node) => !node.op).map((node) => node.id));
    const totals = new Map();
    for (const event of this.events.slice(0, this.step)) {
      if (event.kind === "forward") done.add(event.node);
      else totals.set(event.node, event.total ?? event.gradient);
    }
    return { done, totals };
  },

  // What stands for a node in the picture: its outermost scope that is not open, or itself.
  unit(id) {
    const { scope } = data.nodes[id];
    for (let depth = 1; depth <= scope.length; depth++) {
      const key = JSON.stringify(scope.slice(0, depth));
      if (!this.open.has(key)) return key;
    }
    return id;
  },
};

const word = () => PHRASES[model.language];
const name = (id) => data.nodes[id].name || show(data.nodes[id].value);

// A number with six significant digits; a true minus, as in print.
function show(x, digits = 6) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const text = Number(x.toPrecision(digits)).toString();
  return (Object.is(x, -0) ? "-0" : text).replace("-", "−").replace("e−", "e-");
}

// A rule that chooses by a number was written down for the number that was recorded.
const chooses = (edge) => /\?/.test(engine.local[ruleOf(edge.target)]);
const ruleOf = (id) => `${data.nodes[id].op}/${engine.into[id].length}`;
