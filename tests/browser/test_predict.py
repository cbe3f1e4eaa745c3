"""Predict a gradient: right, and each way to be wrong, named."""

import pytest

import nn
from autograd_mini import Value, define_primitive, explore, sqrt, tanh
from autograd_mini.primitives import TABLE
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
        ("x", "-2", "✓ Right: the gradient of x is −2, the sum of 1 + (−3)."),
        ("x", "−2", "✓ Right"),
        (
            "x",
            "-3",
            "✗ You overwrote instead of adding: 2 contributions arrive, and",
        ),
        (
            "x",
            "1",
            "✗ You left out part of the sum: 2 contributions arrive,",
        ),
        ("x", "4", "✗ One term of the sum has the wrong sign."),
        ("x", "2", "✗ The size is right, the sign is not."),
        ("x", "3", "✗ You used the wrong operand: that is the slope in y."),
        ("x", "17", "✗ Not yet. It is upstream × local derivative, added up: 1 × … + 1 × …"),
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
        ("w", "9", "✗ Not yet. It is upstream × local derivative: 0.359201 × …"),
    ],
)
def test_products(quiz, name, typed, verdict):
    assert answer(quiz(neuron()), name, typed).startswith(verdict)


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("1", "You overwrote"),  # v1 = x * x, whose two contributions come last
        ("-10", "You left out part of the sum: 3"),
        ("-9", "You left out part of the sum"),  # without one of v1's
        ("2", "You left out part of the sum"),
    ],
)
def test_a_sum_of_three(quiz, typed, verdict):
    x = Value(1.0, "x")
    assert verdict in answer(quiz(x * x - 10 * x), "x", typed)


def test_no_slope_in_a_constant_is_a_wrong_operand(quiz, monkeypatch):
    monkeypatch.setitem(TABLE, "cube here", None)  # removed again afterwards
    cube = define_primitive("cube here", lambda x: x**3, lambda out, x: 3 * x**2)
    assert "operand" not in answer(quiz(cube(Value(2.0, "x") * 5)), "x", "0")
    x = Value(3.0, "x")
    assert "operand" not in answer(quiz(x**x), "x", "27")
    assert "operand: that is the slope in y" in answer(quiz(x ** Value(2.0, "y")), "x", "9.9")


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
    assert box(tab, "w") == "grad 2"
    tab.click("#tab-steps")
    tab.fill("[aria-label='the value of w']", "0.1")
    tab.click("#tab-predict")
    assert box(tab, "w") == "grad ?"  # another number, not known yet


def test_an_infinite_gradient_is_no_excuse_for_any_answer(show):
    tab = show(explore(sqrt(Value(0.0, "x"))))
    tab.click("#tab-predict")
    for typed, verdict in (("5", "wrong"), ("-3", "wrong"), ("inf", "right"), ("∞", "right")):
        tab.fill("#answer", typed)
        tab.click("#check")
        assert verdict in tab.get_attribute("#verdict", "class"), typed


def test_where_numbers_are_hidden_those_of_the_question_are_not(quiz):
    model = nn.MLP(2, [12, 12, 1], seed=1)
    tab = quiz(model([1.0, 2.0]))
    for layer in ("layers.1", "layers.0"):
        tab.locator(".box.scope", has_text=layer).click()
    assert tab.locator(".dense").count() == 1
    tab.evaluate("ask(data.nodes.find((node) => node.name === 'layers.1.neurons.3.bias').id)")
    numbers = tab.locator(".number").all()
    assert [number.is_visible() for number in numbers].count(True) == 1


def test_nan_is_an_answer(quiz):
    tab = quiz(Value(-1.0, "x").log() * Value(2.0, "y"))
    assert "Type a number" in answer(tab, "y", "none")
    assert "Right: the gradient of y is nan." in answer(tab, "y", " NaN")
    assert "Not yet" in answer(quiz(neuron()), "w", "nan")


def test_of_a_leaf_alone_there_is_nothing_to_predict(show):
    tab = show(explore(Value(3.0, "x")))
    assert tab.locator("[role=tab]").all_text_contents() == ["Step by step", "Break the engine"]
    tab = show(explore(Value(3.0, "x") * 2))
    tab.click("#tab-predict")
    leaf(tab, "x").click()
    tab.click(".box.result")  # the root, whose gradient is given
    assert text(tab, "#question") == "What is the gradient of x?"


def test_what_was_typed_and_its_verdict_stay(quiz):
    model = nn.MLP(2, [2, 1], seed=1)
    tab = quiz(model([Value(0.3, "x0"), Value(-0.4, "x1")]))
    asked = tab.evaluate("quiz.asked")
    tab.fill("#answer", "12.5")
    for press in ("#language", "#theme", "#scopes button"):
        tab.locator(press).first.click()
        assert tab.input_value("#answer") == "12.5"
        assert text(tab, "#verdict") == ""
    tab.click("#check")
    assert text(tab, "#verdict").startswith("✗ まだです")
    tab.click("#language")
    assert text(tab, "#verdict").startswith("✗ Not yet")
    tab.locator(".box.scope").first.click()
    assert text(tab, "#verdict").startswith("✗ Not yet")
    assert tab.input_value("#answer") == "12.5"
    assert tab.evaluate("quiz.asked") == asked
    tab.click("#another")
    assert (tab.input_value("#answer"), text(tab, "#verdict")) == ("", "")


@pytest.mark.parametrize("mode", ["predict", "breaks"])
def test_where_a_leaf_cannot_be_moved_it_is_no_slider(show, mode):
    tab = show(explore(neuron()))
    assert tab.locator(".box[role=slider]").count() == 3
    tab.click(f"#tab-{mode}")
    assert tab.locator(".box[role=slider]").count() == 0
    leaf(tab, "w").focus()
    tab.keyboard.press("ArrowUp")
    assert box(tab, "w", "value") == "0.5"
    tab.click("#tab-steps")
    assert tab.locator(".box[role=slider]").count() == 3


def test_full_width_digits_are_numbers(show):
    tab = show(explore(Value(2.0, "x") * 3))
    tab.click("#tab-predict")
    tab.fill("#answer", "３")
    tab.click("#check")
    assert "right" in tab.get_attribute("#verdict", "class")
