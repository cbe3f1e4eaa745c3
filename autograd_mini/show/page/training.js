// Training: the network after recorded epochs of a fit, its decision boundary and the curve of its loss.
// A point that is clicked becomes the graph's input, and its own graph is explored.

const GRID = 28, SIDE = 280, CURVE = { width: 300, height: 110 };
const training = { at: data.training ? data.training.epochs.length - 1 : 0, cells: [], range: null };

MODES.training = {
  draw() {
    const { epochs } = data.training;
    const slider = element("input", {
      id: "time", type: "range", min: 0, max: epochs.length - 1, "aria-label": word().time,
      oninput: (event) => goToTime(event.target.valueAsNumber),
    });
    slider.value = training.at;
    $("panel").replaceChildren(
      element("h2", {}, word().time), element("div", { id: "clock" }, slider, element("output", { id: "when" })),
      element("h2", {}, word().boundary), boundary(), element("p", { id: "answered" }),
      element("p", { class: "note" }, word().pointNote),
      element("h2", {}, word().lossCurve), curve(), element("p", { class: "note" }, lossSpan()));
    goToTime(training.at);
  },
  follow() {
    colourGraph();
    paint();
  },
  choose: () => {},
  look: () => ({ isDone: () => true, gradient: (id) => show(model.gradients[id]) }),
};

// The leaves after a recorded epoch, for the point that is the graph's input now.
function goToTime(at) {
  training.at = at;
  const { epochs, losses, parameters, numbers } = data.training;
  const leaves = model.leaves.slice();
  parameters.forEach((id, i) => (leaves[id] = numbers[at][i]));
  $("when").textContent = word().when(epochs[at], show(losses[at], 4));
  $("time").setAttribute("aria-valuetext", $("when").textContent);
  setLeaves(leaves);
}

function boundary() {
  const { points, targets, threshold } = data.training;
  training.range = [0, 1].map((axis) => {
    const numbers = points.map((point) => point[axis]);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const margin = 0.12 * (high - low) || 1;
    return [low - margin, high + margin];
  });
  const size = SIDE / GRID;
  training.cells = Array.from({ length: GRID * GRID }, (_, i) => element("rect", {
    x: (i % GRID) * size, y: Math.floor(i / GRID) * size, width: size, height: size,
  }));
  const dots = points.map(([x, y], i) => {
    const isHigh = targets[i] > threshold;
    const [left, top] = [across(x, 0) * SIDE, (1 - across(y, 1)) * SIDE];
    const shape = isHigh ? element("circle", { cx: left, cy: top, r: 5 })
      : element("rect", { x: left - 4.5, y: top - 4.5, width: 9, height: 9 });
    const said = word().point(show(x, 4), show(y, 4), show(targets[i], 4));
    return element("g", {
      class: isHigh ? "point high" : "point", tabindex: 0, role: "button", "aria-label": said,
      "data-point": i, ...pressed(() => openPoint(i)),
    }, element("title", {}, said), shape);
  });
  return element("svg", { id: "boundary", viewBox: `0 0 ${SIDE} ${SIDE}`, role: "group",
    "aria-label": word().boundary }, ...training.cells, ...dots);
}

const across = (x, axis) => (x - training.range[axis][0]) / (training.range[axis][1] - training.range[axis][0]);

function paint() {
  const { inputs, threshold, spread } = data.training;
  const leaves = model.leaves.slice();
  const place = (axis, share) =>
    training.range[axis][0] + share * (training.range[axis][1] - training.range[axis][0]);
  training.cells.forEach((cell, i) => {
    leaves[inputs[0]] = place(0, ((i % GRID) + 0.5) / GRID);
    leaves[inputs[1]] = place(1, 1 - (Math.floor(i / GRID) + 0.5) / GRID);
    const above = (engine.forward(leaves)[engine.root] - threshold) / spread;
    cell.setAttribute("class", above > 0 ? "above" : "below");
    cell.setAttribute("fill-opacity", (0.08 + 0.6 * Math.min(1, Math.abs(above))).toFixed(2));
  });
  const { points, losses } = data.training, here = inputs.map((id) => model.leaves[id]);
  document.querySelectorAll(".point").forEach((point, i) =>
    point.classList.toggle("chosen", String(points[i]) === String(here)));
  $("answered").textContent = word().answered(...[...here, model.values[engine.root]].map((x) => show(x, 4)));
  const [x, y] = curvePoint(losses[training.at], training.at);
  $("here").setAttribute("cx", x);
  $("here").setAttribute("cy", Number.isFinite(y) ? y : -CURVE.height); // a loss off the curve
}

function curvePoint(loss, at) {
  const { losses } = data.training;
  const finite = losses.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(...finite)];
  return [6 + (at / Math.max(1, losses.length - 1)) * (CURVE.width - 12),
    CURVE.height - 6 - ((loss - low) / (high - low || 1)) * (CURVE.height - 12)];
}

function curve() {
  const { losses } = data.training;
  const path = losses.map(curvePoint).filter(([, y]) => Number.isFinite(y));
  return element("svg", {
    id: "curve", viewBox: `0 0 ${CURVE.width} ${CURVE.height}`, role: "img",
    "aria-label": lossSpan(),
  }, element("path", { d: `M${path.map((point) => point.map((x) => x.toFixed(1)).join(" ")).join("L")}` }),
  element("circle", { id: "here", r: 5 }));
}

function lossSpan() {
  const { losses } = data.training;
  return word().curveFrom(show(losses[0], 4), show(losses.at(-1), 4));
}

function openPoint(i) {
  const leaves = model.leaves.slice();
  data.training.inputs.forEach((id, axis) => (leaves[id] = data.training.points[i][axis]));
  model.leaves = leaves;
  model.compute();
  setMode("steps");
  goTo(0);
  $("tab-steps").focus(); // the point is no more, and on a phone the graph is far above it
}
