"""no_grad and detect_anomaly: alone, nested, under exceptions, threads and tasks."""

import asyncio
import inspect
import math
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import autograd_mini as am
from autograd_mini import Value, detect_anomaly, no_grad
from autograd_mini.modes import current_mode, open_blocks
from autograd_mini.primitives import TABLE


@pytest.fixture(autouse=True)
def no_block_stays_open():
    yield
    assert open_blocks == []
    assert current_mode().recording
    assert not current_mode().anomaly


def records():
    x = Value(2.0)
    outs = [x * x, x + 1, 1 / x, -x, am.exp(x), x.exp(), am.sum([x, x]), am.where(x, x, 1.0)]
    assert len({bool(out.parents) for out in outs}) == 1
    return bool(outs[0].parents)


# --- no_grad -------------------------------------------------------------------------------------


def test_no_grad_computes_without_recording():
    x = Value(3.0)
    with no_grad():
        y = x * x + 1
    assert (y.data, y.op, y.parents, y.operands, y.local_derivatives) == (10.0, "", (), (), ())
    y.backward()
    assert x.grad == 0.0


def test_no_grad_holds_for_every_row():
    with no_grad():
        for row in TABLE.values():
            out = Value.apply_primitive(row, [Value(0.5)] * (row.arity or 2))
            assert type(out) is Value
            assert out.parents == ()


def test_no_grad_runs_no_rule():
    row = am.primitives.Primitive("f", math.sin, (lambda *_: 1 / 0,), ((-1.0, 1.0),))
    with no_grad():
        assert row(Value(0.5)).data == math.sin(0.5)


def test_no_grad_nests_and_ends():
    assert records()
    with no_grad():
        assert not records()
        with no_grad():
            assert not records()
        assert not records()
        with detect_anomaly():
            assert not records()
    assert records()


@pytest.mark.parametrize("mode", [no_grad, detect_anomaly])
def test_modes_end_with_an_exception(mode):
    with pytest.raises(KeyboardInterrupt), mode():
        raise KeyboardInterrupt
    assert records()
    assert math.isnan((Value(0.0) / 0).data)


def test_backward_works_inside_no_grad():
    x = Value(3.0)
    y = x * x
    with no_grad():
        y.backward()
        x.data -= 0.1 * x.grad
    assert (x.grad, x.data) == (6.0, 3.0 - 0.1 * 6.0)


def test_modes_belong_to_their_thread():
    inside, done = threading.Barrier(2), threading.Barrier(2)
    seen = []

    def quiet():
        with no_grad(), suppress(FloatingPointError), detect_anomaly():
            inside.wait(10)
            seen.append(("quiet", records()))
            done.wait(10)
            am.log(Value(0.0))
            seen.append(("quiet", "no anomaly"))

    thread = threading.Thread(target=quiet)
    thread.start()
    inside.wait(10)
    seen.append(("main", records()))
    assert am.log(Value(0.0)).data == -math.inf
    done.wait(10)
    thread.join()
    assert sorted(seen) == [("main", True), ("quiet", False)]


def test_a_thread_started_inside_a_block_has_its_own_mode():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(records()))
        thread.start()
        thread.join()
        assert not records()
    assert seen == [True]


def test_modes_belong_to_their_task():
    async def quiet(ready, done):
        with no_grad():
            ready.set()
            await done.wait()
            return records()

    async def main():
        ready, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(ready, done))
        await ready.wait()
        outside = records()
        done.set()
        return outside, await task

    assert asyncio.run(main()) == (True, False)


def test_many_threads_at_once():
    wrong = []

    def work(quiet):
        for _ in range(300):
            if quiet:
                with no_grad():
                    wrong.append(records()) if records() else None
            elif not records():
                wrong.append("not recorded")

    threads = [threading.Thread(target=work, args=(i % 2,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- detect_anomaly ------------------------------------------------------------------------------


def line_of(text):
    """file:line of the only line of this file that ends with the comment `# text`."""
    lines = inspect.getsource(inspect.getmodule(line_of)).splitlines()
    (number,) = [i for i, line in enumerate(lines, 1) if line.endswith(f"# {text}")]
    return f"{Path(__file__)}:{number}"


def test_anomaly_names_operation_operands_and_line():
    x, y = Value(1.0, label="x"), Value(0.0, label="y")
    with pytest.raises(FloatingPointError) as caught, detect_anomaly():
        x / y  # here a quotient
    text = str(caught.value)
    assert text.startswith("/(x=1.0, y=0.0) = inf: the first inf is born at ")
    assert text.endswith(line_of("here a quotient"))


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (am.log, r"log\(x=0\.0\) = -inf"),
        (lambda x: x.log(), r"log\(x=0\.0\) = -inf"),
        (lambda x: np.log(np.array([x])), r"log\(x=0\.0\) = -inf"),
        (lambda x: am.sqrt(x - 1), r"sqrt\(-1\.0\) = nan"),
        (lambda x: (x - 8) ** (1 / 3), r"\*\*\(-8\.0, 0\.333.*\) = nan"),
        (lambda x: 1 / x, r"/\(1\.0, x=0\.0\) = inf"),
        (lambda x: x / 0, r"/\(x=0\.0, 0(\.0)?\) = nan"),
        (lambda x: am.exp(x + 1000), r"exp\(1000\.0\) = inf"),
        (lambda x: am.sum([x, 1e308, 1e308]), r"sum\(x=0\.0, 1e\+308, 1e\+308\) = inf"),
        (lambda x: (x + 1e308).prod(10.0), r"prod\(1e\+308, 10\.0\) = inf"),
        (lambda x: (x + 1e308).dot(10.0), r"dot\(1e\+308, 10\.0\) = inf"),
        (lambda x: x.atanh() + (x + 1).atanh(), r"atanh\(1\.0\) = inf"),
        (lambda x: (x + 1.7e308).hypot(1.7e308), r"hypot\(1\.7e\+308, 1\.7e\+308\) = inf"),
    ],
)
def test_anomaly_forward_in_every_spelling(attempt, message):
    here = f".*the first -?(inf|nan) is born at {Path(__file__)}:"
    with pytest.raises(FloatingPointError, match=message + here), detect_anomaly():
        attempt(Value(0.0, label="x"))


@pytest.mark.parametrize(
    "attempt",
    [
        lambda x: x - x,
        lambda x: x * 0,
        am.sin,
        lambda x: x / x,
    ],
)
def test_a_nan_born_of_an_infinity_is_an_anomaly_too(attempt):
    with pytest.raises(FloatingPointError, match=r"x=inf.* = nan: the first nan"), detect_anomaly():
        attempt(Value(math.inf, label="x"))


def test_what_was_not_finite_before_is_no_anomaly():
    with detect_anomaly():
        assert (Value(math.inf) + 1).data == math.inf
        assert math.isnan((Value(math.nan) * 0).data)
        assert am.tanh(Value(math.inf)).data == 1.0
        assert (Value(1.0) - 10**400).data == -math.inf
        assert am.where(1.0, Value(2.0), am.sqrt(Value(4.0))).data == 2.0


def test_anomaly_under_no_grad():
    with no_grad(), detect_anomaly(), pytest.raises(FloatingPointError, match="log"):
        am.log(Value(0.0))


def test_anomaly_backward_names_the_operation_and_its_line_and_changes_nothing():
    x = Value(0.0, label="x")
    with detect_anomaly():
        y = am.sqrt(x)  # here a root
        z = y + x
        with pytest.raises(FloatingPointError) as caught:
            z.backward()
    text = str(caught.value)
    assert "the gradient of sqrt(x=0.0) in x=0.0 is 1.0 * inf = inf" in text
    assert text.endswith(line_of("here a root"))
    assert (x.grad, y.grad, z.grad) == (0.0, 0.0, 0.0)
    z.backward()
    assert (x.grad, y.grad) == (math.inf, 1.0)


def test_anomaly_backward_of_a_graph_recorded_before():
    x = Value(0.0, label="x")
    y = am.sqrt(x)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"sqrt\(x=0\.0\).*unknown line"):
        y.backward()


def test_anomaly_backward_of_finite_factors():
    x = Value(1.0, label="x")
    y = x * 1e200
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"1e\+200 \* 1e\+200 = inf"):
        y.backward(1e200)
    assert (x.grad, y.grad) == (0.0, 0.0)


def test_anomaly_lets_a_stopped_infinity_pass():
    x = Value(0.0)
    with detect_anomaly():
        am.maximum(am.sqrt(x), 1.0).backward()
        (x**0 + 0 ** (x + 1)).backward()
        am.hypot(x, 0.0).backward()
    assert x.grad == 0.0


def test_anomaly_changes_no_result():
    def f(x, y):
        return am.tanh(x * y) / (x - y) + am.logsumexp([x, y, 1.0]) ** 2

    plain, watched = ([Value(0.3), Value(0.7)] for _ in range(2))
    f(*plain).backward()
    with detect_anomaly():
        f(*watched).backward()
    assert [x.grad for x in plain] == [x.grad for x in watched]


def test_lines_are_recorded_under_detect_anomaly_only():
    x = Value(1.0)
    assert (x * x).line == ""
    with detect_anomaly():
        out = x * x  # here a square
    assert out.line == line_of("here a square")
    with detect_anomaly():
        out = x.maximum(0.0)  # here a method
    assert out.line == line_of("here a method")


def test_a_sum_that_overflows_in_the_backward_pass():
    x = Value(0.5, label="x")
    with (
        pytest.raises(FloatingPointError, match=r"gradient of x=0\.5 is inf: each contribution"),
        detect_anomaly(),
    ):
        (x * 1e308 + x * 1e308).backward()
    assert x.grad == 0.0


def test_an_error_names_few_operands():
    with pytest.raises(FloatingPointError, match=r", \.\.\.\) = inf") as caught, detect_anomaly():
        am.sum([Value(1e308)] * 5000)
    assert len(str(caught.value)) < 500
