// Numbers of a recorded graph, computed anew: forward, then backward by the chain rule.
//
// `graph.nodes` are in topological order and `graph.edges` in the order of targets and slots, as in
// the story. `local` holds the partials of the table's rows, under "operation/operands".

class Engine {
  constructor(graph, local) {
    this.nodes = graph.nodes;
    this.edges = graph.edges;
    this.local = local;
    this.into = graph.nodes.map(() => []);
    this.outOf = graph.nodes.map(() => []);
    graph.edges.forEach((edge, number) => {
      this.into[edge.target].push(number);
      this.outOf[edge.source].push(number);
    });
    this.operands = this.into.map((edges) => edges.map((e) => graph.edges[e].source));
    this.root = graph.nodes.length - 1;
  }

  // The numbers of all nodes, where leaves have the given ones; `held` fixes one node's number.
  forward(leaves, held = -1, number = NaN) {
    const values = Float64Array.from(leaves);
    for (const { id, op } of this.nodes) {
      const xs = this.operands[id];
      // the last line would do for all, at a fifth of the speed
      if (xs.length === 2) values[id] = forward[op](values[xs[0]], values[xs[1]]);
      else if (op) values[id] = forward[op](...xs.map((x) => values[x]));
      if (id === held) values[id] = number;
    }
    return values;
  }

  // d target / d source, for every edge.
  slopes(values) {
    const slopes = new Float64Array(this.edges.length);
    for (const { id, op } of this.nodes) {
      if (!op) continue;
      const operands = this.operands[id].map((x) => values[x]);
      this.local[`${op}/${operands.length}`](values[id], ...operands).forEach((slope, slot) => {
        slopes[this.into[id][slot]] = slope;
      });
    }
    return slopes;
  }

  // Everything that happens, in order: each operation, the seed, each push with its running total;
  // and the gradients to which that comes.
  told(slopes) {
    const events = this.nodes.filter((n) => n.op).map((n) => ({ kind: "forward", node: n.id }));
    events.push({ kind: "seed", node: this.root, gradient: 1 });
    const gradients = this.backward(slopes, (edge, totals, contribution) => {
      const { source, target } = this.edges[edge];
      events.push({
        kind: "push", edge, node: source, upstream: totals[target], slope: slopes[edge],
        contribution, total: totals[source] + contribution,
      });
    });
    return { events, gradients };
  }

  // Each node passes on once, the root first. `pass` is told of each push before it is made; `totals`
  // are what was there before, and `join` says what an arrival makes of it.
  backward(slopes, pass, totals = new Float64Array(this.nodes.length), join = (was, x) => was + x) {
    totals[this.root] = 1;
    for (let id = this.root; id >= 0; id--) {
      for (const e of this.into[id]) {
        const { source } = this.edges[e];
        if (this.nodes[source].isConstant) continue;
        const contribution = product(totals[id], slopes[e]);
        pass(e, totals, contribution);
        totals[source] = join(totals[source], contribution);
      }
    }
    return totals;
  }
}

// A factor of exactly 0 makes 0, even of an infinite other: a branch nobody depends on is no poison.
const product = (upstream, slope) => (upstream === 0 || slope === 0 ? 0 : upstream * slope);
