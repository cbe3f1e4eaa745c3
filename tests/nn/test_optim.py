"""Steps by hand, and steps that are interrupted."""

import pytest

from autograd_mini import Value
from nn import MLP, SGD


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


def test_it_finds_the_minimum():
    x, y = Value(5.0), Value(-4.0)
    optimizer = SGD((p for p in (x, y)), lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        ((x - 2) ** 2 + 3 * (y + 1) ** 2).backward()
        optimizer.step()
    assert (x.data, y.data) == pytest.approx((2.0, -1.0), abs=1e-12)


def test_an_interrupted_step_is_all_or_nothing(interrupt_after):
    model = MLP(2, [2, 1])
    model([1.0, 2.0]).backward()
    optimizer = SGD(model.parameters(), lr=0.5)
    before = [parameter.data for parameter in model.parameters()]
    after = [parameter.data - 0.5 * parameter.grad for parameter in model.parameters()]
    outcomes = []
    for events in range(1000):
        for parameter, number in zip(model.parameters(), before, strict=True):
            parameter.data = number
        try:
            interrupt_after(events, optimizer.step, ("optim.py",))
        except KeyboardInterrupt:
            outcomes.append([parameter.data for parameter in model.parameters()])
        else:
            break
    assert before in outcomes
    assert after in outcomes
    assert [outcome for outcome in outcomes if outcome not in (before, after)] == []


@pytest.mark.parametrize(
    ("parameters", "lr", "error", "message"),
    [
        ([], 0.1, ValueError, r"no parameters: pass model\.parameters\(\)"),
        ([1.0], 0.1, TypeError, r"a parameter is a Value, got 1\.0"),
        ([Value(1.0)], 0.0, ValueError, r"greater than 0, got 0\.0"),
        ([Value(1.0)], float("nan"), ValueError, "greater than 0, got nan"),
    ],
)
def test_what_it_refuses(parameters, lr, error, message):
    with pytest.raises(error, match=message):
        SGD(parameters, lr=lr)
