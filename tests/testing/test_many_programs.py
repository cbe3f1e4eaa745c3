"""10,000 random programs, judged as `make soak` does; and whether that judge sees what is wrong."""

import json
import math
import re
import sys
from collections import Counter
from dataclasses import replace

import pytest

from autograd_mini import Value, check_gradients, jvp
from autograd_mini.primitives import TABLE
from autograd_mini.testing.programs import Program, Step
from tests.soak import random_programs
from tests.soak.random_programs import CHUNK, judged, judged_chunk, program_of


def test_10_000_random_programs_eager_functional_forward_and_finite_differences():
    verdicts = Counter()
    for first in range(0, 10_000, CHUNK):
        complaints, more = judged_chunk(first)
        assert not complaints, "\n\n".join(complaints)
        verdicts += more
    assert verdicts.total() > 19_000  # two slopes a program, or nearly
    assert verdicts["pass"] > 0.99 * verdicts.total()


def complaints_with(rules_of, name, wrong):
    """What is said of programs when every reader uses a wrong rule."""
    row = TABLE[name]
    rules = row.partials
    object.__setattr__(row, "partials", rules_of(rules, wrong))
    try:
        programs = (program_of(seed) for seed in range(400))
        return [judged(each)[0] for each in programs if any(s.row is row for s in each.steps)]
    finally:
        object.__setattr__(row, "partials", rules)


@pytest.mark.parametrize("name", ["log", "asinh", "atan2", "gelu"])
def test_a_rule_a_millionth_too_steep_is_noticed(name):
    def steeper(rules, factor):
        return tuple(lambda *xs, rule=rule: factor * rule(*xs) for rule in rules)

    found = complaints_with(steeper, name, 1 + 1e-6)
    assert sum(map(bool, found)) > len(found) / 2  # where no other step stops the slope
    assert not any(complaints_with(steeper, name, 1.0))


@pytest.mark.parametrize(
    ("reader", "changed"),
    [
        ("jvp", lambda f, xs, d: (jvp(f, xs, d)[0], jvp(f, xs, d)[1] * (1 + 1e-13))),
        ("jvp", lambda f, xs, d: (math.nextafter(jvp(f, xs, d)[0], 9.0), jvp(f, xs, d)[1])),
        ("grad", lambda f, _: lambda *xs: tuple(x.grad + 1e-300 for x in map(Value, xs))),
    ],
)
def test_a_reader_that_differs_in_its_last_digits_is_noticed(monkeypatch, reader, changed):
    monkeypatch.setattr(random_programs, reader, changed)
    assert sum(bool(judged(program_of(seed))[0]) for seed in range(50)) > 25


def test_mpmath_decides_what_finite_differences_cannot():
    flat = Program(("x",), (18.5,), (Step("t1", TABLE["tanh"], ("x",)),))
    complaints, verdicts = judged(flat)
    assert (complaints, verdicts["pass"]) == ([], 0)
    assert random_programs.is_exact(flat, 0, 1 / math.cosh(18.5) ** 2, 1e-16)
    assert not random_programs.is_exact(flat, 0, 0.0, 1e-16)


def test_a_long_run_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys):
    path = tmp_path / "out" / "soak.json"
    monkeypatch.setattr(random_programs, "CHUNK", 10)
    options = ["--state", str(path), "--workers", "1"]

    def run(count):
        monkeypatch.setattr(sys, "argv", ["soak", "--count", str(count), *options])
        with pytest.raises(SystemExit) as end:
            random_programs.main()
        return end.value.code, capsys.readouterr().out

    code, text = run(20)
    assert code == 0
    assert re.match(r"20 random programs in \d+ s: 0 mismatches; \d\d slopes", text)
    state = json.loads(path.read_text())
    state["mismatches"] = ["seed 7: an earlier complaint"]
    path.write_text(json.dumps(state))
    code, text = run(40)
    assert code == 1
    assert "seed 7: an earlier complaint" in text
    assert "40 random programs" in text
    path.write_text(json.dumps(state | {"version": "another"}))
    assert run(10)[1].startswith("10 random programs")


def test_a_refusal_counts_even_if_mpmath_finds_the_slope(monkeypatch):
    program = program_of(0)
    refused = [
        replace(row, verdict="FAIL") for row in check_gradients(program, *program.point, order=1)
    ]
    monkeypatch.setattr("tests.soak.random_programs.check_gradients", lambda *_, **__: refused)
    complaints, _ = judged(program)
    assert any("finite differences refuse this slope" in each for each in complaints)
