"""Optimisers: how parameters follow their gradients.

A rule is written once, for one parameter, and works on arrays of many as well.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from autograd_mini import Value

_set_data = vars(Value)["data"].__set__  # the descriptor of the slot


class SGD:
    """Gradient descent: parameter - lr * gradient, for all parameters at once.

    Stochastic if the gradient is that of a batch. A step is all or nothing: interrupted, it has
    moved every parameter or none. ValueError without parameters or with an `lr` that is not
    positive.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError("SGD was given no parameters: pass model.parameters()")
        for parameter in self.parameters:
            if not isinstance(parameter, Value):
                raise TypeError(
                    f"a parameter is a Value, got {parameter!r}: pass model.parameters()"
                )
        if not lr > 0:
            raise ValueError(f"lr is the size of a step, greater than 0, got {lr}")

    def moved(self, numbers: Any, gradient: Any) -> Any:
        """The rule: where a step takes a number, or an array of numbers."""
        return numbers - self.lr * gradient

    def step(self) -> None:
        """Move every parameter against its gradient."""
        self.assign([self.moved(parameter.data, parameter.grad) for parameter in self.parameters])

    def assign(self, numbers: Iterable[float]) -> None:
        """Give the parameters these numbers, in their order: all of them or, interrupted, none."""
        # a single call into C: no interrupt can come between two of these assignments
        deque(map(_set_data, self.parameters, numbers), maxlen=0)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0
