"""Where a row does not keep to what is promised: by how much, and why."""

from math import inf
from typing import NamedTuple

from tests.accuracy.measure import PROMISED


class Exceeds(NamedTuple):
    """The worst errors in each region that are known and put up with; 0 for what is promised."""

    why: str
    domain: float = 0.0
    around: float = 0.0
    extreme: float = 0.0


ROOT = "near a root its terms cancel"
TIES = "near its root, where one share is a half, its terms cancel"
EXTREMES = "a factor over- or underflows on the way"
SUBNORMAL = "what it is made of is subnormal, with fewer digits"
LIBRARY = "the C library's own is off by as much, or nearly"

EXCEPTIONS: dict[tuple[str, str], Exceeds] = {
    ("/", "slope"): Exceeds(SUBNORMAL, extreme=inf),
    ("/", "second"): Exceeds(SUBNORMAL, extreme=1),
    ("**", "slope"): Exceeds("y - 1 is rounded", around=800, extreme=inf),
    ("**", "second"): Exceeds(ROOT, domain=1e-9, around=10, extreme=inf),
    ("tanh", "forward"): Exceeds(LIBRARY, 2.3, 2.3),
    ("tanh", "slope"): Exceeds("twice the error of the C library's cosh", 4.8, 4.8),
    ("tanh", "second"): Exceeds("1 / cosh(x) ** 3 underflows from 250 on", around=1, extreme=1),
    ("atan2", "slope"): Exceeds(SUBNORMAL, extreme=inf),
    ("atan2", "second"): Exceeds(ROOT, domain=1e-10, around=10, extreme=inf),
    ("hypot", "slope"): Exceeds(SUBNORMAL, extreme=inf),
    ("hypot", "second"): Exceeds(SUBNORMAL, extreme=1e-10),
    ("erfc", "forward"): Exceeds(LIBRARY, 2.8, 2.8),
    ("sigmoid", "second"): Exceeds(ROOT, domain=1e-10, around=1e-6, extreme=1),
    ("elu", "slope"): Exceeds(SUBNORMAL, around=100),
    ("gelu", "forward"): Exceeds("erfc is off; from -37 on it is subnormal", 3.8, 50, 50),
    ("gelu", "slope"): Exceeds("near its root, -0.75179, its terms cancel", 1e6, 1e17, 1e17),
    ("gelu", "second"): Exceeds(ROOT, domain=1e-9, around=10, extreme=10),
    ("silu", "slope"): Exceeds("near its root, -1.27846, its terms cancel", 1e6, 1e17, 1e17),
    ("silu", "second"): Exceeds(ROOT, domain=1e-9, around=10, extreme=10),
    ("logaddexp", "forward"): Exceeds("near its root, terms cancel", 2.5, 2.5, 2.5),
    ("logaddexp", "slope"): Exceeds("x - y is rounded", around=520),
    ("logsumexp", "second"): Exceeds(EXTREMES, extreme=1),
    ("prod", "forward"): Exceeds("every product is rounded; " + EXTREMES, 3.5, 3.5, inf),
    ("prod", "slope"): Exceeds(EXTREMES, extreme=inf),
    ("prod", "second"): Exceeds(EXTREMES, extreme=inf),
    ("dot", "forward"): Exceeds("every product is rounded, and terms cancel", 1e7, inf, inf),
    ("softmax", "forward"): Exceeds("three roundings beside those of exp", 2.8, 2.8),
    ("softmax", "slope"): Exceeds("the roundings of two shares", 5, 5),
    ("softmax", "second"): Exceeds(TIES, domain=1e-10, around=10, extreme=1),
    ("log_softmax", "forward"): Exceeds("three roundings beside those of exp", around=2.8),
    ("exp_product", "slope"): Exceeds(SUBNORMAL, around=1000),
    ("exp_product", "second"): Exceeds(f"{ROOT}; {EXTREMES}", 1e-10, 10, inf),
    ("normal_cdf", "forward"): Exceeds("erfc is off", 3.5, 3.5),
    ("direction", "forward"): Exceeds(SUBNORMAL, extreme=inf),
    ("direction", "slope"): Exceeds(f"six roundings; {SUBNORMAL}", 5.5, 5.5, inf),
    ("direction", "second"): Exceeds(ROOT, domain=1e-10, around=10, extreme=inf),
}


def allowed(name: str, quantity: str, region: str) -> float:
    """The error that a row may have."""
    known = EXCEPTIONS.get((name, quantity))
    return max(PROMISED[quantity], getattr(known, region) if known else 0.0)
