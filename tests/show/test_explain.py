"""The backward pass in words and formulas, in two languages, and whatever label it meets."""

import math
import os
import pty
import re
import subprocess
import sys

import pytest

import nn
from autograd_mini import Value, explain, tanh
from autograd_mini.graph import topological_order
from autograd_mini.show.phrases import PHRASES, Phrasebook
from autograd_mini.story import Push, tell

HOSTILE = '"q" <b> \\N [red]x[/] </script><script>alert(1)</script> 日本語'


@pytest.fixture
def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    out = tanh(w * x + b) * b
    out.label = "y"
    return out


def cells(explanation):
    """The words of every line, columns told apart by the spaces between them."""
    return [re.split(r"\s{2,}", line.strip()) for line in str(explanation).splitlines()]


def test_every_step_of_a_neuron(neuron):
    lines = cells(explain(neuron))
    for line in [
        ["w = 0.5000, x = 2.000, b = 0.1000"],
        ["1", "v1", "w * x", "0.5 * 2", "1.000"],
        ["3", "v3", "tanh(v2)", "tanh(1.1)", "0.8005"],
        ["5", "the seed: where the pass begins", "grad y = 1.000"],
        ["7", "grad b += grad y × ∂y/∂b", "∂y/∂b = v3", "1.000 × 0.8005 = 0.8005",
         "grad b = 0.8005 so far"],
        ["8", "grad v2 += grad v3 × ∂v3/∂v2", "∂v3/∂v2 = (1 / cosh(v2)) ** 2",
         "0.1000 × 0.3592 = 0.03592", "grad v2 = 0.03592"],
        ["10", "grad b += grad v2 × ∂v2/∂b", "∂v2/∂b = 1", "0.03592 × 1.000 = 0.03592",
         "grad b = 0.8364"],
        ["grad b", "0.8005 + 0.03592", "0.8364"],
    ]:  # fmt: skip
        assert line in lines


def test_the_operands_of_a_square_are_told_apart():
    x = Value(3.0, "x")
    told = [line[1:3] for line in cells(explain(x * x)) if "+=" in " ".join(line)]
    assert told == [[f"grad x += grad v1 × ∂v1/∂x[{i}]", f"∂v1/∂x[{i}] = x"] for i in (1, 2)]


def test_each_step_is_an_event_of_the_story(neuron):
    steps = [int(line[0]) for line in cells(explain(neuron)) if line[0].isdigit()]
    assert steps == [*range(1, len(tell(neuron).events) + 1)]


def test_the_languages_tell_the_same_steps(neuron):
    english, japanese = (cells(explain(neuron, lang=lang)) for lang in ("en", "ja"))
    assert len(english) == len(japanese)

    def numbers(lines):
        return [re.findall(r"-?\d+\.\d+|^\d+$", " ".join(line)) for line in lines]

    assert numbers(english) == numbers(japanese)
    assert ["7", "grad b += grad y × ∂y/∂b", "∂y/∂b = v3", "1.000 × 0.8005 = 0.8005",
            "grad b = 0.8005（途中）"] in japanese  # fmt: skip


def test_japanese_is_as_it_is_taught(neuron):
    told = str(explain(neuron, lang="ja"))
    assert "逆伝播：勾配が確定したノードから順に渡していく" in told
    assert "初期値（シード）から始まる" in told


def test_phrases_exist_in_every_language_with_the_same_fields():
    for phrase, texts in PHRASES.items():
        fields = [{*re.findall(r"{(\w+)}", text)} for text in texts.values()]
        assert [*texts] == ["en", "ja"], phrase
        assert fields[0] == fields[1], phrase
    with pytest.raises(ValueError, match="lang is 'fr': write one of en, ja"):
        Phrasebook("fr")


def test_latex_is_the_derivation(neuron):
    lines = explain(neuron).latex().splitlines()
    assert lines[0] == r"\begin{aligned}"
    assert lines[3] == r"v_{3} &= \tanh(v_{2}) = \tanh(1.1) = 0.8005 \\"
    assert lines[9] == (
        r"\frac{\partial y}{\partial b} &= \frac{\partial y}{\partial y} \cdot v_{3} + "
        r"\frac{\partial y}{\partial v_{2}} \cdot 1 = 1 \cdot 0.8005 + 0.03592 \cdot 1 = 0.8364 \\"
    )


def test_gradients_that_other_passes_left_change_nothing(neuron):
    told = str(explain(neuron)), explain(neuron).latex()
    (neuron * neuron).backward()
    neuron.backward(0.5)
    assert (str(explain(neuron)), explain(neuron).latex()) == told


def test_a_negative_factor_is_in_parentheses():
    assert r"1 \cdot \left(-1\right) = -1" in explain(-Value(3.0, "x")).latex()


def test_precision(neuron):
    assert "0.80050" in str(explain(neuron, precision=5))
    with pytest.raises(ValueError, match="precision is 0"):
        explain(neuron, precision=0)


def test_a_leaf_has_little_to_tell():
    told = cells(explain(Value(3.0, "x")))
    assert ["x = 3.000"] in told
    assert told[-1] == ["1", "the seed: where the pass begins", "grad x = 1.000"]
    assert "grad x = 1.000" in str(explain(Value(3.0, "x"), lang="ja"))


def test_a_network_is_too_long_a_story():
    model = nn.MLP(10, [20, 1])
    with pytest.raises(ValueError, match=r"more than the limit of 300: explain\(value, wrt=x\)"):
        explain(model([0.0] * 10))
    assert "neurons.1: weights.0 = " in str(explain(model([0.0] * 10), limit=1000))


def test_a_scope_is_said_once_and_not_in_every_name():
    x, w = Value(0.5, "x"), Value(2.0, "w")
    out = nn.MLP(1, [1, 1])([x]) * w
    told = cells(explain(out))
    for layer in (0, 1):
        heading = [f"MLP / layers.{layer} / neurons.0"]
        places = [place for place, row in enumerate(told) if row == heading]
        assert len(places) == 3  # forward, backward and gradients
        assert told[places[-1] + 1][0] == "grad weights.0"
    assert told[3] == ["x = 0.5000, w = 2.000"]
    assert told[4][0].startswith("MLP / layers.0 / neurons.0: weights.0 = ")
    assert [row[1:3] for row in told if row[1:2] == ["v2"]] == [["v2", "v1 + bias"]]
    assert ["outside of all scopes"] in told
    assert "layers.0.neurons" not in str(explain(out))
    assert {len(line) for line in str(explain(out, lang="ja")).splitlines()} < {*range(121)}


def test_what_is_not_a_value(neuron):
    with pytest.raises(TypeError, match="expected a Value, whose graph"):
        explain(3.0)
    with pytest.raises(TypeError, match=r"expected a Value of the graph, got 2\.0 .*wrt=x"):
        explain(neuron, wrt=2.0)


def test_numbers_that_were_changed_after_the_recording_are_no_news(neuron):
    for lang in ("en", "ja"):
        assert PHRASES["outdated"][lang] not in str(explain(neuron, lang=lang))
    assert "text" not in explain(neuron).latex()
    (w,) = (node for node in topological_order(neuron) if node.label == "w")
    w.data -= 0.1
    for lang in ("en", "ja"):
        assert PHRASES["outdated"][lang] in str(explain(neuron, lang=lang))
        assert PHRASES["outdated"][lang] in explain(neuron, lang=lang).latex()


# --- where it is shown ---------------------------------------------------------------------------


def test_any_label_is_shown_as_typed():
    x = Value(2.0, HOSTILE)
    out = explain(x * x)
    assert f"{HOSTILE} = 2.000" in str(out)
    page = out._repr_mimebundle_()["text/html"]
    assert "<script" not in page
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert "[red]x[/]" in page
    ledger = explain(x * x, wrt=x)
    assert HOSTILE in str(ledger)
    assert "<script" not in ledger._repr_mimebundle_()["text/html"]


def test_control_characters_do_not_reach_the_terminal():
    out = str(explain(Value(2.0, "a\x1b[31m\nb") * 2))
    assert "\x1b" not in out
    assert r"a\x1b[31m⏎b = 2.000" in out


def test_a_notebook_shows_tables_and_mathematics(neuron):
    bundle = explain(neuron)._repr_mimebundle_()
    assert [*bundle] == ["text/plain", "text/html", "text/latex"]
    assert bundle["text/plain"] == str(explain(neuron))
    assert bundle["text/html"].count("<table") == 3
    assert bundle["text/latex"] == f"${explain(neuron).latex()}$"
    assert [*explain(neuron)._repr_mimebundle_(include={"text/latex"})] == ["text/latex"]
    assert "text/latex" not in explain(neuron)._repr_mimebundle_(exclude={"text/latex"})


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colour_in_a_terminal_only(no_color):
    script = "from autograd_mini import *; print(explain(Value(2.0, 'x') ** 2))"
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": no_color, "COLUMNS": "200"}
    ours, theirs = pty.openpty()
    run = subprocess.Popen([sys.executable, "-c", script], stdout=theirs, env=environment)
    os.close(theirs)
    printed = b""
    try:
        while piece := os.read(ours, 4096):
            printed += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert run.wait() == 0
    assert b"grad x" in printed
    assert (b"\x1b[38;" in printed) == (no_color == "")


def test_without_the_rich_package():
    script = (
        "import sys; sys.modules['rich'] = None; from autograd_mini import Value, explain\n"
        "explain(Value(1.0))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "ModuleNotFoundError: explain needs the rich package: pip install rich" in run.stderr


def test_the_numbers_are_those_of_backward():
    x, y = Value(0.7, "x"), Value(-1.3, "y")
    out = tanh(x * y) / (x + 2) ** 2
    out.backward()
    totals = {}
    for event in tell(out).events:
        if isinstance(event, Push):
            totals[tell(out).nodes[tell(out).edges[event.edge].source].name] = event.total
    assert (totals["x"], totals["y"]) == (x.grad, y.grad)
    assert not math.isnan(x.grad)
