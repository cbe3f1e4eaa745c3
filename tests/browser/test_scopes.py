"""Modules open and close; a step inside of a closed one is shown by it."""

import pytest

import nn
from autograd_mini import Value, explore, scope
from tests.browser.graphs import leaf, text


def network():
    model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=1)
    return model([Value(0.3, "x0"), Value(-0.4, "x1")])


def names(tab):
    return tab.locator(".box .name").all_text_contents()


def test_a_network_opens_as_layers_and_unfolds_to_scalars(show):
    tab = show(explore(network(), limit=5000))
    assert set(names(tab)) == {"x0", "x1", "▸ layers.0", "▸ layers.1", "▸ layers.2"}
    tab.locator(".box.scope").first.click()
    assert "▸ neurons.15" in names(tab)
    closing = "document.activeElement.getAttribute('aria-label')"
    assert tab.evaluate(closing) == "close MLP / layers.0"
    tab.keyboard.press("Enter")
    assert "▸ neurons.15" not in names(tab)
    assert tab.evaluate(closing) == "open layers.0"
    tab.keyboard.press("Enter")
    tab.locator(".box.scope").first.focus()
    tab.keyboard.press("Enter")
    assert "weights.1" in names(tab)
    tab.evaluate(
        """() => {
          for (const { scope } of data.nodes) scope.forEach((_, i) =>
            model.open.add(JSON.stringify(scope.slice(0, i + 1))));
          drawAll();
        }"""
    )
    assert len(names(tab)) > 400
    tab.click("#forth")
    tab.click("#last")
    assert tab.locator(".box.lit").count() == 1
    assert "more, not listed: choose a box to see its row here" in text(tab, "#panel")
    tab.get_by_role("button", name="close MLP", exact=True).click()
    assert names(tab) == ["▸ MLP"] or set(names(tab)) == {"x0", "x1", "▸ MLP"}


def test_a_step_in_a_closed_scope_lights_the_scope_and_says_so(show):
    tab = show(explore(network()), "step=3")
    assert tab.locator(".box.lit .name").all_text_contents() == ["▸ layers.0"]
    assert "is inside of MLP / layers.0." in text(tab, "#sentence")


def test_inside_of_a_frame_names_are_short(show):
    neuron = nn.MLP(2, [3, 1], seed=1).layers[1].neurons[0]
    tab = show(explore(neuron([Value(1.0, "a.b"), Value(2.0, "b"), Value(3.0, "(c+")])))
    assert {"weights.0", "weights.2", "a.b", "(c+"} <= set(names(tab))
    titles = tab.locator(".box.leaf title").all_text_contents()
    assert "layers.1.neurons.0.weights.0" in titles
    with scope("f(x)*["):  # a scope may be called anything
        show(explore(Value(1.0, "f(x)*[.w") * 2))


def test_a_number_is_in_no_scope(show):
    with scope("1"):
        out = 1.5 * Value(2.0, "1.a") + Value(3.0, "1.5")
    tab = show(explore(out))
    assert tab.locator(".box .formula").all_text_contents() == ["= 1.5 * a", "= v1 + 1.5"]
    assert set(names(tab)) == {"a", "1.5", "v1", "v2"}
    assert text(tab, "h1") == "1.5 * 1.a + 1.5"
    with scope("exp"):
        tab = show(explore((Value(1.0, "exp.x") + Value(2.0, "exp.x2")).exp() * Value(3.0, "x")))
    assert tab.locator(".box .formula").all_text_contents() == ["= x + x2", "= exp(v1)", "= v2 * x"]


def test_a_question_opens_the_scopes_that_hide_its_node(show):
    tab = show(explore(network()))
    tab.click("#tab-predict")
    assert text(tab, "#question") == "What is the gradient of layers.2.neurons.0.bias?"
    assert "bias" in names(tab)
    tab.get_by_role("button", name="close MLP / layers.2", exact=True).click()
    assert "bias" not in names(tab)  # and it stays closed


def test_two_blocks_that_feed_each_other(show):
    x = Value(1.5, "x")
    for _ in range(2):
        for name in ("one", "other"):
            with scope(name):
                x = x * 2 + 1
    for closed in ((), ("one", "other")):
        tab = show(explore(x))
        for name in closed:
            tab.get_by_role("button", name=f"close {name}", exact=True).click()
        assert tab.locator(".edge").count() >= 3
        assert leaf(tab, "x").count() == 1
    assert set(names(tab)) == {"x", "▸ one", "▸ other"}
    # of the lines between them one is drawn against its direction, and says so at its end
    assert tab.locator(".arrow").count() == 1
    at, box = (
        tab.locator(s).bounding_box() for s in (".arrow", ".box.scope:has-text('other') rect")
    )
    assert at["x"] < box["x"] + box["width"] < at["x"] + at["width"]
    assert box["y"] < at["y"] < box["y"] + box["height"]


def test_boxes_of_one_name_say_whose_they_are(show):
    model = nn.MLP(2, [2, 1], seed=1)
    tab = show(explore(model([Value(1.0, "x0"), Value(2.0, "x1")])))
    heads = """all => all.map((box) =>
      [...box.querySelectorAll(".name, .whose")].map((text) => text.textContent).join(" of "))"""
    leaves = tab.eval_on_selector_all(".box.leaf", heads)
    assert len(leaves) == len(set(leaves)) == 11
    assert {"x0", "weights.1 of layers.0 neurons.1", "bias of layers.1 neurons.0"} <= set(leaves)
    rows = tab.eval_on_selector_all("[data-row] .name", "all => all.map((row) => row.innerText)")
    assert "weights.1\nlayers.0 neurons.1" in rows
    tab.get_by_role("button", name="close MLP / layers.0", exact=True).click()
    tab.get_by_role("button", name="close MLP / layers.1 / neurons.0", exact=True).click()
    assert tab.get_by_role("button", name="open layers.1 neurons.0", exact=True).count() == 1
    assert "▸ layers.0" in tab.eval_on_selector_all(".box.scope", heads)
    lone = show(explore(nn.Neuron(2, seed=1)([1.0, 2.0])))
    assert lone.locator(".whose").count() == 0  # all that is there is in the same scope


@pytest.mark.parametrize("widths", [[16, 16, 1], [2, 1]])  # many leaves in the last box, or few
def test_a_closed_network_shows_what_it_answers(show, widths):
    model = nn.MLP(2, widths, activation="tanh", seed=1)
    out = model([Value(0.3, "x0"), Value(-0.4, "x1")])
    tab = show(explore(out))
    if tab.locator(".box.result").count():
        tab.get_by_role("button", name="close MLP", exact=True).click()
    last = tab.locator(".box.scope").last
    answer = f"{out.data:.4g}".replace("-", "−") + " grad 1"
    assert answer not in last.text_content()
    tab.click("#last")
    assert answer in last.text_content()
    row = tab.locator("[data-row]").last
    assert row.locator(".name").get_attribute("title").startswith("v")
    assert row.locator("td.gradient").text_content() == "1"
    assert tab.title() == "MLP(x0, x1)"
