"""A callback that keeps a training to be looked at."""

import pytest

import nn

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]


def fit(model, **options):
    recorder = nn.Recorder(model, X, Y, **options)
    optimizer = nn.SGD(model.parameters(), lr=1.0)
    history = nn.fit(
        model, X, Y, loss="mse", optimizer=optimizer, epochs=7, callbacks=[recorder], progress=False
    )
    return recorder, history


def test_every_so_many_epochs_are_recorded():
    model = nn.MLP(2, [2, 1], output="sigmoid", seed=1)
    recorder, history = fit(model, every=3)
    assert recorder.epochs == [0, 3, 6]
    assert recorder.losses == [history.loss[i] for i in (0, 3, 6)]  # measured before each update
    assert recorder.numbers[1] != recorder.numbers[2]


def test_epoch_0_is_the_network_before_its_training():
    model = nn.MLP(2, [2, 1], output="sigmoid", seed=1)
    untrained = list(model.state_dict().values())
    recorder, history = fit(model, every=100)
    assert (recorder.epochs, recorder.numbers) == ([0], [untrained])
    model.load_state_dict(dict(zip(model.state_dict(), untrained, strict=True)))
    assert recorder.losses == [float(nn.losses.mse([model(x) for x in X], Y))] == history.loss[:1]


def test_a_training_that_goes_on_has_no_epoch_0(tmp_path):
    def trained(epochs):
        model = nn.MLP(2, [1], seed=1)
        recorder = nn.Recorder(model, X, Y)
        nn.fit(
            model, X, Y, loss="mse", optimizer=nn.SGD(model.parameters(), lr=1.0), epochs=epochs,
            callbacks=[recorder], progress=False, checkpoint=tmp_path / "course",
        )  # fmt: skip
        return recorder.epochs

    assert trained(2) == [0, 1, 2]
    assert trained(4) == [3, 4]


@pytest.mark.parametrize("engine", ["eager", "lifted"])
def test_the_numbers_are_those_after_the_epoch(engine):
    model = nn.MLP(2, [2, 1], output="sigmoid", seed=1)
    recorder = nn.Recorder(model, X, Y)
    nn.fit(
        model, X, Y, loss="mse", optimizer=nn.SGD(model.parameters(), lr=1.0), epochs=3,
        callbacks=[recorder], progress=False, engine=engine,
    )  # fmt: skip
    assert recorder.epochs == [0, 1, 2, 3]
    assert recorder.numbers[-1] == [parameter.data for parameter in model.parameters()]


def test_the_page_is_of_the_model_as_it_answers_and_leaves_it_in_its_mode():
    model = nn.Sequential(nn.Layer(2, 3), nn.Dropout(0.5, seed=1), nn.Neuron(3))
    recorder, _ = fit(model)
    assert model.training
    page = recorder.explore(lang="ja")
    assert model.training
    assert '"language":"ja"' in page.html
    assert '"epochs":[0,1,2,3,4,5,6,7]' in page.html


def test_a_page_leaves_every_module_in_its_mode():
    model = nn.MLP(2, [2, 1], output="sigmoid", seed=1)
    recorder, _ = fit(model)
    model.train()
    model.layers[0].eval()
    modes = [module.training for module in model.modules()]
    assert len({*modes}) == 2
    recorder.explore()
    assert [module.training for module in model.modules()] == modes


@pytest.mark.parametrize("size", [2, 20])  # so many losses are found one by one, and lifted
def test_the_loss_is_that_of_the_network_shown(size, monkeypatch):
    model = nn.MLP(2, [8, 1], seed=1)
    points = [[i / size, j / size] for i in range(size) for j in range(size)]
    targets = [1 if x > y else -1 for x, y in points]
    recorder = nn.Recorder(model, points, targets)
    history = nn.fit(
        model, points, targets, loss="hinge", optimizer=nn.Adam(model.parameters(), lr=0.5),
        epochs=4, callbacks=[recorder], progress=False,
    )  # fmt: skip
    asked = []
    answer = nn.MLP.forward
    monkeypatch.setattr(nn.MLP, "forward", lambda *args: asked.append(1) or answer(*args))
    last = float(nn.hinge([model(point) for point in points], targets))
    asked.clear()
    assert recorder.losses == pytest.approx([*history.loss, last], rel=1e-12)
    assert len(asked) == (20 if size == 2 else 2)
    assert recorder.numbers[-1] == [parameter.data for parameter in model.parameters()]


def test_a_training_with_batches_and_a_loss_of_ones_own():
    def absolute(predictions, targets):
        return nn.mse(predictions, targets) ** 0.5

    model = nn.Sequential(nn.Layer(2, 3, "tanh"), nn.Dropout(0.5, seed=1), nn.Neuron(3))
    recorder = nn.Recorder(model, X, Y)
    nn.fit(
        model, X, Y, loss=absolute, optimizer=nn.SGD(model.parameters(), lr=0.1), epochs=3,
        batch_size=2, callbacks=[recorder], progress=False,
    )  # fmt: skip
    model.eval()
    assert recorder.losses[-1] == float(absolute([model(x) for x in X], Y))


def test_a_recorder_changes_nothing():
    def trained(*callbacks):
        model = nn.Sequential(nn.Layer(2, 3, "tanh"), nn.Dropout(0.5, seed=1), nn.Neuron(3))
        made = [each(model, X, Y) for each in callbacks]
        nn.fit(
            model, X, Y, loss="mse", optimizer=nn.SGD(model.parameters(), lr=0.1), epochs=3,
            callbacks=made, progress=False,
        )  # fmt: skip
        return model.state_dict()

    assert trained(nn.Recorder) == trained()


def test_a_large_network_is_shown_where_it_is_asked_for():
    recorder, _ = fit(nn.MLP(2, [4, 1]))
    with pytest.raises(ValueError, match=r"limit of 20: .* with limit=\d+$") as error:
        recorder.explore(limit=20)
    asked = int(str(error.value).rpartition("=")[2])
    assert '"epochs":[0,1,2,3,4,5,6,7]' in recorder.explore(limit=asked).html


@pytest.mark.parametrize("model", [nn.MLP(2, [3, 2]), nn.Layer(2, 1)])
def test_a_model_of_several_answers_is_refused_before_its_training(model):
    message = r"with a list of [12], and .* is one number: end the model in one output, as in MLP"
    with pytest.raises(TypeError, match=message):
        nn.Recorder(model, X, Y)


def test_targets_that_the_loss_does_not_take_are_refused_in_the_first_epoch():
    model = nn.MLP(2, [1])
    recorder = nn.Recorder(model, X, Y)
    with pytest.raises(ValueError, match=r"y\[0\]: target 0.0 is not -1 or 1"):
        nn.fit(
            model, X, [-1, 1, 1, 1], loss="hinge", optimizer=nn.SGD(model.parameters(), lr=1.0),
            epochs=3, callbacks=[recorder], progress=False,
        )  # fmt: skip


def test_what_it_refuses():
    model = nn.MLP(2, [1])
    with pytest.raises(TypeError, match="rows of two numbers: what is shown is a plane"):
        nn.Recorder(model, [[1, 2, 3]], [1])
    with pytest.raises(TypeError, match=r"y\[0\] is \[0.0\]: write one number for each row of X"):
        nn.Recorder(model, X, [[y] for y in Y])
    with pytest.raises(ValueError, match="X has 4 rows, but y has 3"):
        nn.Recorder(model, X, Y[:3])
    with pytest.raises(ValueError, match="every is 0: write after how many epochs"):
        nn.Recorder(model, X, Y, every=0)
    with pytest.raises(ValueError, match="no epoch was recorded"):
        nn.Recorder(model, X, Y).explore()
