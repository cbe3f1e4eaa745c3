"""The story is the graph as plain data: every operand slot an edge, constants among the nodes."""

import json
import math
from fractions import Fraction

import pytest

from autograd_mini import (
    Value,
    define_primitive,
    dot,
    exp,
    formulas,
    no_grad,
    scope,
    sqrt,
    tanh,
    where,
)
from autograd_mini.story import Edge, Forward, Node, Push, Seed, Story, tell
from tests.primitives.rows import call, every_row, samples


def edges_of(story):
    return [(edge.source, edge.target, edge.slot, edge.local_derivative) for edge in story.edges]


def test_a_neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    out = tanh(w * x + b)
    out.backward()
    story = tell(out)
    assert [(node.name, node.op, node.value, node.gradient) for node in story.nodes] == [
        ("w", "", 0.5, w.grad),
        ("x", "", 2.0, x.grad),
        ("v1", "*", 1.0, out.local_derivatives[0]),
        ("b", "", 0.1, b.grad),
        ("v2", "+", 1.1, out.local_derivatives[0]),
        ("v3", "tanh", out.data, 1.0),
    ]
    assert [node.id for node in story.nodes] == [0, 1, 2, 3, 4, 5]
    assert edges_of(story) == [
        (0, 2, 0, 2.0),
        (1, 2, 1, 0.5),
        (2, 4, 0, 1.0),
        (3, 4, 1, 1.0),
        (4, 5, 0, out.local_derivatives[0]),
    ]


def test_a_repeated_operand_has_an_edge_per_slot():
    x = Value(3.0, "x")
    assert edges_of(tell(x * x)) == [(0, 1, 0, 3.0), (0, 1, 1, 3.0)]


def test_an_edge_says_which_it_is_only_where_there_are_several():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    story = tell(dot([a, b, a, 1.0], [b, 1.0, 2.0, 1.0]) * a)
    marks = [story.which(number) for number in range(len(story.edges))]
    names = [story.nodes[edge.source].name for edge in story.edges]
    assert [*zip(names, marks, strict=True)] == [
        *(("a", "[1]"), ("b", "[1]"), ("a", "[2]"), ("", "")),
        *(("b", "[2]"), ("", ""), ("", ""), ("", "")),
        *(("v1", ""), ("a", "")),
    ]


def test_constants_are_nodes_without_name_or_gradient():
    x = Value(3.0, "x")
    out = 2 - x
    out.backward()
    story = tell(out)
    constant = story.nodes[0] if story.nodes[0].is_constant else story.nodes[1]
    assert constant == Node(constant.id, "", "", "", 2.0, None, True, ())
    assert story.edges[0] == Edge(constant.id, 2, 0, None)
    assert story.edges[1].local_derivative == -1.0


def test_constants_between_values_keep_their_slots():
    x, y = Value(2.0), Value(5.0)
    story = tell(dot([x, 3.0], [7.0, y]))
    assert [(story.nodes[e.source].value, e.local_derivative) for e in story.edges] == [
        (2.0, 7.0),
        (3.0, None),
        (7.0, None),
        (5.0, 3.0),
    ]


def test_every_node_comes_after_its_operands():
    x = Value(1.5)
    y = x
    for _ in range(20):
        y = tanh(y * y + 0.3) - x
    assert all(edge.source < edge.target for edge in tell(y).edges)


def test_no_gradient_before_backward():
    x = Value(3.0, "x")
    assert [node.gradient for node in tell(x * x).nodes] == [None, None]


def test_a_gradient_of_zero_after_backward_is_a_gradient():
    x, y = Value(0.0, "x"), Value(3.0, "y")
    out = x * y
    out.backward()
    assert [node.gradient for node in tell(out).nodes] == [3.0, 0.0, 1.0]


def test_leftovers_of_an_earlier_backward_are_told_but_do_not_make_zeros_computed():
    x = Value(3.0, "x")
    (x * 5).backward()
    assert [node.gradient for node in tell(x * x).nodes] == [5.0, None]


def test_given_names_avoid_the_labels_in_use():
    out = (Value(1.0, "v1") + Value(2.0)) * 3
    names = [node.name for node in tell(out).nodes if not node.is_constant]
    assert names == ["v1", "v2", "v3", "v4"]
    assert [node.label for node in tell(out).nodes][:2] == ["v1", ""]


def test_what_was_computed_without_recording_is_a_leaf():
    with no_grad():
        out = Value(2.0) * 3
    (node,) = tell(out).nodes
    assert (node.op, node.value) == ("", 6.0)


def test_a_limit_counts_values_and_constants():
    x = Value(1.0)
    out = x + 1 + 1
    assert len(tell(out, limit=5).nodes) == 5
    with pytest.raises(ValueError, match=r"5 Values and constants, .* limit of 4: .* limit=5"):
        tell(out, limit=4)


def test_what_is_not_a_value():
    with pytest.raises(TypeError, match=r"expected a Value.*got 3\.0 \(float\): pass the result"):
        tell(3.0)


def test_a_label_set_later_is_text():
    x = Value(2.0, "x")
    x.label = None
    with pytest.raises(TypeError, match=r"a label is text, got None \(NoneType\)"):
        tell(x * 2)


def test_a_long_chain_does_not_recurse():
    x = y = Value(1.0)
    for _ in range(100_000):
        y = +y
    story = tell(y)
    assert len(story.nodes) == 100_001
    assert (story.nodes[0].value, story.edges[-1].source) == (x.data, 99_999)


# --- what happened, in order ---------------------------------------------------------------------


def test_events_of_a_neuron():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    out = exp(w * x)
    slope = out.data
    story = tell(out)
    assert story.events == [
        Forward(2),
        Forward(3),
        Seed(3, 1.0),
        Push(2, 1.0, slope, slope, slope),
        Push(0, slope, 2.0, 2 * slope, 2 * slope),
        Push(1, slope, 0.5, slope / 2, slope / 2),
    ]


@pytest.mark.parametrize("passes", [1, 2])
def test_the_pass_told_is_the_one_from_the_root_whatever_ran_before(passes):
    x = Value(3.0, "x")
    y = x * x
    z = y * y
    for _ in range(passes):
        z.backward()
    assert tell(y).events == [Forward(1), Seed(1, 1.0), Push(0, 1.0, 3.0, 3.0, 3.0),
                              Push(1, 1.0, 3.0, 3.0, 6.0)]  # fmt: skip
    assert [node.gradient for node in tell(y).nodes] == [108.0 * passes, 18.0 * passes]
    assert tell(z).events[2] == Seed(2, 1.0)


def test_the_total_of_a_parent_grows_term_by_term():
    b = Value(6.0, "b")
    pushes = [event for event in tell(b * b + b).events if isinstance(event, Push)]
    to_b = [(push.contribution, push.total) for push in pushes][-2:]
    # b + ... comes last in the graph, so its own term arrives first
    assert [push.total for push in pushes] == [1.0, 1.0, 7.0, 13.0]
    assert to_b == [(6.0, 7.0), (6.0, 13.0)]


def test_pushes_are_those_of_backward_to_the_last_bit():
    x, y = Value(0.3), Value(-1.7)
    out = y
    for _ in range(6):
        out = tanh(out * x + y / 3) - out * y + x
    out.backward()
    story = tell(out)
    totals = {story.edges[e.edge].source: e.total for e in story.events if isinstance(e, Push)}
    assert totals == {node.id: node.gradient for node in story.nodes if node.id in totals}
    assert len(totals) == sum(not node.is_constant for node in story.nodes) - 1


def test_a_factor_of_zero_makes_a_contribution_of_zero():
    x = Value(0.0, "x")
    story = tell(sqrt(x) * 0.0)
    last = story.events[-1]
    assert (last.upstream, last.local_derivative, last.contribution) == (0.0, math.inf, 0.0)


def test_a_leaf_has_a_story():
    story = tell(Value(2.0, "x"))
    assert story.events == [Seed(0, 1.0)]
    assert story.formula(0) == "x"


# --- numbers that were changed after the recording -----------------------------------------------


@pytest.mark.parametrize("number", [7.0, math.nan, math.inf, 7, Fraction(7)])
def test_an_operand_that_was_changed_makes_the_story_outdated(number):
    x = Value(3.0, "x")
    out = exp(x) * 2
    assert not tell(out).is_outdated
    x.data = number
    story = tell(out)
    assert story.is_outdated
    assert type(story.nodes[0].value) is float
    assert Story.from_json(story.to_json()).is_outdated
    x.data = 3.0
    assert not tell(out).is_outdated


@pytest.mark.parametrize("number", [math.nan, math.inf, 0.0, -0.0, 5e-324, 1e308])
def test_what_was_not_changed_is_not_outdated(number):
    x = Value(number, "x")
    out = dot([x, sqrt(x), tanh(-x)], [x - x, exp(x), 1 / x])
    assert not tell(out).is_outdated


def test_a_result_that_was_changed_makes_the_story_outdated():
    x = Value(3.0, "x")
    y = x * 2
    out = y + 1
    y.data = 6.0 * (1 + 1e-9)
    assert tell(out).is_outdated


@every_row
def test_every_row_gives_again_what_it_gave(row):
    for operands in samples(row, 3):
        assert not tell(call(row, [Value(x) for x in operands])).is_outdated


def test_an_operation_that_cannot_be_run_again_is_believed():
    def once(x):
        return 1.0 / calls.pop()

    calls = [1.0]
    fleeting = define_primitive("fleeting", once, 1.0, check=False)
    assert not tell(fleeting(Value(2.0))).is_outdated


# --- formulas ------------------------------------------------------------------------------------


def test_formulas_name_the_operands():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    story = tell(tanh(w * x) ** 2)
    assert [story.formula(node.id) for node in story.nodes] == [
        *("w", "x", "w * x", "tanh(v1)", "2", "v2 ** 2")
    ]
    assert story.partials(2) == ["x", "w"]
    assert story.partials(5) == ["2 * v2", None]
    assert story.partials(5, "latex") == [r"2 \cdot v_{2}", None]
    assert story.partials(0) == []


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ((), "layers.0.neurons.1.bias"),
        (("MLP",), "layers.0.neurons.1.bias"),
        (("MLP", "layers.0"), "neurons.1.bias"),
        (("loss", "MLP", "layers.0", "neurons.1"), "bias"),
        (("layers.0", "neurons.2"), "layers.0.neurons.1.bias"),
        (("neurons.1",), "layers.0.neurons.1.bias"),
    ],
)
def test_a_name_does_not_say_again_where_one_is(inside, name):
    story = tell(Value(2.0, "layers.0.neurons.1.bias") * Value(3.0, "w"))
    assert story.name(0, inside) == name
    assert story.formula(2, inside=inside) == f"{name} * w"
    assert story.partials(2, inside=inside) == ["w", name]


# --- scopes --------------------------------------------------------------------------------------


def test_a_node_knows_the_block_it_was_made_in():
    x = Value(3.0, "x")
    with scope("outer"):
        y = x * 2
        with scope("inner"):
            z = y + x
    story = tell(z.tanh())
    assert [(node.name, node.scope) for node in story.nodes] == [
        ("x", ()),
        ("", ("outer",)),  # a constant is where it is read
        ("v1", ("outer",)),
        ("v2", ("outer", "inner")),
        ("v3", ()),
    ]


# --- as JSON -------------------------------------------------------------------------------------


@pytest.fixture
def rich_story():
    x = Value(0.0, '"\n</script>\\ 日本語 \ud800')
    with scope("<b>"), scope("two"):
        out = sqrt(x) * x + Value(math.nan) * 2 - math.inf
    out.backward()
    return tell(out)


def test_json_and_back(rich_story):
    again = Story.from_json(rich_story.to_json())
    assert repr(again) == repr(rich_story)  # nan is not equal to itself
    assert repr(again.events) == repr(rich_story.events)
    assert {type(node.scope) for node in again.nodes} == {tuple}


def test_json_is_strict_and_complete(rich_story):
    def refuse(constant):
        raise AssertionError(constant)

    whole = json.loads(rich_story.to_json(), parse_constant=refuse)
    assert (whole["format"], whole["version"]) == ("autograd_mini story", 1)
    assert {event["kind"] for event in whole["events"]} == {"forward", "seed", "push"}
    assert len(whole["events"]) == len(rich_story.events)
    root = whole["nodes"][-1]
    assert (root["formula"], root["latex"]) == ("v5 - inf", r"v_{5} - \infty")
    assert root["value"] == "nan"
    assert [edge["formula"] for edge in whole["edges"]][-2:] == ["1", None]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[: len(text) // 2], "no story, or a part of one: "),
        (lambda text: "", "no story, or a part of one: "),
        (lambda text: None, "no story, or a part of one: .* not NoneType"),
        (lambda text: "[1, 2]", "its format is 'list'"),
        (lambda text: '{"nodes": []}', "its format is None, not 'autograd_mini story'"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "of version 2, and version 1"),
        (lambda text: text.replace('"nodes"', '"knots"'), "damaged: KeyError"),
        (lambda text: text.replace('"id": 1', '"id": 7'), "node 1 says that it is node 7"),
        (lambda text: text.replace('"source": 1', '"source": 9'), "from node 9 to node 2"),
        (lambda text: text.replace('"value": 3.0', '"value": "three"'), "damaged: ValueError"),
        (lambda text: text.replace('"value": 3.0', '"value": null'), "damaged: TypeError"),
        (lambda text: text.replace('"label": "x"', '"label": 5'), "5 is no str"),
        (lambda text: text.replace('"slot": 0', '"slot": 4'), "edges are not in order"),
        (lambda text: text.replace('"slot": 1', '"slot": 9'), "edges are not in order"),
        (lambda text: text.replace("3.0", "1" + "0" * 400), "damaged: OverflowError"),
        (lambda text: "[" * 100_000, "no story, or a part of one: "),
        (lambda text: text.replace('"nodes": [', '"nodes": [], "others": ['), "damaged"),
    ],
)
def test_what_is_no_story_is_refused(change, message):
    text = change(tell(Value(3.0, "x") * Value(2.0, "y")).to_json())
    with pytest.raises(ValueError, match=message):
        Story.from_json(text)


@pytest.mark.parametrize(
    ("op", "message"),
    [
        ("tanh", r"node 3 is computed by tanh, and has 3 operand\(s\)"),
        ("dot", r"node 3 is computed by dot, and has 3 operand\(s\)"),
        ("", r"node 3 is a leaf, and has 3 operand\(s\)"),
    ],
)
def test_an_operation_of_a_story_has_as_many_operands_as_it_takes(op, message):
    text = tell(where(Value(1.0), Value(2.0), Value(3.0))).to_json()
    assert Story.from_json(text.replace("where", "sum")).nodes[3].op == "sum"
    with pytest.raises(ValueError, match=f"damaged: .*{message}"):
        Story.from_json(text.replace('"op": "where"', f'"op": "{op}"'))
    leaf = tell(Value(1.0)).to_json()
    with pytest.raises(ValueError, match=r"node 0 is computed by sum, and has 0 operand\(s\)"):
        Story.from_json(leaf.replace('"op": ""', '"op": "sum"'))


def test_a_story_of_a_primitive_that_is_not_defined_here():
    text = tell(tanh(Value(1.0, "x"))).to_json().replace('"op": "tanh"', '"op": "theirs"')
    story = Story.from_json(text)
    assert story.formula(1) == "theirs(x)"
    assert story.partials(1) == [None]


def test_a_view_may_ask_for_partials_once_for_each_edge(monkeypatch):
    asked = []
    derive = formulas.partials
    monkeypatch.setattr(formulas, "partials", lambda *a: asked.append(a) or derive(*a))
    x = Value(2.0, "x")
    story = tell(x * x)
    assert [story.partials(1)[slot] for slot in (0, 1)] == ["x", "x"]
    assert story.partials(1, "latex") == ["x", "x"]
    assert len(asked) == 2
