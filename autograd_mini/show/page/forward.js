// The operations on floats, by the names of the table's rows. IEEE 754, as everywhere.

// A sum that keeps what each addition rounds off (Neumaier, 1974): Python's is exact.
function total(xs) {
  let sum = 0, lost = 0;
  for (const x of xs) {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : xs.reduce((all, x) => all + x, 0);
}
const largest = (xs) => xs.some(Number.isNaN) ? NaN : Math.max(...xs);

// erf by its series (Abramowitz and Stegun 7.1.6), whose terms are all of one sign;
// erfc beyond 2 by its continued fraction (7.1.14), evaluated from the end.
function erfSeries(x) {
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
function erfcFraction(x) {
  let tail = x;
  for (let n = 120; n > 0; n--) tail = x + n / 2 / tail;
  // x is split, so that exp(-x * x) keeps its digits where x * x is large
  const high = Math.fround(x), low = x - high;
  return (Math.exp(-high * high) * Math.exp(-low * (x + high))) / (tail * Math.sqrt(Math.PI));
}
const erfc = (x) =>
  Number.isNaN(x) ? NaN : x > 27 ? 0 : x > 2 ? erfcFraction(x) : x < -2 ? 2 - erfc(-x) : 1 - erfSeries(x);
const erf = (x) => (Math.abs(x) > 2 ? Math.sign(x) * (1 - erfc(Math.abs(x))) : erfSeries(x));

// The sum of exp(x - top) over all but one x that is the top.
function powersBelow(top, xs) {
  const powers = xs.map((x) => Math.exp(x - top));
  powers.splice(xs.indexOf(top), 1);
  return total(powers);
}
function logsumexp(...xs) {
  const top = xs.length ? largest(xs) : -Infinity;
  return Number.isFinite(top) ? top + Math.log1p(powersBelow(top, xs)) : top;
}

const forward = {
  "+": (x, y) => x + y,
  "-": (x, y) => x - y,
  "*": (x, y) => x * y,
  "/": (x, y) => x / y,
  "**": (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y)),
  neg: (x) => -x,
  pos: (x) => x,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  atan2: Math.atan2,
  hypot: Math.hypot,
  erf: erf,
  erfc: erfc,
  abs: Math.abs,
  sign: (x) => (Number.isNaN(x) ? NaN : (x > 0) - (x < 0)),
  where: (c, x, y) => (c > 0 ? x : y),
  sigmoid: (x) => (x > -700 ? 1 / (1 + Math.exp(-x)) : Math.exp(x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => (x <= 0 ? 0 : x),
  leaky_relu: (x, slope) => (x > 0 ? x : slope * x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  gelu: (x) => x * forward.normal_cdf(x),
  silu: (x) => (x > -700 ? x / (1 + Math.exp(-x)) : x * Math.exp(x / 2) * Math.exp(x / 2)),
  logaddexp: logsumexp,
  sum: (...xs) => total(xs),
  mean: (...xs) => total(xs) / xs.length,
  prod: (...xs) => xs.reduce((product, x) => product * x, 1),
  dot: (...xys) => total(xys.slice(0, xys.length / 2).map((x, i) => x * xys[xys.length / 2 + i])),
  maximum: (...xs) => largest(xs),
  minimum: (...xs) => -largest(xs.map((x) => -x)),
  logsumexp: logsumexp,
  softmax: (...xs) => {
    const top = largest(xs), powers = xs.map((x) => Math.exp(x - top));
    return powers[0] / total(powers);
  },
  log_softmax: (...xs) => {
    const top = largest(xs);
    return Number.isFinite(top) ? xs[0] - top - Math.log1p(powersBelow(top, xs)) : NaN;
  },
  exp_product: (x, y) => Math.exp(x * y),
  normal_cdf: (x) => 0.5 * erfc(-x / Math.SQRT2),
  one_minus_square: (x) => (1 - x) * (1 + x),
  direction: (x, y) => (x === 0 && y === 0 ? 0 : x / Math.hypot(x, y)),
};
