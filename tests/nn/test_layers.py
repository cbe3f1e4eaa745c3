"""Neurons, layers and networks, against the formulas written out."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest

import autograd_mini
from autograd_mini import Value, softmax, tanh
from autograd_mini.graph import topological_order
from nn import MLP, Dropout, Layer, Neuron, Sequential
from nn.layers import ACTIVATIONS


def numbers(module):
    return [parameter.data for parameter in module.parameters()]


def neuron_of(weights, bias=0.0, activation="linear"):
    neuron = Neuron(len(weights), activation)
    for parameter, number in zip(neuron.parameters(), [*weights, bias], strict=True):
        parameter.data = number
    return neuron


def test_neuron_is_one_dot_a_bias_and_an_activation():
    neuron = neuron_of([2.0, -3.0], 0.5, "tanh")
    out = neuron([1.5, 0.25])
    assert out.data == math.tanh(2.0 * 1.5 - 3.0 * 0.25 + 0.5)
    assert [node.op for node in topological_order(out) if node.op] == ["dot", "+", "tanh"]


def test_neuron_gradients():
    neuron = neuron_of([2.0, -3.0], 0.5, "sigmoid")
    x = [Value(0.3), Value(0.7)]
    neuron(x).backward()
    share = 1 / (1 + math.exp(-(0.6 - 2.1 + 0.5)))
    slope = share * (1 - share)
    gradients = [parameter.grad for parameter in neuron.parameters()]
    assert gradients == pytest.approx([slope * 0.3, slope * 0.7, slope], rel=1e-13)
    assert [v.grad for v in x] == pytest.approx([slope * 2.0, slope * -3.0], rel=1e-13)


def test_without_bias():
    neuron = Neuron(2, bias=False)
    assert neuron.bias is None
    assert len(neuron.parameters()) == 2
    assert len(MLP(30, [5, 1], bias=False).parameters()) == 155
    assert [node.op for node in topological_order(neuron([1.0, 2.0])) if node.op] == ["dot"]


def test_biases_start_at_zero():
    assert {neuron.bias.data for neuron in Layer(2, 3).neurons} == {0.0}


def test_layer_asks_each_neuron():
    layer = Layer(2, 2)
    for neuron, weights in zip(layer.neurons, ([1.0, 2.0], [3.0, 4.0]), strict=True):
        for weight, number in zip(neuron.weights, weights, strict=True):
            weight.data = number
    assert [out.data for out in layer([10.0, 1.0])] == [12.0, 34.0]
    assert isinstance(Layer(2, 1)([1.0, 1.0]), list)


@pytest.mark.parametrize("kind", [list, tuple, np.array, lambda row: np.array(row, dtype=np.int8)])
def test_inputs_may_be_any_sequence(kind):
    model = MLP(2, [3, 2])
    expected = [out.data for out in model([3.0, 4.0])]
    assert [out.data for out in model(kind([3, 4]))] == expected
    assert Neuron(2)(kind([3, 4])).data == Neuron(2)([3.0, 4.0]).data


def test_mlp_is_its_layers_in_a_row():
    model = MLP(2, [3, 2], activation="relu", output="tanh", seed=1)
    x = [0.5, -1.5]
    for layer, function in zip(model.layers, (lambda z: max(z, 0.0), math.tanh), strict=True):
        x = [
            function(
                sum(w.data * number for w, number in zip(neuron.weights, x, strict=True))
                + neuron.bias.data
            )
            for neuron in layer.neurons
        ]
    assert any(x)
    assert [out.data for out in model([0.5, -1.5])] == pytest.approx(x, rel=1e-14)


def test_mlp_with_one_output_returns_its_value():
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert len(MLP(2, [1, 3])([1.0, 2.0])) == 3  # a single hidden neuron is still a layer


def test_defaults_are_tanh_inside_and_linear_at_the_end():
    activations = [layer.activation for layer in MLP(2, [3, 3, 1]).layers]
    assert activations == ["tanh", "tanh", "linear"]
    assert Layer(1, 1).activation == Neuron(1).activation == "linear"


def test_same_seed_same_model_and_every_layer_its_own_weights():
    sizes = (4, [4, 4, 4])
    model, twin, other = MLP(*sizes, seed=7), MLP(*sizes, seed=7), MLP(*sizes, seed=8)
    assert numbers(model) == numbers(twin) != numbers(other)
    weights = [weight.data for layer in model.layers for n in layer.neurons for weight in n.weights]
    assert len(set(weights)) == len(weights) == 48


def test_one_generator_may_serve_several():
    rng = random.Random(0)
    assert numbers(Neuron(3, seed=rng)) != numbers(Neuron(3, seed=rng))


def test_the_global_generator_is_left_alone():
    state = random.getstate()
    MLP(2, [3, 1], init="he")
    assert random.getstate() == state


def test_xavier_is_told_the_layers_width():
    bound = math.sqrt(6 / (2 + 400))
    weights = [abs(w.data) for neuron in Layer(2, 400).neurons for w in neuron.weights]
    assert 0.98 * bound < max(weights) <= bound


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("z", [-1.3, 0.4, 2.0])
def test_activations_by_name(name, z):
    out = neuron_of([1.0], 0.0, name)([z])
    assert out.data == (z if name == "linear" else getattr(autograd_mini, name)(z))


def test_activation_by_function():
    assert neuron_of([1.0], 0.0, tanh)([0.3]).data == math.tanh(0.3)
    assert neuron_of([1.0], 0.0, lambda z: z * z)([3.0]).data == 9.0
    assert repr(Layer(1, 1, tanh)).startswith("Layer(1 -> 1, tanh)")

    def square(z):
        return z * z

    assert repr(Neuron(1, square)) == "Neuron(1 -> 1, square): 2 parameters"


def test_an_unknown_activation_lists_the_names():
    with pytest.raises(
        ValueError, match=r"unknown activation 'tahn': use one of linear, relu, .*tanh"
    ):
        MLP(2, [1], output="tahn")
    with pytest.raises(ValueError, match=r"Sequential\(layer, softmax\)"):
        Layer(2, 3, "softmax")


def test_sequential_takes_modules_and_functions():
    model = Sequential(Layer(2, 3), softmax, lambda shares: shares[0])
    shares = softmax([out.data for out in model.layers[0]([1.0, 2.0])])
    assert model([1.0, 2.0]).data == pytest.approx(shares[0], rel=1e-15)
    assert len(model.parameters()) == 9
    with pytest.raises(TypeError, match="modules and functions, but was given 'tanh'"):
        Sequential(Layer(2, 3), "tanh")


@pytest.mark.parametrize("given", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], []])
def test_wrong_number_of_inputs(given):
    message = rf"\(3 -> \d, linear\) takes 3 inputs, but was given {len(given)}"
    for module in (Neuron(3), Layer(3, 2), MLP(3, [1])):
        with pytest.raises(ValueError, match=message):
            module(given)


def test_an_error_names_the_layer():
    model = Sequential(Layer(2, 3), Sequential(Layer(3, 2), Layer(4, 1)))
    with pytest.raises(ValueError, match="takes 4 inputs, but was given 2") as caught:
        model([1.0, 2.0])
    assert caught.value.__notes__ == [
        "raised in layers.1 of Sequential",
        "raised in layers.1 of Sequential",
    ]


def test_a_lone_number_is_not_a_row():
    with pytest.raises(TypeError, match=r"takes a list of 1 numbers, but was given 0\.5"):
        MLP(1, [2, 1])(0.5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP(2, []), r"as in \[16, 1\], got \[\]"),
        (lambda: MLP(2, 3), r"as in \[16, 1\], got 3"),
        (lambda: MLP(2, [3, 0]), "n_out is a number .* at least 1, got 0"),
        (lambda: Layer(0, 2), "n_in is a number .* at least 1, got 0"),
    ],
)
def test_sizes_that_are_none(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# ---- dropout


def test_dropout_drops_its_share_and_scales_the_rest():
    for p in (0.1, 0.5, 0.8):
        out = Dropout(p)([1.0] * 20_000)
        assert set(out) == {0.0, 1 / (1 - p)}
        assert out.count(0.0) / len(out) == pytest.approx(p, abs=0.015)  # four standard errors
        both = sum(a == b == 0 for a, b in pairwise(out)) / len(out)  # each drawn for itself
        assert both == pytest.approx(p * p, abs=0.02)


def test_dropout_is_the_identity_in_evaluation():
    x = [Value(1.0), Value(2.0)]
    for dropout in (Dropout(0.9).eval(), Dropout(0.0)):
        assert dropout(x) == x
        assert dropout(np.array([1.0, 2.0])) == [1.0, 2.0]
        assert dropout(x[0]) is x[0]


def test_dropout_gradients():
    x = [Value(float(i + 1)) for i in range(8)]
    out = Dropout(0.5, seed=1)(x)
    autograd_mini.sum(out).backward()
    kept = [float(number) != 0 for number in out]
    assert 0 < sum(kept) < 8
    assert [v.grad for v in x] == [2.0 if keep else 0.0 for keep in kept]


def test_dropout_has_a_generator_of_its_own():
    state = random.getstate()
    masks = [Dropout(seed=seed)([1.0] * 30) for seed in (0, 0, 1)]
    assert masks[0] == masks[1] != masks[2]
    assert random.getstate() == state
    dropout, shared = Dropout(), random.Random(5)
    assert dropout([1.0] * 30) != dropout([1.0] * 30)
    assert Dropout(seed=shared)([1.0] * 30) != Dropout(seed=shared)([1.0] * 30)


def test_dropout_within_a_model():
    model = Sequential(Layer(2, 3), Dropout(0.5), Layer(3, 1))
    assert "layers.1: Dropout(p=0.5): 0 parameters" in repr(model)
    assert model([1.0, 2.0])[0].data != model([1.0, 2.0])[0].data
    model.eval()
    assert model([1.0, 2.0])[0].data == model([1.0, 2.0])[0].data


@pytest.mark.parametrize("p", [-0.1, 1.0, math.nan])
def test_dropout_of_no_share(p):
    with pytest.raises(ValueError, match=r"share of numbers to drop, in \[0, 1\), got"):
        Dropout(p)
