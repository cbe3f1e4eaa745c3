"""Modules: what belongs to them, under which names, and how they print."""

import copy
import math
import pickle
import random
from dataclasses import dataclass

import pytest

from autograd_mini import Value
from nn import MLP, Dropout, Layer, Module, Neuron, Sequential


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


# ---- numbers by name


def test_state_dict_is_every_number_by_its_name():
    model = Deep()
    state = model.state_dict()
    assert list(state) == names(model)
    assert list(state.values()) == [parameter.data for parameter in model.parameters()]
    assert {type(number) for number in state.values()} == {float}


def test_load_state_dict_makes_models_equal():
    model, twin = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=2)
    values = twin.parameters()
    twin.load_state_dict(model.state_dict())
    assert twin.state_dict() == model.state_dict()
    assert all(a is b for a, b in zip(twin.parameters(), values, strict=True))
    twin.load_state_dict(dict(reversed(model.state_dict().items())))  # names count, not their order
    assert twin.state_dict() == model.state_dict()


def changed(state, drop=(), **more):
    return {name: number for name, number in state.items() if name not in drop} | more


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda state: changed(state, drop=["layers.0.neurons.1.bias"]),
            ValueError,
            r"^these numbers are not those of MLP\(2 -> 3 -> 1\): "
            r"missing: layers\.0\.neurons\.1\.bias$",
        ),
        (lambda state: changed(state, scale=1.0), ValueError, ": unexpected: scale$"),
        (
            lambda state: MLP(4, [3, 1]).state_dict(),
            ValueError,
            r": wrong length: layers\.0\.neurons\.0\.weights has 4 numbers, not 2, "
            r".*neurons\.2\.weights has 4 numbers, not 2$",
        ),
        (
            lambda state: MLP(2, [5, 1], bias=False).state_dict(),
            ValueError,
            r": missing: layers\.0\.neurons\.0\.bias, .* and 1 more; "
            r"unexpected: layers\.0\.neurons\.3\.weights \(2 numbers\), [^;]*; "
            r"wrong length: layers\.1\.neurons\.0\.weights has 5 numbers, not 3$",
        ),
        (
            lambda state: {name.replace("weights.1", "weights.7"): 0.0 for name in state},
            ValueError,
            r": missing: layers\.0\.neurons\.0\.weights\.1, .* and 1 more; "
            r"unexpected: layers\.0\.neurons\.0\.weights\.7, .* and 1 more$",
        ),
        (
            lambda state: state | {"layers.1.neurons.0.bias": "0.5"},
            TypeError,
            r"^layers\.1\.neurons\.0\.bias: expected one real number, got '0\.5'",
        ),
        (
            lambda state: state | {"layers.1.neurons.0.bias": [0.5, 1.0]},
            TypeError,
            r"^layers\.1\.neurons\.0\.bias: expected one real number",
        ),
    ],
)
def test_load_state_dict_is_all_or_nothing(change, error, message):
    model = MLP(2, [3, 1])
    before = model.state_dict()
    others = {name: number + 1 for name, number in before.items()}
    with pytest.raises(error, match=message):
        model.load_state_dict(change(others))
    assert model.state_dict() == before


def test_an_interrupted_load_is_all_or_nothing(interrupt_after):
    model, other = MLP(2, [2, 1], seed=0), MLP(2, [2, 1], seed=1)
    before, after = model.state_dict(), other.state_dict()
    for events in range(1000):
        model.load_state_dict(before)
        try:
            files = ("module.py", "state.py")
            interrupt_after(10 * events, lambda: model.load_state_dict(after), files)
        except KeyboardInterrupt:
            assert model.state_dict() in (before, after)
        else:
            break
    assert model.state_dict() == after
    assert events > 10


def test_numbers_that_are_not_finite_are_numbers():
    model = Neuron(2)
    model.load_state_dict({"weights.0": math.inf, "weights.1": math.nan, "bias": -0.0})
    assert [repr(number) for number in model.state_dict().values()] == ["inf", "nan", "-0.0"]


def test_a_name_that_two_parameters_have():
    model = Module()
    model.a = {"b.c": Value(1.0), "b": {"c": Value(2.0)}}
    with pytest.raises(ValueError, match=r"two parameters have the name 'a\.b\.c': keep dots out"):
        model.state_dict()


def test_generators_are_found_once_each():
    shared = random.Random(1)
    model = Sequential(Dropout(seed=shared), Layer(2, 2), Sequential(Dropout(seed=shared)))
    model.others = [random.Random(2), {"a": random.Random(3)}]
    assert model.generators() == [*model.others[:1], model.others[1]["a"], shared]
    assert Deep().generators() == []
