"""Hostile inputs: what is right by a grammar, then broken at random."""

import json
from copy import deepcopy
from random import Random
from typing import Any

from autograd_mini.expression import FUNCTIONS

#: Characters from every corner of Unicode, each range as likely as the others.
RANGES = [
    *((0x20, 0x7F), (0x20, 0x7F), (0x00, 0x20), (0x80, 0x100), (0x300, 0x370), (0x590, 0x700)),
    *((0x2000, 0x2070), (0x3040, 0x3100), (0xD800, 0xE000), (0xFE00, 0x10000), (0x10000, 0x110000)),
]
PIECES = [
    *("<", ">", "&", "<b>", "</td>", "<!--", "-->", "]]>", "<script>", "</script>", "&lt;", "&#0;"),
    *(
        "\\",
        "\\N",
        "\\G",
        '"',
        "'",
        "{",
        "}",
        "}}",
        "$",
        "$$",
        "%",
        "#",
        "^",
        "_",
        "~",
        "\\input{x}",
    ),
    *("\\end{aligned}", "\\(", "\0", "\n", "\r\n", "\t", "\x1b[2J", "\u202e", "\u200f", "\u2028"),
    *("[red]", "[/]", "{0}", "%s", "${x}", "`id`", "$(id)", "__import__('os')", "../", "e", "pi"),
]
TOKENS = [
    *(*FUNCTIONS, "x", "y", "pi", "e", "x1", "λ", "self", "**", "+", "-", "*", "/", "(", ")", ","),
    *("0", "1", "2.5", ".5", "1e3", "1e999", "1e-999", "9**9**9**9", " ", "//", "^", "=", "."),
]
#: What JSON can hold where something else is expected; the last two are no JSON to be strict.
STRANGE = [
    *(None, True, False, 0, 1, -1, 2, 3, 10**9, -(10**9), 10**30, 10**400, 0.5, -0.0, 1e308),
    *("", "x", "nan", "inf", "-inf", "1", "\0", "\ud800", [], {}, [[]], [0.0], {"x": 1.0}),
    *(float("nan"), float("inf")),
]


def character(random: Random) -> str:
    return chr(random.randrange(*random.choice(RANGES)))


def label(random: Random) -> str:
    """A text that means something in DOT, HTML, LaTeX or a terminal."""
    parts = [
        random.choice(PIECES) if random.random() < 0.6 else character(random)
        for _ in range(random.randrange(7))
    ]
    return "".join(parts)


def expression(random: Random) -> str:
    """Mostly an expression, of some 40 characters; at times one of thousands."""
    if random.random() < 0.3:
        text = "".join(random.choice(TOKENS) for _ in range(random.randrange(30)))
    else:
        text = _term(random, random.randrange(4))
    if random.random() < 0.002:
        text *= random.randrange(2, 2000)
    return broken(random, text, TOKENS) if random.random() < 0.6 else text


def _term(random: Random, depth: int) -> str:
    kind = random.random() if depth else 0.0
    if kind < 0.2:
        return random.choice(("x", "y", "2", "0.5", "1e3", "0", "pi", "1e999"))
    parts = [_term(random, depth - 1) for _ in range(3)]
    if kind < 0.6:
        return f"{parts[0]}{random.choice(('+', '-', '*', '/', '**', ' ** '))}{parts[1]}"
    if kind < 0.7:
        return f"-({parts[0]})"
    arguments = ",".join(parts[: random.choice((1, 1, 1, 2, 2, 3))])
    return f"{random.choice([*FUNCTIONS])}({arguments})"


def broken(random: Random, text: str, pieces: list[str]) -> str:
    """A text after one to four edits."""
    for _ in range(random.randrange(1, 5)):
        start = random.randrange(len(text) + 1)
        end = start + random.randrange(9)
        middle = text[start:end]
        match random.randrange(6):
            case 0:
                middle = ""
            case 1:
                middle = middle * 2
            case 2:
                middle = random.choice(pieces)
            case 3:
                middle = character(random) + middle
            case 4:
                middle = middle[::-1]
            case 5 if random.random() < 0.02:
                middle = (middle or random.choice(pieces)) * random.randrange(20_000)
        text = text[:start] + middle + text[end:]
    return text


def document(random: Random, text: str) -> bytes:
    """A JSON file that resembles `text`: other values, other text, or other bytes."""
    if random.random() < 0.7:
        tree = json.loads(text)
        for _ in range(random.randrange(1, 4)):
            tree = _grafted(random, tree)
        text = json.dumps(tree)
    if random.random() < 0.3:
        text = broken(
            random, text, ["{", "}", "[", "]", ",", ":", '"', "1e999", "NaN", "-", "null"]
        )
    if random.random() < 0.01:
        text = text.replace("[", "[" * random.randrange(1, 3000), 1)
    content = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.1:
        start = random.randrange(len(content) + 1)
        content = content[:start] + random.randbytes(random.randrange(4)) + content[start + 1 :]
    return content


def _grafted(random: Random, tree: Any) -> Any:
    """A tree with one of its branches taken off, doubled or something else; in place if it can."""
    if not isinstance(tree, dict | list) or not tree or random.random() < 0.05:
        return deepcopy(random.choice(STRANGE))
    key = random.choice([*tree]) if isinstance(tree, dict) else random.randrange(len(tree))
    kind = random.random()
    if kind < 0.1:
        del tree[key]
    elif kind < 0.2 and isinstance(tree, list):
        tree.append(deepcopy(tree[key]))
    elif kind < 0.2:
        tree[label(random)] = deepcopy(tree[key])
    else:
        tree[key] = _grafted(random, tree[key])
    return tree
