// A leaf's own box is a slider: dragged sideways, or with the arrow keys up and down.

function makeDraggable(group, id) {
  let start = null;
  group.setAttribute("role", "slider");
  group.setAttribute("aria-orientation", "vertical");
  const [low, high] = sliderEnds(id);
  group.setAttribute("aria-valuemin", low);
  group.setAttribute("aria-valuemax", high);
  group.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    start = { x: event.clientX, value: model.leaves[id], hasMoved: false };
    group.setPointerCapture(event.pointerId);
  });
  group.addEventListener("pointermove", (event) => {
    if (!start) return;
    const moved = event.clientX - start.x;
    start.hasMoved ||= Math.abs(moved) > 3;
    if (start.hasMoved) setLeaf(id, rounded(id, start.value + (moved * reach(id)) / 150));
  });
  group.addEventListener("pointercancel", () => (start = null));
  group.addEventListener("pointerup", () => setTimeout(() => (start = null)));
  group.addEventListener("click", () => start?.hasMoved || MODES[model.mode].choose(id));
  group.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (["Enter", " "].includes(event.key)) MODES[model.mode].choose(id);
    else if (steps) setLeaf(id, rounded(id, model.leaves[id] + (steps * reach(id)) / 100));
    else return;
    event.preventDefault();
  });
}

// To a hundredth of the leaf's own size or so: a number that one can read.
function rounded(id, x) {
  const unit = 10 ** Math.floor(Math.log10(reach(id) / 100));
  return finite(Number((Math.round(x / unit) * unit).toPrecision(12)));
}
