"""The command line, as a user meets it."""

import math
import resource
import subprocess
import sys

import pytest

from autograd_mini.cli import main


def run(capsys, *arguments):
    status = main(arguments)
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_grad_prints_value_and_gradients(capsys):
    status, out, err = run(capsys, "grad", "x*y + tanh(x)", "x=2", "y=-3")
    assert (status, err) == (0, "")
    lines = dict(line.split(" = ") for line in out.splitlines())
    got = {name.strip(): float(number) for name, number in lines.items()}
    assert got["value"] == -6 + math.tanh(2)
    assert got["d/dx"] == pytest.approx(-3 + 1 / math.cosh(2) ** 2, rel=1e-15)
    assert got["d/dy"] == 2.0


def test_an_expression_may_begin_with_a_minus(capsys):
    value_and_slope = (0, "value = -4.0\nd/dx  = -4.0\n", "")
    assert run(capsys, "grad", "-x**2", "x=2") == value_and_slope
    assert run(capsys, "grad", "--", "-x**2", "x=2") == value_and_slope


def test_any_name_may_be_a_variable(capsys):
    assert "d/dself = 2.0" in run(capsys, "grad", "self*2", "self=3")[1]
    assert "value = 2.0" in run(capsys, "grad", "--x", "x=2")[1]


def test_a_variable_that_is_not_used_has_slope_0(capsys):
    assert "d/dy  = 0.0" in run(capsys, "grad", "x", "x=2", "y=1")[1]
    assert "d/dy  = 0.0" in run(capsys, "grad", "3", "y=1")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x^2", "x=2"), "'^' means nothing here: a power is ** (column 2)\n  x^2\n   ^"),
        (("x*z + y", "y=1"), "no number for x, z: add x=1.0 z=1.0"),
        (("x", "x=two"), "'two' is not a number: write x=2 for example"),
        (("x", "2"), "'2' assigns nothing: write name=number, as in x=2"),
        (("x", "=2"), "'=2' assigns nothing"),
        (("x", "pi=3"), "pi has a meaning of its own"),
        (("x", "tanh=3"), "tanh has a meaning of its own"),
        (("x", "x=1", "x=2"), "x has two numbers: give it one"),
    ],
)
def test_mistakes_are_told_in_a_line(capsys, arguments, message):
    status, out, err = run(capsys, "grad", *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_without_arguments_it_says_how(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "usage: autograd-mini" in capsys.readouterr().err


def test_help_teaches(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    help_text = capsys.readouterr().out
    assert 'autograd-mini grad "x*y + tanh(x)" x=2 y=-3' in help_text
    assert "softplus" in help_text


def test_python_dash_m():
    command = [sys.executable, "-m", "autograd_mini", "grad", "x*x", "x=3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "value = 9.0\nd/dx  = 6.0\n"


def test_explain_tells_every_step(capsys):
    status, out, err = run(capsys, "explain", "-tanh(w*x)", "w=0.5", "x=2")
    assert (status, err) == (0, "")
    assert "grad w += grad v1 × ∂v1/∂w" in out
    assert "-0.8399" in out


def test_explain_with_respect_to_a_variable(capsys):
    status, out, _ = run(capsys, "explain", "x*x", "x=3", "--wrt", "x", "--lang=ja")
    assert status == 0
    assert out.startswith("x から v1 への経路：2 本")


def test_explain_as_latex(capsys):
    assert (
        r"v_{1} &= x \cdot x = 3 \cdot 3 = 9" in run(capsys, "explain", "x*x", "x=3", "--latex")[1]
    )


def test_explain_of_a_number_and_of_mistakes(capsys):
    assert "v1 = 3.000" in run(capsys, "explain", "3")[1]
    status, _, err = run(capsys, "explain", "x", "x=1", "--wrt", "q")
    assert (status, err) == (2, "autograd-mini: there is no variable 'q' to take paths from\n")
    status, _, err = run(capsys, "explain", "x*2", "x=1", "y=1", "--wrt=y")
    assert status == 2
    assert "no path" in err


def test_explore_writes_a_page_and_prints_its_path(capsys, tmp_path):
    file = tmp_path / "new" / "page.html"
    status, out, err = run(
        capsys, "explore", "-tanh(w*x)", "w=0.5", "x=2", "-o", str(file), "--lang=ja"
    )
    assert (status, out, err) == (0, f"{file}\n", "")
    page = file.read_text("utf-8")
    assert '"title":"-tanh(w * x)"' in page
    assert '"language":"ja"' in page


def test_explore_opens_the_browser_when_asked(capsys, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "explore", "x", "x=1")[:2] == (0, "explore.html\n")
    assert opened == []
    assert run(capsys, "explore", "3", "--open")[0] == 0
    assert opened == [(tmp_path / "explore.html").as_uri()]


# ---- hostile input


# As Python text: it names a test, and no command line is as long as the longest of these.
HUGE = [
    "['grad', '(' * 100_000]",
    "['grad', '(' * 9_000]",
    "['grad', 'x' * 10_000_000]",
    "['grad', 'x' * 10_000]",
    "['grad', 'f' * 9_000 + '(x)']",
    "['grad', '+'.join(f'v{i}' for i in range(1500))]",
    "['grad', 'x', 'x' * 10_000_000 + '=1']",
    "['grad', 'x', 'x=' + '(' * 10_000_000]",
    "['explain', '(' * 100_000]",
    "['explain', 'x' * 10_000_000]",
    "['explain', 'x' + '*x' * 4_900, 'x=1']",
    "['explore', 'x' + '*x' * 4_900, 'x=1']",
    "['explore', 'x' * 10_000_000]",
    "['explain', 'x', 'x=1', '--wrt', 'x' * 10_000_000]",
    "['lesson', '9' * 10_000_000]",
    "['lesson', '9' * 4_000]",
    "['lesson', '1', '--lang', '\\u202e' * 1_000_000]",
    "['check-exercise', '5', 'x' * 10_000_000]",
    "['x' * 10_000_000]",
]
STRANGE = [
    "['grad', '9**9**9**9']",
    "['explain', '9**9**9**9']",
    "['explore', '0 * 1e999']",
    "['explore', 'x', 'x=1', '-o', '/dev/null/page.html']",
    "['explore', 'x', 'x=1', '-o', '\\x1b[2J\\0']",
    "['grad', '9**9**9**9 **']",
    "['grad', 'x\\0', 'x=1']",
    "['grad', '\\u202ex', 'x=1']",
    "['grad', 'x', 'x\\u200f=1']",
    "['grad', 'x', 'x=\\x1b[2J']",
    "['explain', 'x', 'x=1', '--lang', '\\x1b[2J']",
    "['lesson', '-1']",
    "['lesson', '1\\0']",
    "['lesson', '1', '--notebook', '/dev/null/a\\0b']",
    "['lesson', '1', '--notebook', '/dev/null/a']",
    "['check-exercise', '5', '\\u202e']",
    "['check-exercise', '1', '0', '\\x1b[2J\\n']",
    "['\\x1b[2J']",
]


@pytest.mark.parametrize("arguments", HUGE + STRANGE)
def test_what_is_hostile_is_refused_in_a_line_that_can_be_seen(capsys, arguments):
    try:
        status = main(eval(arguments))
    except SystemExit as ended:  # argparse
        status = ended.code
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    complaints = [line for line in err.splitlines() if line.startswith("autograd-mini")]
    assert len(complaints) == 1
    assert len(complaints[0]) < 400
    assert all(c.isprintable() for line in err.splitlines() for c in line)


def a_second_and_100_megabytes():
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    resource.setrlimit(resource.RLIMIT_AS, (100 << 20, 100 << 20))


@pytest.mark.parametrize("arguments", HUGE)
def test_what_is_huge_is_refused_quickly_and_in_little_memory(arguments):
    program = f"import sys; from autograd_mini.cli import main; sys.exit(main({arguments}))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=a_second_and_100_megabytes,
    )
    assert done.returncode == 2, done.stderr[-300:]


@pytest.mark.parametrize(
    "answer", ["9**9**9**9", "(" * 100_000, "0\0", "\u202e", "[[1], 2]", "9" * 9_000]
)
@pytest.mark.parametrize("number", range(1, 10))
def test_a_hostile_answer_is_a_wrong_one_or_a_mistake(capsys, number, answer):
    status, out, err = run(capsys, "check-exercise", str(number), answer)
    assert status in (1, 2)
    assert bool(out) != bool(err)


def test_numbers_without_end(capsys):
    message = "9**9**9**9 comes to inf, not to a finite number: write smaller numbers"
    assert message in run(capsys, "grad", "9**9**9**9")[2]
    # a variable has its slope even so
    assert run(capsys, "grad", "x + 9**9**9**9", "x=2") == (0, "value = inf\nd/dx  = 1.0\n", "")
    assert "d/dx  = 1.0" in run(capsys, "grad", "x", "x=" + "9" * 100_000)[1]


@pytest.mark.parametrize(
    "arguments", [["lesson", "1"], ["grad", "x", "x=1"], ["explain", "x*x", "x=1"], ["lesson"]]
)
def test_a_reader_may_leave_early(arguments):
    command = [sys.executable, "-m", "autograd_mini", *arguments]
    ours = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ours.stdout.close()
    assert ours.stderr.read() == b""
    ours.stderr.close()
    assert ours.wait() == 1
