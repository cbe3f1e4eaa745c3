"""The command line: `autograd-mini grad "x*y + tanh(x)" x=2 y=-3`, `autograd-mini lesson 3`."""

import argparse
import os
import re
import sys
import textwrap
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from autograd_mini import Value, explain, explore
from autograd_mini.expression import CONSTANTS, FUNCTIONS, ExpressionError, parse
from autograd_mini.lessons import (
    LANGUAGES,
    Cell,
    LessonError,
    exercise,
    find_lesson,
    lessons,
    notebook,
    run_lesson,
)

_FUNCTION_LINES = textwrap.fill(" ".join(FUNCTIONS), 64).replace("\n", "\n" + " " * 15)
GUIDE = f"""\
examples:
  autograd-mini grad "x*y + tanh(x)" x=2 y=-3
      the value, and its slope in x and in y, by one backward pass
  autograd-mini grad "-log(sigmoid(w*x + b))" w=0.5 x=2 b=0.1
      the loss of a neuron, and what each of its numbers is to blame for
  autograd-mini explain "tanh(w*x + b)" w=0.5 x=2 b=0.1
      every step forward and backward; with --wrt x, the paths from x to the result
  autograd-mini explore "tanh(w*x + b)" w=0.5 x=2 b=0.1 --open
      one HTML file to step through, edit, predict and break, opened in the browser

an expression is made of
  numbers      2  0.5  1e-3  and  {"  ".join(CONSTANTS)}
  operators    + - * / **  and parentheses; ** binds tightest, from the right
  functions    {_FUNCTION_LINES}
  variables    any other name: give each a number, name=number
"""


#: The commands whose arguments may begin with a minus, and what is an option of theirs even so.
OPTIONS = {
    "grad": (),
    "check-exercise": ("--lang",),
    "explain": ("--wrt", "--lang", "--latex"),
    "explore": ("-o", "--output", "--lang", "--open"),
}


#: A line of a complaint is cut off behind so many characters.
WIDTH = 300


class UsageError(Exception):
    """What the user wrote cannot be carried out; the message says what to write instead."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(_seen(message))


def _seen(line: str) -> str:
    """The beginning of a line, every character of which can be seen: it may quote anything."""
    start = line if len(line) <= WIDTH else line[:WIDTH] + " ..."
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in start)


@contextmanager
def _told_if_it_fails() -> Generator[None]:
    """A story that is too long, or a file that cannot be written, is a mistake in writing too."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write {error.filename}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 0, 1 for a wrong answer, 2 for a mistake in writing."""
    parser = _Parser(
        prog="autograd-mini",
        description="Derivatives by the chain rule, one number at a time.",
        epilog=GUIDE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    _add_grad(commands)
    _add_explain(commands)
    _add_explore(commands)
    _add_lesson(commands)
    _add_check_exercise(commands)
    written = sys.argv[1:] if arguments is None else [*arguments]
    if written and written[0] in OPTIONS:
        options = (*OPTIONS[written[0]], "-h", "--help", "--")
        written = [_not_an_option(argument, options) for argument in written]
    chosen, others = parser.parse_known_args(written)
    if others and chosen.command != "lesson":
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    chosen.others = others
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except (ExpressionError, LessonError, UsageError) as error:
        lines = map(_seen, f"autograd-mini: {error}".split("\n"))
        print(*lines, sep="\n", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, as `| head` has: nothing more is written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


# ---- grad


def _add_grad(commands: Any) -> None:
    grad = _add_expression(
        commands, "grad", "the value of an expression and its slope in every variable"
    )
    grad.set_defaults(run=_grad)


def _add_expression(commands: Any, name: str, purpose: str) -> Any:
    """A command that takes an expression and numbers for its variables."""
    command = commands.add_parser(
        name, help=purpose, epilog=GUIDE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.add_argument("expression", help='for example "x*y + tanh(x)"')
    command.add_argument(
        "assignments", nargs="*", metavar="name=number", help="a number per variable"
    )
    return command


def _grad(chosen: argparse.Namespace) -> int:
    print(gradient_table(chosen.expression, chosen.assignments))
    return 0


def gradient_table(expression: str, assignments: Sequence[str]) -> str:
    """Lines `name = number`: the value, then d value / d variable for each assignment."""
    out, leaves = _computed(expression, assignments)
    out.backward()
    rows = [("value", float(out))]
    rows += [(f"d/d{name}", leaf.grad) for name, leaf in leaves.items()]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}} = {number!r}" for name, number in rows)


def _computed(expression: str, assignments: Sequence[str]) -> tuple[Value, dict[str, Value]]:
    """The result of an expression, and the Value of each variable."""
    compute = parse(expression)
    leaves: dict[str, Value] = {}
    for name, number in map(_assignment, assignments):
        if name in leaves:
            raise UsageError(f"{name} has two numbers: give it one")
        leaves[name] = Value(number, name)
    missing = [name for name in compute.variables if name not in leaves]
    if missing:
        raise UsageError(
            f"no number for {', '.join(missing)}: add {' '.join(f'{name}=1.0' for name in missing)}"
        )
    out = compute(**leaves)
    if isinstance(out, Value):
        return out, leaves
    if not isfinite(out):  # inf may be a lesson where it depends on a variable
        raise UsageError(
            f"{expression[:60]} comes to {out}, not to a finite number: write smaller numbers"
        )
    return Value(out), leaves


def _not_an_option(argument: str, options: Sequence[str]) -> str:
    """An expression that begins with a minus, with a space before it for argparse's sake."""
    is_option = argument.partition("=")[0] in options
    return f" {argument}" if argument.startswith("-") and not is_option else argument


def _assignment(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    if not equals or not re.fullmatch(r"[^\W\d]\w*", name):
        raise UsageError(f"{text[:60]!r} assigns nothing: write name=number, as in x=2")
    if name in CONSTANTS or name in FUNCTIONS:
        raise UsageError(f"{name} has a meaning of its own: use another name for your variable")
    try:
        return name, float(number)
    except ValueError:
        raise UsageError(f"{number[:60]!r} is not a number: write {name}=2 for example") from None


# ---- explain


def _add_explain(commands: Any) -> None:
    told = _add_expression(commands, "explain", "how the chain rule finds these slopes, in steps")
    told.add_argument("--wrt", metavar="name", help="the paths from this variable to the result")
    told.add_argument("--lang", choices=LANGUAGES, default="en", help="the language")
    told.add_argument("--latex", action="store_true", help="as an aligned equation")
    told.set_defaults(run=_explain)


def _explain(chosen: argparse.Namespace) -> int:
    root, leaves = _computed(chosen.expression, chosen.assignments)
    if chosen.wrt is not None and chosen.wrt not in leaves:
        raise UsageError(f"there is no variable {chosen.wrt[:60]!r} to take paths from")
    wrt: Any = leaves.get(chosen.wrt)
    with _told_if_it_fails():
        told = explain(root, wrt, lang=chosen.lang)
    print(told.latex() if chosen.latex else told)
    return 0


# ---- explore


def _add_explore(commands: Any) -> None:
    page = _add_expression(commands, "explore", "one HTML file to step through, edit and break")
    page.add_argument(
        *("-o", "--output"), type=Path, metavar="FILE", default=Path("explore.html"),
        help="where to write it; explore.html by default",
    )  # fmt: skip
    page.add_argument("--lang", choices=LANGUAGES, default="en", help="the language")
    page.add_argument("--open", action="store_true", help="show it in the browser")
    page.set_defaults(run=_explore)


def _explore(chosen: argparse.Namespace) -> int:
    root, _ = _computed(chosen.expression, chosen.assignments)
    with _told_if_it_fails():
        path = explore(root, lang=chosen.lang).save(chosen.output)
    print(path)
    if chosen.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0


# ---- lessons


def _add_lesson(commands: Any) -> None:
    lesson = commands.add_parser(
        "lesson", help="the lessons, or one of them: prose, code, pictures and an exercise"
    )
    lesson.add_argument("number", nargs="?", type=int, help="which to run; none lists them")
    lesson.add_argument("--lang", choices=LANGUAGES, default="en", help="the language of the prose")
    lesson.add_argument(
        "--notebook", type=Path, metavar="FILE", help="write it as a notebook instead"
    )
    lesson.set_defaults(run=_lesson)


def _lesson(chosen: argparse.Namespace) -> int:
    if chosen.number is None:
        if chosen.notebook or chosen.others:
            raise UsageError("which lesson? Write its number, as in autograd-mini lesson 3")
        for lesson in lessons(chosen.lang):
            print(lesson.title)
        return 0
    lesson = find_lesson(chosen.number, chosen.lang)
    if chosen.notebook:
        if chosen.others:
            raise UsageError(f"a notebook takes no options: {' '.join(chosen.others)}")
        with _told_if_it_fails():
            chosen.notebook.parent.mkdir(parents=True, exist_ok=True)
            chosen.notebook.write_text(notebook(lesson), encoding="utf-8")
        print(chosen.notebook)
    else:
        run_lesson(lesson, chosen.others, _show)
    return 0


def _show(cell: Cell) -> None:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.syntax import Syntax

    shown = Markdown(cell.text) if cell.is_prose else Syntax(cell.text, "python", word_wrap=True)
    Console().print(shown, "")


def _add_check_exercise(commands: Any) -> None:
    check = commands.add_parser(
        "check-exercise", help="whether an answer to a lesson's exercise is right, and why not"
    )
    check.add_argument("number", type=int, help="of the lesson")
    check.add_argument("answer", help="a number, or what the exercise asks for")
    check.add_argument("--lang", choices=LANGUAGES, default="en", help="the language")
    check.set_defaults(run=_check_exercise)


#: Before a wrong answer's reason, and the reason if an answer cannot be read as what is asked for.
SAID = {
    "en": {
        "wrong": "Not yet. {}",
        float: "Answer with a number, as in 0.25 or 2/3",
        list[float]: "Answer with numbers in brackets, as in [0.25, -2/3]",
    },
    "ja": {
        "wrong": "まだです。{}",
        float: "0.25や2/3のように、数で答えてください",
        list[float]: "[0.25, -2/3]のように、数を角括弧に入れて答えてください",
    },
}


def _check_exercise(chosen: argparse.Namespace) -> int:
    check = exercise(find_lesson(chosen.number, chosen.lang))
    said: dict[Any, str] = SAID[chosen.lang]
    kind = check.__annotations__["answer"]
    try:
        answer = _read(chosen.answer.strip(), kind)
    except ValueError:
        print(said["wrong"].format(said[kind]))
        return 1
    try:
        print(check(answer))
    except AssertionError as reason:
        print(said["wrong"].format(reason))
        return 1
    return 0


def _read(text: str, kind: Any) -> Any:
    """An answer of this kind: float, list[float] or str. ValueError if it is none."""
    if kind is str:
        return text
    if kind is float:
        return _number(text)
    inside = text[1:-1] if text[:1] + text[-1:] in ("[]", "()") else text
    return [_number(part) for part in inside.split(",")]


def _number(text: str) -> float:
    """What an expression without variables comes to. ValueError if that is no finite number."""
    formula = parse(text)
    if formula.variables or not isfinite(number := float(formula())):
        raise ValueError(f"{text[:60]!r} is not a number")
    return number
