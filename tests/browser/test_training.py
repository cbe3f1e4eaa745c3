"""A training on a page: the slider over time, the boundary, a point and its own graph."""

import pytest

import nn
from tests.browser.graphs import box, text

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


@pytest.fixture(scope="module")
def trained():
    model = nn.MLP(2, [4, 1], activation="tanh", output="sigmoid", seed=1)
    recorder = nn.Recorder(model, X, Y, every=2)
    nn.fit(
        model, X, Y, loss="binary_cross_entropy", epochs=400, callbacks=[recorder], progress=False,
        optimizer=nn.SGD(model.parameters(), lr=1.0),
    )  # fmt: skip
    return model, recorder


@pytest.fixture
def tab(show, trained):
    return show(trained[1].explore())


def answers(tab):
    """The class of the cell under each of the four points."""
    return tab.evaluate(
        """() => [...document.querySelectorAll(".point")].map((point) => {
          const at = point.lastChild.getBBox();
          const [x, y] = [at.x + at.width / 2, at.y + at.height / 2];
          const inside = ({ x: { baseVal: { value: a } }, y: { baseVal: { value: b } } }) =>
            a <= x && x < a + SIDE / GRID && b <= y && y < b + SIDE / GRID;
          return training.cells.find(inside).getAttribute("class");
        })"""
    )


def test_the_page_opens_at_the_end_of_the_training(tab, trained):
    _, recorder = trained
    assert tab.get_attribute("#tab-training", "aria-selected") == "true"
    assert text(tab, "#when") == f"epoch 400: loss {recorder.losses[-1]:.4g}"
    assert answers(tab) == ["below", "above", "above", "below"]


def test_back_in_time(tab, trained):
    _, recorder = trained
    here = tab.get_attribute("#here", "cy")
    weight = tab.locator(".number").first.text_content()
    tab.fill("#time", "0")
    assert text(tab, "#when") == f"epoch 0: loss {recorder.losses[0]:.4g}"
    assert answers(tab) != ["below", "above", "above", "below"]
    assert float(tab.get_attribute("#here", "cy")) < float(here)  # the loss was higher
    assert tab.locator(".number").first.text_content() != weight


def test_a_point_opens_its_own_graph(tab, trained):
    model, _ = trained
    tab.click("[data-point='2']")
    assert tab.get_attribute("#tab-steps", "aria-selected") == "true"
    assert (box(tab, "x0", "value"), box(tab, "x1", "value")) == ("1", "0")
    assert tab.evaluate("document.activeElement.id") == "tab-steps"
    found = tab.evaluate("model.values[engine.root]")
    assert found == pytest.approx(float(model(X[2])), abs=1e-7)
    tab.click("#tab-training")
    tab.focus("[data-point='1']")
    tab.keyboard.press("Enter")
    assert (box(tab, "x0", "value"), box(tab, "x1", "value")) == ("0", "1")


def test_classes_differ_by_shape_too(tab):
    shapes = tab.eval_on_selector_all(".point", "all => all.map((g) => g.lastChild.tagName)")
    assert shapes == ["rect", "circle", "circle", "rect"]


def test_no_weight_hides_another(tab):
    hidden = tab.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll(".number")].map((text) => text.getBBox());
          const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width &&
            a.y + 2 < b.y + b.height && b.y + 2 < a.y + a.height;
          return boxes.map((a, i) => boxes.slice(i + 1).filter((b) => meet(a, b)).length);
        }"""
    )
    assert len(hidden) == 12
    assert sum(hidden) == 0


def test_what_the_network_answers_for_the_chosen_point_is_said(tab, trained):
    model, _ = trained
    for place, (x, y) in enumerate(X):
        tab.click(f"[data-point='{place}']")
        tab.click("#tab-training")
        said = f"{float(model([x, y])):.4g}"
        assert text(tab, "#answered").startswith(f"At ({x}, {y}) it answers {said}.")
        assert tab.locator(".box.scope").last.text_content().count(said) == 1
        assert tab.get_attribute(".point.chosen", "data-point") == str(place)
