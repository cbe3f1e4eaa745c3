"""The explorer: a story as one HTML file that steps, computes, asks and breaks, without a server."""

import html
import json
from pathlib import Path
from typing import Any

from autograd_mini.show.arithmetic import can_compute, local_derivatives
from autograd_mini.story import Story

_PAGE = Path(__file__).parent / "page"
_SCRIPTS = (
    "forward.js", "engine.js", "layout.js", "phrases.js", "model.js", "view.js", "steps.js", "quiz.js",
    "breaks.js", "main.js",
)

#: With more nodes than this a page begins with its scopes closed.
OPEN = 60


class Page:
    """One HTML file; shows itself in a notebook, and `save` writes it."""

    def __init__(self, story: Story, language: str = "en") -> None:
        self.html = _html(story, language)

    def save(self, path: str | Path) -> Path:
        """Write the file, and return where it is."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.html, encoding="utf-8")
        return path

    def __repr__(self) -> str:
        return f'<a page of {len(self.html.encode()) // 1000} kB: .save("lesson.html") writes it>'

    def _repr_html_(self) -> str:
        inside = html.escape(self.html, quote=True)
        return f'<iframe srcdoc="{inside}" width="100%" height="760" style="border:0"></iframe>'


def _html(story: Story, language: str) -> str:
    operations = {
        (node.op, len(story.slots(node.id))): None for node in story.nodes if node.op
    }
    missing = next((op for op, _ in operations if not can_compute(op)), "")
    data = json.loads(story.to_json())
    del data["events"]  # the page makes its own, for other numbers too
    root = story.root
    data |= {
        "seed": story.seed,
        "title": f"{root.name} = {story.formula(root.id)}" if root.op else root.name,
        "language": language,
        "missing": missing,
        "open": _open(story),
    }
    local = "{}" if missing else local_derivatives(operations)
    sources = [_read(name) for name in _SCRIPTS]
    engine_at = _SCRIPTS.index("engine.js")
    sources.insert(engine_at, f"const f = forward;\nconst LOCAL = {local};")
    return (
        _read("page.html")
        .replace("/* STYLE */", _read("page.css"))
        .replace("/* DATA */", _embedded(data))
        .replace("/* SCRIPT */", "\n".join(sources))
    )


def _open(story: Story) -> list[list[str]]:
    """Every scope if the graph is small; else the outermost, where there is only one."""
    scopes = {node.scope[:depth] for node in story.nodes for depth in range(1, len(node.scope) + 1)}
    outermost = {scope for scope in scopes if len(scope) == 1}
    shown = scopes if len(story.nodes) <= OPEN else outermost if len(outermost) == 1 else set()
    return sorted(map(list, shown))


def _embedded(data: Any) -> str:
    """JSON that cannot end the script that it is in."""
    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


def _read(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8").rstrip("\n")
