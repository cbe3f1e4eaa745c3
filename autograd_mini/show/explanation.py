"""A story in words and formulas: the forward table, then the backward pass, push by push."""

from collections import defaultdict
from functools import cached_property
from typing import Any

from rich.console import RenderResult
from rich.table import Table
from rich.text import Text

from autograd_mini import formulas
from autograd_mini.formulas import Operand, latex_name
from autograd_mini.scopes import Scope
from autograd_mini.show.printed import BACKWARD, FORWARD, QUIET, Printed, cells, table, title
from autograd_mini.show.text import in_a_line
from autograd_mini.story import Forward, Node, Push, Seed


class Explanation(Printed):
    """How a Value was computed, and how the chain rule finds every gradient behind it."""

    @cached_property
    def _arrivals(self) -> dict[int, list[Push]]:
        """The pushes that arrive at each node, in order."""
        found = defaultdict(list)
        for event in self.story.events:
            if isinstance(event, Push):
                found[self.story.edges[event.edge].source].append(event)
        return found

    def __rich_console__(self, *_: Any) -> RenderResult:
        root = self.story.root
        name, value = in_a_line(root.name), self.number(root.value)
        yield title(self.say("title", root=name, value=value))
        if self.story.is_outdated:
            yield Text(self.say("outdated"))
        yield Text()
        yield from self._given()
        if root.op:
            yield from self._forward()
        yield from self._backward()
        if self._arrivals:
            yield from self._gradients()

    def _given(self) -> RenderResult:
        yield title(self.say("given"))
        leaves = [node for node in self.story.nodes if not node.op and not node.is_constant]
        for scope, nodes in self._by_scope(leaves).items():
            named = [(in_a_line(self.story.name(node.id, scope)), node.value) for node in nodes]
            told = ", ".join(f"{name} = {self.number(value)}" for name, value in named)
            yield Text(f"{in_a_line(_path(scope))}: {told}" if scope else told)

    def _forward(self) -> RenderResult:
        columns = [("step", QUIET), ("name", ""), ("computed as", ""), ("in numbers", QUIET)]
        columns += [("value", FORWARD)]
        rows = []
        for step, event in enumerate(self.story.events, 1):
            if isinstance(event, Forward):
                node = self.story.nodes[event.node]
                name = self.story.name(node.id, node.scope)
                formula = self.story.formula(node.id, inside=node.scope)
                numbers, value = self._numbers(node), self.number(node.value)
                rows.append((node.scope, cells(step, name, formula, numbers, value)))
        yield Text()
        yield title(self.say("forward"))
        yield self._table(columns, rows, "computed as")

    def _backward(self) -> RenderResult:
        columns = [("step", QUIET), ("chain rule", ""), ("local derivative", QUIET)]
        columns += [("in numbers", ""), ("running total", BACKWARD)]
        rows, root = [], self.story.root
        for step, event in enumerate(self.story.events, 1):
            if isinstance(event, Seed):
                name = self.story.name(root.id, root.scope)
                seed = f"grad {name} = {self.number(event.gradient)}"
                rows.append((root.scope, cells(step, self.say("seed"), "", "", seed)))
            elif isinstance(event, Push):
                scope = self.story.nodes[self.story.edges[event.edge].target].scope
                rows.append((scope, self._push(step, event, scope)))
        yield Text()
        yield title(self.say("backward"))
        yield self._table(columns, rows, "chain rule")

    def _push(self, step: int, push: Push, inside: Scope) -> list[Text]:
        edge = self.story.edges[push.edge]
        source, target = (self.story.name(node, inside) for node in (edge.source, edge.target))
        local = f"∂{target}/∂{source}{self.story.which(push.edge)}"
        partial = self.story.partials(edge.target, inside=inside)[edge.slot]
        factors = [push.upstream, push.local_derivative, push.contribution]
        upstream, slope, contribution = map(self.number, factors)
        total = f"grad {source} = {self.number(push.total)}"
        is_last = push is self._arrivals[edge.source][-1]
        return cells(
            step,
            f"grad {source} += grad {target} × {local}",
            f"{local} = {partial or slope}",
            f"{upstream} × {slope} = {contribution}",
            total if is_last else self.say("so far", total=total),
        )

    def _gradients(self) -> RenderResult:
        columns = [("name", ""), ("contributions", ""), ("sum", BACKWARD)]
        rows = []
        for scope, nodes in self._by_scope(self.story.nodes).items():
            for node in nodes:
                if pushes := self._arrivals.get(node.id):
                    name = f"grad {self.story.name(node.id, scope)}"
                    terms = " + ".join(self.number(push.contribution) for push in pushes)
                    rows.append((scope, cells(name, terms, self.number(pushes[-1].total))))
        yield Text()
        yield title(self.say("gradients"))
        yield self._table(columns, rows, "name")

    def _by_scope(self, nodes: list[Node]) -> dict[Scope, list[Node]]:
        """Nodes by their scopes: first those outside of all, then in the order of operations."""
        operations = [node for node in self.story.nodes if node.op]
        found: dict[Scope, list[Node]] = {(): []}
        found |= {node.scope: [] for node in [*operations, *nodes]}
        for node in nodes:
            found[node.scope].append(node)
        return {scope: inside for scope, inside in found.items() if inside}

    def _table(
        self, columns: list[tuple[str, str]], rows: list[tuple[Scope, list[Text]]], wide: str
    ) -> Table:
        """Rows under the scope they are in, which is said in the column `wide` where it changes."""
        made = table(*[(self.say(name), style) for name, style in columns])
        before: Scope = ()
        for scope, row in rows:
            if scope != before:
                heading = _path(scope) or self.say("outside")
                made.add_row(*cells(*[heading if name == wide else "" for name, _ in columns]))
                before = scope
            made.add_row(*row)
        return made

    def _numbers(self, node: Node, style: formulas.Style = "text") -> str:
        """The formula of a node with its operands' numbers in it."""
        sources = [self.story.edges[slot].source for slot in self.story.slots(node.id)]
        operands = [Operand(self._rounded(self.story.nodes[x].value), None) for x in sources]
        return formulas.operation(node.op, operands, style)

    def _rounded(self, value: float) -> float:
        return float(f"{value:.{self.precision}g}")

    def latex(self) -> str:
        """The derivation as an aligned equation, in the order in which gradients become final."""
        lines = []
        for event in self.story.events:
            if isinstance(event, Forward):
                node = self.story.nodes[event.node]
                formula = self.story.formula(node.id, "latex")
                numbers, value = self._numbers(node, "latex"), self.mathematics(node.value)
                name = latex_name(node.name)
                lines.append(f"{name} &= {formula} = {numbers} = {value}")
            elif isinstance(event, Seed):
                seed = self.mathematics(event.gradient)
                lines.append(f"{self._derivative(self.story.root)} &= {seed}")
            elif event is self._arrivals[self.story.edges[event.edge].source][-1]:
                lines.append(self._sum(self.story.edges[event.edge].source))
        return self.aligned(lines)

    def _sum(self, node: int) -> str:
        symbols, numbers = [], []
        for push in self._arrivals[node]:
            edge = self.story.edges[push.edge]
            target = self.story.nodes[edge.target]
            factors = [push.upstream, push.local_derivative]
            upstream, slope = (self.mathematics(x, in_product=True) for x in factors)
            partial = self.story.partials(target.id, "latex")[edge.slot] or slope
            if partial.startswith("-") or " + " in partial or " - " in partial:
                partial = rf"\left({partial}\right)"
            symbols.append(rf"{self._derivative(target)} \cdot {partial}")
            numbers.append(rf"{upstream} \cdot {slope}")
        total = self.mathematics(self._arrivals[node][-1].total)
        name = self._derivative(self.story.nodes[node])
        return f"{name} &= {' + '.join(symbols)} = {' + '.join(numbers)} = {total}"

    def _derivative(self, node: Node) -> str:
        root, name = latex_name(self.story.root.name), latex_name(node.name)
        return rf"\frac{{\partial {root}}}{{\partial {name}}}"


def _path(scope: Scope) -> str:
    return " / ".join(scope)
