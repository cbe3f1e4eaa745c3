"""The story of a graph: what was computed, from what, how steeply and in which order, as data.

The engine's Values are for computing; whoever shows a graph to people reads a `Story` instead.
"""

from autograd_mini.story.model import Story
from autograd_mini.story.parts import Edge, Event, Forward, Node, Push, Seed
from autograd_mini.story.reading import without_infinities
from autograd_mini.story.telling import place_in, places, tell

__all__ = [
    "Edge",
    "Event",
    "Forward",
    "Node",
    "Push",
    "Seed",
    "Story",
    "place_in",
    "places",
    "tell",
    "without_infinities",
]
