"""The lifted engine against the eager one: the same trajectory, the same errors, or a refusal."""

import random
import subprocess
import sys
import warnings
from functools import partial

import numpy as np
import pytest

import nn
from autograd_mini import Value, detect_anomaly, dot, maximum
from nn.layers import ACTIVATIONS
from nn.losses import LOSSES, softmax_cross_entropy
from nn.metrics import binary_accuracy

ROWS = np.random.default_rng(0).normal(size=(23, 3))
YES = (ROWS[:, 0] > 0.2).astype(float)
CLASSES = np.random.default_rng(1).integers(0, 3, 23)
TABLE = 0.1 * np.random.default_rng(2).normal(size=(23, 3))
SHARES = np.random.default_rng(3).dirichlet([1, 1, 1], 23)

#: loss, targets, the last layer's function, the number of outputs, the learning rate
TASKS = {
    "mse": ("mse", YES, "linear", 1, 0.05),
    "mse of rows": ("mse", TABLE, "linear", 3, 0.05),
    "mse of rows of one": ("mse", YES[:, None], None, 1, 0.05),
    "sse of rows": ("sse", TABLE, "linear", 3, 0.001),
    "margins": ("hinge", 2 * YES - 1, "linear", 1, 0.05),
    "probabilities": ("binary_cross_entropy", YES, "sigmoid", 1, 0.05),
    "logits": ("binary_cross_entropy_with_logits", YES, "linear", 1, 0.05),
    "classes": ("softmax_cross_entropy", CLASSES, "linear", 3, 0.05),
    "shares": ("softmax_cross_entropy", SHARES, "linear", 3, 0.05),
}
BATCHES = {"full": {}, "mini": {"batch_size": 5}, "in order": {"batch_size": 8, "shuffle": False}}


def numbers(model):
    return [parameter.data for parameter in model.parameters()]


def sgd(model, lr=0.05):
    return nn.SGD(model.parameters(), lr=lr)


def mlp(outputs, activation="tanh", output="linear"):
    if output is None:  # a list of outputs, even of one
        return nn.Sequential(nn.Layer(3, 5, activation, seed=2), nn.Layer(5, outputs))
    return nn.MLP(3, [5, outputs], activation, output, seed=1)


def trained(engine, model, y, loss, lr=0.05, **options):
    """Parameters and their gradients after 100 steps, and the history."""
    given = {"steps": 100, "metric": None} | options
    history = nn.fit(model, ROWS, y, loss=loss, optimizer=sgd(model, lr), engine=engine, **given)
    return [*numbers(model), *(p.grad for p in model.parameters())], history


def lifted(*args, **options):
    model, y = nn.MLP(3, [4, 1]), YES
    given = {"loss": "mse", "optimizer": sgd(model), "steps": 2, "engine": "lifted"} | options
    return nn.fit(*(args or (model, ROWS, y)), **given)


# ---- the same numbers


def test_every_loss_has_a_task():
    assert {loss for loss, *_ in TASKS.values()} == LOSSES.keys()


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "gelu"])
@pytest.mark.parametrize("task", TASKS)
def test_same_trajectory(task, activation, batches):
    loss, y, output, outputs, lr = TASKS[task]
    compare(loss, y, output, outputs, lr, activation, BATCHES[batches])


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_same_trajectory_with_every_activation(activation):
    compare("softmax_cross_entropy", CLASSES, "linear", 3, 0.05, activation, {"batch_size": 10})


def compare(loss, y, output, outputs, lr, activation, batches):
    runs = [
        trained(engine, mlp(outputs, activation, output), y, loss, lr, **batches)
        for engine in ("eager", "lifted")
    ]
    (eager, expected), (found, history) = runs
    start = numbers(mlp(outputs, activation, output))
    assert eager[: len(start)] != pytest.approx(start, abs=1e-3)
    assert found == pytest.approx(eager, rel=1e-10, abs=1e-12)
    assert history.loss == pytest.approx(expected.loss, rel=1e-10)


@pytest.mark.parametrize(
    ("task", "metric"),
    [
        *(("classes", "accuracy"), ("shares", "accuracy"), ("probabilities", "binary_accuracy")),
        ("probabilities", partial(binary_accuracy, threshold=0.4)),
    ],
)
def test_same_metrics_and_validation(task, metric):
    loss, y, output, outputs, lr = TASKS[task]
    histories = [
        trained(
            *(engine, mlp(outputs, "tanh", output), y, loss, lr),
            metric=metric,
            validation=(ROWS[:9] + 0.1, y[:9]),
            batch_size=5,
        )[1]
        for engine in ("eager", "lifted")
    ]
    eager, found = histories
    assert found.metric == pytest.approx(eager.metric, rel=1e-12)
    assert found.validation_metric == pytest.approx(eager.validation_metric, rel=1e-12)
    assert found.validation_loss == pytest.approx(eager.validation_loss, rel=1e-10)
    assert len(set(eager.validation_loss)) == 20


@pytest.mark.parametrize("task", ["mse", "mse of rows", "mse of rows of one"])
def test_a_metric_of_ones_own_gets_what_it_gets_eagerly(task):
    _, y, output, outputs, _ = TASKS[task]
    seen = {"eager": [], "lifted": []}
    for engine, calls in seen.items():
        model = mlp(outputs, "tanh", output)

        def look(predictions, targets, calls=calls):
            calls.append((*np.ravel(predictions), *np.ravel(targets)))
            calls[-1] += (len(predictions), *np.shape(predictions))
            return 0.0

        trained(engine, model, y, "mse", steps=6, batch_size=10, metric=look)
    assert len(seen["eager"]) == 6
    for eager, found in zip(*seen.values(), strict=True):
        assert found == pytest.approx(eager, rel=1e-11, abs=1e-14)


OPTIMIZERS = {
    "momentum": partial(nn.SGD, lr=0.02, momentum=0.9, weight_decay=0.01),
    "Nesterov": partial(nn.SGD, lr=0.02, momentum=0.9, nesterov=True),
    "AdaGrad": partial(nn.AdaGrad, lr=0.05),
    "RMSProp": partial(nn.RMSProp, lr=0.01),
    "Adam": partial(nn.Adam, lr=nn.WarmUp(10, nn.Cosine(0.05, steps=60))),
    "AdamW": partial(nn.AdamW, lr=nn.StepDecay(0.05, every=20, factor=0.5)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_same_trajectory_with_every_optimiser(name):
    """Also when the engine changes on the way, and what it remembers with it."""
    runs = []
    for engines in (("eager", "eager"), ("lifted", "lifted"), ("lifted", "eager")):
        model = mlp(1)
        optimizer = OPTIMIZERS[name](model.parameters())
        for engine in engines:
            options = {"loss": "mse", "batch_size": 6, "epochs": 10, "engine": engine}
            nn.fit(model, ROWS, YES, optimizer=optimizer, **options)
        memory = optimizer.state_dict()["memory"].values()
        runs.append([*numbers(model), *(number for column in memory for number in column)])
        assert optimizer.steps == 80
        assert {type(number) for number in runs[-1]} == {float}
    start = numbers(mlp(1))
    assert runs[0][: len(start)] != pytest.approx(start, abs=1e-2)
    assert runs[1] == pytest.approx(runs[0], rel=1e-10, abs=1e-13)
    assert runs[2] == pytest.approx(runs[0], rel=1e-10, abs=1e-13)


@pytest.mark.parametrize("loss", [partial(nn.mse, reduction="sum"), partial(nn.sse)])
def test_a_loss_with_another_reduction(loss):
    runs = []
    for engine, each in (("eager", loss), ("lifted", loss), ("lifted", "sse")):
        model = mlp(1)
        options = {"loss": each, "optimizer": sgd(model, 0.01), "steps": 30, "batch_size": 5}
        nn.fit(model, ROWS, YES, engine=engine, **options)
        runs.append(numbers(model))
    assert runs[1] == pytest.approx(runs[0], rel=1e-11)
    assert runs[1] == runs[2]


def test_a_loss_that_stays_a_list_trains_nothing():
    model = mlp(1)
    options = {"loss": partial(nn.mse, reduction="none"), "optimizer": sgd(model)}
    with pytest.raises(TypeError, match="a loss returns one Value"):
        nn.fit(model, ROWS, YES, steps=100, **options)


def trained_with_each_engine(make):
    """A model after steps of scalars, and one after an attempt to lift."""
    for engine in ("eager", "auto"):
        model = make()
        options = {"loss": "mse", "steps": 5, "optimizer": sgd(model), "engine": engine}
        nn.fit(model, ROWS, YES, **options)
        yield model


def test_dropout_draws_alike_whichever_engine_is_asked_for(monkeypatch):
    """The attempt to lift draws nothing."""
    monkeypatch.setattr("nn.engines.WORTH_LIFTING", (1, 1))
    eager, auto = trained_with_each_engine(dropping)
    assert numbers(eager) == numbers(auto)


def test_a_model_that_changes_is_where_it_would_be_whichever_engine_is_asked_for(monkeypatch):
    """The attempt to lift leaves nothing behind."""
    monkeypatch.setattr("nn.engines.WORTH_LIFTING", (1, 1))
    eager, auto = trained_with_each_engine(RunningMean)
    assert [*numbers(eager), eager.mean] == [*numbers(auto), auto.mean]


def test_what_a_model_keeps_of_a_call_is_not_from_a_recording():
    model, seen = Keeping(), []
    lifted(model, ROWS, YES, optimizer=sgd(model), callbacks=[lambda _: seen.append(model.said)])
    assert seen == [None, None]
    assert model.said is None


def test_dropout_that_drops_nothing_is_lifted():
    model = nn.Sequential(nn.Layer(3, 6, "tanh"), nn.Dropout(0.0), nn.Neuron(6))
    before = numbers(model)
    lifted(model, ROWS, YES, optimizer=sgd(model))
    assert numbers(model) != before


def test_other_parameters_are_left_alone():
    """Frozen layers, and Values that belong to nobody here."""
    runs = []
    for engine in ("eager", "lifted"):
        model, other = mlp(1), Value(7.0)
        start = numbers(model)
        optimizer = nn.SGD([other, *model.layers[1].parameters()], lr=0.05)
        nn.fit(model, ROWS, YES, loss="mse", optimizer=optimizer, steps=20, engine=engine)
        assert numbers(model)[:20] == start[:20]
        assert other.data == 7.0
        runs.append(numbers(model))
    assert runs[1] == pytest.approx(runs[0], rel=1e-11)
    assert runs[0][20:] != start[20:]


def test_lists_train_like_arrays():
    runs = []
    for X, y in ((ROWS, YES), (ROWS.tolist(), YES.tolist())):
        model = mlp(1)
        lifted(model, X, y, optimizer=sgd(model), batch_size=4)
        runs.append(numbers(model))
    assert runs[0] == runs[1]


def test_numbers_beyond_bounds_are_as_eager():
    """exp overflows: infinities and nan where the eager engine has them."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        runs = [
            trained(engine, mlp(1, "exp"), YES, "mse", 30.0, steps=6)[0]
            for engine in ("eager", "lifted")
        ]
    assert not np.isfinite(runs[0]).all()
    np.testing.assert_allclose(runs[1], runs[0], rtol=1e-9)


def test_what_an_optimiser_remembers_beyond_bounds_is_as_eager():
    runs = []
    for engine in ("eager", "lifted"):
        model = mlp(1)
        optimizer = nn.SGD(model.parameters(), lr=1e200, momentum=0.9)
        nn.fit(model, ROWS, YES, loss="mse", optimizer=optimizer, steps=4, engine=engine)
        runs.append([*numbers(model), *optimizer.memory[0]])
    assert np.isnan(runs[0]).any()
    np.testing.assert_array_equal(np.isnan(runs[1]), np.isnan(runs[0]))


def test_the_optimiser_may_change_its_pace():
    runs = []
    for engine in ("eager", "lifted"):
        model = mlp(1)
        optimizer = sgd(model, 0.1)

        def slower(*_, optimizer=optimizer):
            optimizer.lr *= 0.9
            return optimizer.lr

        options = {"loss": "mse", "steps": 9, "metric": slower, "engine": engine}
        nn.fit(model, ROWS, YES, optimizer=optimizer, **options)
        runs.append(numbers(model))
    assert runs[1] == pytest.approx(runs[0], rel=1e-11)


# ---- which engine runs


def engine_of(monkeypatch, *data, **options):
    """What the progress bar says."""
    texts = []

    def bar(steps, shown):
        return Bar()

    class Bar:
        def __enter__(self):
            return texts.append

        def __exit__(self, *_):
            return None

    monkeypatch.setattr("nn.training.progress_bar", bar)
    nn.fit(*data, **options)
    (name,) = {text.split()[0] for text in texts}
    return name


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"epochs": 200}, "lifted"),
        ({"epochs": 2}, "eager"),
        ({"epochs": 200, "engine": "eager"}, "eager"),
        ({"epochs": 2, "engine": "lifted"}, "lifted"),
    ],
)
def test_auto_lifts_where_it_pays(monkeypatch, options, name):
    model = nn.MLP(3, [4, 1])
    given = {"loss": "mse", "optimizer": sgd(model)} | options
    assert engine_of(monkeypatch, model, ROWS, YES, **given) == name


def test_without_numpy_auto_is_eager_and_lifted_says_what_to_install():
    script = """
import sys
sys.modules["numpy"] = None
import nn
model = nn.MLP(1, [60, 1])
optimizer = nn.SGD(model.parameters(), lr=0.1)
options = dict(loss="mse", optimizer=optimizer, steps=600)
nn.fit(model, [[1]], [1], **options)
try:
    nn.fit(model, [[1]], [1], **options, engine="lifted")
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "lift() runs on NumPy, which is not installed: pip install numpy\n"


class Noisy(nn.Module):
    """A line with a mask drawn anew in every call, as dropout would."""

    def __init__(self):
        self.slopes = [Value(0.5) for _ in range(3)]
        self.rng = random.Random(0)

    def forward(self, x):
        return dot(self.slopes, [xi * self.rng.random() for xi in x])


class Branching(nn.Module):
    """What somebody might write for a relu."""

    def __init__(self):
        self.slopes = [Value(0.5) for _ in range(3)]

    def forward(self, x):
        z = dot(self.slopes, x)
        return z if z > 0 else 0.0 * z


class Stopped(nn.Module):
    """A line whose slopes are also used as constants, as one stops a gradient."""

    def __init__(self):
        self.slopes = [Value(0.5) for _ in range(3)]

    def forward(self, x):
        return dot(self.slopes, x) + self.slopes[0].data * x[0]


class InTraining(nn.Module):
    """A line that is steeper in training."""

    def __init__(self):
        self.slopes = [Value(0.5) for _ in range(3)]

    def forward(self, x):
        return dot(self.slopes, x) * (2.0 if self.training else 1.0)


class RunningMean(nn.Module):
    """A line less what moves a little in every call in training, as statistics of batches do."""

    def __init__(self):
        self.slopes, self.mean = [Value(0.5) for _ in range(3)], 0.0

    def forward(self, x):
        if self.training:
            self.mean = 0.9 * self.mean + 0.1
        return dot(self.slopes, x) - self.mean


class Keeping(nn.Module):
    """A line that keeps what it said in training."""

    def __init__(self):
        self.slopes, self.said = [Value(0.5) for _ in range(3)], None

    def forward(self, x):
        out = dot(self.slopes, x)
        if self.training:
            self.said = out
        return out


class OwnStep(nn.SGD):
    """An optimiser that knows Values only."""

    def step(self):
        for parameter in self.parameters:
            parameter.data -= self.lr * parameter.grad


class Rprop(nn.SGD):
    """The sign of a slope alone, chosen by a branch."""

    def moved(self, number, slope):
        if slope > 0:
            return (number - self.rate,)
        return (number + self.rate,)


class Counting(nn.SGD):
    """Keeps how often it was asked, which is once per number or once per step."""

    asked = 0

    def moved(self, number, slope):
        self.asked += 1
        return (number - self.rate * slope / self.asked,)


class InPlace(nn.SGD):
    """Writes to what it was given, where that can be written to."""

    def moved(self, number, slope):
        slope *= self.rate
        return (number - slope,)


class OfOneShape(nn.SGD):
    """Remembers one number, however many there are."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, lr, momentum=0.5)

    def moved(self, number, slope, velocity):
        return number - self.rate * (slope + velocity), 0.0


def worst(predictions, targets):
    return maximum([(p - t) ** 2 for p, t in zip(predictions, targets, strict=True)])


def dropping():
    return nn.Sequential(nn.Layer(3, 6, "tanh"), nn.Dropout(0.5), nn.Neuron(6))


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (Noisy, {}, "recorded twice .* and the recordings differ"),
        (dropping, {"steps": 100}, "recorded twice .* draws at random"),
        (InTraining, {}, "recorded twice .* and the recordings differ"),
        (RunningMean, {}, "recorded twice .* changes from call to call"),
        (Branching, {}, r"its number is looked at.*return z if z > 0"),
        (Stopped, {}, r"its number is looked at.*self\.slopes\[0\]\.data"),
        (lambda: mlp(1), {"loss": worst}, "how 'worst' makes one number of a batch is not known"),
        (
            lambda: nn.MLP(3, [3, 1], output=lambda z: 0.5 + 0.01 * z),
            {"loss": "binary_cross_entropy"},
            "checks in every step .* end in one of sigmoid, softmax",
        ),
    ],
)
def test_what_cannot_be_lifted(monkeypatch, make, options, message):
    model = make()
    given = {"loss": "mse", "steps": 800, "optimizer": sgd(model, 1e-4)} | options
    before = numbers(model)
    with pytest.raises(
        RuntimeError, match='(?s)engine="lifted" cannot run this model: .*' + message
    ):
        nn.fit(model, ROWS, YES, **given, engine="lifted")
    assert numbers(model) == before
    assert engine_of(monkeypatch, model, ROWS, YES, **given) == "eager"


def test_an_optimiser_with_a_step_of_its_own(monkeypatch):
    model = mlp(1)
    given = {"loss": "mse", "steps": 100, "optimizer": OwnStep(model.parameters(), lr=0.01)}
    with pytest.raises(RuntimeError, match=r"OwnStep has a step of its own, .*: define `moved`"):
        nn.fit(model, ROWS, YES, **given, engine="lifted")
    assert engine_of(monkeypatch, model, ROWS, YES, **given) == "eager"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Rprop, "The truth value of an array .* ambiguous"),
        (Counting, "it moves them elsewhere than one by one"),
        (InPlace, "read-only"),
        (OfOneShape, "inhomogeneous shape"),
    ],
)
def test_a_rule_that_does_not_take_arrays(monkeypatch, kind, reason):
    message = rf"{kind.__name__}\.moved cannot take all numbers in one array: .*{reason}.* Write it"
    runs = []
    for engine in ("eager", "auto"):
        model = mlp(1)
        given = {"loss": "mse", "steps": 100, "optimizer": kind(model.parameters(), lr=0.01)}
        before = numbers(model)
        with pytest.raises(RuntimeError, match=message):
            nn.fit(model, ROWS, YES, **given, engine="lifted")
        assert numbers(model) == before
        assert engine_of(monkeypatch, model, ROWS, YES, **given, engine=engine) == "eager"
        runs.append(numbers(model))
    assert runs[0] == runs[1]


def test_anomalies_are_looked_for_eagerly(monkeypatch):
    model = mlp(1)
    given = {"loss": "mse", "steps": 100, "optimizer": sgd(model)}
    with detect_anomaly():
        with pytest.raises(RuntimeError, match=r"detect_anomaly\(\) watches operations"):
            nn.fit(model, ROWS, YES, **given, engine="lifted")
        assert engine_of(monkeypatch, model, ROWS, YES, **given) == "eager"


def test_an_error_in_the_model_is_the_same_error():
    class Wrong(nn.Module):
        def __init__(self):
            self.slope = Value(1.0)

        def forward(self, x):
            if self.training:
                raise ZeroDivisionError("in the user's own lines")
            return self.slope * x[0]

    model = Wrong()
    with pytest.raises(ZeroDivisionError, match="own lines"):
        nn.fit(model, ROWS, YES, loss="mse", optimizer=sgd(model), steps=10_000)


def test_an_unknown_engine():
    with pytest.raises(ValueError, match="unknown engine 'fast': use one of auto, eager, lifted"):
        lifted(engine="fast")


def test_the_checks_of_the_data_come_first():
    model = nn.MLP(3, [3])
    with pytest.raises(ValueError, match=r"y\[0\]: class 3\.0 is out of range: 3 logits"):
        lifted(model, ROWS, [3] * 23, loss="softmax_cross_entropy", optimizer=sgd(model))


# ---- what an interrupt leaves


def test_an_interrupt_leaves_the_model_after_a_complete_step(interrupt_after):
    def train(model, steps):
        options = {"engine": "lifted", "batch_size": 10, "progress": False}
        optimizer = sgd(model, 0.5)
        history = nn.fit(model, ROWS, YES, loss="mse", optimizer=optimizer, steps=steps, **options)
        if history.interrupted:
            raise KeyboardInterrupt

    complete = [numbers(mlp(1))]
    for steps in (1, 2, 3):
        model = mlp(1)
        train(model, steps)
        complete.append(numbers(model))
    found = set()
    for events in range(10_000):
        model = mlp(1)
        try:
            interrupt_after(events, partial(train, model, steps=3))
        except KeyboardInterrupt:
            found.add(complete.index(numbers(model)))  # ValueError if it is none of them
        else:
            break
    assert found == {0, 1, 2, 3}


def test_an_error_in_a_metric_leaves_what_was_learned():
    model = mlp(1)
    scores = iter([0.5, 0.5])
    with pytest.raises(StopIteration):
        lifted(model, ROWS, YES, optimizer=sgd(model), steps=9, metric=lambda *_: next(scores))
    alone = mlp(1)
    lifted(alone, ROWS, YES, optimizer=sgd(alone), steps=3, metric=binary_accuracy)
    assert numbers(model) == numbers(alone)


# ---- losses whose targets are Values


def test_a_loss_of_one_hot_values_is_the_loss_of_the_class():
    logits = [Value(0.3), Value(-2.0), Value(1.1)]
    one_hot = [Value(0.0), Value(0.0), Value(1.0)]
    for out in (softmax_cross_entropy(logits, 2), softmax_cross_entropy(logits, one_hot)):
        for value in logits:
            value.grad = 0.0
        out.backward()
        shares = np.exp([0.3, -2.0, 1.1]) / np.exp([0.3, -2.0, 1.1]).sum()
        assert out.data == pytest.approx(-np.log(shares[2]), rel=1e-14)
        assert [z.grad for z in logits] == pytest.approx(shares - [0, 0, 1], rel=1e-14)


def test_what_a_callback_changes_in_the_model_is_lifted_anew():
    """A number that is no parameter, and a parameter that the optimiser was not given."""

    class Scaled(nn.Module):
        def __init__(self):
            self.net = nn.MLP(2, [3, 1], seed=1)
            self.scale = 1.0
            self.shift = Value(0.5)

        def forward(self, x):
            return self.net(x) * self.scale + self.shift

    X, y = [[0.1, 0.2], [0.4, -0.3], [-0.5, 0.7]], [0.3, -0.2, 0.9]
    losses = {}
    for engine in ("eager", "lifted"):
        model = Scaled()

        def change(epoch, model=model):
            epoch.model.scale *= 0.9
            model.shift.data += 0.01

        optimizer = nn.SGD(model.net.parameters(), lr=0.1)
        options = {"optimizer": optimizer, "epochs": 20, "progress": False, "engine": engine}
        losses[engine] = nn.fit(model, X, y, loss="mse", callbacks=[change], **options).loss
    assert losses["lifted"] == pytest.approx(losses["eager"], rel=1e-12)
    assert abs(losses["eager"][-1] - losses["eager"][0]) > 0.01
