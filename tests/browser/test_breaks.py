"""The same graph under broken engines, each up to its first fault."""

import re

import pytest

import autograd_mini
import nn
from autograd_mini import Value, explore, scope
from tests.browser.graphs import box, neuron, shared, text, twice


@pytest.fixture
def broken(show):
    def opened(value):
        tab = show(explore(value))
        tab.click("#tab-breaks")
        return tab

    return opened


def card(tab, engine):
    return text(tab, f"[data-engine={engine}]")


def test_why_a_topological_order(broken):
    tab = broken(twice())
    assert "✓ Every gradient was final when it was passed on." in card(tab, "right")
    assert "✓ a 4" in card(tab, "right")
    naive = card(tab, "naive")
    assert "✗ b passes on 1, but its gradient is 2." in naive
    assert "✗ a 6" in naive  # 1 and 1 from the first arrival, 2 and 2 from the second
    assert "✗ b passes on 1, but its gradient is 2." in card(tab, "assign")
    assert "✗ a 1" in card(tab, "assign")
    assert "✗ b passes on 4, but its gradient is 2." in card(tab, "stale")


def test_the_graph_shows_where(broken):
    tab = broken(twice())
    assert tab.locator(".box.wrong .name").all_text_contents() == ["b"]
    assert (box(tab, "b"), box(tab, "a")) == ("grad 1", "grad 0")
    assert tab.locator(".edge.wrong").count() == 1
    tab.click("[data-engine=stale] button")
    assert box(tab, "b") == "grad 4"
    assert tab.get_attribute("[data-engine=stale] button", "aria-pressed") == "true"
    tab.click("[data-engine=right] button")
    assert box(tab, "b") == "grad 2"
    assert tab.locator(".box.wrong").count() == 0


def test_cards_stand_side_by_side(broken):
    tab = broken(twice())
    tops = {round(each.bounding_box()["y"]) for each in tab.locator(".engine").all()}
    assert len(tops) == 1


def test_where_it_makes_no_difference(broken):
    tab = broken(neuron())
    assert "On this graph it makes no difference." in card(tab, "naive")
    assert "On this graph it makes no difference." in card(tab, "assign")
    assert "v2 passes on 0.718403, but its gradient is 0.359201." in card(tab, "stale")


def test_a_leaf_that_ends_wrong_though_nothing_wrong_was_passed_on(broken):
    assert "x ends with" in card(broken(shared()), "assign")


def test_a_node_that_passes_on_twice_though_nothing_more_has_arrived(broken):
    b = Value(1.0, "a") * 3
    b.label = "b"
    tab = broken(b + (b - 5).relu())
    naive = card(tab, "naive")
    assert "✗ b passes on 1 a second time: what it had passed on counts twice." in naive
    assert "✗ a 6" in naive
    assert tab.locator(".box.wrong .name").all_text_contents() == ["b"]
    assert box(tab, "a") == "grad 3"  # at that moment
    assert tab.locator("[data-engine=naive] li.wrong").first.text_content() == "b → a: 1 × 3"


def test_a_recursion_without_end_is_stopped_where_all_is_zero(broken):
    wide = Value(-1.0, "x").relu()
    for _ in range(60):  # 2 ** 60 paths
        wide = wide + wide
    assert "✓ x 0" in card(broken(wide * 0.0), "naive")


def test_a_recursion_that_was_stopped_says_so(broken):
    ends, stopped = "What it ends with, if", "it was stopped after 5000 more pushes"
    wide = Value(3.0, "a")
    for _ in range(11):
        wide = wide + wide
    tab = broken(wide)
    assert ends in card(tab, "naive")  # 2 ** 12 - 2 pushes in all
    tab = broken(wide + wide)
    assert stopped in card(tab, "naive")
    assert ends not in card(tab, "naive")
    for _ in range(2):
        wide = wide + wide
    tab = broken(wide)
    assert stopped in card(tab, "naive")
    for other in ("right", "assign", "stale"):
        assert ends in card(tab, other)
    tab.click("#language")
    assert "5000 回渡したところで、終わる前に止めました" in card(tab, "naive")


def test_only_a_naive_recursion_is_stopped(broken):
    y = Value(1.0, "x")
    with scope("wide"):  # more edges than a recursion is let go on for
        for _ in range(5):
            y = autograd_mini.sum([y] * 2000)
    with scope("deep"):  # and so many nodes that both scopes begin closed
        for _ in range(60):
            y = y + 1.0
    tab = broken(y)
    for engine in ("right", "assign", "stale"):
        assert "stopped" not in card(tab, engine)
    assert "✗ x 1" in card(tab, "assign")


def test_a_deep_graph_and_one_of_many_paths(broken):
    deep = wide = Value(1.0, "x")
    for _ in range(1500):
        deep = -deep
    assert "On this graph it makes no difference." in card(broken(deep), "naive")
    for _ in range(60):  # 2 ** 60 paths
        wide = wide + wide
    tab = broken(wide)
    assert "v59 passes on 1, but its gradient is 2." in card(tab, "naive")
    assert "✓ x 1.15292e18" in card(tab, "right")
    assert "… 112 more …" in card(tab, "right")
    tab.click("#language")
    assert "… ほか 112 個 …" in card(tab, "right")


def test_of_many_leaves_the_wrong_ones_are_listed_and_what_hides_is_named(broken):
    model = nn.MLP(2, [16, 4, 1], seed=1)
    tab = broken(model([Value(0.3, "x0"), Value(-0.4, "x1")]))
    verdict = text(tab, "[data-engine=naive] .mark")
    hidden = re.search(
        r"✗ (v\d+) passes on .*, but its gradient is .*\. (v\d+) is inside of (.*)\.", verdict
    )
    assert hidden[1] == hidden[2]
    assert hidden[3] == "MLP / layers.0"
    results = tab.locator("[data-engine=naive] .results li").all_text_contents()
    assert [result[0] for result in results] == ["✗"] * 8 + ["…"]
    results = tab.locator("[data-engine=right] .results li").all_text_contents()
    assert [result[0] for result in results] == ["✓"] * 8 + ["…"]


def test_a_leaf_alone_breaks_nothing(show):
    tab = show(explore(Value(3.0, "x")))
    tab.click("#tab-breaks")
    assert tab.locator(".engine").count() == 4
