"""Every animal of the zoo is caught, and named with the line that ran it."""

import inspect

import pytest

from autograd_mini import check_gradients
from autograd_mini.primitives import TABLE
from tests.testing.zoo import RIGHT, ZOO


def by_name(rule):
    return rule.name


@pytest.mark.parametrize("animal", ZOO, ids=by_name)
def test_a_wrong_rule_is_caught_and_named(animal):
    wrong = TABLE[animal.name] = animal.primitive()

    def f(*xs):
        return 2 * wrong(*xs)

    report = check_gradients(f, *animal.at, order=1)
    assert report[0].verdict == "FAIL"
    assert report.culprit.primitive == animal.name
    line = inspect.getsourcelines(f)[1] + 1
    assert f"first wrong operation: {animal.name}(" in str(report)
    assert f" at {__file__}:{line}: " in str(report)


@pytest.mark.parametrize("rule", RIGHT, ids=by_name)
def test_a_right_rule_is_not_refused(rule):
    report = check_gradients(rule.primitive(), *rule.at, order=1)
    at_a_kink = rule.at in [(0.0,), (0.0, 0.0), (1.0, 1.0)]
    assert {row.verdict for row in report} == {"kink" if at_a_kink else "pass"}


def test_the_zoo_is_large():
    assert len({animal.name for animal in ZOO}) == len(ZOO) >= 50
