"""A story as text, and how every view writes a number."""

import re

from autograd_mini.show.phrases import Phrasebook
from autograd_mini.story import Story

LINES = 100

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def number(value: float | None, precision: int) -> str:
    """`precision` significant digits, as 2.000; None is a number that is not computed."""
    if value is None:
        return "not computed"
    return f"{value:#.{precision}g}".removesuffix(".")


def in_a_line(text: str) -> str:
    """Text as typed, but for what would break the line or command the terminal.

    A new line is shown as its symbol, any other control character as its escape.
    """
    escaped = text.replace("\n", "⏎").replace("\t", "    ")
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], escaped)


def text_tree(story: Story, precision: int = 4) -> str:
    """The graph as an indented list, the root first, operands below what was made of them.

    What is used twice is described once. At most 100 lines.
    """
    lines = [Phrasebook("en")("outdated")] if story.is_outdated else []
    told = set()
    stack = [(story.nodes[-1].id, 0)]
    while stack and len(lines) < LINES:
        place, depth = stack.pop()
        node = story.nodes[place]
        line = "  " * depth + (f"{in_a_line(node.name)} = " if node.name else "")
        if node.is_constant:
            line += f"{node.value:.{precision}g}"
        elif place in told:
            line += "(see above)"
        else:
            line += f"{in_a_line(node.op) or 'leaf'}, value {number(node.value, precision)}"
            line += f", grad {number(node.gradient, precision)}"
            sources = [story.edges[slot].source for slot in reversed(story.slots(place))]
            stack += [(source, depth + 1) for source in sources]
        told.add(place)
        lines.append(line)
    if stack:
        lines.append(f"... ({len(story.nodes):,} nodes in all)")
    return "\n".join(lines)
