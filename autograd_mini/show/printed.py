"""What prints itself: coloured in a terminal, as a table and mathematics in a notebook."""

import html
import sys
from typing import Any

from rich.console import Console, RenderResult
from rich.table import Table
from rich.text import Text

from autograd_mini.formulas import number_text
from autograd_mini.show.notebook import asked_for
from autograd_mini.show.phrases import Phrasebook
from autograd_mini.show.text import in_a_line, number
from autograd_mini.story import Story

#: Forward and backward: as far from black as from white, for a terminal may be either.
FORWARD, BACKWARD, QUIET, TITLE = "#0a79c4", "#a86800", "#777777", "bold"

#: How wide a page is where no terminal says it.
WIDTH = 120


class Printed:
    """A view of a story made of rich's texts and tables."""

    def __init__(self, story: Story, lang: str = "en", precision: int = 4) -> None:
        self.story, self.say, self.precision = story, Phrasebook(lang), precision

    def __rich_console__(self, *_: Any) -> RenderResult:
        raise NotImplementedError

    def latex(self) -> str:
        """The same as mathematics: an aligned equation."""
        raise NotImplementedError

    def number(self, value: float) -> str:
        """A number as text."""
        return number(value, self.precision)

    def mathematics(self, value: float, in_product: bool = False) -> str:
        """A number as LaTeX; a negative one in parentheses, if it is a factor."""
        text = number_text(value, "latex", self.precision)
        return rf"\left({text}\right)" if in_product and text.startswith("-") else text

    def aligned(self, lines: list[str]) -> str:
        """Lines of LaTeX as one aligned equation, and whether the numbers in it are of today."""
        notes = [rf"&\text{{{self.say('outdated')}}}"] if self.story.is_outdated else []
        body = " \\\\\n".join([*notes, *lines])
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def __str__(self) -> str:
        """Coloured if it is going to a terminal; `NO_COLOR` is respected."""
        if not sys.stdout.isatty():
            return self.text()
        return self._printed(Console(force_terminal=True))

    __repr__ = __str__

    def text(self) -> str:
        """Without colours, whatever it is printed to."""
        return self._printed(Console(width=WIDTH, color_system=None, force_terminal=False))

    def _printed(self, console: Console) -> str:
        with console.capture() as captured:
            console.print(self)
        return "\n".join(line.rstrip() for line in captured.get().splitlines())

    def html(self) -> str:
        """For a notebook: real tables, as no font of a browser keeps Japanese in columns."""
        parts = [_as_html(part) for part in self.__rich_console__()]
        return f'<div style="overflow-x:auto">{"".join(parts)}</div>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **_: Any) -> Any:
        """For a notebook: text, tables and LaTeX."""
        bundle = {"text/plain": str(self), "text/html": self.html()}
        bundle["text/latex"] = f"${self.latex()}$"
        return asked_for(bundle, include, exclude)


def _as_html(part: Any) -> str:
    if isinstance(part, Text):
        weight = "bold" if part.style == TITLE else "normal"
        text = html.escape(part.plain)
        return f'<div style="font-weight:{weight};margin-top:.6em">{text}</div>' * bool(text)
    rows = [[column.header for column in part.columns]] * part.show_header
    rows += map(list, zip(*(column.cells for column in part.columns), strict=True))
    lines = []
    for place, row in enumerate(rows):
        styles = [QUIET if part.show_header and not place else each.style for each in part.columns]
        lines.append("".join(map(_cell, row, styles)))
    return f"<table><tr>{'</tr><tr>'.join(lines)}</tr></table>"


def _cell(text: Text, colour: Any) -> str:
    style = "text-align:left;padding:.1em .9em .1em 0;font-family:monospace"
    style += f";color:{colour}" if colour else ""
    return f'<td style="{style}">{html.escape(text.plain)}</td>'


def title(text: str) -> Text:
    """A line of its own above a table."""
    return Text(text, TITLE)


def table(*columns: tuple[str, str]) -> Table:
    """An empty table; a column is its heading and the style of its cells."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET)
    for heading, style in columns:
        made.add_column(Text(heading), style=style, overflow="fold")
    return made


def cells(*texts: object) -> list[Text]:
    """Texts as they are: what looks like rich's markup is none."""
    return [Text(in_a_line(str(text))) for text in texts]
