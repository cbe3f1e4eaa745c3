"""Forward and back through both passes: buttons, keys, the slider, an address."""

import pytest

from autograd_mini import explore
from autograd_mini.show import explorer
from tests.browser.graphs import box, neuron, shared, text, twice


def test_buttons_go_through_both_passes(show):
    tab = show(explore(neuron()))
    assert text(tab, "#counter") == "0 of 9"
    assert text(tab, "#sentence").startswith("Nothing has been computed yet")
    assert box(tab, "y", "value") == ""
    said = []
    for _ in range(9):
        tab.click("#forth")
        said.append(text(tab, "#sentence"))
    assert said[0] == "Forward: v1 = w * x = 1."
    assert said[3] == "Backward: the gradient of y in itself is 1."
    assert said[4] == (
        "Backward, y to v2: upstream 1 × local derivative ((1 / cosh(v2)) ** 2 = 0.359201) "
        "= 0.359201."
    )
    assert tab.is_disabled("#forth")
    assert box(tab, "y", "value") == "0.800499"
    assert box(tab, "w") == "grad 0.718403"
    tab.click("#back")
    assert text(tab, "#counter") == "8 of 9"
    tab.click("#first")
    assert box(tab, "w") == ""
    tab.click("#last")
    assert box(tab, "w") == "grad 0.718403"


def test_keys_step_where_nothing_is_typed(show):
    tab = show(explore(neuron()))
    for key, counter in [
        *(("ArrowRight", "1 of 9"), ("ArrowRight", "2 of 9"), ("ArrowLeft", "1 of 9")),
        *(("End", "9 of 9"), ("Home", "0 of 9")),
    ]:
        tab.keyboard.press(key)
        assert text(tab, "#counter") == counter
    tab.focus("[data-row] input[type=number]")
    tab.keyboard.press("ArrowRight")
    assert text(tab, "#counter") == "0 of 9"


def test_the_slider_and_the_address(show):
    tab = show(explore(neuron()), "step=7")
    assert text(tab, "#counter") == "7 of 9"
    tab.fill("#slider", "4")
    assert text(tab, "#counter") == "4 of 9"
    assert tab.url.endswith("#step=4")
    tab.evaluate("location.hash = 'step=2'")
    tab.wait_for_function("document.getElementById('counter').textContent === '2 of 9'")
    assert text(show(explore(neuron()), "step=99"), "#counter") == "9 of 9"


def test_an_address_leads_to_its_step_from_any_tab(show):
    tab = show(explore(neuron()))
    tab.click("#tab-predict")
    tab.evaluate("location.hash = '#step=3'")
    tab.wait_for_function("document.getElementById('counter').textContent === '3 of 9'")
    assert tab.get_attribute("#tab-steps", "aria-selected") == "true"
    assert tab.is_visible("#stepper")


def test_the_table_knows_no_more_than_the_step(show):
    tab = show(explore(shared()))

    def cells(name):
        row = tab.locator("[data-row]").filter(has=tab.locator(f".name[title={name}]"))
        value = row.locator(".value").all_text_contents()
        return [*value, *row.locator("td:not(:first-child)").all_text_contents()]

    assert cells("z") == ["—", "—", "—"]
    assert cells("x") == ["—", "—"]  # a leaf, whose value stands in a field
    for _ in range(2):
        tab.click("#forth")
    assert cells("z") == ["−4", "—", "—"]
    tab.click("#forth")
    assert cells("z")[1] == "1"
    assert cells("z")[2].startswith("1±")
    tab.click("#forth")
    tab.click("#forth")
    assert cells("x") == ["1", "—"]  # more is to come, so that it is not compared yet
    tab.click("#last")
    assert cells("x")[0] == "−2"
    assert cells("x")[1].startswith("−2±")
    tab.click("#first")
    assert cells("z") == ["—", "—", "—"]


def test_node_edge_and_sentence_light_up_together(show):
    tab = show(explore(neuron()), "step=8")
    lit = tab.locator(".box.lit .name").all_text_contents()
    edges = tab.locator(".number.lit").all_text_contents()
    assert (lit, edges) == (["w"], ["2"])
    assert tab.locator(".edge.lit title").all_text_contents() == ["∂v1/∂w = x"]
    assert tab.locator(".box.from .name").all_text_contents() == ["v1"]
    assert text(tab, "#sentence") == (
        "Backward, v1 to w: upstream 0.359201 × local derivative (x = 2) = 0.718403."
    )
    assert tab.get_attribute("#told", "aria-live") == "polite"


def test_a_gradient_grows_term_by_term(show):
    tab = show(explore(shared()))
    totals = []
    for _ in range(8):
        tab.click("#forth")
        if "Gradient of x" in text(tab, "#sum"):
            totals.append((text(tab, "#sum"), text(tab, "#sum mark")))
            assert box(tab, "x") == ("grad 1" if len(totals) == 1 else "grad −2")
        if tab.is_disabled("#forth"):
            break
    assert totals == [
        ("Gradient of x = 1 — one more to come", "1"),
        ("Gradient of x = 1 + (−3) = −2 — final", "(−3)"),
    ]


def test_two_edges_between_two_boxes_are_seen_apart(show):
    tab = show(explore(twice()))
    paths = tab.eval_on_selector_all(".edge path", "all => all.map((p) => p.getAttribute('d'))")
    assert len(paths) == len(set(paths)) == 4
    assert tab.locator(".edge title").all_text_contents() == [
        *("∂b/∂a[1] = 1", "∂b/∂a[2] = 1", "∂c/∂b[1] = 1", "∂c/∂b[2] = 1")
    ]


@pytest.mark.parametrize("size", [61, 400])
def test_a_long_graph_scrolls_to_the_step(show, size):
    y = shared()
    for _ in range(size):
        y = y + 1.0
    tab = show(
        explore(y), "step=1", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    width = tab.evaluate("document.documentElement.scrollWidth")
    assert width <= 1280
    tab.click("#last")
    tab.click("#first")
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    frame, lit = (tab.locator(s).bounding_box() for s in ("#graph", ".box.lit rect"))
    assert frame["x"] <= lit["x"]
    assert lit["x"] + lit["width"] <= frame["x"] + frame["width"]


def test_every_script_is_on_the_page():
    page = explore(neuron()).html
    files = {path.name for path in explorer.PAGE.glob("*.js")}
    assert files == set(explorer.SCRIPTS)
    assert "/* " not in page.split("<body>")[0].split("<style>")[0]
