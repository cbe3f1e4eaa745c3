"""`fit` against loops written out; what it refuses; what an interrupt and many steps leave."""

import gc
import math
import random
import tracemalloc
from functools import partial

import numpy as np
import pytest

from autograd_mini import Value, mean, no_grad
from nn import MLP, SGD, EarlyStopping, Layer, Module, Sequential, binary_accuracy, fit, mse
from nn.losses import LOSSES
from nn.trials import evaluating

XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]


def numbers(model):
    return [parameter.data for parameter in model.parameters()]


def sgd(model, lr=0.1):
    return SGD(model.parameters(), lr=lr)


def points(n, seed=0):
    rng = random.Random(seed)
    X = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(n)]
    return X, [float(x1 > x0 * x0) for x0, x1 in X]


class Line(Module):
    """slope * x + offset, which writes down the rows it is given."""

    def __init__(self):
        self.slope, self.offset = Value(0.5), Value(0.0)
        self.seen = []

    def forward(self, x):
        self.seen.append((x[0], self.training))
        return self.slope * x[0] + self.offset

    def rows(self):
        return [row for row, training in self.seen if training]


# ---- what it computes


def test_it_is_the_loop_one_would_write():
    X, y = [[1.0], [2.0], [4.0]], [1.0, 3.0, 2.0]
    model = Line()
    history = fit(model, X, y, loss="mse", optimizer=sgd(model, 0.05), epochs=3)

    slope, offset, losses = 0.5, 0.0, []
    for _ in range(3):
        errors = [slope * x + offset - t for (x,), t in zip(X, y, strict=True)]
        losses.append(math.fsum(error * error for error in errors) / 3)
        d_slope = sum(2 * error * x for error, (x,) in zip(errors, X, strict=True)) / 3
        d_offset = sum(2 * error for error in errors) / 3
        slope, offset = slope - 0.05 * d_slope, offset - 0.05 * d_offset
    assert history.loss == pytest.approx(losses, rel=1e-13)
    assert numbers(model) == pytest.approx([slope, offset], rel=1e-13)


def test_learns_xor():
    model = MLP(2, [4, 1], output="sigmoid", seed=3)
    options = {"loss": "binary_cross_entropy", "metric": "binary_accuracy", "epochs": 300}
    history = fit(model, *XOR, optimizer=sgd(model, 1.0), **options)
    assert history.metric[-1] == 1.0
    assert history.loss[0] > 0.5
    assert history.loss[-1] < 0.05


def test_learns_classes():
    X, y = points(60)
    model = MLP(2, [6, 2], seed=1)
    history = fit(
        *(model, np.array(X), np.array(y, dtype=int)),
        loss="softmax_cross_entropy",
        optimizer=sgd(model, 0.5),
        batch_size=10,
        epochs=30,
        metric="accuracy",
        validation=points(40, seed=1),
    )
    assert history.metric[-1] > 0.93
    assert history.validation_metric[-1] > 0.9


def test_lists_and_arrays_train_alike():
    X, y = points(20)
    models = [MLP(2, [3, 1]) for _ in range(2)]
    for model, data in zip(models, [(X, y), (np.array(X), np.array(y))], strict=True):
        fit(model, *data, loss="sse", optimizer=sgd(model), batch_size=7, epochs=2)
    assert numbers(models[0]) == numbers(models[1]) != numbers(MLP(2, [3, 1]))


def test_loss_and_metric_may_be_functions():
    def hinge(predictions, targets):
        pairs = zip(predictions, targets, strict=True)
        return mean([(1 - (2 * t - 1) * p).relu() for p, t in pairs])

    X, y = points(20)
    model = MLP(2, [4, 1])
    history = fit(
        *(model, X, y),
        loss=hinge,
        optimizer=sgd(model, 0.2),
        epochs=40,
        metric=lambda p, t: binary_accuracy(p, t, threshold=0.0),
    )
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.metric[-1] > history.metric[0]


# ---- batches, epochs and steps


def test_every_epoch_uses_every_row_once_in_a_new_order():
    model, X = Line(), [[float(i)] for i in range(10)]
    fit(model, X, [0.0] * 10, loss="mse", optimizer=sgd(model, 1e-3), batch_size=4, epochs=3)
    rows = model.rows()
    epochs = [rows[:10], rows[10:20], rows[20:]]
    assert [sorted(epoch) for epoch in epochs] == [[float(i) for i in range(10)]] * 3
    assert len({*map(tuple, epochs), tuple(sorted(rows[:10]))}) == 4


def test_without_shuffling_rows_keep_their_order():
    for options in ({"batch_size": 4, "shuffle": False}, {}):  # a full batch is never shuffled
        model, X = Line(), [[float(i)] for i in range(10)]
        fit(model, X, [0.0] * 10, loss="mse", optimizer=sgd(model, 1e-3), epochs=2, **options)
        assert model.rows() == [float(i) for i in range(10)] * 2


def test_the_seed_decides_the_order_and_nothing_global():
    orders, state = [], random.getstate()
    for seed in (0, 0, 1):
        model, X = Line(), [[float(i)] for i in range(10)]
        options = {"batch_size": 2, "epochs": 1, "seed": seed}
        fit(model, X, [0.0] * 10, loss="mse", optimizer=sgd(model, 1e-3), **options)
        orders.append(model.rows())
    assert orders[0] == orders[1] != orders[2]
    assert random.getstate() == state


@pytest.mark.parametrize(
    ("options", "rows", "epochs"),
    [
        ({"steps": 5, "batch_size": 4}, 4 + 4 + 2 + 4 + 4, 2),
        ({"steps": 3, "batch_size": 4}, 10, 1),
        ({"steps": 2}, 20, 2),
        ({"epochs": 2, "batch_size": 100}, 20, 2),
    ],
)
def test_steps_or_epochs(options, rows, epochs):
    model, X = Line(), [[float(i)] for i in range(10)]
    history = fit(model, X, [0.0] * 10, loss="mse", optimizer=sgd(model, 1e-3), **options)
    assert len(model.rows()) == rows
    assert len(history.loss) == epochs


# ---- History


def test_history_of_an_epoch_is_the_mean_over_its_steps():
    model = Line()
    history = fit(
        *(model, [[0.0], [0.0], [0.0]], [1.0, 1.0, 2.0]),
        loss="mse",
        optimizer=sgd(model, 0.25),
        batch_size=2,
        epochs=1,
        shuffle=False,
        metric=lambda _, targets: len(targets),
    )
    # offset 0: loss 1, then offset 0.5 and one row left: loss 2.25
    assert history.loss == [(1.0 + 2.25) / 2]
    assert history.metric == [1.5]


def test_validation_follows_the_epoch_and_trains_nothing():
    X, y = points(20)
    held_out = points(15, seed=1)
    model, alone = MLP(2, [3, 1]), MLP(2, [3, 1])
    options = {"loss": "mse", "batch_size": 5, "epochs": 2, "metric": "binary_accuracy"}
    history = fit(model, X, y, optimizer=sgd(model), validation=held_out, **options)
    fit(alone, X, y, optimizer=sgd(alone), **options)
    assert numbers(model) == numbers(alone)
    predictions = [float(model(x)) for x in held_out[0]]
    assert len(history.validation_loss) == len(history.validation_metric) == 2
    assert history.validation_loss[-1] == mse(predictions, held_out[1])
    assert history.validation_metric[-1] == binary_accuracy(predictions, held_out[1])


def test_validation_runs_in_evaluation_mode():
    model = Line().eval()
    optimizer = sgd(model)
    data = [[1.0], [2.0]], [0.0, 0.0]
    fit(model, *data, loss="mse", optimizer=optimizer, epochs=1, validation=([[7.0]], [0.0]))
    checks = [(1.0, False), (7.0, False)]
    assert model.seen == [*checks, (1.0, True), (2.0, True), (7.0, False)]
    assert model.training


# ---- refusals, before the first step


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"X": [[1, 2], [3]]}, ValueError, r"X\[1\] has 1 numbers, but X\[0\] has 2"),
        ({"X": [[1], [2]]}, ValueError, r"X\[0\] does not fit the model: .* 2 inputs, .* given 1"),
        ({"X": [[1, math.nan], [1, 2]]}, ValueError, r"X\[0\]\[1\] is nan"),
        ({"y": [0, math.inf]}, ValueError, r"y\[1\] is inf"),
        ({"y": [0, 2]}, ValueError, r"y\[1\]: target 2\.0 is not in \[0, 1\]"),
        ({"y": [0]}, ValueError, "X has 2 rows, but y has 1"),
        ({"X": [], "y": []}, ValueError, "X is empty"),
        ({"validation": ([[1, 2, 3]], [0])}, ValueError, r"validation X\[0\] does not fit"),
        ({"validation": ([[1, 2]], [3])}, ValueError, r"validation y\[0\]: target 3\.0"),
        ({"validation": ([], [])}, ValueError, "validation X is empty"),
        ({"steps": 3}, ValueError, "either epochs or steps, got epochs=1 and steps=3"),
        ({"epochs": None}, ValueError, "either epochs or steps, got epochs=None and steps=None"),
        ({"epochs": 0}, ValueError, "epochs is a whole number, at least 1, got 0"),
        ({"batch_size": 0}, ValueError, "batch_size is a whole number, at least 1, got 0"),
        ({"loss": "rmse"}, ValueError, f"unknown loss 'rmse': use one of {', '.join(LOSSES)}"),
        ({"metric": "f1"}, ValueError, "unknown metric 'f1': use one of accuracy, binary_accuracy"),
        ({"optimizer": SGD([Value(1.0)], lr=1.0)}, ValueError, "none of this model's parameters"),
        ({"loss": lambda *_: 0.5}, TypeError, r"a loss returns one Value, .* got 0\.5"),
    ],
)
def test_what_it_refuses(changes, error, message):
    model = MLP(2, [2, 1], output="sigmoid")
    before = numbers(model)
    given = {"X": [[1, 2], [3, 4]], "y": [0, 1], "loss": "binary_cross_entropy", "epochs": 1}
    with pytest.raises(error, match=message):
        fit(model, **({"optimizer": sgd(model)} | given | changes))
    assert numbers(model) == before


def test_labels_beyond_the_last_class():
    model = MLP(2, [3])
    with pytest.raises(ValueError, match=r"y\[2\]: class 3\.0 is out of range: 3 logits"):
        fit(
            *(model, [[1, 2]] * 3, [0, 2, 3]),
            loss="softmax_cross_entropy",
            optimizer=sgd(model),
            epochs=1,
        )


def test_an_error_in_a_deep_layer_names_it():
    model = Sequential(Layer(2, 3), Layer(4, 1))
    with pytest.raises(
        ValueError, match=r"Layer\(4 -> 1, linear\) takes 4 inputs, but was given 3"
    ):
        fit(model, *XOR, loss="mse", optimizer=sgd(model), epochs=1)


# ---- interrupts and memory


def test_an_interrupt_leaves_the_model_after_a_complete_step(interrupt_after):
    def train(model, steps):
        options = {"loss": "mse", "batch_size": 2, "progress": False}
        history = fit(model, *XOR, optimizer=sgd(model, 0.5), steps=steps, **options)
        if history.interrupted:
            raise KeyboardInterrupt

    complete = [numbers(MLP(2, [2, 1]))]
    for steps in (1, 2, 3):
        model = MLP(2, [2, 1])
        train(model, steps)
        complete.append(numbers(model))
    found = set()
    for events in range(10_000):
        model = MLP(2, [2, 1])
        try:
            interrupt_after(events, partial(train, model, steps=3))
        except KeyboardInterrupt:
            found.add(complete.index(numbers(model)))  # ValueError if it is none of them
        else:
            break
    assert found == {0, 1, 2, 3}


def test_memory_does_not_grow_over_steps():
    """The collector is off: every graph must be freed by counting references alone."""
    X, y = points(8)
    model = MLP(2, [4, 1])

    def train(measure):
        loss = "binary_cross_entropy_with_logits"
        optimizer = sgd(model)
        return fit(model, X, y, loss=loss, optimizer=optimizer, steps=300, metric=measure).metric

    gc.collect()
    gc.disable()
    gc.freeze()  # of what other tests left, nothing is counted, 300 times
    try:
        objects = train(lambda *_: len(gc.get_objects()))
        tracemalloc.start()
        size = train(lambda *_: tracemalloc.get_traced_memory()[0])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.unfreeze()
        gc.enable()
    assert len(set(objects[1:])) == 1  # not a single container more
    one_graph = peak - size[-1]
    assert one_graph > 20_000
    assert size[-1] - size[50] < 10 * one_graph  # of 250; CPython keeps freed tuples for reuse


# --- what a hostile reader tried ------------------------------------------------------------------


def xor_fit(**changed):
    model = MLP(2, [2, 1], activation="tanh", output="sigmoid")
    arguments = {"loss": "mse", "optimizer": SGD(model.parameters(), lr=0.1), "epochs": 1}
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    before = [parameter.data for parameter in model.parameters()]
    try:
        return fit(model, X, y, **arguments | changed)
    finally:
        if changed:
            assert [parameter.data for parameter in model.parameters()] == before


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (
            {"metric": "accuracy"},
            ValueError,
            r"the metric cannot compare .* for X\[0\] .* there is binary_accuracy",
        ),
        ({"optimizer": "sgd"}, TypeError, r"as in SGD\(model.parameters\(\), lr=0.1\), got 'sgd'"),
        ({"epochs": "3"}, ValueError, "epochs is a whole number, at least 1, got '3'"),
        ({"epochs": math.inf}, ValueError, "epochs is a whole number, at least 1, got inf"),
        ({"loss": partial(mse, reduction="none")}, TypeError, "got a list of 4: .* the reduct"),
        (
            {"metric": "binary_accuracy", "callbacks": [EarlyStopping(2)]},
            ValueError,
            r"EarlyStopping watches the validation_loss, .*: give fit validation=\(X, y\), or",
        ),
        ({"epochs": 1.5}, ValueError, "epochs is a whole number, at least 1, got 1.5"),
        ({"batch_size": 2.5}, ValueError, "batch_size is a whole number, at least 1, got 2.5"),
        ({"validation": [[1, 2]]}, TypeError, r"validation is a pair \(X, y\)"),
        ({"loss": None}, ValueError, "unknown loss None: use one of mse"),
        ({"callbacks": print}, TypeError, "callbacks is a list of functions .* got <built-in"),
        ({"callbacks": [print, None]}, TypeError, r"callbacks is a list .* None\]"),
        (
            {"checkpoint": "no/such/run"},
            FileNotFoundError,
            "no directory .*such to write no/such/run",
        ),
        ({"metric": 5}, ValueError, "unknown metric 5: use one of accuracy"),
    ],
)
def test_mistakes_are_told_before_the_first_step(changed, error, message):
    with pytest.raises(error, match=message):
        xor_fit(**changed)


def test_fit_inside_no_grad_says_so():
    for engine in ("eager", "lifted", "auto"):
        with pytest.raises(ValueError, match=r"fit is inside no_grad\(\)"), no_grad():
            xor_fit(engine=engine)


def test_a_loss_that_depends_on_no_parameter():
    with pytest.raises(ValueError, match=r"no parameter, .* does the model compute with \.data"):
        xor_fit(loss=lambda predictions, _: Value(float(predictions[0])), engine="eager")


def test_whole_numbers_may_be_floats():
    def losses(**given):
        model = MLP(2, [1])
        return fit(model, *XOR, loss="mse", optimizer=sgd(model), **given).loss

    assert losses(epochs=2.0, batch_size=np.float64(2)) == losses(epochs=2, batch_size=2)
    assert losses(steps=np.int64(3), batch_size=2.0) == losses(steps=3, batch_size=2)


def test_validation_leaves_each_module_in_its_mode():
    model = MLP(2, [2, 1])
    model.layers[0].eval()
    with evaluating(model):
        assert not model.training
    assert [module.training for module in model.modules()][:2] == [True, False]
