"""Leaves are edited and dragged, and every number follows; each gradient is measured beside."""

import math
import sys

import pytest

from autograd_mini import Value, define_primitive, explore, tanh
from autograd_mini.primitives import TABLE
from tests.browser.graphs import box, gradient, leaf, neuron, shared, text


def right(w, x, b):
    slope = 1 / math.cosh(w * x + b) ** 2
    return {"w": slope * x, "x": slope * w, "b": slope, "v1": slope, "v2": slope, "y": 1.0}


def assert_follows(tab, **leaves):
    for name, wanted in right(**leaves).items():
        found, measured = gradient(tab, name)
        assert found == pytest.approx(wanted, rel=2e-5)
        assert measured == pytest.approx(wanted, rel=2e-5)


def test_every_gradient_has_its_finite_difference(show):
    tab = show(explore(neuron()), "step=99")
    assert_follows(tab, w=0.5, x=2.0, b=0.1)
    bounds = tab.locator("td.measured small").all_text_contents()
    assert len(bounds) == 6
    assert all(1e-17 < float(bound[2:].replace("−", "-")) < 1e-9 for bound in bounds)


def test_a_number_is_typed_and_taken_back(show):
    tab = show(explore(neuron()), "step=9")
    assert tab.is_disabled("#reset")
    tab.fill("[aria-label='the value of w']", "-1.5")
    assert_follows(tab, w=-1.5, x=2.0, b=0.1)
    assert box(tab, "w", "value") == "−1.5"
    assert box(tab, "y", "value") == "−0.993963"
    tab.fill("[aria-label='the value of w']", "")
    assert_follows(tab, w=-1.5, x=2.0, b=0.1)
    assert tab.get_attribute("[aria-label='the value of w']", "placeholder") == "−1.5"
    tab.keyboard.press("Tab")
    assert tab.input_value("[aria-label='the value of w']") == "-1.5"
    tab.click("#reset")
    assert_follows(tab, w=0.5, x=2.0, b=0.1)


def test_a_slider_in_the_table(show):
    tab = show(explore(neuron()), "step=99")
    tab.fill("[aria-label='drag the value of b']", "0.6")
    assert_follows(tab, w=0.5, x=2.0, b=0.6)


def test_a_box_is_dragged(show):
    tab = show(explore(neuron()), "step=99")
    at = leaf(tab, "x").bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 60, y, steps=5)
    tab.mouse.up()
    assert box(tab, "x", "value") == "3.6"  # 60 of the 150 pixels that are 4
    assert_follows(tab, w=0.5, x=3.6, b=0.1)
    assert tab.locator(".box.chosen").count() == 0  # it was dragged, not chosen


def test_a_box_moves_by_keys(show):
    tab = show(explore(neuron()), "step=99")
    leaf(tab, "b").focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowDown", "PageUp"):
        tab.keyboard.press(key)
    assert box(tab, "b", "value") == "0.21"
    assert leaf(tab, "b").get_attribute("role") == "slider"
    assert leaf(tab, "b").get_attribute("aria-valuenow") == "0.21"


def test_a_chosen_box_comes_first_in_the_table(show):
    tab = show(explore(neuron()), "step=9")
    tab.click(".box.result")
    assert tab.locator("[data-row] .name").first.text_content().strip() == "v1 = w * x"
    assert tab.locator(".box.chosen .name").all_text_contents() == ["v1"]
    tab.locator(".box.chosen").focus()
    tab.keyboard.press("Enter")
    assert tab.locator(".box.chosen").count() == 0


def test_a_formula_of_the_other_branch_is_not_shown(show):
    x = Value(2.0, "x")
    tab = show(explore((x * 3).relu()), "step=4")
    assert "local derivative (1)" in text(tab, "#sentence")
    tab.fill("[aria-label='the value of x']", "-2")
    assert "local derivative (0)" in text(tab, "#sentence")
    said = tab.locator(".edge title").all_text_contents()
    assert said == ["∂v1/∂x = 3", "∂v2/∂v1"]
    tab.click("#reset")
    assert tab.locator(".edge title").all_text_contents() == ["∂v1/∂x = 3", "∂v2/∂v1 = 1"]


def test_an_operation_that_the_page_cannot_run_shows_what_was_recorded(show, monkeypatch):
    monkeypatch.setitem(TABLE, "cube here", None)  # removed again afterwards
    cube = define_primitive("cube here", lambda x: x**3, lambda out, x: 3 * x**2)
    tab = show(explore(cube(Value(2.0, "x")) * 5), "step=5")
    assert "this page cannot run cube here, so none can be edited" in text(tab, "#panel")
    assert tab.locator("input[type=number]").count() == 0
    assert box(tab, "x") == "grad 60"
    assert text(tab, "td.measured") == "—"


def test_the_page_begins_with_numbers_that_were_changed_after_the_recording(show):
    out = neuron()
    out.backward()
    tab = show(explore(out), "step=99")
    assert "were changed after the recording" not in text(tab, "#panel")
    out.parents[0].parents[1].data = 0.6
    tab = show(explore(out), "step=99")
    assert "Numbers were changed after the recording: this page" in text(tab, "#panel")
    assert_follows(tab, w=0.5, x=2.0, b=0.6)
    tab.click("#language")
    assert "記録の後に数値が変更されています" in text(tab, "#panel")


def test_where_nothing_can_be_measured(show):
    tab = show(explore(tanh(Value(0.0, "x").log())), "step=99")
    assert text(tab, "td.measured") == "not finite"


def field(tab, name, kind="number"):
    place = {"number": "the value of", "range": "drag the value of"}[kind]
    return tab.locator(f"[aria-label='{place} {name}']")


def test_a_field_holds_the_exact_number(show):
    tab = show(explore(Value(123456789.123, "x") * Value(0.1 + 0.2, "y") * Value(-0.0, "z")))
    values = [field(tab, name).input_value() for name in "xyz"]
    assert values == ["123456789.123", "0.30000000000000004", "-0"]
    field(tab, "x", "range").focus()
    tab.keyboard.press("End")
    assert field(tab, "x").input_value() == "370000000"


def test_the_largest_floats_are_dragged_within_the_floats(show):
    tab = show(explore(Value(1.7e308, "x") * 1e-308))
    ends = [leaf(tab, "x").get_attribute(f"aria-value{end}") for end in ("min", "max")]
    assert [float(end) for end in ends] == [pytest.approx(1.25e308, rel=0.01), sys.float_info.max]
    assert field(tab, "x", "range").input_value() == "1.7e+308"
    leaf(tab, "x").focus()
    for _ in range(30):
        tab.keyboard.press("ArrowUp")
    assert float(field(tab, "x").input_value()) == pytest.approx(1.79e308, rel=0.01)
    assert "∞" not in text(tab, "#graph")


def test_what_is_no_finite_number_is_typed_and_not_dragged(show):
    x, y = Value(math.inf, "x"), Value(math.nan, "y")
    tab = show(explore(x * y), "step=99")
    assert tab.locator("td input[type=range], [role=slider]").count() == 0
    shown = [field(tab, name).get_attribute("placeholder") for name in "xy"]
    assert shown == ["∞", "nan"]
    field(tab, "x").fill("2")
    field(tab, "y").fill("3")
    assert gradient(tab, "x") == [3.0, pytest.approx(3.0)]
    leaf(tab, "x").click()
    assert tab.locator(".box.chosen .name").all_text_contents() == ["x"]
    tab.click("#reset")
    assert box(tab, "x", "value") == "∞"


def test_at_a_kink_both_sides_are_measured(show):
    tab = show(explore(Value(0.0, "x").relu() * 1.5), "step=99")
    measured = tab.locator("td.measured").first
    assert text(tab, "td.gradient") == "0"
    assert measured.evaluate("cell => cell.innerText.split('\\n')") == [
        *("a corner", "left 0", "right 1.5")
    ]
    tab.click("#language")
    assert measured.text_content() == "角左 0右 1.5"
    tab.fill("[aria-label='x の値']", "1e-9")
    assert measured.text_content().startswith("1.5±")
    tab = show(explore(Value(0.0, "x").sign()), "step=99")
    assert text(tab, "td.measured") == "a jump"


def test_shared_leaf_follows(show):
    tab = show(explore(shared()), "step=99")
    tab.fill("[aria-label='the value of y']", "4")
    assert gradient(tab, "x") == [5.0, pytest.approx(5.0)]
