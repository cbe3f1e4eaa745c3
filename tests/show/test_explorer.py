"""explore(): what it takes, what it refuses, what it writes. tests/browser looks at the pages."""

import json

import pytest

import nn
from autograd_mini import Value, define_primitive, explore, scope
from autograd_mini.primitives import TABLE
from autograd_mini.show import explorer
from autograd_mini.story import tell


def data(page):
    return json.loads(page.html.split('id="data">')[1].split("</script>")[0])


@pytest.fixture
def out():
    return (Value(0.5, "w") * Value(2.0, "x")).tanh()


def test_save_makes_the_folder_and_returns_the_path(out, tmp_path):
    page = explore(out)
    path = page.save(tmp_path / "new" / "lesson.html")
    assert path.read_text(encoding="utf-8") == page.html
    assert repr(page).endswith(' kB: .save("lesson.html") writes it>')


def test_what_the_page_is_told(out):
    told = data(explore(out))
    assert told["nodes"] == [
        ["w", "", 0.5, "", 0],
        ["x", "", 2.0, "", 0],
        ["v1", "*", 1.0, "w * x", 0],
        ["v2", "tanh", out.data, "tanh(v1)", 0],
    ]
    assert told["edges"] == [[0, 2, "x"], [1, 2, "w"], [2, 3, "(1 / cosh(v1)) ** 2"]]
    assert (told["title"], told["language"]) == ("tanh(w * x)", "en")


def test_the_page_holds_the_rules_of_its_own_operations_only(out):
    page = explore(out).html
    rules = page.split("const LOCAL = {")[1].split("};")[0].strip().splitlines()
    assert [rule.split(":")[0].strip() for rule in rules] == ['"*/2"', '"tanh/1"']


def test_numbers_that_json_does_not_know():
    x = Value(float("inf"), "x")
    nodes = data(explore(x - x))["nodes"]
    assert [node[2] for node in nodes] == ["inf", "nan"]


def test_a_long_expression_is_titled_by_its_last_operation():
    x = y = Value(1.0, "x")
    for _ in range(40):
        y = y * x + 1
    y.label = "y"
    title = data(explore(y))["title"]
    assert title.startswith("y = ")
    assert len(title) < 80
    assert data(explore(Value(3.0)))["title"] == "v1"


def test_what_a_module_computed_is_titled_by_its_name_and_inputs():
    def title(out):
        return data(explore(out))["title"]

    x = [Value(0.3, "x1"), Value(-0.2, "x2")]
    model = nn.MLP(2, [3, 1], seed=1)
    assert title(model(x)) == "MLP(x1, x2)"
    assert title(model([1.0, 1.0])) == "MLP"
    loss = nn.mse([model(x)], [Value(2.0, "y")])
    loss.label = "loss"
    assert title(loss) == "loss = mse(MLP, y)"
    many = [Value(1.0, f"input{i}") for i in range(40)]
    assert title(nn.MLP(40, [2, 1])(many)).endswith(", input6, …)")
    # a formula of which nothing is hidden says more
    assert title(nn.Neuron(2)(x)) == "weights.0 * x1 + weights.1 * x2 + bias"


def test_which_scopes_are_open():
    def opened(out):
        return data(explore(out))["open"]

    with scope("small"):
        assert opened(Value(1.0) * 2) == [["small"]]
    assert opened(nn.MLP(2, [16, 1])([1.0, 2.0])) == [["MLP"]]
    a, b = (nn.MLP(2, [16, 1])([1.0, 2.0]) for _ in range(2))
    with scope("loss"):
        assert opened(a - b) == []


def test_a_primitive_that_the_page_cannot_run_comes_with_recorded_slopes(out, monkeypatch):
    monkeypatch.setitem(TABLE, "cube here", None)  # removed again afterwards
    cube = define_primitive("cube here", lambda x: x**3, lambda out, x: 3 * x**2)
    told = data(explore(cube(Value(2.0, "x")) * 5))
    assert told["missing"] == "cube here"
    assert [edge[3] for edge in told["edges"]] == [12.0, 5.0, None]
    assert data(explore(out))["missing"] == ""
    with pytest.raises(ValueError, match="cannot run cube here, an operation of your own, and so"):
        explorer.Page(tell(cube(Value(2.0))), "en", {"epochs": [1]})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((2.0,), TypeError, r"expected a Value, whose graph can be shown, got 2\.0 \(float\)"),
        (([Value(1.0)],), TypeError, "pass the result of a computation on Values"),
    ],
)
def test_only_a_value_is_explored(arguments, error, message):
    with pytest.raises(error, match=message):
        explore(*arguments)


def test_other_languages_and_large_graphs_are_refused(out):
    with pytest.raises(ValueError, match="lang is 'fr': write one of en, ja"):
        explore(out, lang="fr")
    with pytest.raises(ValueError, match=r"more than the limit of 2: explore a part of the prog"):
        explore(out, limit=2)


def test_the_frame_of_a_notebook_holds_the_page(out):
    page = explore(out)
    frame = page._repr_html_()
    assert frame.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert frame.count('"') == 8  # of its own four attributes


def test_every_file_of_the_page_is_small():
    for path in explorer.PAGE.iterdir():
        assert len(path.read_text("utf-8").splitlines()) <= 180, path.name
