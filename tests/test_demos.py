"""Every demo runs, from a directory of its own, and its numbers are what it says they are."""

import gzip
import os
import re
import struct
import subprocess
import sys
import zlib
from math import inf
from pathlib import Path

import numpy as np
import pytest

from autograd_mini.lessons import find_lesson

DEMOS = Path(__file__).parents[1] / "demos"

#: Words before a number, and the number; or, where the last digits are the processor's or a
#: library's, the interval it must lie in.
NUMBERS = {
    "01_chain_rule.py": {
        "the loss: ": 0.275603,
        "times +0.249376 gives d L / d u     = ": -0.261834,
        "d L / d w1: ": -0.261834,
        "d L / d w2: ": 0.523669,
        "their ratio: ": -2.0,
        "the loss after a small step downhill: ": 0.242331,
    },
    "02_three_ways.py": {
        "runs of the loss, numeric: ": 10,
        "runs of the loss, forward: ": 5,
        "runs of the loss, reverse: ": 1,
        "forward and reverse differ by at most: ": (0.0, 2e-15),
        "numeric and reverse differ by at most: ": (1e-11, 1e-9),
        "runs of the loss for 256 weights, numeric: ": 512,
        "runs of the loss for 256 weights, forward: ": 256,
        "runs of the loss for 256 weights, reverse: ": 1,
    },
    "03_delta_rule.py": {
        "wrong gradients: ": 9,
        "1 / delta_o: ": -7.3017,
        "w_im: all 6 entries wrong: every entry is off by exactly 1/": -0.136954,
        "13 slopes: ": 9,
        "as printed: ": 0,
        "by the engine: ": 2,
    },
    "04_breast_cancer.py": {
        "called benign before training: ": 114,
        "before training: right about ": 0.588,
        "the share that is benign: ": 0.588,
        "accuracy on unseen patients: ": (0.965, 0.983),  # one patient more or fewer
        "mean accuracy of 1 published runs: ": (0.9736, 0.9913),
        "155 slopes: 155 pass; largest relative error ": (1e-9, 1e-6),
    },
    "05_layers.py": {
        "largest difference in a network built as the books build it: ": (1e-17, 3e-15),
        "half the loss has a gradient as large as the whole: ": 1.0,
        "the largest loss there is: ": 16.118,
        "its slope at a margin of -40, claimed: ": -1.0,
        "its slope at a margin of -40, true: ": -4.2e-11,
        "the loss without the 1e-7: ": 40.0,
    },
    "06_learning.py": {
        "rate 0.01, too small: the loss goes from 1.5871 to ": 0.975985,
        "rate 0.3, right: the loss goes from 1.5871 to ": 0.00551395,
        "rate 1.3, too large: the loss goes from 1.5871 to ": 1.98429e11,
        "push on a neuron at -5, squared error: ": 0.013207,
        "push on a neuron at -5, cross-entropy: ": 0.993307,
        "the first one feels, through sigmoid: ": 2.6e-6,
        "the first one feels, through relu: ": 2.3,
    },
    "07_optimisers.py": {
        "SGD      after 30 steps at (-0.350, +0.085), height ": 0.0133,
        "Momentum after 30 steps at (+0.896, +0.088), height ": 0.0479,
        "AdaGrad  after 30 steps at (-0.120, +0.000), height ": 0.000722,
        "RMSProp  after 30 steps at (-0.154, +0.000), height ": 0.00118,
        "Adam     after 30 steps at (+0.136, +0.318), height ": 0.102,
        "SGD crosses the floor of the valley ": 30,
        "Momentum crosses the floor of the valley ": 4,
    },
    "08_digits.py": {
        "epoch   1: loss 2.2039, accuracy 0.2584, on unseen pictures ": 0.3778,
        "epoch   8: loss 0.5625, accuracy 0.8985, on unseen pictures ": 0.9111,
        "2000 lifted steps in ": (0.0, inf),
        "accuracy on unseen pictures: ": (0.9833, 0.9945),  # two pictures more or fewer
        "picture 36: predicted 5, true 9, loss ": (3.35, 3.36),
        "blame of the true digit: ": (-0.966, -0.964),
        "largest difference from share - one-hot: ": (0.0, 1e-15),
    },
    "09_moons.py": {
        "before training: right 50 of 100, with a say ": 85,
        "after training: right 100 of 100, with a say ": 0,
        "loss before: ": 1.1779,
        "loss after: ": 0.0,
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


def run(name, arguments, folder):
    """A demo, run in a directory, warnings being errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", DEMOS / name, *arguments],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder / "matplotlib")},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_numbers(expected, printed):
    """Each number stands behind its words."""
    for words, number in expected.items():
        found = re.search(re.escape(words) + r"([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)", printed)
        assert found, f"{words!r} is not in\n{printed}"
        low, high = number if isinstance(number, tuple) else (number, number)
        assert low <= float(found[1]) <= high, found[0]


@pytest.mark.parametrize("name", NUMBERS)
def test_demo(name, tmp_path):
    done = run(name, ARGUMENTS.get(name, []), tmp_path)
    assert done.returncode == 0, done.stderr
    assert_numbers(NUMBERS[name], done.stdout)
    for picture in PICTURES[name]:
        assert (tmp_path / "out" / picture).stat().st_size > 1000


# ---- lesson 8 reads MNIST's files

FILES = {
    part: f"{part.replace('images', 'images-idx3').replace('labels', 'labels-idx1')}-ubyte"
    for part in ("train-images", "train-labels", "t10k-images", "t10k-labels")
}


def idx(array):
    """The bytes of an IDX file: what its bytes are, how many axes, their lengths, the numbers."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def mnist(tmp_path):
    """Forty and ten pictures in which the place of the only bright pixel says which digit it is."""
    for part, count in (("train", 40), ("t10k", 10)):
        labels = np.arange(count) % 10
        pictures = np.zeros((count, 3, 4))
        pictures.reshape(count, 12)[np.arange(count), labels] = 255
        (tmp_path / FILES[f"{part}-labels"]).write_bytes(idx(labels))
        images = tmp_path / f"{FILES[f'{part}-images']}.gz"
        images.write_bytes(gzip.compress(idx(pictures)))
    return tmp_path


def test_digits_of_idx_files_few_and_none_of_them_wrong(mnist):
    done = run("08_digits.py", ["--data", str(mnist), "--steps", "100"], mnist)
    assert done.returncode == 0, done.stderr
    assert "40 pictures to learn from, 10 kept unseen" in done.stdout
    expected = {
        "accuracy on unseen pictures: ": 1.0,
        "picture 0: predicted 0, true ": 0,
        "100 lifted steps in ": (0.0, inf),
    }
    assert_numbers(expected, done.stdout)
    for picture in PICTURES["08_digits.py"]:
        assert (mnist / "out" / picture).stat().st_size > 1000


@pytest.fixture
def read_idx():
    """Lesson 8's function."""
    (cell,) = (cell for cell in find_lesson(8).cells if "def read_idx" in cell.text)
    space = {"gzip": gzip, "np": np, "struct": struct, "zlib": zlib, "Path": Path}
    exec(cell.text, space)
    return space["read_idx"]


def test_an_idx_file_is_read_plain_or_compressed(read_idx, tmp_path):
    array = np.arange(24).reshape(2, 3, 4)
    (tmp_path / "plain").write_bytes(idx(array))
    (tmp_path / "small.gz").write_bytes(gzip.compress(idx(array)))
    assert read_idx(tmp_path, "plain").tolist() == array.tolist()
    assert read_idx(tmp_path, "small").tolist() == array.tolist()


WHOLE = idx(np.arange(24).reshape(2, 3, 4))
PACKED = gzip.compress(WHOLE, mtime=0)  # a test is known by what it is given


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\0", WHOLE[:3], WHOLE[:10], WHOLE[:-1], WHOLE + b"\0", b"\0\0\x0d\1" + WHOLE[4:]),
        *(PACKED[:-1], PACKED[:12], PACKED[:2], PACKED[:-8] + bytes(8), b"\x1f\x8b" + WHOLE),
        gzip.compress(WHOLE[:-1], mtime=0),
    ],
)
def test_an_idx_file_that_is_broken_is_named(read_idx, content, tmp_path):
    (tmp_path / "labels").write_bytes(content)
    with pytest.raises(SystemExit, match="labels is no IDX file of bytes, or not all of it"):
        read_idx(tmp_path, "labels")


def test_an_idx_file_that_is_missing_is_named(read_idx, tmp_path):
    with pytest.raises(SystemExit, match=r"there is neither labels nor labels.gz in "):
        read_idx(tmp_path, "labels")
