"""Training that is broken off anywhere, and goes on as if it had not been."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

import nn
from autograd_mini import Value
from nn.checkpoint import Checkpoint, Course
from nn.engines import Eager, Lifted
from nn.files import CHECKPOINT, WEIGHTS, read, write

rng = np.random.default_rng(0)
ROWS, UNSEEN = rng.normal(size=(12, 3)), rng.normal(size=(7, 3))
YES, YES_UNSEEN = (ROWS[:, 0] > 0).astype(float), (UNSEEN[:, 0] > 0).astype(float)
SCHEDULE = nn.WarmUp(4, then=nn.Cosine(0.1, steps=10))


class Training:
    """A model and all that learns with it, anew in each; `go` returns what a training leaves."""

    def __init__(self, engine, lr=SCHEDULE):
        dropout = [nn.Dropout(0.3, seed=4)] if engine == "eager" else []
        self.model = nn.Sequential(nn.Layer(3, 4, "tanh", seed=1), *dropout, nn.Neuron(4, seed=2))
        self.optimizer = nn.Adam(self.model.parameters(), lr=lr)
        self.stopping = nn.EarlyStopping(patience=50)
        self.engine = engine
        self.options = {"batch_size": 5, "epochs": 4, "loss": "binary_cross_entropy_with_logits"}
        self.options |= {"validation": (UNSEEN, YES_UNSEEN), "metric": "binary_accuracy"}

    def go(self, checkpoint=None, callbacks=(), **changes):
        options = {"engine": self.engine, **self.options, **changes}
        if options.get("steps"):
            del options["epochs"]
        data = options.pop("data", (ROWS, YES))
        history = nn.fit(
            *(self.model, *data),
            optimizer=self.optimizer,
            callbacks=[self.stopping, *callbacks],
            checkpoint=checkpoint,
            **options,
        )
        states = (each.state_dict() for each in (self.model, self.optimizer, self.stopping))
        drawn = [generator.random() for generator in self.model.generators()]
        return history, *states, drawn


@pytest.fixture
def always_due(monkeypatch):
    monkeypatch.setattr(Checkpoint, "due", lambda self: True)


@pytest.fixture
def copies(tmp_path, monkeypatch, always_due):
    """A copy of every checkpoint that was written."""
    found, original = [], Checkpoint.write

    def write_and_copy(self):
        original(self)
        found.append(tmp_path / f"copy {len(found)}.json")
        shutil.copy(self.path, found[-1])

    monkeypatch.setattr(Checkpoint, "write", write_and_copy)
    return found


ENGINES = pytest.mark.parametrize("engine", ["eager", "lifted"])


@ENGINES
def test_resumed_from_any_step_it_ends_where_it_would_have(engine, tmp_path, copies):
    whole = Training(engine).go()
    assert Training(engine).go(tmp_path / "run.json") == whole
    assert len(copies) == 12 + 1  # after every step, and at the end
    for copy in list(copies):
        assert Training(engine).go(copy) == whole
    assert len(whole[0].validation_metric) == 4
    assert whole[2]["steps"] == 12


@ENGINES
def test_more_steps_go_on_from_the_last(engine, tmp_path):
    """Also from the middle of an epoch, which is then completed."""
    for cut, whole in (({"epochs": 2}, {"epochs": 4}), ({"steps": 7}, {"steps": 11})):
        path = tmp_path / "run.json"
        Training(engine).go(path, **cut)
        resumed = Training(engine).go(path, **whole)
        assert resumed == Training(engine).go(**whole)
        path.unlink()


@ENGINES
@pytest.mark.parametrize("steps", [6, 7])
def test_a_finished_training_is_left_as_it_is(engine, tmp_path, monkeypatch, steps):
    path = tmp_path / "run.json"
    whole = Training(engine).go(path, steps=steps)
    for each in (Eager, Lifted):
        monkeypatch.setattr(each, "step", lambda *_: pytest.fail("another step was made"))
    assert Training(engine).go(path, steps=steps) == whole


def test_a_training_that_was_stopped_stays_stopped(tmp_path):
    path = tmp_path / "run.json"
    whole = Training("eager").go(path, callbacks=[lambda epoch: epoch.number == 2])
    assert len(whole[0].loss) == 2
    assert Training("eager").go(path, epochs=9) == whole


KILLED = """
import os, signal, sys
import numpy as np
import nn

path, engine, last_call = sys.argv[1], sys.argv[2], int(sys.argv[3])
rows = np.random.default_rng(0).normal(size=(12, 3))
dropout = [nn.Dropout(0.3, seed=4)] if engine == "eager" else []
model = nn.Sequential(nn.Layer(3, 4, "tanh", seed=1), *dropout, nn.Neuron(4, seed=2))
optimizer = nn.SGD(model.parameters(), lr=nn.StepDecay(0.2, every=5), momentum=0.9)
nn.checkpoint.Checkpoint.due = lambda self: True
calls = 0

def metric(predictions, targets):
    global calls
    calls += 1
    if calls == last_call:
        os.kill(os.getpid(), signal.SIGKILL)
    return predictions[0]

history = nn.fit(
    model, rows, (rows[:, 0] > 0).astype(float), loss="mse", optimizer=optimizer, batch_size=5,
    epochs=4, metric=metric, engine=engine, checkpoint=path or None,
)
print(history.loss, history.metric, model.state_dict(), optimizer.state_dict())
"""


@ENGINES
def test_a_killed_process_is_resumed(engine, tmp_path):
    path = tmp_path / "run.json"

    def run(checkpoint, last_call):
        script = [sys.executable, "-c", KILLED, str(checkpoint), engine, str(last_call)]
        return subprocess.run(script, capture_output=True, text=True, check=False)

    assert run(path, 5).returncode == -signal.SIGKILL
    assert read(path, CHECKPOINT)["course"]["steps"] == 4
    assert run(path, 4).returncode == -signal.SIGKILL
    assert read(path, CHECKPOINT)["course"]["steps"] == 7
    resumed, whole = run(path, 0), run("", 0)
    assert whole.returncode == resumed.returncode == 0
    assert whole.stdout == resumed.stdout != ""


def test_a_disk_that_fills_leaves_the_last_checkpoint(tmp_path, monkeypatch, always_due):
    path = tmp_path / "run.json"
    fsync, left = os.fsync, [5]

    def full(file):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            Training("eager").go(path)
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]
    assert read(path, CHECKPOINT)["course"]["steps"] == 5
    assert Training("eager").go(path) == Training("eager").go()


def test_an_interrupt_leaves_the_last_checkpoint(tmp_path, always_due):
    path = tmp_path / "run.json"
    calls = []

    def metric(predictions, targets):
        calls.append(1)
        if len(calls) == 6:
            signal.raise_signal(signal.SIGINT)
        return 0.5

    history, *_ = Training("eager").go(path, metric=metric)
    assert history.interrupted
    calls += [1] * 6
    resumed, *states = Training("eager").go(path, metric=metric)
    assert not resumed.interrupted
    assert (resumed, *states) == Training("eager").go(metric=metric)


def test_writing_takes_its_share_of_the_time_only(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("nn.checkpoint.time.monotonic", lambda: now[0])

    def slow(*_):
        now[0] += 2.0

    monkeypatch.setattr("nn.checkpoint.write", slow)
    training = Training("eager")
    course = Course(None)
    made_of = {"model": training.model, "optimizer": training.optimizer, "course": course}
    checkpoint = Checkpoint(tmp_path / "run.json", {}, callbacks=(), **made_of)
    assert checkpoint.due()
    checkpoint.write()
    now[0] += 39.0
    assert not checkpoint.due()
    now[0] += 1.5
    assert checkpoint.due()


# ---- what goes along


def test_a_learning_rate_that_a_callback_changed(tmp_path, copies):
    def slower(epoch):
        epoch.optimizer.lr *= 0.5

    whole = Training("eager", lr=0.1).go(callbacks=[slower])
    Training("eager", lr=0.1).go(tmp_path / "run.json", callbacks=[slower])
    for copy in list(copies)[::3]:
        assert Training("eager", lr=0.1).go(copy, callbacks=[slower]) == whole


def test_a_learning_rate_that_a_callback_changed_in_this_process(tmp_path):
    """The optimiser has the changed one; a new one, elsewhere, still begins with the first."""

    def slower(epoch):
        epoch.optimizer.lr *= 0.5

    path, training = tmp_path / "run.json", Training("eager", lr=0.1)
    training.go(path, callbacks=[slower], epochs=2)
    assert training.optimizer.lr == 0.025
    resumed = training.go(path, callbacks=[slower], epochs=4)
    assert resumed[:3] == Training("eager", lr=0.1).go(callbacks=[slower], epochs=4)[:3]
    assert resumed[:3] == Training("eager", lr=0.1).go(path, callbacks=[slower], epochs=4)[:3]
    with pytest.raises(ValueError, match=r"lr was 0\.1 and is 0\.2"):
        Training("eager", lr=0.2).go(path, callbacks=[slower])


def test_parameters_that_are_not_the_models(tmp_path):
    """A loss may have some of its own."""

    def trained(checkpoint, epochs):
        model, scale = nn.MLP(3, [2, 1]), Value(1.0)
        optimizer = nn.SGD([scale, *model.parameters()], lr=0.1)

        def loss(predictions, targets):
            return nn.mse([scale * p for p in predictions], targets)

        options = {"loss": loss, "optimizer": optimizer, "checkpoint": checkpoint}
        nn.fit(model, ROWS, YES, epochs=epochs, **options)
        return model.state_dict(), scale.data

    trained(tmp_path / "run.json", 3)
    assert trained(tmp_path / "run.json", 6) == trained(None, 6)


@ENGINES
def test_parameters_that_are_not_trained(tmp_path, engine):
    """They come from the file too, and a lifted program holds them as constants."""

    def trained(checkpoint, epochs, seed=1):
        model = nn.MLP(3, [2, 1], seed=seed)
        optimizer = nn.SGD(model.layers[1].parameters(), lr=0.1)
        options = {"loss": "mse", "optimizer": optimizer, "engine": engine}
        nn.fit(model, ROWS, YES, epochs=epochs, checkpoint=checkpoint, **options)
        return model.state_dict()

    trained(tmp_path / "run.json", 3)
    assert trained(tmp_path / "run.json", 6, seed=2) == trained(None, 6)


def test_auto_stays_with_the_engine_it_chose(tmp_path):
    path = tmp_path / "run.json"
    training = Training("lifted")
    training.go(path, engine="auto")
    assert read(path, CHECKPOINT)["course"]["engine"] == "eager"
    Training("lifted").go(path, engine="auto", epochs=600)
    assert read(path, CHECKPOINT)["course"]["engine"] == "eager"


def test_the_weights_can_be_taken_from_a_checkpoint(tmp_path):
    path = tmp_path / "run.json"
    training, other = Training("eager"), Training("eager")
    training.go(path)
    nn.load(other.model, path)
    assert other.model.state_dict() == training.model.state_dict()


# ---- refusals


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 4}, "batch_size was 5 and is 4. Go on with"),
        ({"seed": 1}, "seed was 0 and is 1"),
        ({"shuffle": False}, "shuffle was True and is False"),
        ({"loss": "mse"}, "loss was binary_cross_entropy_with_logits and is mse"),
        ({"metric": None}, "metric was binary_accuracy and is None"),
        ({"validation": (UNSEEN, 1 - YES_UNSEEN)}, r"validation was \d+ and is \d+"),
        ({"callbacks": [nn.EarlyStopping(9)]}, r"callbacks was \['EarlyStopping'\] and is \['Earl"),
        ({"data": (ROWS + 1e-9, YES)}, r"data was \d+ and is \d+"),
        ({"data": (ROWS, 1 - YES)}, r"data was \d+ and is \d+"),
    ],
)
def test_another_training(tmp_path, changes, message):
    path = tmp_path / "run.json"
    Training("eager").go(path)
    before, training = path.read_bytes(), Training("eager")
    state = training.model.state_dict()
    with pytest.raises(ValueError, match=f"run.json is a checkpoint of another .*{message}"):
        training.go(path, **changes)
    assert training.model.state_dict() == state
    assert path.read_bytes() == before


def test_another_optimiser(tmp_path):
    path = tmp_path / "run.json"
    Training("eager").go(path)
    schedule = r"WarmUp\(steps=4, then=Cosine\(lr=0.1, steps=10, final=0.0\)\)"
    with pytest.raises(ValueError, match=rf"lr was {schedule} and is 0\.1\."):
        Training("eager", lr=0.1).go(path)
    training = Training("eager")
    training.optimizer = nn.AdamW(training.model.parameters(), lr=SCHEDULE)
    with pytest.raises(ValueError, match="optimizer was Adam and is AdamW, weight_decay was None"):
        training.go(path)


class Line(nn.Module):
    def __init__(self, activation):
        self.neuron = nn.Neuron(3, activation)

    def forward(self, x):
        return self.neuron(x)


@dataclass
class Scaled(nn.Module):
    """A dataclass prints its numbers, and they change."""

    scale: Value

    def forward(self, x):
        return self.scale * x[0]


def fitted(model, path, epochs=2, engine="eager"):
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    options = {"loss": "mse", "optimizer": optimizer, "engine": engine, "epochs": epochs}
    nn.fit(model, ROWS, YES, checkpoint=path, **options)
    return model.state_dict()


def test_another_model(tmp_path):
    path = tmp_path / "run.json"
    fitted(Line("tanh"), path)
    message = r"model was Line: 4 .*\n.*3 -> 1, tanh.* and is Line: 4 .*\n.*3 -> 1, relu"
    with pytest.raises(ValueError, match=message):
        fitted(Line("relu"), path)


def test_a_model_with_a_repr_of_its_own(tmp_path):
    fitted(Scaled(Value(1.0)), tmp_path / "run.json")
    resumed = fitted(Scaled(Value(5.0)), tmp_path / "run.json", epochs=4)
    assert resumed == fitted(Scaled(Value(1.0)), tmp_path / "other.json", epochs=4)


def test_an_unknown_engine_changes_nothing(tmp_path):
    path, model = tmp_path / "run.json", Line("tanh")
    fitted(Line("tanh"), path)
    before = model.state_dict()
    with pytest.raises(ValueError, match="unknown engine 'fast'"):
        fitted(model, path, engine="fast")
    assert model.state_dict() == before


def test_lists_and_arrays_are_the_same_data(tmp_path):
    path = tmp_path / "run.json"
    whole = Training("eager").go(path)
    for data in ((ROWS.tolist(), YES.tolist()), (np.asfortranarray(ROWS), YES.astype(int))):
        assert Training("eager").go(path, data=data) == whole


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found.pop("optimizer"), "cannot be resumed from: it holds no optim"),
        (lambda found: found["course"].pop("steps"), "cannot be resumed from: KeyError"),
        (lambda found: found["course"].pop("engine"), "cannot be resumed from: it names no engine"),
        (lambda found: found["course"].update(engine="jet"), "from: it names no engine"),
        (lambda found: found.pop("settings"), "cannot be resumed from: it holds no settings"),
        (lambda found: found.update(course=[]), "cannot be resumed from: it holds no course"),
        (lambda found: found["course"].update(steps=float("inf")), "from: OverflowError"),
        (lambda found: found["course"].update(history=None), "from: TypeError"),
        (lambda found: found["course"].update(steps=-3), "a course of -3 steps"),
        (lambda found: found["course"].update(losses=[{}]), "from: TypeError"),
        (lambda found: found["optimizer"].update(lr=[0.1]), "from: TypeError"),
        (lambda found: found["optimizer"].update(steps=-1), "no optimiser has made -1 steps"),
        (lambda found: found["optimizer"].update(steps=2**60), "no optimiser has made 1152921"),
        (lambda found: found["parameters"].popitem(), "missing: layers.2.bias"),
        (lambda found: found.update(generators=[]), r"from: ValueError\(.*shorter"),
        (lambda found: found["generators"][0][1].pop(), "from: ValueError"),
        (lambda found: found["optimizer"]["memory"].update(slopes=[1.0]), "remembers"),
        (lambda found: found.update(callbacks=[{"best": 1.0}]), "KeyError"),
    ],
)
def test_a_damaged_checkpoint_changes_nothing(tmp_path, change, message):
    path = tmp_path / "run.json"
    Training("eager").go(path)
    found = read(path, CHECKPOINT)
    change(found)
    write(path, CHECKPOINT, found)
    training = Training("eager")

    def state():
        parts = training.model, training.optimizer, training.stopping
        drawn = [generator.getstate() for generator in training.model.generators()]
        return [*(part.state_dict() for part in parts), drawn]

    before = state()
    with pytest.raises(ValueError, match=message):
        training.go(path)
    assert state() == before


def test_a_file_of_another_kind(tmp_path):
    path = tmp_path / "weights.json"
    nn.save(Training("eager").model, path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"is no file of {CHECKPOINT}, its format is '{WEIGHTS}'"):
        Training("eager").go(path)
    path.write_bytes(before[:-20])
    with pytest.raises(ValueError, match="no JSON file, or not all of it"):
        Training("eager").go(path)


def test_it_is_json(tmp_path):
    path = tmp_path / "run.json"
    Training("eager").go(path)
    json.loads(path.read_text(), parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
