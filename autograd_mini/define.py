"""define_primitive: an operation of your own, one row more in the table."""

import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from autograd_mini.functional import grad
from autograd_mini.primitives import REAL, TABLE, Interval, Primitive, row, to_float
from autograd_mini.testing import check_gradients

#: The rows that came with the package; nobody's own may replace one.
_BUILT_IN = frozenset(TABLE)

_SAMPLES = 20
_WHERE = "give the domain in which it is defined, as in domain=((0.1, 10.0),)"


def define_primitive(
    name: str,
    forward: Callable[..., float],
    *partials: float | Callable[..., Any],
    domain: tuple[Interval, ...] | None = None,
    check: bool = True,
    array: Callable[..., Any] | None = None,
    **fields: Any,
) -> Primitive:
    """A new primitive: callable on floats and Values, with derivatives to any order.

    Args:
        name: what `Value.op` will say. Defining a name again replaces it, as when a notebook cell
            is run again; the names of the package's own rows are taken.
        forward: the operation on floats.
        partials: one rule per argument, called with the output and the arguments; a slope that is
            the same everywhere may be a number. A rule written with operators and this package's
            functions can itself be derived.
        domain: for each argument the interval (low, high) it is meant for; (-4, 4) by default.
        check: whether to hold the rules against finite differences at points of the domain, and
            `array` against `forward`.
        array: the operation on arrays, for `lift`: called with an array library, `numpy` or one
            that has its functions' names in the array API standard, and an array or a float per
            argument, as in `array=lambda xp, x: xp.exp(-x * x)`.
        **fields: more fields of `Primitive`: `defaults`, `kink`, `latex`, `python`, `precedence`.

    ValueError if the name is taken, if there is not one interval per partial, or if a rule or the
    array form is wrong: the error shows the argument, the point and both numbers. TypeError if the
    forward or a rule does not take its arguments, or returns something else than a number.

    >>> from autograd_mini import grad
    >>> cube = define_primitive("cube", lambda x: x**3, lambda out, x: 3 * x**2)
    >>> grad(cube)(2.0), grad(grad(cube))(2.0)
    (12.0, 12.0)
    """
    if type(name) is not str or not name.strip():
        raise ValueError(f"a primitive needs a name, got {name!r}")
    if name in _BUILT_IN or name == "constant":
        raise ValueError(f"{name!r} is a primitive of autograd_mini: choose another name for yours")
    if array and not _is_callable_as(name):
        raise ValueError(
            f"the source of a lifted program calls {name!r}: make it a Python name, which is no "
            f"keyword, has no __ at both ends, and is written as Python reads it"
        )
    if not partials:
        raise ValueError(f"{name} needs a partial derivative for each argument of its forward")
    intervals = (REAL,) * len(partials) if domain is None else domain
    _check_domain(name, intervals, len(partials))
    if "pack" not in fields:
        _check_signatures(name, forward, partials)
        _check_templates(name, len(partials), fields)
    before = TABLE.get(name)
    fields |= {"domain": intervals, "array": array}
    defined = row(name, lambda *xs: to_float(forward(*xs)), *partials, **fields)
    try:
        if check:
            _check(defined)
            _check_array_form(defined)
    except BaseException:
        del TABLE[name]
        if before is not None:
            TABLE[name] = before
        raise
    if before is not None:
        _retire(before)
    return defined


def _is_callable_as(name: str) -> bool:
    """Whether `own.name` in a source is the attribute of that name, and no object has it anyway."""
    from keyword import iskeyword  # these two are not needed before a primitive is defined
    from unicodedata import normalize

    read = normalize("NFKC", name)  # by Python, of every name in a source
    taken = iskeyword(name) or (name.startswith("__") and name.endswith("__"))
    return name.isidentifier() and read == name and not taken


def _check_domain(name: str, domain: tuple[Interval, ...], count: int) -> None:
    """TypeError or ValueError if points cannot be drawn from a domain."""
    try:
        widths = [float(high) - float(low) for low, high in domain]
    except (TypeError, ValueError):
        raise TypeError(
            f"the domain of {name} has a (low, high) for each argument, as in "
            f"domain=((0.1, 10.0),), got {domain!r}"
        ) from None
    if len(widths) != count:
        raise ValueError(
            f"{name} has {count} partials but {len(widths)} intervals in its domain: "
            f"give one (low, high) for each argument"
        )
    for interval, width in zip(domain, widths, strict=True):
        if not 0 < width < math.inf:
            raise ValueError(
                f"the domain of {name} has the interval {interval}: low comes first, and both are "
                f"finite, for points are drawn from it"
            )


def _check_signatures(
    name: str, forward: Callable[..., float], partials: tuple[float | Callable[..., Any], ...]
) -> None:
    """TypeError if the forward or a rule cannot be called with what it will be given."""
    from inspect import signature  # not needed before a primitive is defined

    arguments = ["x"] if len(partials) == 1 else [f"x{i}" for i in range(len(partials))]
    called = [("the forward", forward, arguments, "Give a partial for each of its arguments")]
    for i, rule in enumerate(partials):
        if callable(rule):
            given = ["out", *arguments]
            called.append((f"rule {i}", rule, given, f"Write it as lambda {', '.join(given)}: ..."))
    for role, function, given, fix in called:
        try:
            signature(function).bind(*given)
        except ValueError:  # a function of C that does not tell
            continue
        except TypeError as error:
            raise TypeError(
                f"{role} of {name} is called with ({', '.join(given)}): {error}. {fix}"
            ) from None


def _check_templates(name: str, count: int, fields: dict[str, Any]) -> None:
    """ValueError if an operation cannot be printed as its fields say."""
    for field in ("python", "latex"):
        template = fields.get(field, "")
        try:
            _ = "%" in template and template % (("x",) * count)
        except (TypeError, ValueError):
            raise ValueError(
                f"{field} of {name} is a template with a %s for each of its {count} argument(s), "
                f"and %% for a percent sign, got {template!r}"
            ) from None


def _retire(old: Primitive) -> None:
    """Let the old row fail when it is called: derivatives would come from the new one's rules."""

    def gone(*_: float) -> float:
        raise RuntimeError(f"{old.name} was defined again: call the new one")

    object.__setattr__(old, "forward", gone)


def _check(primitive: Primitive) -> None:
    """ValueError at a point of the domain where a rule, or a rule derived once more, is wrong."""
    from random import Random  # not needed before a primitive is defined

    draw = Random(0)
    for _ in range(_SAMPLES):
        point = [draw.uniform(*interval) for interval in primitive.domain]
        place = f"{primitive.name}({', '.join(map(repr, point))})"
        with _inside_the_domain(place):
            out, repeated = (primitive.forward(*point) for _ in range(2))
            slopes = primitive.derivatives(out, point, [True] * len(point))
        if out != repeated and not math.isnan(out):
            raise ValueError(
                f"{place} is {out!r}, then {repeated!r}: a primitive has one value for its "
                f"arguments. Give it what is random as one more of them"
            )
        for i, slope in enumerate(slopes):
            try:
                to_float(slope)
            except TypeError as error:
                raise TypeError(f"rule {i} of {primitive.name}: {error}") from None
        with _inside_the_domain(place):
            worst = check_gradients(primitive, *point, order=1)[0]
        if worst.verdict == "edge":
            raise ValueError(f"{place} is not finite on both sides of {worst.input}: {_WHERE}")
        if worst.verdict == "FAIL":
            raise ValueError(
                f"a partial of {primitive.name} is wrong: at {place} the rule for {worst.input} "
                f"gives {worst.analytic!r}, but finite differences measure {worst.numeric!r}, "
                f"give or take {worst.bound:.1e}. Mend the rule, or pass check=False"
            )
        for i in range(len(primitive.partials)):
            again = check_gradients(grad(primitive, i), *point, order=1)[0]
            if again.verdict == "FAIL":
                raise ValueError(
                    f"rule {i} of {primitive.name} cannot be derived again: at {place} its slope "
                    f"in {again.input} comes out as {again.analytic!r} and not {again.numeric!r}. "
                    f"Write it with functions of autograd_mini, cos(x) for math.cos(x), or pass "
                    f"check=False and take first derivatives only"
                )


@contextmanager
def _inside_the_domain(place: str) -> Generator[None]:
    try:
        yield
    except (ArithmeticError, ValueError) as error:
        raise ValueError(f"{place} raises {error!r}: {_WHERE}") from error


def _check_array_form(primitive: Primitive) -> None:
    """ValueError if the operation on an array is not the operation on each of its elements."""
    if primitive.array is None:
        return
    try:
        import numpy as np
    except ModuleNotFoundError:  # nothing can be lifted either
        return
    draw = np.random.default_rng(0)
    columns = [draw.uniform(*interval, (_SAMPLES, 1)) for interval in primitive.domain]
    found = primitive.array(np, *columns)
    if np.shape(found) != (_SAMPLES, 1):
        raise ValueError(
            f"the array form of {primitive.name} makes shape {np.shape(found)} of shape "
            f"{(_SAMPLES, 1)}: it works on each element, and its result has the shape of its "
            f"arguments"
        )
    for i in range(_SAMPLES):
        point = [float(column[i, 0]) for column in columns]
        expected, number = primitive.forward(*point), float(found[i, 0])
        if not np.isclose(number, expected, rtol=1e-9, atol=1e-12, equal_nan=True):
            raise ValueError(
                f"the array form of {primitive.name} is wrong: at {primitive.name}"
                f"({', '.join(map(repr, point))}) it gives {number!r}, but forward {expected!r}"
            )
