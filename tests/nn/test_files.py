"""Weights in files: exact, in one piece or not at all, and nothing else is taken for one."""

import errno
import json
import math
import os
import random
import resource
import struct

import pytest

from autograd_mini import Value
from nn import MLP, Module, load, save
from nn.files import CHECKPOINT, read, write


class Numbers(Module):
    def __init__(self, numbers):
        self.numbers = [Value(number) for number in numbers]


def bits(numbers):
    return [struct.pack("d", number) for number in numbers]


def numbers(model):
    return [parameter.data for parameter in model.parameters()]


def test_a_round_trip_is_exact(tmp_path):
    rng = random.Random(0)
    drawn = [struct.unpack("d", rng.randbytes(8))[0] for _ in range(2000)]
    special = [0.0, -0.0, 0.1, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan]
    given = [number for number in drawn if not math.isnan(number)] + special
    model, other = Numbers(given), Numbers([0.0] * len(given))
    save(model, tmp_path / "weights.json")
    load(other, tmp_path / "weights.json")
    assert bits(numbers(other)) == bits(given)


def test_the_file_is_json_that_reads_well(tmp_path):
    model = Numbers([0.5, -2.0])
    model.offset = Value(math.inf)
    save(model, str(tmp_path / "weights.json"))
    text = (tmp_path / "weights.json").read_text()
    assert text.splitlines() == [
        "{",
        '"format": "autograd_mini weights",',
        '"version": 1,',
        '"parameters": {',
        '  "numbers.0": 0.5,',
        '  "numbers.1": -2.0,',
        '  "offset": "inf"',
        "}",
        "}",
    ]
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_a_model_without_parameters(tmp_path):
    save(Numbers([]), tmp_path / "weights.json")
    load(Numbers([]), tmp_path / "weights.json")


def refused(path, message):
    model = MLP(2, [2, 1])
    before = model.state_dict()
    with pytest.raises(ValueError, match=message):
        load(model, path)
    assert model.state_dict() == before


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path):
    path = tmp_path / "weights.json"
    save(MLP(2, [2, 1], seed=1), path)
    whole = path.read_bytes()
    for length in range(len(whole.rstrip())):
        path.write_bytes(whole[:length])
        refused(path, "weights.json is no JSON file, or not all of it: ")


HEAD = '{"format": "autograd_mini weights", "version": 1'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x04\x95", "is no JSON file"),
        (b"[" * 100_000, "is no JSON file"),
        (b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", "is no "),
        (HEAD.encode() + b', "parameters": {"a": 1e999}}', "1e999 is beyond the largest float"),
        (HEAD.encode() + b', "parameters": {"a": -1' + b"0" * 400 + b"}}", "-10{18} is beyond the"),
        (b"[1, 2]", "is no file of autograd_mini weights or .*, its format is None"),
        (b'{"format": ["a"]}', r"its format is \['a'\]"),
        (b'{"format": "onnx", "version": 1}', "its format is 'onnx'"),
        (HEAD.replace("1", "2").encode() + b"}", "has version 2 of its format, .* version 1"),
        (HEAD.encode() + b"}", "holds no parameters"),
        (HEAD.encode() + b', "parameters": [0.5]}', "holds no parameters"),
        (HEAD.encode() + b', "parameters": {"a": NaN}}', "NaN is not JSON"),
        (
            HEAD.encode() + b', "parameters": {"a": 1}}',
            "weights.json: these numbers are not those of MLP",
        ),
    ],
)
def test_a_foreign_file_is_refused(tmp_path, content, message):
    path = tmp_path / "weights.json"
    path.write_bytes(content)
    refused(path, message)


@pytest.mark.parametrize("wrong", ["0.5", "Infinity", True, None, [1.0], {"a": 1}])
def test_what_is_no_number_is_refused(tmp_path, wrong):
    path = tmp_path / "weights.json"
    state = MLP(2, [2, 1], seed=1).state_dict()
    state["layers.1.neurons.0.bias"] = wrong
    write(path, "autograd_mini weights", {"parameters": state})
    refused(path, r"layers\.1\.neurons\.0\.bias: expected one real number")


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(MLP(2, [1]), tmp_path / "weights.json")


def test_a_missing_directory(tmp_path):
    path = tmp_path / "runs" / "weights.json"
    with pytest.raises(FileNotFoundError, match=f"no directory {path.parent} to write {path} in"):
        save(MLP(2, [1]), path)


def test_kinds_are_told_apart(tmp_path):
    save(MLP(2, [1]), tmp_path / "weights.json")
    with pytest.raises(
        ValueError, match="no file of autograd_mini checkpoint, its format is 'auto"
    ):
        read(tmp_path / "weights.json", CHECKPOINT)


# ---- in one piece or not at all


def fails(path, error):
    old = path.read_bytes()
    with pytest.raises(OSError, match=error):
        save(MLP(30, [30, 1]), path)
    assert path.read_bytes() == old
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208 (names are all that is asked)


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "weights.json"
    save(MLP(2, [1]), path)

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    fails(path, "No space left")


def test_a_file_that_may_not_grow_leaves_the_old_file(tmp_path):
    path = tmp_path / "weights.json"
    save(MLP(2, [1]), path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        fails(path, "File too large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path):
    path = tmp_path / "weights.json"
    save(MLP(2, [1]), path)
    old = path.read_bytes()
    with pytest.raises(TypeError, match="not JSON serializable"):
        write(path, CHECKPOINT, {"what": object()})
    assert path.read_bytes() == old


def test_a_link_stays_a_link(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    save(MLP(2, [1]), real)
    link.symlink_to(real)
    save(MLP(2, [1], seed=5), link)
    model = MLP(2, [1])
    load(model, real)
    assert link.is_symlink()
    assert numbers(model) == numbers(MLP(2, [1], seed=5))
