"""Schedules at the steps where something happens; PyTorch's in tests/crosscheck."""

from math import cos, pi

import pytest

from nn import Cosine, StepDecay, WarmUp


def test_step_decay():
    schedule = StepDecay(0.8, every=3, factor=0.25)
    assert [schedule(step) for step in range(7)] == [0.8] * 3 + [0.2] * 3 + [0.05]
    assert StepDecay(1.0, every=1)(1) == 0.1


def test_cosine():
    schedule = Cosine(0.9, steps=40, final=0.1)
    assert schedule(0) == 0.9
    assert schedule(10) == pytest.approx(0.5 + 0.4 * cos(pi / 4), rel=1e-15)
    assert schedule(20) == pytest.approx(0.5, rel=1e-15)
    assert [schedule(step) for step in (40, 41, 1000)] == [0.1] * 3


def test_warm_up_then_a_rate():
    assert [WarmUp(4, then=0.2)(step) for step in (0, 1, 3, 4, 99)] == [0.05, 0.1, 0.2, 0.2, 0.2]


def test_warm_up_then_a_schedule_from_its_beginning():
    cosine = Cosine(0.2, steps=10)
    schedule = WarmUp(4, then=cosine)
    assert [schedule(step) for step in range(4)] == [0.05, 0.1, 0.2 * 0.75, 0.2]
    assert [schedule(4 + step) for step in range(12)] == [cosine(step) for step in range(12)]


def test_schedules_print_what_they_are():
    assert repr(WarmUp(4, then=Cosine(0.2, steps=10))) == (
        "WarmUp(steps=4, then=Cosine(lr=0.2, steps=10, final=0.0))"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: StepDecay(0.0, every=3), r"lr is the size of a step, greater than 0, got 0\.0"),
        (lambda: StepDecay(0.1, every=0), "every is a number of steps, at least 1, got 0"),
        (lambda: Cosine(0.1, steps=2.5), r"steps is a number of steps, at least 1, got 2\.5"),
        (lambda: Cosine(float("nan"), steps=2), "lr is .*, got nan"),
        (lambda: WarmUp(0, then=0.1), "steps is a number of steps, at least 1, got 0"),
        (lambda: WarmUp(3, then=-0.1), r"lr is .*, got -0\.1"),
    ],
)
def test_what_they_refuse(make, message):
    with pytest.raises(ValueError, match=message):
        make()
