"""2,000 random networks, lifted at some numbers and run at others, equal eager.

What is drawn: widths, activations, both styles of recording, the same weights over points and over
time, skip connections, inputs that occur twice, a batch beside points that are constants, losses.
"""

import random

import numpy as np
import pytest

from autograd_mini import dot, log_softmax, mean, relu
from autograd_mini import sum as total
from autograd_mini.graph import reverse_sweep
from autograd_mini.lift import lift
from tests.lift.networks import flat, mlp, values

ACTIVATIONS = ("tanh", "sigmoid", "softplus", "silu", "gelu", "elu", "relu", "leaky_relu", "sin")
LOSSES = (
    lambda out, rng: total([v * v for v in out]),
    lambda out, rng: mean([(v - rng.uniform(-1, 1)) ** 2 for v in out]),
    lambda out, rng: -log_softmax(out)[rng.randrange(len(out))],
    lambda out, rng: total([relu(1 - rng.choice((-1, 1)) * v) for v in out]),
    lambda out, rng: out[-1].exp() * 0.5,
)


def network(seed, weights, data):
    """The loss, the parameters and the inputs of the network of this seed.

    The seed alone decides what is computed. The numbers of its weights and of its inputs are drawn
    from generators of their own, so that the same network can be recorded at others.
    """
    rng, weights, data = random.Random(seed), random.Random(weights), random.Random(data)
    sizes = [rng.randint(1, 6) for _ in range(rng.randint(2, 4))]
    repeats = rng.choice((1, 1, 2))
    sizes[-1] = sizes[0] if repeats > 1 else sizes[-1]
    layers, parameters = mlp(sizes, weights, rng.choice(("ops", "dot")), rng.choice(ACTIVATIONS))
    given = values(data, rng.randint(0, 3), sizes[0])
    points = given + values(rng, rng.randint(0 if given else 1, 3), sizes[0])
    rng.shuffle(points)
    if rng.random() < 0.2:
        points.append(points[0])
    if rng.random() < 0.2:  # of one point, some numbers in several places
        points[-1] = rng.choices(points[-1], k=sizes[0])
    skip, loss = rng.random() < 0.3, rng.choice(LOSSES)
    terms = []
    for point in points:
        out = point
        for _ in range(repeats):
            out = layers(out)
        if skip and len(out) == len(point):
            out = [a + b for a, b in zip(out, point, strict=True)]
        elif skip:
            out = [*out, *point]
        terms.append(loss(out, rng))
    result = mean(terms) if rng.random() < 0.5 else sum(terms[1:], start=terms[0])
    if rng.random() < 0.4:
        result = result + 0.01 * dot(parameters, parameters)
    return result, parameters, flat(given)


def numbers(nodes):
    return np.array([node.data for node in nodes])


def eager(seed, weights, data):
    """Value and gradient, and the numbers at which they were taken."""
    loss, parameters, inputs = network(seed, weights, data)
    totals = reverse_sweep(loss, 1.0)
    slopes = np.array([totals.get(node, 0.0) for node in parameters])
    return loss.data, slopes, numbers(parameters), numbers(inputs)


def assert_close(found, expected):
    value, slopes = expected
    assert abs(found[0] - value) <= 1e-12 * abs(value)
    assert found[1].shape == slopes.shape
    # where 1 - 1 is 0 here and 1e-17 there, that is rounding, not a wrong slope
    assert np.abs(found[1] - slopes).max() <= 1e-12 * max(np.abs(slopes).max(), 1e-3)


@pytest.mark.parametrize("block", range(10))
def test_random_networks(block):
    telling = 0
    for seed in range(200 * block, 200 * block + 200):
        loss, parameters, inputs = network(seed, weights=0, data=0)
        program = lift(loss, wrt=parameters, inputs=inputs)
        rows = [eager(seed, weights=1, data=i) for i in range(1, 3 if inputs else 2)]
        value, slopes, p, x = rows[0]
        telling += bool(slopes.any())
        if seed % 2 or not inputs:
            assert_close(program.value_and_grad(p, x), (value, slopes))
        if inputs:
            batch = np.array([row[3] for row in rows])
            means = np.mean([row[0] for row in rows]), np.mean([row[1] for row in rows], axis=0)
            assert_close(program.value_and_grad(p, batch), means)
    assert telling > 190


def test_slopes_that_arrive_one_by_one_in_a_table_per_example():
    """They are written into a view of it, which it must therefore have."""
    w, (x, y) = values(random.Random(0), 4), values(random.Random(1), 2, 3)
    z = [[a * w[0] + w[i] for i in (1, 2, 3)] for a in (x[0], y[0])]
    loss = log_softmax([*z[0], x[1]])[1] + log_softmax([y[1], *z[1], x[2], y[2]])[2]
    loss.backward()
    program = lift(loss, wrt=w, inputs=[*x, *y])
    row = numbers([*x, *y])
    assert_close(
        program.value_and_grad(numbers(w), np.array([row, row])),
        (loss.data, np.array([v.grad for v in w])),
    )


def test_a_product_that_all_weights_of_a_neuron_receive_alike():
    """Every input is the same number, so every weight of a neuron has the same slope."""
    w, (x,) = values(random.Random(0), 3, 4), values(random.Random(1), 1)
    loss = mean([(dot(row[:3], [x, x, x]) + row[3]) ** 2 for row in w])
    loss.backward()
    program = lift(loss, wrt=flat(w), inputs=[x])
    assert_close(
        program.value_and_grad(numbers(flat(w)), np.full((2, 1), x.data)),
        (loss.data, np.array([v.grad for v in flat(w)])),
    )


def test_the_draw_is_of_the_seed_alone():
    """Recorded twice at the same numbers, a network is the same; at others, it is not."""
    assert eager(3, 1, 1)[0] == eager(3, 1, 1)[0] != eager(3, 2, 1)[0]
