"""The lessons in `demos/` as pages: prose in the reader's language, code, and what the code prints.

A lesson is a script in the percent format, its prose in English. The same prose in Japanese lies
beside it, in `demos/ja/`: one part for each of the script's cells of prose, in their order, and a
last part for what the exercise says, each sentence in English and, on the next line, in Japanese,
with `{}` for what differs from answer to answer. The code is the same for every reader.
"""

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ja")

#: A cell with this tag holds `check_exercise` and needs no other cell.
EXERCISE = "exercise"

_HERE = Path(__file__).parent
_MARK = re.compile(r"^# %%(?P<prose> \[markdown\])?(?: tags=\[\"(?P<tag>\w+)\"\])?$", re.MULTILINE)
_BREAK = re.compile(r"^%%$", re.MULTILINE)


class LessonError(Exception):
    """A lesson that does not exist, or that cannot be read; the message says which there are."""


@dataclass(frozen=True)
class Cell:
    """Prose, or code that begins on a line of the script."""

    text: str
    is_prose: bool
    line: int = 1
    tag: str = ""


@dataclass(frozen=True)
class Lesson:
    """A numbered script and its cells, the prose in one language.

    `sentences` are pairs: what the exercise says in English, and in this language.
    """

    number: int
    path: Path
    cells: tuple[Cell, ...]
    language: str = "en"
    sentences: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The heading of the first cell, with its number."""
        return self.cells[0].text.partition("\n")[0].lstrip("# ")

    def said(self, sentence: str) -> str:
        """A sentence of the exercise in the lesson's language."""
        for english, translated in self.sentences:
            pattern = re.escape(english).replace(r"\{\}", "(.+)")
            if found := re.fullmatch(pattern, sentence):
                return translated.format(*found.groups())
        return sentence


def lessons(language: str = "en") -> list[Lesson]:
    """All lessons in their order."""
    return [_lesson(path, language) for path in sorted(_folder().glob("[0-9][0-9]_*.py"))]


def find_lesson(number: int, language: str = "en") -> Lesson:
    """The lesson with this number; LessonError if there is none."""
    for path in _folder().glob(f"{number:02}_*.py"):
        return _lesson(path, language)
    there_are = ", ".join(str(lesson.number) for lesson in lessons())
    raise LessonError(f"there is no lesson {number}: there are {there_are}")


def run_lesson(lesson: Lesson, arguments: Sequence[str], show: Callable[[Cell], None]) -> None:
    """Run the cells of code from top to bottom, each cell shown before it runs.

    `arguments` are what the script finds in `sys.argv` behind its own name. LessonError if it
    reads none, and with the install line if a library is missing.
    """
    if arguments and not any("argparse" in cell.text for cell in lesson.cells):
        raise LessonError(f"lesson {lesson.number} takes no options: {' '.join(arguments)}")
    space: dict[str, Any] = {"__name__": "__main__", "__file__": str(lesson.path)}
    before, sys.argv = sys.argv, [str(lesson.path), *arguments]
    try:
        for cell in lesson.cells:
            show(cell)
            _execute(cell, lesson, space)
    except ModuleNotFoundError as error:
        raise LessonError(
            f"lesson {lesson.number} needs {error.name}, which is not installed: "
            "pip install 'autograd-mini[demos]'"
        ) from error
    finally:
        sys.argv = before


def exercise(lesson: Lesson) -> Callable[[Any], str]:
    """The lesson's `check_exercise`, which speaks the lesson's language.

    It returns what is said of a right answer; AssertionError, with the reason, for a wrong one.
    Its annotation of `answer` says what it takes: float, list[float] or str.
    """
    space: dict[str, Any] = {"__name__": f"lesson_{lesson.number}"}
    for cell in lesson.cells:
        if cell.tag == EXERCISE:
            _execute(cell, lesson, space)
    check = space["check_exercise"]

    @wraps(check)
    def check_exercise(answer: Any) -> str:
        try:
            return lesson.said(check(answer))
        except AssertionError as reason:
            raise AssertionError(lesson.said(str(reason))) from None

    return check_exercise


def notebook(lesson: Lesson) -> str:
    """The lesson as a Jupyter notebook, version 4.5 of its format."""
    cells = []
    for number, cell in enumerate([*lesson.cells, *_speaking(lesson)]):
        kind: dict[str, Any] = {"cell_type": "markdown"}
        if not cell.is_prose:
            kind = {"cell_type": "code", "execution_count": None, "outputs": []}
        source = cell.text.splitlines(keepends=True)
        cells.append({"id": f"cell-{number}", "metadata": {}, "source": source, **kind})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    page = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(page, ensure_ascii=False, indent=1) + "\n"


def _speaking(lesson: Lesson) -> list[Cell]:
    """The cell after which a notebook's `check_exercise` speaks the lesson's language."""
    if lesson.language == "en":
        return []
    lines = [
        "from autograd_mini.lessons import exercise, find_lesson",
        "",
        f'check_exercise = exercise(find_lesson({lesson.number}, "{lesson.language}"))',
    ]
    return [Cell("\n".join(lines), is_prose=False)]


def _folder() -> Path:
    """Inside an installed package, or beside the package in a checkout."""
    inside = _HERE / "_demos"
    return inside if inside.is_dir() else _HERE.parent / "demos"


def _lesson(path: Path, language: str) -> Lesson:
    cells = _cells(path.read_text(encoding="utf-8"))
    lesson = Lesson(int(path.name[:2]), path, tuple(cells), language)
    if language == "en":
        return lesson
    return _translated(lesson, path.parent / language / f"{path.stem}.md")


def _cells(script: str) -> list[Cell]:
    marks = list(_MARK.finditer(script))
    ends = [mark.start() for mark in marks[1:]] + [len(script)]
    cells = []
    for mark, end in zip(marks, ends, strict=True):
        text = script[mark.end() : end].strip("\n")
        line = script.count("\n", 0, mark.end()) + 2 + _leading(script[mark.end() : end])
        if mark["prose"]:
            text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
        cells.append(Cell(text, bool(mark["prose"]), line, mark["tag"] or ""))
    return cells


def _leading(text: str) -> int:
    """How many empty lines follow the mark of a cell."""
    return len(text) - len(text.lstrip("\n")) - 1


def _translated(lesson: Lesson, path: Path) -> Lesson:
    *prose, said = [part.strip("\n") for part in _BREAK.split(path.read_text(encoding="utf-8"))]
    count = sum(cell.is_prose for cell in lesson.cells)
    if len(prose) != count:
        raise LessonError(
            f"{path.name} has {len(prose)} parts of prose, but the lesson has {count} cells of it: "
            "write one for each and, last, what the exercise says, with a line %% between two"
        )
    following = iter(prose)
    cells = [replace(c, text=next(following)) if c.is_prose else c for c in lesson.cells]
    lines = [line for line in said.splitlines() if line]
    sentences = zip(lines[::2], lines[1::2], strict=True)
    return replace(lesson, cells=tuple(cells), sentences=tuple(sentences))


def _execute(cell: Cell, lesson: Lesson, space: dict[str, Any]) -> None:
    if not cell.is_prose:
        above = "\n" * (cell.line - 1)  # so that a traceback shows the script's own lines
        exec(compile(above + cell.text, str(lesson.path), "exec"), space)
