"""Programs to lift: scalar loops, written as a reader of micrograd would write them."""

import random
from itertools import pairwise

import numpy as np

from autograd_mini import (
    Value,
    dot,
    erf,
    exp,
    log,
    log_softmax,
    logsumexp,
    maximum,
    mean,
    minimum,
    prod,
    softmax,
    sqrt,
    sum,  # noqa: A004
    tanh,
)


def mlp(sizes, rng, style="dot", activation="tanh"):
    """A network as a function of a list, and its parameters, each neuron's weights and bias."""
    layers, parameters = [], []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        layers.append([])
        for n in range(fan_out):
            name = f"layers.{i}.neurons.{n}"
            draw = [rng.uniform(-1, 1) / fan_in**0.5 for _ in range(fan_in)]
            w = [Value(x, label=f"{name}.weights.{k}") for k, x in enumerate(draw)]
            b = Value(rng.uniform(-1, 1), label=f"{name}.bias")
            layers[-1].append((w, b))
            parameters += [*w, b]

    def neuron(w, b, x):
        if style == "dot":
            return dot(w, x) + b
        acc = b
        for wi, xi in zip(w, x, strict=True):
            acc = acc + wi * xi
        return acc

    def network(x):
        for i, layer in enumerate(layers):
            z = [neuron(w, b, x) for w, b in layer]
            x = [getattr(v, activation)() for v in z] if i < len(layers) - 1 else z
        return x

    return network, parameters


def values(rng, *shape):
    if not shape:
        return Value(rng.uniform(-1, 1))
    return [values(rng, *shape[1:]) for _ in range(shape[0])]


def flat(tree):
    return [tree] if isinstance(tree, Value) else [x for branch in tree for x in flat(branch)]


# --- each returns a loss, its parameters and its inputs


def hinge_over_points(rng, style="ops"):
    network, parameters = mlp([2, 16, 16, 1], rng, style, "relu")
    points = [[Value(rng.uniform(-1, 1)), Value(rng.uniform(-1, 1))] for _ in range(100)]
    signs = [rng.choice([-1, 1]) for _ in points]
    losses = [(1 + -y * network(x)[0]).relu() for x, y in zip(points, signs, strict=True)]
    penalty = 1e-4 * sum([p * p for p in parameters])
    return sum(losses) * (1 / len(losses)) + penalty, parameters, []


def hinge_with_dot(rng):
    return hinge_over_points(rng, "dot")


def cross_entropy(rng):
    network, parameters = mlp([7, 5, 4], rng, "ops", "sigmoid")
    x, y = values(rng, 7), [Value(float(i == 2)) for i in range(4)]
    return -dot(y, log_softmax(network(x))), parameters, x + y


def likelihood(rng):
    network, parameters = mlp([7, 5, 4], rng, "dot", "gelu")
    x, y = values(rng, 7), [Value(float(i == 2)) for i in range(4)]
    return -log(dot(y, softmax(network(x)))), parameters, x + y


def cross_entropy_of_classes(rng):
    network, parameters = mlp([3, 5, 4], rng, "ops")
    points = values(rng, 9, 3)
    losses = [-log_softmax(network(x))[rng.randrange(4)] for x in points]
    return mean(losses), parameters, flat(points)


def squares_of_plain_floats(rng):
    network, parameters = mlp([2, 6, 1], rng, "ops")
    points = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(20)]
    return sum([(network(x)[0] - rng.random()) ** 2 for x in points]) / 20, parameters, []


def squares_of_an_array(rng):
    network, parameters = mlp([2, 6, 3], rng, "ops", "relu")
    x, y = (np.random.default_rng(3).normal(size=(10, n)) for n in (2, 3))
    gaps = [
        o - t
        for row, goal in zip(x, y, strict=True)
        for o, t in zip(network(row), goal, strict=True)
    ]
    return mean([gap * gap for gap in gaps]), parameters, []


def convolutions(rng):
    image, kernel, bias, kernel2 = (
        values(rng, 6, 7),
        values(rng, 3, 2, 2),
        values(rng, 3),
        values(rng, 2, 27),
    )
    square = [(u, v) for u in range(2) for v in range(2)]
    maps = [
        [
            [
                maximum(sum([k[u][v] * image[i + u][j + v] for u, v in square]) + b, 0.0)
                for k, b in zip(kernel, bias, strict=True)
            ]
            for j in range(6)
        ]
        for i in range(5)
    ]
    window = [(u, v, c) for u in range(3) for v in range(3) for c in range(3)]
    out = [
        tanh(dot(k, [maps[i + u][j + v][c] for u, v, c in window]))
        for k in kernel2
        for i in range(3)
        for j in range(4)
    ]
    return sum(out), flat([kernel, bias, kernel2]), flat(image)


def pooling(rng):
    image, w = values(rng, 4, 6), values(rng, 6)
    corners = [(2 * i, 2 * j) for i in range(2) for j in range(3)]
    pooled = [
        maximum(image[i][j], image[i + 1][j], image[i][j + 1], image[i + 1][j + 1])
        for i, j in corners
    ]
    return exp(dot(w, pooled)), w, flat(image)


def attention(rng, causal=False):
    length, width, heads = 4, 6, 2
    size = width // heads
    x, weights = values(rng, length, width), values(rng, 4, width, width)
    q, k, v = ([[dot(row, token) for row in w] for token in x] for w in weights[:3])
    out = []
    for t in range(length):
        mixed = []
        for h in range(heads):
            seen = range(t + 1) if causal else range(length)
            part = slice(h * size, (h + 1) * size)
            shares = softmax([dot(q[t][part], k[s][part]) / size**0.5 for s in seen])
            mixed += [dot(shares, [v[s][part][d] for s in seen]) for d in range(size)]
        out += [dot(row, mixed) + xi for row, xi in zip(weights[3], x[t], strict=True)]
    return sum([o * o for o in out]), flat(weights), flat(x)


def causal_attention(rng):
    return attention(rng, causal=True)


def overlapping_softmaxes(rng):
    x, w = values(rng, 6), values(rng, 6)
    z = [a * b for a, b in zip(x, w, strict=True)]
    sets = [[z[0], z[1], z[2]], [z[4], z[0], z[3]], [z[2], z[1], z[5]], [z[0], z[1], z[3]]]
    shares = [share for each in sets for share in softmax(each)[1:]] + log_softmax(sets[1])
    return sum([share * (i + 1) for i, share in enumerate(shares)]), w, x


def layer_norm(rng):
    x, gain, bias, out = values(rng, 4, 6), values(rng, 6), values(rng, 6), []
    for row in x:
        centred = [xi - mean(row) for xi in row]
        scale = sqrt(mean([c * c for c in centred]) + 1e-5)
        out += [g * c / scale + b for g, c, b in zip(gain, centred, bias, strict=True)]
    return logsumexp(out), gain + bias, flat(x)


def jacobi(rng):
    grid, c = values(rng, 8, 8), Value(0.25)
    start = grid
    for _ in range(3):
        now = [row[:] for row in grid]
        for i in range(1, 7):
            for j in range(1, 7):
                now[i][j] = c * (grid[i - 1][j] + grid[i + 1][j] + grid[i][j - 1] + grid[i][j + 1])
        grid = now
    return sum([x * x for x in flat(grid)]), [c], flat(start)


def black_scholes(rng):
    rate, total = Value(0.03), 0.0
    options = [
        [Value(rng.uniform(*r)) for r in ((80, 120), (80, 120), (0.1, 0.5), (0.5, 2))]
        for _ in range(7)
    ]
    for spot, strike, sigma, time in options:
        d1 = (log(spot / strike) + (rate + sigma * sigma / 2) * time) / (sigma * sqrt(time))
        d2 = d1 - sigma * sqrt(time)
        inside, paid = 0.5 * (1 + erf(d1 / 2**0.5)), 0.5 * (1 + erf(d2 / 2**0.5))
        total = total + spot * inside - strike * exp(-rate * time) * paid
    return total, [rate], flat(options)


def recurrent(rng):
    wx, wh, b, steps = values(rng, 4, 3), values(rng, 4, 4), values(rng, 4), values(rng, 5, 3)
    h = [Value(0.0) for _ in range(4)]
    for x in steps:
        h = [tanh(dot(wx[i], x) + dot(wh[i], h) + b[i]) for i in range(4)]
    return sum(h), flat([wx, wh, b]), flat(steps)


def skip_connection(rng):
    x, w, u = values(rng, 5), values(rng, 4, 5), values(rng, 3, 9)
    h = [dot(row, x).sigmoid() for row in w]
    z = [dot(row, x + h) for row in u]
    return logsumexp(z) + sum(z) ** 2, flat([w, u]), x


def shared_and_repeated(rng):
    x, w = values(rng, 6), values(rng, 6)
    z = [a * b for a, b in zip(x, w, strict=True)]
    mixed = maximum(z) + maximum(z[0], 0.5, x[1], w[2]) + minimum(x) * prod(w)
    return mixed + sum([z[0], z[0], z[1]]) + logsumexp(x[0], x[0]), w, x


def powers(rng):
    x, w = ([Value(rng.uniform(0.5, 2)) for _ in range(5)] for _ in range(2))
    return sum([a**b + a**3 + 2.0**b + a**0.5 for a, b in zip(x, w, strict=True)]), w, x


def chain(rng):
    y = x = Value(rng.random())
    for _ in range(50):
        y = (y * 1.01 + 0.1).sin()
    return y, [x], []


PROGRAMS = [
    *(hinge_over_points, hinge_with_dot, cross_entropy, likelihood, cross_entropy_of_classes),
    *(squares_of_plain_floats, squares_of_an_array, convolutions, pooling, attention),
    *(
        causal_attention,
        overlapping_softmaxes,
        layer_norm,
        jacobi,
        black_scholes,
        recurrent,
        skip_connection,
    ),
    *(shared_and_repeated, powers, chain),
]


def made(program, seed=0):
    return program(random.Random(seed))
