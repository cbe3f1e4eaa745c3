"""A Value as the last line of a cell: never an exception, never a wait for a huge picture."""

import html
import sys

import pytest

import nn
from autograd_mini import Value, scope, tanh
from autograd_mini.show import notebook, picture
from autograd_mini.show.text import text_tree
from autograd_mini.story import tell


@pytest.fixture
def out():
    out = tanh(Value(0.5, "w") * Value(2.0, "</script>"))
    out.backward()
    return out


def test_text_latex_and_picture(out):
    bundle = out._repr_mimebundle_()
    assert bundle["text/plain"] == repr(out)
    assert bundle["text/latex"].startswith(r"$\begin{aligned}")
    assert "∂/∂w = 2.000" in bundle["image/svg+xml"]
    assert bundle["text/html"].startswith("<svg")
    assert "</script>" not in bundle["text/html"]


def test_what_the_notebook_asks_for(out):
    assert [*out._repr_mimebundle_(include={"text/plain"})] == ["text/plain"]
    assert "text/html" not in out._repr_mimebundle_(exclude={"text/html"})


def test_a_large_graph_is_closed_until_it_is_small():
    model = nn.MLP(4, [16, 16, 1])
    out = model([1.0, 2.0, 3.0, 4.0])
    assert out._repr_mimebundle_()["text/plain"] == repr(out)
    svg = out._repr_mimebundle_()["image/svg+xml"]
    assert "neurons.7" in svg
    assert "weights" not in svg


def test_a_huge_graph_is_drawn_as_its_outermost_scopes():
    y = Value(1.0, "x")
    for part in range(3):
        with scope(f"part {part}"):
            for _ in range(10_000):
                y = y + 1.0
    svg = y._repr_mimebundle_()["image/svg+xml"]
    assert svg.count("10,000 operations") == 3
    assert "value 3.000e+04" in svg  # what it all comes to


def test_a_graph_without_scopes_is_not_drawn_when_it_is_large(monkeypatch):
    y = Value(1.0)
    for _ in range(3000):
        y = y + 1
    bundle = y._repr_mimebundle_()
    assert [*bundle] == ["text/plain"]
    assert "name its parts with scope(), as modules are, and close them" in bundle["text/plain"]
    monkeypatch.setattr(notebook, "NODES", 6000)
    plain = y._repr_mimebundle_()["text/plain"]
    assert "6,001 Values and constants, more than the limit of 6,000: name its parts" in plain


def test_whatever_goes_wrong_a_cell_shows_the_value(out, monkeypatch):
    def fail(*_):
        raise RuntimeError("no layout today")

    monkeypatch.setattr(picture, "laid_out", fail)
    bundle = out._repr_mimebundle_()
    assert [*bundle] == ["text/plain", "text/html", "text/latex"]
    assert bundle["text/plain"] == f"{out!r}\n{text_tree(tell(out))}\n(no layout today)"
    assert bundle["text/html"] == f"<pre>{html.escape(bundle['text/plain'])}</pre>"


def test_without_the_graphviz_package_a_cell_shows_the_graph_as_text(out, monkeypatch):
    monkeypatch.delitem(sys.modules, "autograd_mini.show.picture")
    monkeypatch.setitem(sys.modules, "graphviz", None)
    plain = out._repr_mimebundle_()["text/plain"]
    assert "    w = leaf, value 0.5000, grad 0.8399" in plain
    assert "(draw needs the graphviz package: pip install graphviz)" in plain
