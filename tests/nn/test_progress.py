"""The progress bar: where it is drawn, and where nothing is."""

import io
import subprocess
import sys

import pytest

from nn.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def draw(monkeypatch, stderr, shown=True):
    monkeypatch.setattr(sys, "stderr", stderr)
    with progress_bar(20, shown) as advance:
        for step in range(20):
            advance(f"loss {step / 100}")
    return stderr.getvalue()


def test_on_a_terminal_it_shows_steps_loss_and_time_left(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    text = draw(monkeypatch, Terminal())
    assert "20/20 steps" in text
    assert "loss 0.19" in text
    assert "0:00:00" in text


def test_it_is_quiet_anywhere_else(monkeypatch):
    assert draw(monkeypatch, io.StringIO()) == ""
    assert draw(monkeypatch, Terminal(), shown=False) == ""


def test_rich_is_imported_for_a_terminal_only():
    script = (
        "import sys, nn; model = nn.MLP(1, [1]); optimizer = nn.SGD(model.parameters(), lr=0.1);"
        "nn.fit(model, [[1]], [1], loss='mse', optimizer=optimizer, epochs=1);"
        "print(*{'rich', 'numpy'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("\n", "")


def test_without_rich_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(ImportError, match="python -m pip install rich, or fit"):
        draw(monkeypatch, Terminal())
