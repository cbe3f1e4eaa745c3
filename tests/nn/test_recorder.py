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
    assert recorder.losses == [history.loss[i] for i in (0, 2, 5)]
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


def test_what_it_refuses():
    model = nn.MLP(2, [1])
    with pytest.raises(TypeError, match="rows of two numbers: what is shown is a plane"):
        nn.Recorder(model, [[1, 2, 3]], [1])
    with pytest.raises(ValueError, match=r"4 rows of X, but 3 targets"):
        nn.Recorder(model, X, Y[:3])
    with pytest.raises(ValueError, match="every is 0: write after how many epochs"):
        nn.Recorder(model, X, Y, every=0)
    with pytest.raises(ValueError, match="no epoch was recorded"):
        nn.Recorder(model, X, Y).explore()
