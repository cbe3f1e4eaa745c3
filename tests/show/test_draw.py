"""Pictures show the recorded numbers, any label as it was typed, with `dot` and without."""

import html
import os
import re
import stat
import subprocess
import sys

import graphviz
import numpy as np
import pytest

import nn
from autograd_mini import Value, cos, draw, explain, explore, scope, sigmoid, tanh
from autograd_mini.show import layout
from autograd_mini.show.collapse import sketch
from autograd_mini.show.text import text_tree
from autograd_mini.show.theme import THEMES
from autograd_mini.story import tell


@pytest.fixture
def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    out = tanh(w * x + b)
    out.label = "o"
    return out


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_layout(monkeypatch, tmp_path):
    """Neither dot nor pygraphviz: the package is hidden from the process that would use it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    blocker = tmp_path / "pygraphviz.py"
    blocker.write_text("raise ModuleNotFoundError(\"No module named 'pygraphviz'\")\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def texts(picture):
    """The lines of text a reader sees, in the order in which they are drawn."""
    svg = picture.pipe("svg", encoding="utf-8")
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return [html.unescape(text).replace("\xa0", " ") for text in found]


# --- what is shown -------------------------------------------------------------------------------


def test_every_number_of_a_neuron(neuron):
    neuron.backward()
    shown = texts(draw(neuron))
    for name, value, gradient in [
        ("w", "0.5000", "0.7184"),
        ("x", "2.000", "0.1796"),
        ("b", "0.1000", "0.3592"),
        ("v1", "1.000", "0.3592"),
        ("v2", "1.100", "0.3592"),
        ("o", "0.8005", "1.000"),
    ]:
        place = shown.index(name)
        assert shown[place + 1 : place + 3] == [f"value {value}", f"grad {gradient}"]
    assert sorted(text for text in shown if "∂" in text) == [
        "∂/∂b = 1.000",
        "∂/∂v1 = 1.000",
        "∂/∂v2 = 0.3592",
        "∂/∂w = 2.000",
        "∂/∂x = 0.5000",
    ]
    assert {"×", "+", "tanh"} <= {*shown}


def test_gradients_before_backward(neuron):
    shown = texts(draw(neuron))
    assert shown.count("grad not computed") == 6
    assert not any(re.match(r"grad [-\d]", text) for text in shown)
    assert "∂/∂w = 2.000" in shown  # recorded by the forward pass


def test_a_repeated_operand_has_two_edges():
    b = Value(6.0, "b")
    c = b * b
    assert {"∂/∂b[1] = 6.000", "∂/∂b[2] = 6.000"} <= {*texts(draw(c))}
    assert draw(c).source.count("n0 -> op1") == 2


def test_constants_are_shown_and_have_no_derivative():
    shown = texts(draw(Value(2.0, "x") ** 3))
    assert "3" in shown
    assert [text for text in shown if "∂" in text] == ["∂/∂x = 12.00"]


@pytest.mark.parametrize("depth", [None, 0])
def test_numbers_that_were_changed_after_the_recording(neuron, depth):
    said = "Numbers were changed after the recording: record again to see what they give now."
    assert said not in texts(draw(neuron, depth=depth))
    assert said not in draw(neuron).text
    neuron.parents[0].data += 1
    assert said in texts(draw(neuron, depth=depth))
    assert draw(neuron).text.splitlines()[0] == said


def test_a_leaf_is_a_picture_too():
    assert texts(draw(Value(2.0, "x"))) == ["x", "value 2.000", "grad not computed"]


def test_precision_counts_significant_digits():
    shown = texts(draw(cos(Value(123456.0, "x")), precision=2))
    assert "value 1.2e+05" in shown
    shown = texts(draw(Value(1e-7, "x"), precision=9))
    assert "value 1.00000000e-07" in shown


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_are_not_finite(value):
    assert f"value {value}" in texts(draw(Value(value)))


@pytest.mark.parametrize("direction", ["LR", "TB", "RL", "BT"])
def test_direction(neuron, direction):
    svg = draw(neuron, direction=direction).pipe("svg", encoding="utf-8")
    width, height = map(int, re.search(r'width="(\d+)pt" height="(\d+)pt"', svg).groups())
    assert (width > height) == (direction in ("LR", "RL"))


@pytest.mark.parametrize(
    "label",
    [
        'say "x"',
        "back\\slash \\N \\G \\n \\\\",
        "<b>x</b>",
        "<x>",
        "&amp; &",
        "two  spaces",
        "日本語",
        "</script><script>alert(1)</script>",
        "]]>-->",
        "%s {x} $x",
        "\u202eright to left",
    ],
)
def test_a_label_is_shown_as_typed(label):
    x = Value(1.0, label)
    assert label in texts(draw(sigmoid(x)))
    assert label in text_tree(tell(sigmoid(x)))


def test_a_label_of_several_lines():
    shown = texts(draw(Value(1.0, "first\nsecond\tand last")))
    assert shown[:2] == ["first", "second  and last"]


def test_characters_that_no_picture_can_hold_are_written_out():
    shown = texts(draw(Value(1.0, "\x00 \x1b \ud800 \uffff")))
    assert shown[0] == r"\x00 \x1b \ud800 \uffff"


def test_a_long_name_is_cut_on_edges_only():
    name = "layers.0.neurons.3.weights.17"
    shown = texts(draw(sigmoid(Value(0.0, name))))
    assert name in shown
    assert "∂/∂….weights.17 = 0.2500" in shown


def test_text_keeps_a_label_in_its_line():
    lines = text_tree(tell(Value(1.0, "a\nb\x1b[31m\tc"))).splitlines()
    assert lines == [r"a⏎b\x1b[31m    c = leaf, value 1.000, grad not computed"]


# --- scopes --------------------------------------------------------------------------------------


@pytest.fixture
def loss():
    model, inputs = nn.MLP(2, [3, 1], seed=1), [Value(1.0, "x0"), Value(2.0, "x1")]
    with scope("loss <b>"):
        out = (model(inputs) - 1) ** 2
    out.backward()
    return out


def frames(picture):
    return picture.source.count("subgraph cluster")


def test_closed_scopes_are_boxes(loss):
    shown = texts(draw(loss, depth=0))
    assert shown[shown.index("loss <b>") + 1] == "13 operations, 13 leaves"
    assert {"x0", "x1"} <= {*shown}
    assert "3 ×" in shown  # each input is read by three neurons
    assert not any("∂" in text for text in shown)


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_closed_scope_shows_the_root_that_is_in_it(loss, direction):
    loss.label = "loss"
    shown = texts(draw(loss, depth=0, direction=direction))
    root = ["loss", f"value {loss.data:#.4g}", "grad 1.000"]
    assert shown[shown.index("grads") + 2 :][:3] == root
    assert "grad 1.000" not in texts(draw(loss * 2, depth=0))


def test_a_layer_as_one_box(loss):
    picture = draw(loss, depth=2)
    shown = texts(picture)
    assert shown[shown.index("layers.0") + 1] == "9 operations, 9 leaves"
    assert shown[shown.index("layers.1") + 1] == "2 operations, 4 leaves"
    assert {"loss <b>", "MLP"} <= {*shown}
    assert frames(picture) == 2
    nodes = [node for node in tell(loss).nodes if node.op and "layers.0" in node.scope]
    least, greatest = (f(node.value for node in nodes) for f in (min, max))
    assert shown[shown.index("layers.0") + 3] == f"{least:#.4g} … {greatest:#.4g}"


def test_all_scopes_open(loss):
    picture = draw(loss)
    assert frames(picture) == 8  # loss, model, two layers, four neurons
    assert draw(loss, depth=9).source == picture.source
    assert texts(picture).count("neurons.0") == 2


def test_numbers_of_a_closed_scope_before_backward():
    with scope("a"):
        out = Value(2.0) * float("nan")
    shown = texts(draw(out, depth=0))
    assert shown[2:4] == ["values", "nan"]
    assert shown[4:6] == ["grads", "not computed"]


def test_many_leaves_of_one_kind_are_one_box():
    xs = [Value(float(i), f"x.{i}") for i in range(10)]
    w = Value(1.0, "w")
    with scope("a"):
        out = sum(xs) * w
    shown = texts(draw(out, depth=0))
    assert shown[shown.index("x") + 1] == "10 leaves"
    assert "10 ×" in shown
    assert shown[shown.index("w") + 1] == "value 1.000"
    assert texts(draw(out)).count("x.7") == 1


def test_a_module_that_runs_again_and_again_is_a_loop():
    cell = nn.Layer(1, 1, "tanh")
    h = [Value(0.5, "h")]
    for _ in range(3):
        h = cell(h)
    assert [text for text in texts(draw(h[0], depth=0)) if "leaves" in text or "Layer" in text] == [
        *("Layer", "9 operations, 2 leaves")
    ]


def test_a_scope_left_and_entered_again_does_not_hang():
    with scope("a"):
        x = Value(1.0) * 2
    y = x.tanh()
    with scope("a"):
        z = y + x
    assert texts(draw(z, depth=0)).count("a") == 1


def test_dark(neuron):
    light, dark = (draw(neuron, theme=theme).source for theme in ("light", "dark"))
    assert 'bgcolor="#16191d"' in dark
    assert not {*re.findall("#[0-9a-f]{6}", light)} & {*re.findall("#[0-9a-f]{6}", dark)}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_is_readable_on_every_background(theme):
    def contrast(*colours):  # WCAG 2.1, 1.4.3 and 1.4.11
        dark, light = sorted(map(luminance, colours))
        return (light + 0.05) / (dark + 0.05)

    for background in (theme.paper, theme.forward, theme.backward, theme.leaf):
        assert contrast(theme.text, background) >= 4.5
    assert contrast(theme.quiet, theme.paper) >= 4.5
    assert contrast(theme.quiet, theme.leaf) >= 4.5
    assert contrast(theme.line, theme.paper) >= 3


# --- the file ------------------------------------------------------------------------------------


def test_it_is_a_digraph(neuron):
    picture = draw(neuron)
    assert isinstance(picture, graphviz.Digraph)
    assert picture.source.startswith("digraph {")


@pytest.mark.parametrize(
    ("name", "start"),
    [("g.svg", b"<?xml"), ("g.png", b"\x89PNG\r\n"), ("g.pdf", b"%PDF-"), ("g.gv", b"digraph {")],
)
def test_save(neuron, tmp_path, name, start):
    path = tmp_path / "new" / name
    assert draw(neuron).save(path) == str(path)
    assert path.read_bytes().startswith(start)


def test_save_in_a_directory(neuron, tmp_path):
    draw(neuron).save("g.svg", directory=tmp_path)
    assert (tmp_path / "g.svg").is_file()


def test_save_refuses_other_kinds_of_file(neuron, tmp_path):
    with pytest.raises(ValueError, match=r"cannot save '.*g\.gif'.*\.svg, \.png or \.pdf"):
        draw(neuron).save(tmp_path / "g.gif")
    assert not list(tmp_path.iterdir())


def test_render_writes_source_and_picture(neuron, tmp_path):
    target = draw(neuron).render(tmp_path / "g", format="svg")
    assert target == str(tmp_path / "g.svg")
    assert {path.name for path in tmp_path.iterdir()} == {"g", "g.svg"}
    draw(neuron).render(tmp_path / "h", format="png", cleanup=True)
    assert {path.name for path in tmp_path.iterdir()} == {"g", "g.svg", "h.png"}


def test_a_picture_is_opened_as_a_digraph_is(neuron, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(graphviz, "view", lambda path, quiet: opened.append((path, quiet)))
    draw(neuron).view(tmp_path / "g", quiet_view=True)
    draw(neuron).render(tmp_path / "g", format="png", view=True)
    draw(neuron).render(tmp_path / "g", format="png")
    assert opened == [(str(tmp_path / "g.pdf"), True), (str(tmp_path / "g.png"), False)]


def test_the_format_of_a_picture_is_that_of_the_digraph(neuron):
    picture = draw(neuron)
    assert picture.pipe().startswith(b"%PDF-")
    picture.format = "png"
    assert picture.pipe().startswith(b"\x89PNG")


def test_a_picture_that_exists_is_kept_where_that_is_asked_for(neuron, tmp_path):
    path = tmp_path / "g.svg"
    path.write_text("mine")
    draw(neuron).save(path, skip_existing=True)
    assert path.read_text() == "mine"
    draw(neuron).save(path)
    assert path.read_text().startswith("<?xml")


@pytest.mark.parametrize("option", ["nonsense", "engine"])
@pytest.mark.parametrize("write", ["save", "render", "pipe"])
def test_an_option_that_would_be_ignored_is_refused(neuron, tmp_path, write, option):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{option}'"):
        getattr(draw(neuron), write)(tmp_path / "g.svg", **{option: "neato"})
    assert not list(tmp_path.iterdir())


# --- who lays it out -----------------------------------------------------------------------------


@pytest.mark.usefixtures("no_dot")
def test_without_dot(neuron):
    assert "∂/∂w = 2.000" in texts(draw(neuron))


def test_with_dot(neuron, monkeypatch, tmp_path):
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "picture by $*"\ncat\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    picture = draw(neuron)
    assert picture.pipe("png").decode() == f"picture by -Tpng\n{picture.source}"


@pytest.mark.usefixtures("no_layout")
def test_without_any_layout(neuron):
    with pytest.raises(ModuleNotFoundError, match="pip install pygraphviz"):
        draw(neuron).pipe("svg")


@pytest.mark.usefixtures("no_dot")
def test_a_failing_layout_says_why(neuron):
    picture = draw(neuron)
    picture.body.append("n0 -> [")
    with pytest.raises(RuntimeError, match=r"Graphviz made no svg: .*syntax error"):
        picture.pipe("svg")


def test_a_layout_without_end_is_stopped(neuron, monkeypatch):
    monkeypatch.setattr(layout, "PATIENCE", 0.0)
    with pytest.raises(TimeoutError, match=r"did not lay out .*: draw a smaller part"):
        draw(neuron).pipe("svg")


def test_without_the_graphviz_package():
    script = (
        "import sys; sys.modules['graphviz'] = None; from autograd_mini import Value, draw\n"
        "draw(Value(1.0))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (
        "ModuleNotFoundError: draw needs the graphviz package: pip install graphviz" in run.stderr
    )


# --- in a notebook -------------------------------------------------------------------------------


def test_a_notebook_shows_the_svg(neuron):
    bundle = draw(neuron)._repr_mimebundle_()
    assert [*bundle] == ["image/svg+xml"]
    assert "∂/∂w = 2.000" in bundle["image/svg+xml"]


@pytest.mark.usefixtures("no_layout")
def test_a_notebook_without_any_layout_shows_text(neuron):
    neuron.backward()
    bundle = draw(neuron)._repr_mimebundle_()
    assert [*bundle] == ["text/plain"]
    assert bundle["text/plain"].startswith(
        "o = tanh, value 0.8005, grad 1.000\n"
        "  v2 = +, value 1.100, grad 0.3592\n"
        "    v1 = *, value 1.000, grad 0.3592\n"
        "      w = leaf, value 0.5000, grad 0.7184\n"
    )
    assert "pip install pygraphviz" in bundle["text/plain"]


def test_text_describes_once_what_is_used_twice():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    assert text_tree(tell(y + y + 1)).splitlines() == [
        "v2 = +, value 19.00, grad not computed",
        "  v1 = +, value 18.00, grad not computed",
        "    y = *, value 9.000, grad not computed",
        "      x = leaf, value 3.000, grad not computed",
        "      x = (see above)",
        "    y = (see above)",
        "  1",
    ]


def test_text_of_a_large_graph_is_cut_off():
    y = Value(1.0)
    for _ in range(500):
        y = y + 1
    lines = text_tree(tell(y)).splitlines()
    assert len(lines) == 101
    assert lines[-1] == "... (1,001 nodes in all)"


# --- what it refuses -----------------------------------------------------------------------------


def test_a_chain_of_a_million_is_refused_not_recursed_into():
    y = Value(1.0)
    for _ in range(1_000_000):
        y = +y
    with pytest.raises(
        ValueError, match=r"1,000,001 Values and constants, more than the limit of 2,000"
    ):
        draw(y)


def test_a_graph_at_the_limit_is_drawn():
    y = Value(1.0)
    for _ in range(299):
        y = tanh(y)
    assert texts(draw(y, limit=300)).count("tanh") == 299
    with pytest.raises(ValueError, match=r"more than the limit of 299: .* limit=300"):
        draw(y, limit=299)


def test_a_graph_that_is_too_large_says_how_to_collapse_it():
    y = Value(1.0)
    for part in range(3):
        with scope(f"part {part}"):
            for _ in range(1000):
                y = y + 1
    with pytest.raises(ValueError, match=r"6,001 Values .*: name its parts .*depth=0"):
        draw(y)
    assert {"part 0", "part 1", "part 2"} <= {*texts(draw(y, depth=0))}
    with pytest.raises(ValueError, match=r"with depth=0 there are 4 boxes .* limit of 3"):
        draw(y, depth=0, limit=3)


@pytest.mark.parametrize(("depth", "advice"), [(None, "name its parts"), (0, "name more parts"),
                                               (1, "open fewer levels, or name more")])  # fmt: skip
def test_constants_are_boxes_too(depth, advice):
    y = Value(1.0)
    for _ in range(10):
        y = y * 2
    assert len(sketch(tell(y), depth)) == 21
    draw(y, depth=depth, limit=21)
    with pytest.raises(ValueError, match=f" 21 .* more than the limit of 20: {advice}"):
        draw(y, depth=depth, limit=20)


def test_what_is_not_a_value():
    with pytest.raises(TypeError, match="expected a Value, whose graph can be shown"):
        draw([Value(1.0)])


def test_wrong_options(neuron):
    with pytest.raises(ValueError, match=r"direction is 'down': write \"LR\", \"TB\""):
        draw(neuron, direction="down")
    with pytest.raises(ValueError, match=r"theme is 'blue': write \"light\" or \"dark\""):
        draw(neuron, theme="blue")
    with pytest.raises(ValueError, match="depth is -1: write how many levels to open, 0 for none"):
        draw(neuron, depth=-1)
    with pytest.raises(ValueError, match="precision is 0: write how many digits"):
        draw(neuron, precision=0)


@pytest.mark.parametrize(
    ("view", "options", "message"),
    [
        (draw, {"depth": "1"}, "depth is '1', a str: write how many levels to open, 0 for none"),
        (draw, {"depth": 1.5}, r"depth is 1\.5, a float: write how many levels"),
        (draw, {"precision": "4"}, "precision is '4', a str: write how many digits to show"),
        (draw, {"limit": None}, "limit is None, a NoneType: write how many boxes"),
        (explain, {"precision": 1.5}, r"precision is 1\.5, a float: write how many digits"),
        (explain, {"limit": "9"}, "limit is '9', a str: write how many Values"),
        (explore, {"limit": 9.5}, r"limit is 9\.5, a float: write how many Values"),
    ],
)
def test_options_that_are_no_whole_numbers(neuron, view, options, message):
    with pytest.raises(TypeError, match=message):
        view(neuron, **options)


def test_whole_numbers_of_any_type(neuron):
    options = {"precision": True, "depth": np.int8(1), "limit": np.int64(100)}
    assert "value 0.5" in texts(draw(neuron, **options))
