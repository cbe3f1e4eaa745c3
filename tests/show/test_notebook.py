"""A Value as the last line of a cell: never an exception, never a wait for a huge picture."""

import pytest

import nn
from autograd_mini import Value, scope, tanh
from autograd_mini.show import picture


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


def test_a_graph_without_scopes_is_not_drawn_when_it_is_large():
    y = Value(1.0)
    for _ in range(3000):
        y = y + 1
    bundle = y._repr_mimebundle_()
    assert [*bundle] == ["text/plain"]
    assert (
        "name its parts with scope() and close them, draw(value, depth=0)" in bundle["text/plain"]
    )
    for _ in range(20_000):
        y = y + 1
    plain = y._repr_mimebundle_()["text/plain"]
    assert "23,001 Values, more than the limit of 20,000: name its parts with scope()" in plain
    with scope("all"):
        z = Value(1.0)
        for _ in range(3000):
            z = z + 1
    assert "3,000 operations" in z._repr_mimebundle_()["image/svg+xml"]


def test_whatever_goes_wrong_a_cell_shows_the_value(out, monkeypatch):
    def fail(*_):
        raise RuntimeError("no layout today")

    monkeypatch.setattr(picture, "laid_out", fail)
    bundle = out._repr_mimebundle_()
    assert [*bundle] == ["text/plain", "text/latex"]
    assert bundle["text/plain"] == f"{out!r}\n(no layout today)"
