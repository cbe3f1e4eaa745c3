"""Every demo runs, from a directory of its own, and its numbers are what it says they are."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMOS = Path(__file__).parents[1] / "demos"

#: Words before a number, and the interval it must lie in.
NUMBERS = {
    "01_chain_rule.py": {
        "the loss: ": (0.2756, 0.2757),
        "d L / d w1: ": (-0.26184, -0.26183),
        "their ratio: ": (-2.0, -2.0),
        "the loss after a small step downhill: ": (0.2423, 0.2424),
    },
    "02_three_ways.py": {
        "runs of the loss, numeric: ": (10, 10),
        "runs of the loss, forward: ": (5, 5),
        "runs of the loss, reverse: ": (1, 1),
        "forward and reverse differ by at most: ": (0.0, 1e-14),
        "numeric and reverse differ by at most: ": (1e-13, 1e-9),
    },
    "03_delta_rule.py": {
        "wrong gradients: ": (9, 9),
        "1 / delta_o: ": (-7.3018, -7.3016),
        "w_im: all 6 entries wrong: every entry is off by exactly 1/": (-0.136954, -0.136953),
        "13 slopes: ": (9, 9),
        "as printed: ": (0, 0),
        "by the engine: ": (2, 2),
    },
    "04_breast_cancer.py": {
        "accuracy on unseen patients: ": (0.95, 1.0),
        "mean accuracy of 1 published runs: ": (0.95, 1.0),
        "155 slopes: 155 pass; largest relative error ": (0.0, 1e-6),
    },
    "05_layers.py": {
        "largest difference in a network built as the books build it: ": (1e-17, 1e-14),
        "half the loss has a gradient as large as the whole: ": (1.0, 1.0),
        "the largest loss there is: ": (16.118, 16.118),
        "its slope at a margin of -40, claimed: ": (-1.0, -0.999),
        "its slope at a margin of -40, true: ": (-1e-6, 0.0),
        "the loss without the 1e-7: ": (40.0, 40.0),
    },
    "06_learning.py": {
        "rate 0.3, right: the loss goes from 1.5871 to ": (0.005, 0.006),
        "rate 1.3, too large: the loss goes from 1.5871 to ": (1e11, 1e12),
        "push on a neuron at -5, squared error: ": (0.0132, 0.0133),
        "push on a neuron at -5, cross-entropy: ": (0.9933, 0.9934),
        "the first one feels, through sigmoid: ": (1e-6, 1e-5),
        "the first one feels, through relu: ": (0.5, 5.0),
    },
    "07_optimisers.py": {
        "SGD      after 30 steps at (-0.350, +0.085), height ": (0.0132, 0.0134),
        "Momentum after 30 steps at (+0.896, +0.088), height ": (0.0478, 0.0480),
        "AdaGrad  after 30 steps at (-0.120, +0.000), height ": (0.0007, 0.0008),
        "RMSProp  after 30 steps at (-0.154, +0.000), height ": (0.0011, 0.0012),
        "Adam     after 30 steps at (+0.136, +0.318), height ": (0.101, 0.103),
    },
    "08_digits.py": {
        "accuracy on unseen pictures: ": (0.95, 1.0),
        "blame of the true digit: ": (-1.0, -0.5),
        "largest difference from share - one-hot: ": (0.0, 1e-12),
    },
    "09_moons.py": {
        "before training: right ": (50, 50),
        "after training: right ": (100, 100),
        "loss before: ": (1.17, 1.18),
        "loss after: ": (0.0, 0.01),
    },
}
PICTURES = {
    "01_chain_rule.py": ["01_landscape.png", "01_neuron.svg"],
    "02_three_ways.py": ["02_cost.png"],
    "03_delta_rule.py": ["03_xor.png"],
    "04_breast_cancer.py": ["04_loss.png", "04_one_neuron.html", "04_one_neuron.svg"],
    "05_layers.py": ["05_capped.png"],
    "06_learning.py": ["06_learning.png"],
    "07_optimisers.py": ["07_paths.png"],
    "08_digits.py": ["08_blame.png", "08_digits.png", "08_loss.png"],
    "09_moons.py": ["09_moons.png"],
}

#: What makes a lesson shorter, or do what it does only if asked to.
ARGUMENTS = {"03_delta_rule.py": ["--seeds", "2"], "04_breast_cancer.py": ["--seeds", "1"]}


def test_no_demo_is_forgotten():
    assert {path.name for path in DEMOS.glob("*.py")} == NUMBERS.keys() == PICTURES.keys()


@pytest.mark.parametrize("name", NUMBERS)
def test_demo(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", DEMOS / name, *ARGUMENTS.get(name, [])],
        cwd=tmp_path,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "matplotlib")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for words, (low, high) in NUMBERS[name].items():
        found = re.search(re.escape(words) + r"([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)", done.stdout)
        assert found, f"{words!r} is not in\n{done.stdout}"
        assert low <= float(found[1]) <= high, found[0]
    for picture in PICTURES[name]:
        assert (tmp_path / "out" / picture).stat().st_size > 1000
