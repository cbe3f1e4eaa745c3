"""The fuzzer is itself tried: every kind of fault, planted, is found, and what is right is not."""

from pathlib import Path

import pytest

from autograd_mini.expression import ExpressionError, parse
from tests.fuzz import guard
from tests.fuzz.__main__ import fuzzed
from tests.fuzz.targets import TARGETS, Target, assert_escaped, assert_latex


def outcome_of(monkeypatch, take, *allowed):
    monkeypatch.setitem(TARGETS, "planted", Target(lambda random: None, take, allowed))
    monkeypatch.setattr("tests.fuzz.__main__.WARM_UP", 0)
    monkeypatch.setattr(guard, "PATIENCE", 0.2)
    outcomes, _ = fuzzed("planted", 1, seed=0)
    return [*outcomes]


def hang(_):
    while True:
        pass


@pytest.mark.parametrize(
    ("take", "allowed"),
    [
        (hang, Exception),
        (lambda _: Path("no_such_file").write_text(""), Exception),
        (lambda _: eval("1 + 1"), Exception),
        (lambda _: compile("1", "text", "eval"), Exception),
        (lambda _: __import__("antigravity"), Exception),
        (lambda _: [0] * 10**12, ValueError),
        (lambda _: {}["no such key"], ValueError),
        (lambda _: int("no number"), ValueError),  # of that kind, but not in our words
        (lambda _: parse("("), TypeError),  # in our words, but not of that kind
    ],
)
def test_a_fault_is_found(monkeypatch, take, allowed):
    assert outcome_of(monkeypatch, take, allowed) == ["wrong"]


def test_what_is_wrong_is_shrunk(monkeypatch):
    def many(random):
        return [random.randrange(100) for _ in range(random.randrange(20))]

    def take(numbers):
        if max(numbers, default=0) >= 50:
            raise KeyError

    monkeypatch.setitem(TARGETS, "planted", Target(many, take, ()))
    outcomes, (told,) = fuzzed("planted", 100, seed=0)
    assert outcomes["wrong"] == 1
    assert "'planted 0 0': [50]" in told


def test_what_is_right_is_no_fault(monkeypatch):
    assert outcome_of(monkeypatch, lambda _: parse("x")) == ["taken"]
    assert outcome_of(monkeypatch, lambda _: parse("("), ExpressionError) == ["refused"]


@pytest.mark.parametrize("page", ["<b>x</b>", "<!-- x -->", "<div onclick='x'></div>"])
def test_a_tag_of_somebody_else_is_found(page):
    with pytest.raises(AssertionError):
        assert_escaped(page)


@pytest.mark.parametrize("name", ["}", "{", r"\input{x}", "%", "$x$", r"\end{aligned}"])
def test_latex_of_somebody_else_is_found(name):
    assert_latex(r"\begin{aligned} x \end{aligned}")
    with pytest.raises(AssertionError):
        assert_latex(rf"\begin{{aligned}} {name} \end{{aligned}}")
