// Slopes without the chain rule: a number is moved a little, and the root watched.

// Steps to try, as shares of the first: nearer, a bend shows less and rounding more, and a corner
// or a jump that is at the number itself shows as it did.
const NEARER = [0, 6, 12, 18, 24, 30].map((k) => 2 ** -k);

// The slope of the root in a node and, as `bound`, by how much it may be off; at a corner there are
// `sides`, the slopes on the left and on the right; at a jump, `isJump`. Undefined where the numbers
// beside are not finite. `values` and `gradients` are those that `leaves` give.
function measured({ leaves, values, gradients }, node) {
  const x = values[node], { root } = engine;
  const first = 2 ** Math.round(Math.log2(7e-4 * Math.max(Math.abs(x), 1e-3)));
  const at = (number) => engine.forward(leaves, node, number)[root];
  const noise = rounding(values, gradients);
  let best;
  for (const share of NEARER) {
    const found = slopeAt((k) => at(x + k * share * first), share * first, noise);
    if (!best || found.bound < best.bound / 2) best = found;
    if (best.isSharp) break;
  }
  return Number.isFinite(best.bound) ? best : undefined;
}

// How far off the root may be: each result is rounded, and its gradient passes that on.
function rounding(values, gradients) {
  let largest = 0;
  for (const { id, op } of data.nodes) {
    const size = op ? Math.abs(values[id] * gradients[id]) : 0;
    if (size > largest && size < Infinity) largest = size;
  }
  return Number.EPSILON * largest;
}

// By five points around (Abramowitz and Stegun 25.3.6), at h and at 2h, and by five on each side.
function slopeAt(at, h, noise) {
  const here = at(0), above = [1, 2, 3, 4].map(at), below = [-1, -2, -3, -4].map(at);
  if (![here, ...above, ...below].every(Number.isFinite)) return { bound: Infinity };
  const central = ([a, b], [c, d], step) => (8 * (a - c) - (b - d)) / (12 * step);
  const slope = central(above, below, h);
  const wide = central([above[1], above[3]], [below[1], below[3]], 2 * h);
  const [left, right] = [side(here, below, -h), side(here, above, h)];
  const [before, after] = [beside(below), beside(above)];

  const jump = Math.max(Math.abs(before.value - here), Math.abs(after.value - here));
  if (jump > 100 * (before.error + after.error + 10 * noise)) return { isJump: true, bound: jump / h };
  const unsure = (10 * noise) / h;
  const corner = Math.abs(right.slope - left.slope);
  if (corner > 100 * (left.error + right.error + unsure))
    return { sides: [left.slope, right.slope], bound: corner };
  const bound = Math.max(Math.abs(slope - wide), corner, unsure);
  return { slope, bound, isSharp: bound <= Math.max(1e-9 * Math.abs(slope), 3 * unsure) };
}

// The slope at y from four values on one side of it, and how much three of them would change it.
function side(y, [a, b, c, d], h) {
  const slope = (-25 * y + 48 * a - 36 * b + 16 * c - 3 * d) / (12 * h);
  return { slope, error: Math.abs(slope - (-11 * y + 18 * a - 9 * b + 2 * c) / (6 * h)) };
}

// Where four values on one side lead to, and how much three of them would change it.
function beside([a, b, c, d]) {
  const value = 4 * a - 6 * b + 4 * c - d;
  return { value, error: Math.abs(value - (3 * a - 3 * b + c)) };
}
