"""The colours of every view. Blue is what the forward pass computed, orange what the backward did.

The two differ for colour-blind readers too: they are tints and shades of Okabe and Ito's.
"""

from typing import NamedTuple


class Theme(NamedTuple):
    """Colours of the paper and of what is on it, then of text and lines."""

    paper: str
    forward: str
    backward: str
    leaf: str
    text: str
    quiet: str
    line: str
    frame: str


THEMES = {
    "light": Theme(
        paper="#ffffff",
        forward="#cfe8f7",
        backward="#fbe0bf",
        leaf="#f5f5f5",
        text="#000000",
        quiet="#666666",
        line="#0072B2",
        frame="#b5b5b5",
    ),
    "dark": Theme(
        paper="#16191d",
        forward="#0d4a70",
        backward="#6e4300",
        leaf="#2c3138",
        text="#f2f2f2",
        quiet="#a9b1ba",
        line="#56B4E9",
        frame="#5b636d",
    ),
}
