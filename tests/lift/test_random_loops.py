"""500 random programs on tables of scalars, as loops would write them, equal eager when lifted.

What is drawn: elementwise maps, broadcasts, products of matrices, folds, softmaxes, windows that
slide, slices, transposes, rows taken twice, tables joined, outer products.
"""

import random

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import dot, log_softmax, logsumexp, maximum, mean, softmax
from autograd_mini import sum as total
from autograd_mini.graph import reverse_sweep
from autograd_mini.lift import lift
from tests.lift.networks import flat, values

MAPS = ("tanh", "sigmoid", "exp", "sin", "softplus", "relu", "abs", "gelu", "silu", "erf")
FOLDS = ("sum", "mean", "maximum", "minimum", "logsumexp", "prod")
LARGEST = 60  # elements of a table


def table(size, numbers):
    return np.array(values(numbers, size(), size()), dtype=object)


def rows(function, given):
    return np.array([function(list(row)) for row in given], dtype=object)


def mapped(a, _pool, rng):
    name = rng.choice(MAPS)
    return rows(lambda row: [getattr(v, name)() for v in row], a)


def paired(a, pool, rng):
    fitting = [b for b in pool if all(n == m or 1 in (n, m) for n, m in zip(a.shape, b.shape))]  # noqa: B905
    b = rng.choice(fitting)
    larger = np.frompyfunc(maximum, 2, 1)
    return rng.choice(
        (lambda: a + b, lambda: a * b, lambda: a / (b * b + 1), lambda: larger(a, b))
    )()


def multiplied(a, pool, rng):
    b = rng.choice([b for c in (*pool, a.T) for b in (c, c.T) if len(b) == a.shape[1]])
    return a @ b if rng.random() < 0.5 else rows(lambda row: [dot(row, list(c)) for c in b.T], a)


def folded(a, _pool, rng):
    fold = getattr(am, rng.choice(FOLDS))
    out = rows(lambda row: [fold(row)], rng.choice((a, a.T)))
    return rng.choice((out, out.T))


def shared(a, _pool, rng):
    return rows(rng.choice((softmax, log_softmax)), rng.choice((a, a.T)))


def viewed(a, _pool, rng):
    n, m = a.shape
    taken = rng.choices(range(n), k=rng.randint(1, 5))
    return rng.choice((a.T, a[::-1], a[:, ::-1], a[::2], a[:, m > 1 :], a[taken], a.reshape(m, n)))


def slid(a, pool, rng):
    width, step = rng.randint(1, a.shape[1]), rng.choice((1, 1, 2))
    kernel = list(rng.choice(pool).ravel()[:width])
    fold = getattr(am, rng.choice(("sum", "maximum", "mean")))
    look = (lambda part: dot(kernel, part)) if len(kernel) == width else fold
    starts = range(0, a.shape[1] - width + 1, step)
    return rows(lambda row: [look(row[j : j + width]) for j in starts], a)


def joined(a, pool, rng):
    return np.concatenate([a, rng.choice([b for b in pool if len(b) == len(a)])], axis=1)


def outer(a, pool, rng):
    return np.multiply.outer(a.ravel()[:4], rng.choice(pool).ravel()[:4])


STEPS = (mapped, paired, multiplied, folded, shared, viewed, slid, joined, outer)
ENDS = (
    total,
    logsumexp,
    lambda terms: mean([t * t for t in terms]),
    lambda terms: dot(terms, [0.1 * i - 0.5 for i in range(len(terms))]),
)


def program(seed, weights, data):
    """The result, the parameters and the inputs; the seed alone decides what is computed."""
    rng, weights, data = random.Random(seed), random.Random(weights), random.Random(data)

    def size():
        return rng.randint(1, 5)

    parameters = [table(size, weights) for _ in range(rng.randint(1, 3))]
    inputs = [table(size, data) for _ in range(rng.randint(0, 2))]
    constants = [table(size, rng) for _ in range(rng.randint(0, 1))]
    pool, fresh = [*parameters, *inputs, *constants], []
    for _ in range(rng.randint(2, 7)):
        a = rng.choice(rng.choice((fresh[-2:], pool[:1], pool)) or pool)
        out = rng.choice(STEPS)(a, pool, rng)
        if out.size <= LARGEST:
            pool.append(out)
            fresh.append(out)
    last = [*pool[-1].ravel(), *rng.choice((*fresh, parameters[0])).ravel()]
    leaves = [[node for each in tables for node in each.ravel()] for tables in (parameters, inputs)]
    return rng.choice(ENDS)(last), *leaves


def numbers(nodes):
    return np.array([node.data for node in nodes])


def eager(seed, weights, data):
    result, parameters, inputs = program(seed, weights, data)
    totals = reverse_sweep(result, 1.0)
    slopes = np.array([totals.get(node, 0.0) for node in parameters])
    return result.data, slopes, numbers(parameters), numbers(inputs)


def assert_close(found, value, slopes):
    assert np.abs(found[0] - value).max() <= 1e-12 * max(np.abs(value).max(), 1e-3)
    assert found[1].shape == slopes.shape
    # where 1 - 1 is 0 here and 1e-17 there, that is rounding, not a wrong slope
    assert np.abs(found[1] - slopes).max() <= 1e-12 * max(np.abs(slopes).max(), 1e-3)


@pytest.mark.parametrize("block", range(5))
def test_random_loops(block):
    telling = 0
    for seed in range(100 * block, 100 * block + 100):
        result, parameters, inputs = program(seed, weights=0, data=0)
        runs = [eager(seed, weights=1, data=i) for i in range(1, 3 if inputs else 2)]
        given = np.array([run[3] for run in runs]) if inputs else runs[0][3]
        reduction = "none" if inputs and seed % 2 else "mean"
        lifted = lift(result, wrt=parameters, inputs=inputs, reduction=reduction)
        found = lifted.value_and_grad(runs[0][2], given)
        value, slopes = (np.array([run[i] for run in runs]) for i in (0, 1))
        telling += bool(slopes.any())
        if reduction == "mean":
            value, slopes = value.mean(axis=0), slopes.mean(axis=0)
        assert_close(found, value, slopes)
    assert telling > 80


def batch_equals_eager(result, parameters, inputs, reduction):
    row = numbers(inputs)
    lifted = lift(result, wrt=parameters, inputs=inputs, reduction=reduction)
    value, slopes = lifted.value_and_grad(numbers(parameters), np.array([row, row]))
    totals = reverse_sweep(result, 1.0)
    expected = np.array([totals.get(node, 0.0) for node in parameters])
    rows = 2 if reduction == "none" else 1
    assert_close((value, slopes.reshape(rows, -1)), result.data, np.array([expected] * rows))


def test_the_sum_of_all_shares_over_a_batch():
    """What arrives at every share is the same number, which has no axes."""
    w, (x, y) = values(random.Random(0), 3, 4), values(random.Random(1), 2)
    shares = [softmax([a * x + y for a in row]) for row in w]
    batch_equals_eager(total(flat(shares)) + 0.1 * total(flat(w)), flat(w), [x, y], "mean")


def test_a_product_inside_a_product_per_example():
    """An einsum of a matrix product is no matrix product that can be written in place."""
    w, x = values(random.Random(0), 4, 2), values(random.Random(1), 2, 4)
    unused = values(random.Random(2), 16)
    product = np.array(x, dtype=object) @ np.array(w, dtype=object)
    terms = np.multiply.outer(product.ravel(), np.array(x[0], dtype=object)).ravel()
    result = dot(list(terms), [random.Random(i).uniform(-1, 1) for i in range(16)])
    batch_equals_eager(result, [*flat(w), *unused], flat(x), "none")
