"""Every rule against its published formula, steps that are interrupted, and states that travel."""

import json
import random
from functools import partial
from math import sqrt

import numpy as np
import pytest

from autograd_mini import Value
from nn import MLP, SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp, StepDecay

# ---- the published formulas, for one number: from the slopes g of all steps so far, the next step


def momentum(slopes, lr, mu):
    """Polyak's heavy ball: v <- mu v + g, unrolled into the sum it is."""
    return lr * sum(mu ** (len(slopes) - 1 - i) * g for i, g in enumerate(slopes))


def nesterov(slopes, lr, mu):
    return lr * slopes[-1] + mu * momentum(slopes, lr, mu)


def adagrad(slopes, lr, eps):
    return lr * slopes[-1] / (sqrt(sum(g * g for g in slopes)) + eps)


def averaged(numbers, beta):
    return (1 - beta) * momentum(numbers, 1.0, beta)


def rmsprop(slopes, lr, alpha, eps):
    return lr * slopes[-1] / (sqrt(averaged([g * g for g in slopes], alpha)) + eps)


def adam(slopes, lr, beta1, beta2, eps):
    t = len(slopes)
    mean = averaged(slopes, beta1) / (1 - beta1**t)
    square = averaged([g * g for g in slopes], beta2) / (1 - beta2**t)
    return lr * mean / (sqrt(square) + eps)


RULES = {
    "SGD": (partial(SGD, lr=0.1), lambda slopes, _: 0.1 * slopes[-1]),
    "momentum": (partial(SGD, lr=0.1, momentum=0.8), lambda s, _: momentum(s, 0.1, 0.8)),
    "Nesterov": (
        partial(SGD, lr=0.1, momentum=0.8, nesterov=True),
        lambda s, _: nesterov(s, 0.1, 0.8),
    ),
    "AdaGrad": (partial(AdaGrad, lr=0.1, eps=1e-3), lambda s, _: adagrad(s, 0.1, 1e-3)),
    "RMSProp": (
        partial(RMSProp, lr=0.1, alpha=0.7, eps=1e-3),
        lambda s, _: rmsprop(s, 0.1, 0.7, 1e-3),
    ),
    "Adam": (
        partial(Adam, lr=0.1, betas=(0.6, 0.8), eps=1e-3),
        lambda s, _: adam(s, 0.1, 0.6, 0.8, 1e-3),
    ),
    "AdamW": (
        partial(AdamW, lr=0.1, betas=(0.6, 0.8), eps=1e-3, weight_decay=0.3),
        lambda s, x: 0.1 * 0.3 * x + adam(s, 0.1, 0.6, 0.8, 1e-3),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_the_rule_is_the_published_formula(name):
    make, formula = RULES[name]
    rng = random.Random(0)
    numbers, slopes = [3.0, -0.7, 0.0], [[], [], []]
    parameters = [Value(number) for number in numbers]
    optimizer = make(parameters)
    for _ in range(20):
        for parameter, past in zip(parameters, slopes, strict=True):
            parameter.grad = rng.gauss(0.0, 2.0)
            past.append(parameter.grad)
        optimizer.step()
        numbers = [x - formula(past, x) for x, past in zip(numbers, slopes, strict=True)]
        assert [p.data for p in parameters] == pytest.approx(numbers, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", RULES)
def test_the_rule_moves_an_array_as_it_moves_its_numbers(name):
    make, _ = RULES[name]
    slopes = np.random.default_rng(0).normal(size=(10, 4))
    parameters = [Value(x) for x in (3.0, -0.7, 0.0, 1e-3)]
    optimizer, of_arrays = make(parameters), make(parameters)
    numbers = np.array([parameter.data for parameter in parameters])
    memory = [np.array(column) for column in of_arrays.memory]
    for row in slopes:
        numbers, *memory = of_arrays.moved(numbers, row, *memory)
        of_arrays.steps += 1
        for parameter, slope in zip(parameters, row.tolist(), strict=True):
            parameter.grad = slope
        optimizer.step()
    assert numbers.tolist() == pytest.approx([p.data for p in parameters], rel=1e-14)


def test_weight_decay_adds_to_the_slope():
    x = Value(2.0)
    optimizer = SGD([x], lr=0.5, weight_decay=0.25)
    x.grad = 1.0
    optimizer.step()
    assert x.data == 2.0 - 0.5 * (1.0 + 0.25 * 2.0)


# ---- steps by hand


def test_step_moves_against_the_gradient():
    x, y = Value(3.0), Value(-1.0)
    optimizer = SGD([x, y], lr=0.25)
    (x * x + 2 * y).backward()
    optimizer.step()
    assert (x.data, y.data) == (3.0 - 0.25 * 6.0, -1.0 - 0.25 * 2.0)
    optimizer.zero_grad()
    assert (x.grad, y.grad) == (0.0, 0.0)


def test_lr_may_change_between_steps():
    x = Value(1.0)
    optimizer = SGD([x], lr=1.0)
    x.backward()
    optimizer.lr = 0.125
    optimizer.step()
    assert x.data == 0.875


def test_lr_may_be_a_function_of_the_steps_made():
    x = Value(0.0)
    optimizer = SGD([x], lr=StepDecay(1.0, every=2, factor=0.5))
    x.grad = -1.0
    rates = []
    for _ in range(5):
        rates.append(optimizer.rate)
        optimizer.step()
    assert rates == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert x.data == sum(rates)
    assert optimizer.steps == 5


@pytest.mark.parametrize("name", RULES)
def test_it_finds_the_minimum(name):
    x, y = Value(5.0), Value(-4.0)
    settings = {"weight_decay": 0.0} if name == "AdamW" else {}
    optimizer = RULES[name][0]((p for p in (x, y)), **settings)
    optimizer.lr = StepDecay(1.0 if name == "AdaGrad" else 0.1, every=300, factor=0.1)
    for _ in range(1200):
        optimizer.zero_grad()
        ((x - 2) ** 2 + 3 * (y + 1) ** 2).backward()
        optimizer.step()
    assert (x.data, y.data) == pytest.approx((2.0, -1.0), abs=1e-3)


def test_numbers_beyond_bounds_pass_without_an_error():
    for name, (make, _) in RULES.items():
        for slope in (float("inf"), float("nan"), 1e200, 0.0):
            x = Value(1.0)
            optimizer = make([x])
            x.grad = slope
            optimizer.step()
            assert isinstance(x.data, float), name


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_an_interrupted_step_is_all_or_nothing(name, interrupt_after):
    make, _ = RULES[name]

    def prepared():
        model = MLP(2, [2, 1])
        model([1.0, 2.0]).backward()
        return model, make(model.parameters())

    def state(model, optimizer):
        return [parameter.data for parameter in model.parameters()], optimizer.state_dict()

    model, optimizer = prepared()
    before = state(model, optimizer)
    optimizer.step()
    after = state(model, optimizer)
    assert before != after
    outcomes = []
    for events in range(1000):
        model, optimizer = prepared()
        try:
            interrupt_after(events, optimizer.step, ("optim.py", "state.py"))
        except KeyboardInterrupt:
            outcomes.append(state(model, optimizer))
        else:
            break
    assert before in outcomes
    assert after in outcomes
    assert [outcome for outcome in outcomes if outcome not in (before, after)] == []


# ---- states


@pytest.mark.parametrize("name", RULES)
def test_a_state_goes_on_elsewhere(name):
    make, _ = RULES[name]
    slopes = np.random.default_rng(1).normal(size=(12, 3)).tolist()

    def walked(parameters, optimizer, steps):
        for row in steps:
            for parameter, slope in zip(parameters, row, strict=True):
                parameter.grad = slope
            optimizer.step()
        return [parameter.data for parameter in parameters]

    parameters = [Value(1.0), Value(2.0), Value(3.0)]
    optimizer = make(parameters)
    half = walked(parameters, optimizer, slopes[:6])
    state = json.loads(json.dumps(optimizer.state_dict()))
    whole = walked(parameters, optimizer, slopes[6:])

    elsewhere = [Value(number) for number in half]
    successor = make(elsewhere)
    successor.load_state_dict(state)
    assert successor.state_dict() == state
    assert walked(elsewhere, successor, slopes[6:]) == whole


def test_a_state_holds_an_lr_that_is_a_number():
    optimizer, successor = SGD([Value(1.0)], lr=0.5), SGD([Value(1.0)], lr=0.1)
    optimizer.lr = 0.25
    successor.load_state_dict(optimizer.state_dict())
    assert successor.lr == 0.25
    assert "lr" not in SGD([Value(1.0)], lr=StepDecay(1.0, every=2)).state_dict()


@pytest.mark.parametrize(
    ("state_of", "message"),
    [
        (SGD([Value(1.0)], lr=0.1), "the state of SGD, not of Adam"),
        (AdamW([Value(1.0)]), "the state of AdamW, not of Adam"),
        (
            Adam([Value(1.0), Value(2.0)]),
            r"remembers {'slopes': 1, 'squares': 1} .* but the state holds {'slopes': 2,",
        ),
    ],
)
def test_a_state_of_something_else(state_of, message):
    optimizer = Adam([Value(1.0)])
    before = optimizer.state_dict()
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state_of.state_dict())
    assert optimizer.state_dict() == before


def test_a_state_with_another_momentum():
    state = SGD([Value(1.0)], lr=0.1, momentum=0.9).state_dict()
    with pytest.raises(ValueError, match=r"remembers nothing .* holds {'velocity': 1}"):
        SGD([Value(1.0)], lr=0.1).load_state_dict(state)


@pytest.mark.parametrize("kind", [AdaGrad, RMSProp, Adam, AdamW])
def test_a_square_below_0(kind):
    optimizer = kind([Value(1.0)])
    state = optimizer.state_dict()
    state["memory"]["squares"] = [-1.0]  # its root would make complex numbers of the parameters
    with pytest.raises(ValueError, match=r"no square is below 0, and the state holds -1\.0"):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict()["memory"]["squares"] == [0.0]


def test_a_state_that_is_not_whole():
    optimizer = SGD([Value(1.0)], lr=0.1)
    with pytest.raises(ValueError, match="no state of SGD: it holds no steps and no memory"):
        optimizer.load_state_dict({"optimizer": "SGD"})
    with pytest.raises(ValueError, match=r"it holds no memory$"):
        optimizer.load_state_dict({"optimizer": "SGD", "steps": 1})


# ---- refusals


@pytest.mark.parametrize(
    ("parameters", "lr", "error", "message"),
    [
        ([], 0.1, ValueError, r"SGD was given no parameters: pass model\.parameters\(\)"),
        (Value(1.0), 0.1, TypeError, r"list of Values, got a Value: pass model\.parameters\(\)"),
        (MLP(1, [1]), 0.1, TypeError, r"list of Values, got a MLP: pass model\.parameters\(\)"),
        (MLP(1, [1]).parameters() * 2, 0.1, ValueError, "a parameter was given twice"),
        ([Value(1.0)], "0.1", ValueError, "greater than 0, got '0.1'; or a function of"),
        ([Value(1.0)], None, ValueError, "greater than 0, got None"),
        ([1.0], 0.1, TypeError, r"a parameter is a Value, got 1\.0"),
        ([Value(1.0)], 0.0, ValueError, r"greater than 0, got 0\.0"),
        ([Value(1.0)], float("nan"), ValueError, "greater than 0, got nan"),
    ],
)
def test_what_it_refuses(parameters, lr, error, message):
    with pytest.raises(error, match=message):
        SGD(parameters, lr=lr)


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (SGD, {"momentum": 1.0}, r"momentum is .* in \[0, 1\), got 1\.0"),
        (SGD, {"nesterov": True}, "nesterov .*: give momentum=0.9"),
        (SGD, {"weight_decay": -0.1}, r"weight_decay .* at least 0, got -0\.1"),
        (AdaGrad, {"eps": 0.0}, r"eps keeps a quotient finite, greater than 0, got 0\.0"),
        (RMSProp, {"alpha": -0.1}, r"alpha is .* in \[0, 1\), got -0\.1"),
        (Adam, {"betas": (0.9, 1.0)}, r"betas\[1\] is .* in \[0, 1\), got 1\.0"),
        (Adam, {"betas": (0.9,)}, r"betas is a pair .* got \(0\.9,\)"),
        (AdamW, {"betas": 0.9}, r"betas is a pair .* got 0\.9"),
        (AdamW, {"weight_decay": float("nan")}, "weight_decay .* got nan"),
    ],
)
def test_settings_out_of_their_range(make, settings, message):
    with pytest.raises(ValueError, match=message):
        make([Value(1.0)], lr=0.1, **settings)


def test_a_subclass_writes_the_rule():
    class Sign(Optimizer):
        def moved(self, number, slope, *_):
            return (number - self.rate * (slope > 0) + self.rate * (slope < 0),)

    x, y = Value(1.0), Value(1.0)
    x.grad, y.grad = 5.0, -0.1
    Sign([x, y], lr=0.5).step()
    assert (x.data, y.data) == (0.5, 1.5)
    with pytest.raises(NotImplementedError, match=r"Optimizer has no rule: define moved\(self"):
        Optimizer([x], lr=0.1).step()
