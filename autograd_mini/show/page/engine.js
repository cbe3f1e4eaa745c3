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
    this.seed = graph.seed;
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

  // Everything that happens, in order: each operation, the seed, each push with its running total.
  events(values, slopes) {
    const events = this.nodes.filter((n) => n.op).map((n) => ({ kind: "forward", node: n.id }));
    const totals = new Float64Array(this.nodes.length);
    totals[this.root] = this.seed;
    events.push({ kind: "seed", node: this.root, gradient: this.seed });
    for (let id = this.root; id >= 0; id--) {
      for (const e of this.into[id]) {
        const { source } = this.edges[e];
        if (this.nodes[source].isConstant) continue;
        const contribution = product(totals[id], slopes[e]);
        totals[source] += contribution;
        events.push({
          kind: "push", edge: e, node: source, upstream: totals[id], slope: slopes[e],
          contribution, total: totals[source],
        });
      }
    }
    return events;
  }

  gradients(slopes) {
    const totals = new Float64Array(this.nodes.length);
    totals[this.root] = this.seed;
    for (let id = this.root; id >= 0; id--)
      for (const e of this.into[id]) totals[this.edges[e].source] += product(totals[id], slopes[e]);
    return totals;
  }
}

// A factor of exactly 0 makes 0, even of an infinite other: a branch nobody depends on is no poison.
const product = (upstream, slope) => (upstream === 0 || slope === 0 ? 0 : upstream * slope);
