"""Modules: what belongs to them, under which names, and how they print."""

import copy
import pickle
from dataclasses import dataclass

import pytest

from autograd_mini import Value
from nn import MLP, Layer, Module, Neuron, Sequential


class Deep(Module):
    def __init__(self):
        self.second = Value(2.0)
        self.first = [Value(1.0), (Value(3.0), {"a": Value(4.0)})]
        self.block = Neuron(1)
        self.blocks = {"left": Layer(1, 2), "right": [Neuron(1, bias=False)]}
        self.name, self.count, self.nothing = "deep", 3, None

    def forward(self, x):
        return self.second * x


def names(module):
    return [name for name, _ in module.named_parameters()]


def test_parameters_are_found_in_the_order_of_definition():
    assert names(Deep()) == [
        "second",
        "first.0",
        "first.1.0",
        "first.1.1.a",
        "block.weights.0",
        "block.bias",
        "blocks.left.neurons.0.weights.0",
        "blocks.left.neurons.0.bias",
        "blocks.left.neurons.1.weights.0",
        "blocks.left.neurons.1.bias",
        "blocks.right.0.weights.0",
    ]


def test_parameters_are_those_of_named_parameters():
    model = Deep()
    assert model.parameters() == [parameter for _, parameter in model.named_parameters()]
    assert [parameter.data for parameter in model.parameters()[:4]] == [2.0, 1.0, 3.0, 4.0]


def test_what_is_shared_counts_once_under_its_first_name():
    shared = Layer(2, 2)
    model = Sequential(shared, Layer(2, 2, seed=1), shared)
    model.tied = shared.neurons[0].bias
    assert len(model.parameters()) == 12
    assert not [name for name in names(model) if name.startswith(("layers.2", "tied"))]
    assert repr(model).startswith("Sequential: 12 parameters")


def test_modules_that_know_each_other_are_walked_once():
    parent, child = Deep(), Neuron(1)
    parent.child, child.parent = child, parent
    assert len(parent.parameters()) == 13
    assert "child: Neuron" in repr(parent)


def test_a_computed_value_is_not_a_parameter():
    model = Neuron(2)
    model.last = model([1.0, 2.0])
    assert names(model) == ["weights.0", "weights.1", "bias"]


def test_a_subclass_needs_only_forward():
    class Shift(Module):
        def __init__(self, by):
            self.by = Value(by)

        def forward(self, x, *, times=1):
            return x + self.by * times

    assert Shift(2.0)(1.0, times=3).data == 7.0
    with pytest.raises(NotImplementedError, match=r"Module does not .* define forward\(self, x\)"):
        Module()(1.0)


def test_a_dataclass_can_be_a_module():
    @dataclass
    class Line(Module):
        slope: Value
        layers: list

        def forward(self, x):
            return self.slope * x

    model = Line(Value(3.0), [Neuron(1)])
    assert names(model) == ["slope", "layers.0.weights.0", "layers.0.bias"]


def test_zero_grad():
    model = MLP(2, [3, 1])
    model([1.0, 2.0]).backward()
    assert any(parameter.grad for parameter in model.parameters())
    model.zero_grad()
    assert not any(parameter.grad for parameter in model.parameters())


def test_train_and_eval_reach_every_module():
    model = Deep()
    inner = model.blocks["right"][0]
    assert model.training
    assert inner.training
    assert model.eval() is model
    assert not model.training
    assert not inner.training
    assert model.train() is model
    assert inner.training
    assert "training" not in names(model)


def test_labels_are_the_dotted_names_from_the_outermost_module():
    model = Sequential(MLP(2, [2, 1]), Neuron(1))
    labels = [parameter.label for parameter in model.parameters()]
    assert labels == names(model)
    assert labels[0] == "layers.0.layers.0.neurons.0.weights.0"


def test_a_label_of_ones_own_is_kept():
    class Line(Module):
        def __init__(self):
            self.slope = Value(2.0, label="how steep")
            self.offset = Value(1.0)

    model = Line()
    model.label_parameters()
    assert [parameter.label for parameter in model.parameters()] == ["how steep", "offset"]
    Sequential(Neuron(1), model)
    assert [parameter.label for parameter in model.parameters()] == ["how steep", "layers.1.offset"]


def test_repr_is_a_tree_with_counts():
    class Twins(Module):
        def __init__(self):
            self.scale = Value(1.0)
            self.left, self.right = Neuron(3, "relu"), Neuron(3, "relu", bias=False)
            self.pair = [Neuron(1), Neuron(1), Neuron(2)]

    assert repr(Twins()).splitlines() == [
        "Twins: 15 parameters",
        "  left: Neuron(3 -> 1, relu): 4 parameters",
        "  right: Neuron(3 -> 1, relu): 3 parameters",
        "  pair.0 ... pair.1: Neuron(1 -> 1, linear): 2 parameters each",
        "  pair.2: Neuron(2 -> 1, linear): 3 parameters",
    ]
    assert repr(Layer(784, 50)).startswith("Layer(784 -> 50, linear): 39,250 parameters\n")
    assert repr(Neuron(1, bias=False)) == "Neuron(1 -> 1, linear): 1 parameter"


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_are_models_of_their_own(clone):
    model = MLP(2, [3, 1], activation="relu", output="sigmoid")
    twin = clone(model)
    before = float(model([1.0, 2.0]))
    assert float(twin([1.0, 2.0])) == before
    assert not set(twin.parameters()) & set(model.parameters())
    for parameter in twin.parameters():
        parameter.data += 1.0
    assert float(model([1.0, 2.0])) == before != float(twin([1.0, 2.0]))
