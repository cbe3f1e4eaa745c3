"""A story as text, and how every view writes a number."""

from collections import defaultdict

from autograd_mini.story import Story

LINES = 100


def number(value: float | None, precision: int) -> str:
    """`precision` significant digits, as 2.000; None is a number that is not computed."""
    if value is None:
        return "not computed"
    return f"{value:#.{precision}g}".removesuffix(".")


def text_tree(story: Story, precision: int = 4) -> str:
    """The graph as an indented list, the root first, operands below what was made of them.

    What is used twice is described once. At most 100 lines.
    """
    operands = defaultdict(list)
    for edge in story.edges:
        operands[edge.target].append(edge.source)
    lines: list[str] = []
    told = set()
    stack = [(story.nodes[-1].id, 0)]
    while stack and len(lines) < LINES:
        place, depth = stack.pop()
        node = story.nodes[place]
        line = "  " * depth + (f"{node.name} = " if node.name else "")
        if node.is_constant:
            line += f"{node.value:.{precision}g}"
        elif place in told:
            line += "(see above)"
        else:
            line += f"{node.op or 'leaf'}, value {number(node.value, precision)}"
            line += f", grad {number(node.gradient, precision)}"
            stack += [(source, depth + 1) for source in reversed(operands[place])]
        told.add(place)
        lines.append(line)
    if stack:
        lines.append(f"... ({len(story.nodes):,} nodes in all)")
    return "\n".join(lines)
