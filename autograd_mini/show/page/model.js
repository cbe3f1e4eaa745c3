// What the page shows, and nothing of how: the numbers, the step, which scopes are open.

const number = (x) => (typeof x === "string" ? { inf: Infinity, "-inf": -Infinity, nan: NaN }[x] : x);

function unpacked({ nodes, edges, scopes, ...rest }) {
  return {
    ...rest,
    training: rest.training && {
      ...rest.training,
      losses: rest.training.losses.map(number),
      numbers: rest.training.numbers.map((row) => row.map(number)),
    },
    nodes: nodes.map(([name, op, value, formula, scope], id) => ({
      id, name, op, formula, value: number(value), scope: scopes[scope], isConstant: !name,
    })),
    edges: edges.map(([source, target, formula, slope]) => ({
      source, target, formula, recorded: formula, slope: number(slope ?? 0),
    })),
  };
}

const data = unpacked(JSON.parse($("data").textContent));
const engine = new Engine(data, LOCAL);
const recorded = Float64Array.from(data.nodes, (node) => node.value);
const valueNodes = data.nodes.filter((node) => !node.isConstant);
const leafNodes = valueNodes.filter((node) => !node.op);

const model = {
  mode: "steps", step: 0, selected: -1, language: data.language, theme: null,
  leaves: recorded.slice(), open: new Set(data.open.map((path) => JSON.stringify(path))),

  compute() {
    if (data.missing) { // an operation that the page cannot run: as recorded, and never edited
      this.values = recorded;
      this.slopes = Float64Array.from(data.edges, (edge) => edge.slope);
    } else {
      this.values = engine.forward(this.leaves);
      this.slopes = engine.slopes(this.values);
    }
    Object.assign(this, engine.told(this.slopes));
    this.measured = new Map(); // takes its time, and is asked for at every step
    const { isEdited } = this;
    for (const edge of data.edges) edge.formula = isEdited && chooses(edge) ? "" : edge.recorded;
  },

  get isEdited() {
    return leafNodes.some(({ id }) => !Object.is(this.leaves[id], recorded[id]));
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

// A name without those of the scopes that node `id` is shown in: layers.0.neurons.1.bias is the
// bias, inside of that neuron's frame. After a scope's dot comes no digit: 1.5 is in no scope "1".
function inScope(id, text) {
  const { scope } = data.nodes[id];
  for (let i = 0; i < scope.length; i++)
    text = text.replace(new RegExp(`^([\\w.]*\\.)?${literally(scope.slice(i).join("."))}\\.(?!\\d|$)`), "");
  return text;
}

const shortName = (id) => inScope(id, name(id));

// A node's formula with the short names of its operands, and nothing else of it changed.
function shortFormula(id) {
  const { formula } = data.nodes[id];
  const names = new Set(engine.operands[id].map((operand) => data.nodes[operand].name).filter(Boolean));
  if (!names.size) return formula;
  const any = [...names].sort((a, b) => b.length - a.length).map(literally).join("|");
  const whole = new RegExp(`(?<![\\p{L}\\p{N}_.])(?:${any})(?![\\p{L}\\p{N}_])`, "gu");
  return formula.replace(whole, (found) => inScope(id, found));
}

const literally = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

// A rule that chooses by a number was written down for the number that was recorded: with another
// number it has no formula.
const chooses = (edge) => engine.local[ruleOf(edge.target)]?.toString().includes("?");
const ruleOf = (id) => `${data.nodes[id].op}/${engine.into[id].length}`;

// How far a leaf is dragged: to twice its size on both sides, and 1 at least. From what is no finite
// number it is not dragged at all.
const isSlider = (id) => !data.missing && Number.isFinite(recorded[id]);
const reach = (id) => Math.min(Math.max(1, 2 * Math.abs(recorded[id])), Number.MAX_VALUE / 4);
const sliderEnds = (id) => [recorded[id] - reach(id), recorded[id] + reach(id)].map(finite);
const finite = (x) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, x));

function setLeaf(id, x) {
  const leaves = model.leaves.slice();
  leaves[id] = x;
  setLeaves(leaves);
}

function setLeaves(leaves) {
  model.leaves = leaves;
  model.compute();
  MODES[model.mode].follow();
}
