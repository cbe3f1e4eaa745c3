"""Every layer, activation, loss and optimiser against PyTorch in float64: values and gradients."""

import random

import pytest
import torch
from torch.nn import functional

import nn
from autograd_mini import Value
from nn.layers import ACTIVATIONS

TORCH_ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": functional.softplus,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "atan": torch.atan,
    "erf": torch.erf,
    "sin": torch.sin,
    "exp": torch.exp,
}


def equal(numbers):
    return pytest.approx(numbers, rel=1e-12, abs=1e-15)


def table(rows, columns, seed, low=-2.0, high=2.0):
    rng = random.Random(seed)
    return [[rng.uniform(low, high) for _ in range(columns)] for _ in range(rows)]


def tensor(numbers, needs_gradient=False):
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=needs_gradient)


def grads(rows):
    return [[x.grad for x in row] for row in rows]


def torch_layer(layer, function, x):
    """The same layer in PyTorch: (weights, bias, outputs)."""
    weights = tensor([[w.data for w in neuron.weights] for neuron in layer.neurons], True)
    bias = tensor([n.bias.data if n.bias else 0.0 for n in layer.neurons], True)
    return weights, bias, TORCH_ACTIVATIONS[function](functional.linear(x, weights, bias))


def test_every_activation_is_compared():
    assert TORCH_ACTIVATIONS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_layer(activation, bias):
    layer = nn.Layer(4, 3, activation, bias=bias, init="uniform", seed=5)
    for i, neuron in enumerate(layer.neurons):
        if bias:
            neuron.bias.data = 0.3 * i - 0.2
    (x,) = table(1, 4, seed=1)
    (upstream,) = table(1, 3, seed=2)

    inputs = [Value(number) for number in x]
    outputs = layer(inputs)
    for out, seed in zip(outputs, upstream, strict=True):
        out.backward(seed)

    torch_inputs = tensor(x, True)
    weights, torch_bias, torch_outputs = torch_layer(layer, activation, torch_inputs)
    torch_outputs.backward(tensor(upstream))
    assert [out.data for out in outputs] == equal(torch_outputs.tolist())
    assert [v.grad for v in inputs] == equal(torch_inputs.grad.tolist())
    for neuron, expected in zip(layer.neurons, weights.grad.tolist(), strict=True):
        assert [w.grad for w in neuron.weights] == equal(expected)
    if bias:
        assert [neuron.bias.grad for neuron in layer.neurons] == equal(torch_bias.grad.tolist())


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("loss", "torch_loss", "interval"),
    [
        (nn.mse, functional.mse_loss, (-2.0, 2.0)),
        (nn.binary_cross_entropy, functional.binary_cross_entropy, (0.01, 0.99)),
        (
            nn.binary_cross_entropy_with_logits,
            functional.binary_cross_entropy_with_logits,
            (-5.0, 5.0),
        ),
    ],
)
@pytest.mark.parametrize("hard", [True, False])
def test_losses_of_numbers(loss, torch_loss, interval, reduction, hard):
    x, targets = table(5, 3, 3, *interval), table(5, 3, 4, 0.0, 1.0)
    if hard:
        targets = [[float(t > 0.5) for t in row] for row in targets]
    inputs = [[Value(number) for number in row] for row in x]
    out = loss(inputs, targets, reduction=reduction)
    out.backward()

    torch_inputs = tensor(x, True)
    expected = torch_loss(torch_inputs, tensor(targets), reduction=reduction)
    expected.backward()
    assert out.data == equal(expected.item())
    for row, expected_row in zip(grads(inputs), torch_inputs.grad.tolist(), strict=True):
        assert row == equal(expected_row)


HINGE_TARGETS = [[1, -1, 1], [-1, -1, 1]]


def torch_hinge(x, targets, reduction):
    terms = torch.relu(1 - targets * x)
    return {"mean": torch.mean, "sum": torch.sum}[reduction](terms)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_hinge(reduction):
    x = table(2, 3, seed=10)
    inputs = [[Value(number) for number in row] for row in x]
    out = nn.hinge(inputs, HINGE_TARGETS, reduction=reduction)
    out.backward()
    torch_inputs = tensor(x, True)
    expected = torch_hinge(torch_inputs, tensor(HINGE_TARGETS), reduction)
    expected.backward()
    assert out.data == equal(expected.item())
    for row, expected_row in zip(grads(inputs), torch_inputs.grad.tolist(), strict=True):
        assert row == equal(expected_row)


def test_losses_without_a_reduction():
    x, targets = table(5, 3, 3, 0.01, 0.99), table(5, 3, 4, 0.0, 1.0)
    for loss, torch_loss in (
        (nn.mse, functional.mse_loss),
        (nn.binary_cross_entropy, functional.binary_cross_entropy),
        (nn.binary_cross_entropy_with_logits, functional.binary_cross_entropy_with_logits),
    ):
        expected = torch_loss(tensor(x), tensor(targets), reduction="none").tolist()
        for row, expected_row in zip(loss(x, targets, reduction="none"), expected, strict=True):
            assert row == equal(expected_row)
    classes = [0, 2, 1, 1, 0]
    expected = functional.cross_entropy(tensor(x), torch.tensor(classes), reduction="none")
    assert nn.softmax_cross_entropy(x, classes, reduction="none") == equal(expected.tolist())


def test_dropout():
    """PyTorch's scale and gradient, with the mask that the layer's seed says it draws."""
    x = [0.3, -1.2, 2.0, 0.7, -0.4]
    inputs = [Value(number) for number in x]
    out = nn.Dropout(0.4, seed=3)(inputs)
    draw = random.Random(3)
    mask = tensor([float(draw.random() >= 0.4) for _ in x])
    for value in out:
        value.backward()
    torch_inputs = tensor(x, True)
    expected = torch_inputs * mask / (1 - 0.4)
    expected.sum().backward()
    assert 0 < mask.sum() < 5
    assert [number.data for number in out] == equal(expected.tolist())
    assert [number.grad for number in inputs] == equal(torch_inputs.grad.tolist())


def test_sse():
    assert nn.sse([1.0, 2.5], [0.5, -1.0]) == equal(
        functional.mse_loss(tensor([1.0, 2.5]), tensor([0.5, -1.0]), reduction="sum").item()
    )


@pytest.mark.parametrize("scale", [1.0, 500.0])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("kind", ["classes", "one-hot", "soft"])
def test_softmax_cross_entropy(kind, reduction, scale):
    x = [[scale * z for z in row] for row in table(6, 4, seed=6)]
    classes = [0, 3, 1, 2, 2, 0]
    targets = {
        "classes": torch.tensor(classes),
        "one-hot": tensor([[float(i == c) for i in range(4)] for c in classes]),
        "soft": torch.softmax(tensor(table(6, 4, seed=7)), dim=1),
    }[kind]
    inputs = [[Value(number) for number in row] for row in x]
    out = nn.softmax_cross_entropy(inputs, targets.tolist(), reduction=reduction)
    out.backward()

    torch_inputs = tensor(x, True)
    expected = functional.cross_entropy(torch_inputs, targets, reduction=reduction)
    expected.backward()
    assert out.data == equal(expected.item())
    for row, expected_row in zip(grads(inputs), torch_inputs.grad.tolist(), strict=True):
        assert row == equal(expected_row)


#: nn's and PyTorch's, with the same settings, and where nn's has defaults, PyTorch's.
OPTIMIZERS = {
    "SGD": (nn.SGD, torch.optim.SGD, {"lr": 0.1}),
    "momentum": (nn.SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "Nesterov": (nn.SGD, torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "decay": (nn.SGD, torch.optim.SGD, {"lr": 0.1, "weight_decay": 0.1}),
    "all of SGD": (
        *(nn.SGD, torch.optim.SGD),
        {"lr": 0.1, "momentum": 0.7, "nesterov": True, "weight_decay": 0.05},
    ),
    "AdaGrad": (nn.AdaGrad, torch.optim.Adagrad, {}),
    "AdaGrad, fast": (nn.AdaGrad, torch.optim.Adagrad, {"lr": 0.3, "eps": 1e-4}),
    "RMSProp": (nn.RMSProp, torch.optim.RMSprop, {}),
    "RMSProp, fast": (nn.RMSProp, torch.optim.RMSprop, {"lr": 0.1, "alpha": 0.8, "eps": 1e-4}),
    "Adam": (nn.Adam, torch.optim.Adam, {}),
    "Adam, fast": (nn.Adam, torch.optim.Adam, {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-4}),
    "AdamW": (nn.AdamW, torch.optim.AdamW, {}),
    "AdamW, fast": (nn.AdamW, torch.optim.AdamW, {"lr": 0.1, "weight_decay": 0.3}),
}


def valley(x, y, z):
    """Curved, of unlike steepness, and coupled: in PyTorch's operators and in Values'."""
    return (1 - x) ** 2 + 5 * (y - x * x) ** 2 + 0.05 * z * z + x * z


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_trajectory(name):
    """50 steps at PyTorch's points, each within 1e-12."""
    ours, theirs, settings = OPTIMIZERS[name]
    start = (-0.4, 0.7, 2.0)
    values = [Value(number) for number in start]
    tensors = [tensor(number, True) for number in start]
    optimizer, torch_optimizer = ours(values, **settings), theirs(tensors, **settings)
    if settings.get("lr") == 0.1 and ours is nn.SGD:  # the valley is too steep for more
        optimizer.lr = torch_optimizer.param_groups[0]["lr"] = 0.01
    for _ in range(50):
        optimizer.zero_grad()
        valley(*values).backward()
        optimizer.step()
        torch_optimizer.zero_grad()
        valley(*tensors).backward()
        torch_optimizer.step()
        assert [v.data for v in values] == pytest.approx([t.item() for t in tensors], abs=1e-12)
    assert [v.data for v in values] != pytest.approx(start, abs=1e-2)


SCHEDULERS = torch.optim.lr_scheduler


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (
            nn.StepDecay(0.5, every=7, factor=0.3),
            lambda each: SCHEDULERS.StepLR(each, step_size=7, gamma=0.3),
        ),
        (
            nn.Cosine(0.5, steps=50, final=0.02),
            lambda each: SCHEDULERS.CosineAnnealingLR(each, T_max=50, eta_min=0.02),
        ),
        (
            nn.WarmUp(10, then=0.5),
            lambda each: SCHEDULERS.LinearLR(each, start_factor=0.1, total_iters=9),
        ),
        (
            nn.WarmUp(10, then=nn.Cosine(0.5, steps=40)),
            lambda each: SCHEDULERS.SequentialLR(
                each,
                [
                    SCHEDULERS.LinearLR(each, start_factor=0.1, total_iters=9),
                    SCHEDULERS.CosineAnnealingLR(each, T_max=40),
                ],
                milestones=[10],
            ),
        ),
    ],
)
def test_schedule(schedule, make):
    optimizer = torch.optim.SGD([tensor(1.0, True)], lr=0.5)
    scheduler = make(optimizer)
    for step in range(50):
        assert schedule(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
        optimizer.step()
        scheduler.step()


def test_training_a_network():
    """50 steps of SGD on a two-layer network end at PyTorch's weights."""
    X, classes = table(12, 3, seed=8), [i % 3 for i in range(12)]
    model = nn.MLP(3, [5, 3], activation="tanh", seed=9)
    twin = torch.nn.Sequential(
        torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3)
    ).double()
    for layer, linear in zip(model.layers, (twin[0], twin[2]), strict=True):
        rows = [[w.data for w in neuron.weights] for neuron in layer.neurons]
        with torch.no_grad():
            linear.weight.copy_(tensor(rows))
            linear.bias.zero_()

    history = nn.fit(
        *(model, X, classes),
        loss="softmax_cross_entropy",
        optimizer=nn.SGD(model.parameters(), lr=0.5),
        epochs=50,
    )
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.5)
    losses = []
    for _ in range(50):
        optimizer.zero_grad()
        loss = functional.cross_entropy(twin(tensor(X)), torch.tensor(classes))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert history.loss == equal(losses)
    for layer, linear in zip(model.layers, (twin[0], twin[2]), strict=True):
        for neuron, row in zip(layer.neurons, linear.weight.tolist(), strict=True):
            assert [w.data for w in neuron.weights] == equal(row)
        assert [neuron.bias.data for neuron in layer.neurons] == equal(linear.bias.tolist())
