"""Neuron, Layer, Sequential, MLP and Dropout: networks whose every weight is a Value."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import methodcaller
from random import Random
from typing import Any

from autograd_mini import Value, dot
from nn.init import Initialiser, initialiser
from nn.module import Module

#: A function of one Value; by name, one of ACTIVATIONS.
Activation = str | Callable[[Value], Value]


def _linear(x: Value) -> Value:
    return x


#: The functions of one number that networks use, as methods of a Value.
ACTIVATIONS: dict[str, Callable[[Value], Value]] = {"linear": _linear} | {
    name: methodcaller(name)
    for name in (
        *("relu", "leaky_relu", "elu", "gelu", "silu", "softplus"),
        *("sigmoid", "tanh", "atan", "erf", "sin", "exp"),
    )
}


def _function(activation: Activation) -> Callable[[Value], Value]:
    if callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"unknown activation {activation!r}: use one of {', '.join(ACTIVATIONS)}, or a "
            "function of one Value (softmax, which needs all outputs, goes behind the layer: "
            "Sequential(layer, softmax))"
        )
    return ACTIVATIONS[activation]


def _generator(seed: int | Random) -> Random:
    return seed if isinstance(seed, Random) else Random(seed)


class Neuron(Module):
    """activation(weights . inputs + bias): `n_in` numbers in, one Value out.

    The weighted sum is a single `dot` node. Weights come from `init` (a name or a function, see
    `nn.init`), which is also told `n_out`, the number of neurons that share the inputs; the bias
    starts at 0. Neurons made from one `seed` are equal: hand several of them one `random.Random`.
    """

    def __init__(
        self,
        n_in: int,
        activation: Activation = "linear",
        *,
        bias: bool = True,
        init: str | Initialiser = "xavier",
        seed: int | Random = 0,
        n_out: int = 1,
    ) -> None:
        _check_size("n_in", n_in)
        draw, rng = initialiser(init), _generator(seed)
        self.n_in = n_in
        self.activation = activation
        self.weights = [Value(draw(rng, n_in, n_out)) for _ in range(n_in)]
        self.bias = Value(0.0) if bias else None
        self._activate = _function(activation)
        self.label_parameters()

    def forward(self, inputs: Sequence[Any]) -> Value:
        """The neuron's answer; ValueError unless there are `n_in` inputs."""
        _check_inputs(self, inputs)
        return self.respond(inputs)

    def respond(self, inputs: Sequence[Any]) -> Value:
        """`forward` without the check: a layer counts its inputs once for all of its neurons."""
        total = dot(self.weights, inputs)
        return self._activate(total if self.bias is None else total + self.bias)

    def extra_repr(self) -> str:
        """Sizes and activation."""
        return f"{self.n_in} -> 1, {_name(self.activation)}"


class Layer(Module):
    """`n_out` neurons that read the same inputs: `n_in` numbers in, a list of `n_out` Values out.

    Arguments are those of `Neuron`.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: Activation = "linear",
        *,
        bias: bool = True,
        init: str | Initialiser = "xavier",
        seed: int | Random = 0,
    ) -> None:
        _check_size("n_out", n_out)
        rng = _generator(seed)
        self.n_in, self.n_out = n_in, n_out
        self.activation = activation
        self.neurons = [
            Neuron(n_in, activation, bias=bias, init=init, seed=rng, n_out=n_out)
            for _ in range(n_out)
        ]
        self.label_parameters()

    def forward(self, inputs: Sequence[Any]) -> list[Value]:
        """One answer per neuron; ValueError unless there are `n_in` inputs."""
        _check_inputs(self, inputs)
        numbers = inputs.tolist() if hasattr(inputs, "tolist") else inputs
        return [neuron.respond(numbers) for neuron in self.neurons]

    def extra_repr(self) -> str:
        """Sizes and activation."""
        return f"{self.n_in} -> {self.n_out}, {_name(self.activation)}"


class Sequential(Module):
    """Modules and functions in a row, each called with what the one before it returned."""

    def __init__(self, *layers: Callable[..., Any]) -> None:
        for layer in layers:
            if not callable(layer):
                raise TypeError(f"Sequential takes modules and functions, but was given {layer!r}")
        self.layers = list(layers)
        self.label_parameters()

    def forward(self, x: Any) -> Any:
        """What the last layer returns; an error carries a note that names the layer."""
        for position, layer in enumerate(self.layers):
            try:
                x = layer(x)
            except Exception as error:
                error.add_note(f"raised in layers.{position} of {type(self).__name__}")
                raise
        return x


class MLP(Sequential):
    """A multi-layer perceptron: `n_in` numbers, then one layer for each number of neurons.

    The last layer has the activation `output`, all others `activation`. A call returns a list with
    one Value per output or, if the last layer has a single neuron, that Value itself. Models made
    with one `seed` are equal; their layers differ.

    >>> model = MLP(2, [3, 1], activation="tanh", output="sigmoid")
    >>> model
    MLP(2 -> 3 -> 1): 13 parameters
      layers.0: Layer(2 -> 3, tanh): 9 parameters
        neurons.0 ... neurons.2: Neuron(2 -> 1, tanh): 3 parameters each
      layers.1: Layer(3 -> 1, sigmoid): 4 parameters
        neurons.0: Neuron(3 -> 1, sigmoid): 4 parameters
    >>> float(model([0.0, 0.0]))
    0.5
    """

    def __init__(
        self,
        n_in: int,
        sizes: Sequence[int],
        activation: Activation = "tanh",
        output: Activation = "linear",
        *,
        bias: bool = True,
        init: str | Initialiser = "xavier",
        seed: int | Random = 0,
    ) -> None:
        if isinstance(sizes, int) or not sizes:
            raise ValueError(
                f"MLP needs the size of every layer after the input, as in [16, 1], got {sizes!r}"
            )
        rng = _generator(seed)
        self.sizes = [n_in, *sizes]
        activations = [*[activation] * (len(sizes) - 1), output]
        super().__init__(
            *(
                Layer(before, after, function, bias=bias, init=init, seed=rng)
                for (before, after), function in zip(pairwise(self.sizes), activations, strict=True)
            )
        )

    def forward(self, x: Any) -> Any:
        """A list of Values, or the Value of a single output."""
        outputs = super().forward(x)
        return outputs[0] if len(outputs) == 1 else outputs

    def extra_repr(self) -> str:
        """The number of values between the layers."""
        return " -> ".join(map(str, self.sizes))


class Dropout(Module):
    """In training, each number is 0 with probability `p`, else scaled by 1 / (1 - p).

    So its expectation is the number itself, which is what comes out in evaluation mode (Srivastava
    et al., 2014, with the scaling moved into the training). Takes a number, or a list of them, and
    returns the same. Draws from a generator of its own, made from `seed`; to let several draw from
    one, hand them one `random.Random`.

    `nn.fit` trains a model with dropout on its scalars: a recorded program would drop the same
    numbers in every step.
    """

    def __init__(self, p: float = 0.5, *, seed: int | Random = 0) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"p is the share of numbers to drop, in [0, 1), got {p}")
        self.p = p
        self.generator = _generator(seed)

    def forward(self, x: Any) -> Any:
        """The number or the list, thinned out in training."""
        numbers = x.tolist() if hasattr(x, "tolist") else x
        if not self.training or self.p == 0:
            return numbers
        if isinstance(numbers, list | tuple):
            return [self._thinned(number) for number in numbers]
        return self._thinned(numbers)

    def _thinned(self, number: Any) -> Any:
        return number * (0.0 if self.generator.random() < self.p else 1 / (1 - self.p))

    def extra_repr(self) -> str:
        """The share that is dropped."""
        return f"p={self.p}"


def _name(activation: Activation) -> str:
    known_by = ("__name__", "name")  # a function, a row of the table
    names = [getattr(activation, each) for each in known_by if hasattr(activation, each)]
    return str(names[0] if names else activation)


def _check_size(name: str, size: int) -> None:
    if size < 1:
        raise ValueError(f"{name} is a number of neurons or inputs, at least 1, got {size}")


def _check_inputs(module: Neuron | Layer, inputs: Any) -> None:
    given = len(inputs) if hasattr(inputs, "__len__") else None
    if given == module.n_in:
        return
    title = f"{type(module).__name__}({module.extra_repr()})"
    if given is None:
        raise TypeError(f"{title} takes a list of {module.n_in} numbers, but was given {inputs!r}")
    raise ValueError(f"{title} takes {module.n_in} inputs, but was given {given}")
