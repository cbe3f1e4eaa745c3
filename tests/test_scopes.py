"""Every node belongs to the module or block that made it, every parameter to its module."""

import copy
import pickle
import threading

import pytest

import nn
from autograd_mini import Value, detect_anomaly, no_grad, scope, sigmoid, tanh
from autograd_mini.scopes import owner
from autograd_mini.story import tell


def scopes(out):
    """The scope of every node that has a name or was computed, by name."""
    return {node.name: node.scope for node in tell(out).nodes if not node.is_constant}


# --- blocks --------------------------------------------------------------------------------------


def test_blocks_nest_and_end():
    x = Value(1.0)
    with scope("a"):
        with scope("b"):
            first = x + 1
        second = x + 1
    assert (first.scope, second.scope, (x + 1).scope) == (("a", "b"), ("a",), ())


def test_a_block_ends_however_it_ends():
    with pytest.raises(RuntimeError), scope("a"):
        raise RuntimeError
    assert Value(1.0).scope == ()


def test_every_way_to_make_a_node():
    x = Value(2.0)
    with scope("a"):
        made = [Value(1.0), x * x, x * 3, 3 - x, -x, x.tanh(), x.maximum(1.0), +x]
    assert {node.scope for node in made} == {("a",)}


def test_under_other_modes():
    x = Value(2.0)
    with scope("a"), detect_anomaly():
        watched = x * x
    with scope("a"), no_grad():
        unrecorded = x * x
    assert watched.scope == unrecorded.scope == ("a",)
    assert watched.line.rpartition(":")[0] == __file__


def test_threads_have_scopes_of_their_own():
    seen = []
    with scope("a"):
        thread = threading.Thread(target=lambda: seen.append((Value(1.0) * 2).scope))
        thread.start()
        thread.join()
    assert seen == [()]


def test_one_block_may_be_entered_twice():
    a = scope("a")
    with a, a:
        assert Value(1.0).scope == ("a", "a")
    assert Value(1.0).scope == ()


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_scope_needs_a_name(name):
    with pytest.raises(ValueError, match=r"a scope needs a name, got .*: write scope\("):
        scope(name)


# --- modules -------------------------------------------------------------------------------------


def test_model_layer_and_neuron():
    model = nn.MLP(2, [2, 1])
    x = [Value(1.0, "x"), Value(2.0, "y")]
    out = sigmoid(model(x))
    found = scopes(out)
    assert (found["x"], found["y"], out.scope) == ((), (), ())
    assert found["layers.0.neurons.1.weights.0"] == ("MLP", "layers.0", "neurons.1")
    assert found["layers.1.neurons.0.bias"] == ("MLP", "layers.1", "neurons.0")
    made = [node.scope for node in tell(out).nodes if node.op]
    first, second, last = [("MLP", *names) for names in (
        ("layers.0", "neurons.0"), ("layers.0", "neurons.1"), ("layers.1", "neurons.0")
    )]  # fmt: skip
    assert made == [first] * 3 + [second] * 3 + [last] * 2 + [()]


def test_a_block_around_a_model_and_its_loss():
    model = nn.MLP(2, [2, 1])
    with scope("loss"):
        loss = (model([1.0, 2.0]) - 1) ** 2
    nodes = tell(loss).nodes
    assert nodes[-1].scope == nodes[-3].scope == ("loss",)
    assert nodes[-5].scope == ("loss", "MLP", "layers.1", "neurons.0")


class Recurrent(nn.Module):
    """A module of the user's own, that calls one layer again and again."""

    def __init__(self):
        self.cell = nn.Layer(2, 2, "tanh")
        self.scale = Value(2.0)

    def forward(self, x):
        return sum(self.cell(self.cell(x))) * self.scale


def test_a_layer_called_twice_and_a_module_that_labelled_nothing():
    out = Recurrent()([Value(1.0, "x"), 2.0])
    found = scopes(out)
    made = [node.scope for node in tell(out).nodes if node.op]
    cells = [("Recurrent", "cell", f"neurons.{i}") for i in (0, 1)]
    assert [made.count(cell) for cell in cells] == [6, 6]
    assert made[-1] == ("Recurrent",)
    assert found["cell.neurons.0.bias"] == cells[0]
    assert found["x"] == ()


def test_neurons_are_told_apart_under_detect_anomaly_too():
    with detect_anomaly():
        out = nn.MLP(2, [2, 1])([1.0, 2.0])
    assert scopes(out)["v3"] == ("MLP", "layers.0", "neurons.0")


def test_inner_models():
    class Pair(nn.Module):
        def __init__(self):
            self.models = {"left": nn.MLP(1, [1, 1]), "right": nn.MLP(1, [1, 1])}

        def forward(self, x):
            return self.models["left"](x) * self.models["right"](x)

    pair = Pair()
    found = scopes(pair([Value(1.0, "x")]))
    for side in ("left", "right"):
        name = f"models.{side}.layers.0.neurons.0.bias"
        assert found[name] == ("Pair", f"models.{side}", "layers.0", "neurons.0")
    (alone,) = pair.models["right"].layers[1]([Value(1.0, "x")])
    assert alone.scope == ("layers.1",)
    assert {*scopes(alone).values()} == {("layers.1", "neurons.0"), ()}


def test_a_layer_on_its_own():
    out = nn.Layer(1, 2)([Value(1.0, "x")])[1]
    assert out.scope == ("Layer",)
    assert scopes(out)["neurons.1.bias"] == scopes(out)["v2"] == ("Layer", "neurons.1")


def test_a_block_that_reads_parameters_of_a_model():
    weight = nn.MLP(1, [1]).parameters()[0]
    with scope("penalty"):
        out = weight**2
    assert {*scopes(out).values()} == {("penalty",), ()}


def test_a_parameter_that_is_also_read_elsewhere_stays_at_home():
    model = nn.MLP(1, [1])
    loss = model([2.0]) + sum(p * p for p in model.parameters())
    found = scopes(loss)
    assert found["layers.0.neurons.0.weights.0"] == ("MLP", "layers.0", "neurons.0")
    assert loss.scope == ()


class Line(nn.Module):
    def __init__(self):
        self.slope, self.offset = Value(2.0), Value(1.0)

    def forward(self, x):
        return self.slope * x + self.offset


def test_what_the_outermost_module_owns_itself_is_inside_of_it():
    found = scopes(nn.Neuron(1)([Value(1.0, "x")]))
    assert found == {"x": ()} | dict.fromkeys(["weights.0", "bias", "v1", "v2"], ("Neuron",))
    x = Value(1.0, "x")
    with scope("loss"):
        found = scopes(Line()(x) ** 2)
    assert found["x"] == ()
    assert found["slope"] == found["offset"] == found["v1"] == ("loss", "Line")


def test_a_parameter_that_its_module_does_not_read_is_in_no_box():
    line = Line()
    assert scopes(line(2.0))["slope"] == ("Line",)
    assert scopes(line.slope**2)["slope"] == ()


@pytest.mark.parametrize("twin", [lambda line: Line(), copy.deepcopy], ids=["made again", "copied"])
def test_two_models_of_one_class_are_two_boxes(twin):
    x, line = Value(3.0, "x"), Line()
    other = twin(line)
    nodes = tell((line(x) + line(2.0)) * other(x)).nodes
    made = [node.scope for node in nodes if node.op]
    assert made == [*[("Line",)] * 4, (), *[("Line 2",)] * 2, ()]
    parameters = [node.scope for node in nodes if node.label in ("slope", "offset")]
    assert parameters == [*[("Line",)] * 2, *[("Line 2",)] * 2]
    assert {*scopes(other(x)).values()} == {(), ("Line",)}


def test_a_loss_is_a_box_of_its_own():
    out = nn.losses.sse([Value(1.0, "a"), Value(2.0, "b")], [0.0, 1.0])
    assert {*scopes(out).values()} == {(), ("sse",)}


def test_what_a_layer_computes_across_neurons_belongs_to_the_layer():
    class Normalised(nn.Layer):
        def forward(self, x):
            outputs = super().forward(x)
            return [out - sum(outputs) for out in outputs]

    out = tanh(nn.Sequential(Normalised(1, 2))([1.0])[0])
    made = [node.scope for node in tell(out).nodes if node.op]
    assert made[-2:] == [("Sequential", "layers.0"), ()]


@pytest.mark.parametrize(
    ("label", "modules"),
    [
        ("layers.0.neurons.3.weights.1", ("layers.0", "neurons.3")),
        ("cell.wq.0.3", ("cell",)),
        ("encoder.bias", ("encoder",)),
        ("weights.1", ()),
        ("x", ()),
        ("", ()),
        ("5.w", ("5",)),
    ],
)
def test_owner(label, modules):
    assert owner(label) == modules


def test_copies_keep_their_scopes():
    model = nn.MLP(2, [2, 1])
    out = model([Value(1.0, "x"), 2.0])
    for twin in (copy.deepcopy(out), pickle.loads(pickle.dumps(out))):
        assert scopes(twin) == scopes(out)
