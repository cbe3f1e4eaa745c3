"""The path ledger: a derivative as the sum over all paths, beside two other ways to find it."""

from math import isnan
from typing import Any

from rich.console import RenderResult
from rich.text import Text

from autograd_mini.formulas import latex_name
from autograd_mini.show.paths import Path, Paths
from autograd_mini.show.printed import BACKWARD, QUIET, Printed, cells, table, title
from autograd_mini.show.text import in_a_line

#: A longer path shows this many of its edges at either end.
ENDS = 4


class Ledger(Printed):
    """Every path between two Values: how many, the largest ones, and what all of them add up to."""

    def __init__(self, paths: Paths, lang: str = "en", precision: int = 4) -> None:
        super().__init__(paths.story, lang, precision)
        self.paths = paths
        self.start = self.story.nodes[paths.start]

    def __rich_console__(self, *_: Any) -> RenderResult:
        paths, shown = self.paths, len(self.paths.largest)
        ends = {"start": in_a_line(self.start.name), "root": in_a_line(self.story.root.name)}
        yield title(self.say("paths", **ends, count=f"{paths.count:,}"))
        if shown < paths.count:
            yield Text(self.say("largest", shown=shown))
        rows = table(
            ("", QUIET),
            (self.say("path"), ""),
            (self.say("product"), ""),
            ("", BACKWARD),
        )
        for place, path in enumerate(paths.largest, 1):
            names = [self.start.name, *map(self._arrow, path.edges)]
            factors = [self.number(slope) for slope in self._slopes(path)]
            along = " ".join(self._shortened(names))
            product = " × ".join(self._shortened(factors)) or "1"
            rows.add_row(*cells(place, along, product, self.number(path.product)))
        others = paths.count - shown
        if others:
            rest = paths.total - sum(path.product for path in paths.largest)
            rows.add_row(*cells("", self.say("others", count=f"{others:,}"), "", self.number(rest)))
        yield rows
        yield Text()
        compared = table(("", ""), ("", BACKWARD))
        compared.show_header = False
        compared.add_row(*cells(self.say("total"), self._exact(paths.total)))
        compared.add_row(*cells(self.say("reverse"), self._exact(paths.gradient)))
        compared.add_row(*cells(self.say("difference"), self._measured()))
        yield compared

    def _measured(self) -> str:
        if self.story.is_outdated:
            return self.say("outdated")
        slope = self.paths.measured
        if slope is None or isnan(slope.slope):  # at the edge of a domain
            return self.say("unmeasured")
        if slope.is_rough:
            return self.say("rough")
        return self.say("bound", slope=self._exact(slope.slope), bound=f"{slope.bound:.1e}")

    def _slopes(self, path: Path) -> list[float]:
        return [self.story.edges[number].local_derivative or 0.0 for number in path.edges]

    def _arrow(self, edge: int) -> str:
        target = self.story.nodes[self.story.edges[edge].target]
        return f"→{self.story.which(edge)} {target.name}"

    def _shortened(self, texts: list[str]) -> list[str]:
        left_out = len(texts) - 2 * ENDS
        if left_out <= 1:
            return texts
        return [*texts[:ENDS], self.say("more", count=f"{left_out:,}"), *texts[-ENDS:]]

    def _exact(self, value: float) -> str:
        """With more digits than elsewhere: these are compared."""
        return f"{value:.12g}"

    def latex(self) -> str:
        """The sum over the paths that are shown, in symbols and in numbers."""
        root, start = latex_name(self.story.root.name), latex_name(self.start.name)
        symbols, numbers = [], []
        for path in self.paths.largest:
            symbols.append(" ".join(map(self._factor, path.edges)) or "1")
            slopes = [self.mathematics(slope, in_product=True) for slope in self._slopes(path)]
            numbers.append(r" \cdot ".join(slopes) or "1")
        dots = [r"\cdots"] if self.paths.count > len(symbols) else []
        lines = [
            rf"\frac{{\partial {root}}}{{\partial {start}}} &= {' + '.join(symbols + dots)}",
            f"&= {' + '.join(numbers + dots)}",
            f"&= {self.mathematics(self.paths.total)}",
        ]
        return self.aligned(lines)

    def _factor(self, edge: int) -> str:
        source, target = (latex_name(self.story.nodes[x].name) for x in self.story.edges[edge][:2])
        return rf"\frac{{\partial {target}}}{{\partial {source}{self.story.which(edge)}}}"
