"""Optimisers: how parameters follow their gradients.

A rule is written once, in `moved`, with operators that floats and arrays share: `step()` applies it
to the numbers of Values, an engine of `nn.fit` to all numbers at once. The names of settings and
their defaults are PyTorch's.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from numbers import Real
from typing import Any

from autograd_mini import Value
from nn.schedules import Schedule
from nn.state import set_all


class Optimizer:
    """What all optimisers share; a subclass writes the rule.

    `lr` is a number, or a function of the number of steps made so far (see `nn.schedules`), and may
    be set to another between steps. `steps` is that number. `memory` holds, for every name in
    `remembers`, a number per parameter, 0 at first.

    A step is all or nothing: interrupted, it has moved every parameter, with what is remembered of
    it, or none. ValueError without parameters or with settings out of their range.
    """

    remembers: tuple[str, ...] = ()

    def __init__(self, parameters: Iterable[Value], lr: float | Schedule) -> None:
        if not isinstance(parameters, Iterable):
            raise TypeError(
                f"parameters is a list of Values, got a {type(parameters).__name__}: pass "
                "model.parameters()"
            )
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError(
                f"{type(self).__name__} was given no parameters: pass model.parameters()"
            )
        for parameter in self.parameters:
            if not isinstance(parameter, Value):
                raise TypeError(
                    f"a parameter is a Value, got {parameter!r}: pass model.parameters()"
                )
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError("a parameter was given twice, and would be moved twice in every step")
        _check_lr(lr)
        self.steps = 0
        self.memory: Sequence[Any] = [[0.0] * len(self.parameters) for _ in self.remembers]

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.lr(self.steps) if callable(self.lr) else self.lr

    def moved(self, number: Any, slope: Any, *memory: Any) -> tuple[Any, ...]:
        """The rule: where a step takes a number (or an array of them), and what to remember of it.

        `memory` is what was remembered of it, in the order of `remembers`.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no rule: define moved(self, number, slope, *memory) -> "
            "(number, *memory)"
        )

    def step(self) -> None:
        """Move every parameter against its gradient."""
        remembered = zip(*self.memory, strict=True) if self.memory else repeat(())
        moved = [
            self.moved(parameter.data, parameter.grad, *memory)
            for parameter, memory in zip(self.parameters, remembered, strict=False)
        ]
        numbers, *memory = [list(column) for column in zip(*moved, strict=True)]
        self.assign(numbers, memory, self.steps + 1)

    def assign(self, numbers: Sequence[float], memory: Sequence[Any], steps: int) -> None:
        """Be where that many steps led: all of it or, interrupted, nothing."""
        set_all(
            [*self.parameters, self, self],
            [*["data"] * len(self.parameters), "memory", "steps"],
            [*numbers, memory, steps],
        )

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """What the next step depends on besides the parameters, as plain numbers and lists.

        Settings are not part of it, but for an `lr` that is a number.
        """
        state: dict[str, Any] = {"optimizer": type(self).__name__, "steps": self.steps}
        if not callable(self.lr):
            state["lr"] = self.lr
        columns = zip(self.remembers, self.memory, strict=True)
        return state | {"memory": {name: [*column] for name, column in columns}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict()` returned; all or nothing.

        ValueError if that was of another kind of optimiser, or of other parameters.
        """
        name = type(self).__name__
        if state.get("optimizer") != name:
            raise ValueError(f"this is the state of {state.get('optimizer')}, not of {name}")
        if missing := [part for part in ("steps", "memory") if part not in state]:
            raise ValueError(f"this is no state of {name}: it holds no {' and no '.join(missing)}")
        own = {remembered: len(self.parameters) for remembered in self.remembers}
        given = {remembered: len(column) for remembered, column in state["memory"].items()}
        if own != given:
            raise ValueError(
                f"this {name} remembers {own or 'nothing'} (numbers by name), but the state holds "
                f"{given or 'nothing'}: make it with the same parameters and settings"
            )
        memory = [[*map(float, state["memory"][remembered])] for remembered in self.remembers]
        for remembered, column in zip(self.remembers, memory, strict=True):
            if remembered == "squares" and (below := [x for x in column if x < 0]):
                raise ValueError(f"no square is below 0, and the state holds {below[0]!r} as one")
        lr, steps = float(state["lr"]) if "lr" in state else self.lr, int(state["steps"])
        if not 0 <= steps <= 2**53:  # a rule takes powers with it
            raise ValueError(f"no optimiser has made {steps} steps")
        values = [memory, steps, lr]
        set_all([self] * 3, ["memory", "steps", "lr"], values)


class SGD(Optimizer):
    """Gradient descent: number - lr * slope. Stochastic if the gradient is that of a batch.

    With `momentum` it rolls on: velocity = momentum * velocity + slope takes the slope's place or,
    with `nesterov`, slope + momentum * velocity does (Sutskever et al., 2013, in PyTorch's form).
    `weight_decay` adds that many times the number to its slope.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        _check_share("momentum", momentum)
        _check_decay(weight_decay)
        if nesterov and not momentum:
            raise ValueError("nesterov looks ahead along the momentum: give momentum=0.9, say")
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        self.remembers = ("velocity",) if momentum else ()
        super().__init__(parameters, lr)

    def moved(self, number: Any, slope: Any, *memory: Any) -> tuple[Any, ...]:
        """The rule, for floats and arrays."""
        if self.weight_decay:
            slope = slope + self.weight_decay * number
        if not self.momentum:
            return (number - self.rate * slope,)
        velocity = self.momentum * memory[0] + slope
        direction = slope + self.momentum * velocity if self.nesterov else velocity
        return number - self.rate * direction, velocity


class AdaGrad(Optimizer):
    """Steps shrink where slopes were large: lr * slope / (sqrt(sum of slope**2) + eps).

    Duchi et al. (2011).
    """

    remembers = ("squares",)

    def __init__(
        self, parameters: Iterable[Value], lr: float | Schedule = 0.01, *, eps: float = 1e-10
    ) -> None:
        _check_eps(eps)
        self.eps = eps
        super().__init__(parameters, lr)

    def moved(self, number: Any, slope: Any, *memory: Any) -> tuple[Any, ...]:
        """The rule, for floats and arrays."""
        squares = memory[0] + slope * slope
        return number - self.rate * slope / (squares**0.5 + self.eps), squares


class RMSProp(Optimizer):
    """AdaGrad that forgets: slope**2 is averaged, with `alpha` the share of the past.

    Hinton, "Neural Networks for Machine Learning" (2012), lecture 6.
    """

    remembers = ("squares",)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
    ) -> None:
        _check_share("alpha", alpha)
        _check_eps(eps)
        self.alpha, self.eps = alpha, eps
        super().__init__(parameters, lr)

    def moved(self, number: Any, slope: Any, *memory: Any) -> tuple[Any, ...]:
        """The rule, for floats and arrays."""
        squares = self.alpha * memory[0] + (1 - self.alpha) * slope * slope
        return number - self.rate * slope / (squares**0.5 + self.eps), squares


class Adam(Optimizer):
    """Momentum and RMSProp in one, both corrected for having started at 0.

    Kingma & Ba (2015), algorithm 1. `betas` are the shares of the past in the averages of the slope
    and of its square.
    """

    remembers = ("slopes", "squares")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        _check_betas(betas)
        _check_eps(eps)
        self.betas, self.eps = betas, eps
        super().__init__(parameters, lr)

    def moved(self, number: Any, slope: Any, *memory: Any) -> tuple[Any, ...]:
        """The rule, for floats and arrays."""
        (beta1, beta2), time = self.betas, self.steps + 1
        slopes = beta1 * memory[0] + (1 - beta1) * slope
        squares = beta2 * memory[1] + (1 - beta2) * slope * slope
        mean, spread = slopes / (1 - beta1**time), (squares / (1 - beta2**time)) ** 0.5
        return number - self.rate * mean / (spread + self.eps), slopes, squares


class AdamW(Adam):
    """Adam that also shrinks every number by the share lr * weight_decay in each step.

    Loshchilov & Hutter (2019), algorithm 2: the decay is kept out of the averages.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        _check_decay(weight_decay)
        self.weight_decay = weight_decay
        super().__init__(parameters, lr, betas=betas, eps=eps)

    def moved(self, number: Any, slope: Any, *memory: Any) -> tuple[Any, ...]:
        """The rule, for floats and arrays."""
        return super().moved(number - self.rate * self.weight_decay * number, slope, *memory)


def _check_share(name: str, share: float) -> None:
    if not 0 <= share < 1:
        raise ValueError(f"{name} is the share of the past that is kept, in [0, 1), got {share}")


def _check_betas(betas: Any) -> None:
    if not isinstance(betas, list | tuple) or len(betas) != 2:
        raise ValueError(f"betas is a pair of numbers, as in betas=(0.9, 0.999), got {betas!r}")
    for i, beta in enumerate(betas):
        _check_share(f"betas[{i}]", beta)


def _check_lr(lr: Any) -> None:
    if not callable(lr) and not (isinstance(lr, Real) and float(lr) > 0):
        raise ValueError(
            f"lr is the size of a step, a number greater than 0, got {lr!r}; or a function of the "
            "number of steps made, as in nn.schedules"
        )


def _check_decay(weight_decay: float) -> None:
    if not weight_decay >= 0:
        raise ValueError(f"weight_decay pulls numbers towards 0, at least 0, got {weight_decay}")


def _check_eps(eps: float) -> None:
    if not eps > 0:
        raise ValueError(f"eps keeps a quotient finite, greater than 0, got {eps}")
