"""Predict a gradient: right, and each way to be wrong, named."""

import pytest

from autograd_mini import Value, explore, sqrt, tanh
from tests.browser.graphs import box, leaf, neuron, shared, text


def answer(tab, name, typed):
    tab.evaluate(
        "(name) => ask(data.nodes.find((node) => node.name === name).id)",
        name,
    )
    tab.fill("#answer", typed)
    tab.keyboard.press("Enter")
    return text(tab, "#verdict")


@pytest.fixture
def quiz(show):
    def opened(value):
        tab = show(explore(value))
        tab.click("#tab-predict")
        return tab

    return opened


def test_gradients_are_hidden_until_they_are_known(quiz):
    tab = quiz(neuron())
    assert text(tab, "#question") == "What is the gradient of v2?"
    assert [box(tab, name) for name in ("y", "v2", "w")] == ["grad 1", "grad ?", "grad …"]
    tab.fill("#answer", "0.36")
    tab.click("#check")
    assert text(tab, "#verdict") == "✓ Right: the gradient of v2 is 0.359201."
    assert box(tab, "v2") == "grad 0.359201"
    tab.click("#another")
    assert text(tab, "#question") != "What is the gradient of v2?"
    assert tab.evaluate("document.activeElement.id") == "answer"


def test_another_box_is_asked_for(quiz):
    tab = quiz(neuron())
    leaf(tab, "w").click()
    assert text(tab, "#question") == "What is the gradient of w?"
    leaf(tab, "x").focus()
    tab.keyboard.press("Enter")
    assert text(tab, "#question") == "What is the gradient of x?"


@pytest.mark.parametrize(
    ("name", "typed", "verdict"),
    [
        ("x", "-2", "✓ Right: the gradient of x is −2, the sum of −3 + 1."),
        ("x", "−2", "✓ Right"),
        ("x", "1", "✗ You overwrote instead of adding: 2 contributions arrive, and that is one"),
        ("x", "-3", "✗ You overwrote instead of adding"),
        ("x", "2", "✗ The size is right, the sign is not."),
        ("x", "3", "✗ You used the wrong operand: that is the slope in y."),
        ("x", "17", "✗ Not yet. It is upstream × local derivative, added up: 1 × … + 1 × …."),
        ("x", "two", "✗ Type a number, as in -0.25."),
        ("x", "", "✗ Type a number"),
    ],
)
def test_sums(quiz, name, typed, verdict):
    assert answer(quiz(shared()), name, typed).startswith(verdict)


@pytest.mark.parametrize(
    ("name", "typed", "verdict"),
    [
        ("w", "0.72", "✓ Right: the gradient of w is 0.718403."),
        ("w", "-0.718", "✗ The size is right, the sign is not."),
        ("w", "0.359", "✗ You left the local derivative out: that is what arrives upstream."),
        ("w", "2", "✗ You left the upstream gradient out: that is the local derivative."),
        ("w", "0.1796", "✗ You used the wrong operand: that is the slope in x."),
        ("w", "0.5", "✗ That is the value, not the gradient."),
        ("w", "9", "✗ Not yet. It is upstream × local derivative: 0.359201 × …."),
    ],
)
def test_products(quiz, name, typed, verdict):
    assert answer(quiz(neuron()), name, typed).startswith(verdict)


def test_a_wrong_answer_near_the_right_one_is_wrong(quiz):
    x = Value(1.0, "x")
    z = 500.0 * x + x  # 501, and one of the two terms is nearly that
    tab = quiz(z)
    assert "overwrote" in answer(tab, "x", "500")
    assert "Right" in answer(tab, "x", "501")


def test_predictions_follow_an_edit(show):
    tab = show(explore(tanh(Value(0.5, "w") * Value(2.0, "x"))))
    tab.fill("[aria-label='the value of w']", "0")
    tab.click("#tab-predict")
    assert "Right" in answer(tab, "w", "2")


def test_an_infinite_gradient_is_no_excuse_for_any_answer(show):
    tab = show(explore(sqrt(Value(0.0, "x"))))
    tab.click("#tab-predict")
    for typed, verdict in (("5", "wrong"), ("-3", "wrong"), ("inf", "right"), ("∞", "right")):
        tab.fill("#answer", typed)
        tab.click("#check")
        assert verdict in tab.get_attribute("#verdict", "class"), typed


def test_full_width_digits_are_numbers(show):
    tab = show(explore(Value(2.0, "x") * 3))
    tab.click("#tab-predict")
    tab.fill("#answer", "３")
    tab.click("#check")
    assert "right" in tab.get_attribute("#verdict", "class")
