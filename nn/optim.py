"""Optimisers: how parameters follow their gradients."""

from collections import deque
from collections.abc import Iterable

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

    def step(self) -> None:
        """Move every parameter against its gradient."""
        moved = [parameter.data - self.lr * parameter.grad for parameter in self.parameters]
        # a single call into C: no interrupt can come between two of these assignments
        deque(map(_set_data, self.parameters, moved), maxlen=0)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0
