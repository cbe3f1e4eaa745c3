"""Histories: as text, as a picture, and whole."""

import subprocess
import sys
from contextlib import suppress
from functools import partial

from nn import History


def test_it_prints_readably():
    history = History(loss=[0.69314, 0.25, 0.0215], metric=[0.5, 0.75, 1.0])
    assert repr(history) == "History(3 epochs: loss 0.6931 -> 0.0215, metric 0.5 -> 1)"
    assert repr(History([2.0])) == "History(1 epoch: loss 2 -> 2)"
    assert repr(History([2.0], interrupted=True)) == "History(1 epoch: loss 2 -> 2, interrupted)"
    assert repr(History()) == "History(0 epochs)"


def test_an_epoch_is_added_to_every_curve_that_was_measured():
    history = History()
    history.add({"loss": 2.0, "validation_loss": 3.0})
    history.add({"loss": 1.0, "validation_loss": 4.0})
    assert history == History(loss=[2.0, 1.0], validation_loss=[3.0, 4.0])


def curves(axes):
    return {line.get_label(): line.get_xydata().tolist() for line in axes.get_lines()}


def test_plot_shows_the_curves():
    figure = History(loss=[3.0, 1.0], validation_loss=[4.0, 2.0]).plot()
    (axes,) = figure.axes
    assert curves(axes) == {
        "loss": [[1.0, 3.0], [2.0, 1.0]],
        "validation loss": [[1.0, 4.0], [2.0, 2.0]],
    }
    assert axes.get_xlabel() == "epoch"
    assert len(axes.get_legend().get_texts()) == 2


def test_plot_shows_metrics_in_a_panel_of_their_own(tmp_path):
    history = History(loss=[3.0, 1.0], metric=[0.5, 0.75], validation_metric=[0.25, 0.5])
    figure = history.plot()
    assert [[*curves(axes)] for axes in figure.axes] == [["loss"], ["metric", "validation metric"]]
    figure.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_plot_leaves_pyplot_alone():
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    History([1.0]).plot()
    assert pyplot.get_fignums() == before


def test_a_notebook_shows_the_plot():
    picture = History([3.0, 1.0])._repr_svg_()
    assert picture.startswith("<?xml")
    assert "<svg" in picture


def test_nothing_to_plot():
    assert History().plot().axes == []


def test_without_matplotlib():
    script = """
import sys
sys.modules["matplotlib"] = None
sys.modules["matplotlib.figure"] = None
import nn
history = nn.History([1.0])
print(history._repr_svg_())
try:
    history.plot()
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "None",
        "plot() draws with matplotlib: pip install matplotlib",
    ]


def test_an_interrupted_addition_is_all_or_nothing(interrupt_after):
    outcomes = []
    for events in range(20):
        history = History()
        with suppress(KeyboardInterrupt):
            interrupt_after(
                events, partial(history.add, {"loss": 1.0, "metric": 2.0}), ("history.py",)
            )
        outcomes.append((history.loss, history.metric))
    assert [each for each in outcomes if each not in (([], []), ([1.0], [2.0]))] == []
    assert ([], []) in outcomes
    assert ([1.0], [2.0]) in outcomes
