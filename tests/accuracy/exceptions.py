"""Where a row does not keep to what is promised: by how much or how often, and why."""

from math import inf, sqrt
from typing import NamedTuple

from tests.accuracy.measure import PROMISED, Worst


class Exceeds(NamedTuple):
    """The worst errors in each region that are known and put up with; 0 for what is promised.

    Where all digits may be lost, and the error is `inf`, that is put up with at this `share` of the
    region's points.
    """

    why: str
    domain: float = 0.0
    around: float = 0.0
    extreme: float = 0.0
    share: float = 0.0


ROOT = "its terms cancel near a root"
TIES = "near its root, where one share is a half, its terms cancel"
EXTREMES = "a factor over- or underflows on the way"
PRODUCTS = "every product is rounded"
SUBNORMAL = "what it is made of is subnormal, with fewer digits"
LIBRARY = "the C library's own is off by as much, or nearly"

EXCEPTIONS: dict[tuple[str, str], Exceeds] = {
    ("/", "slope"): Exceeds(SUBNORMAL, extreme=inf, share=0.002),
    ("/", "second"): Exceeds(SUBNORMAL, extreme=inf, share=0.002),
    ("**", "slope"): Exceeds("y - 1 is rounded", around=800, extreme=inf, share=0.03),
    ("**", "second"): Exceeds(ROOT, 1e-9, inf, inf, share=0.02),
    ("tanh", "forward"): Exceeds(LIBRARY, 2.3, 2.3),
    ("tanh", "slope"): Exceeds("twice the error of the C library's cosh", 4.8, 4.8),
    ("tanh", "second"): Exceeds("1 / cosh(x) ** 3 underflows from 250 on", 0, inf, inf, share=0.01),
    ("atan2", "slope"): Exceeds(SUBNORMAL, extreme=inf, share=0.002),
    ("atan2", "second"): Exceeds(f"{ROOT}, x = y", 1e-10, inf, inf, share=0.15),
    ("hypot", "slope"): Exceeds(SUBNORMAL, extreme=inf, share=0.002),
    ("hypot", "second"): Exceeds(SUBNORMAL, extreme=1e-10),
    ("erfc", "forward"): Exceeds(LIBRARY, 2.8, 2.8),
    ("sigmoid", "second"): Exceeds(f"{ROOT}, 0", 1e-10, 1e-6, inf, share=0.56),
    ("elu", "slope"): Exceeds(SUBNORMAL, around=100),
    ("gelu", "forward"): Exceeds("erfc is off; from -37 on it is subnormal", 3.8, 50, 50),
    ("gelu", "slope"): Exceeds(f"{ROOT}, -0.75179", 1e6, inf, inf, share=0.08),
    ("gelu", "second"): Exceeds(ROOT, 1e-9, inf, inf, share=0.05),
    ("silu", "slope"): Exceeds(f"{ROOT}, -1.27846", 1e6, inf, inf, share=0.06),
    ("silu", "second"): Exceeds(ROOT, 1e-9, inf, inf, share=0.05),
    ("logaddexp", "forward"): Exceeds("near its root, terms cancel", 2.5, 2.5, 2.5),
    ("logaddexp", "slope"): Exceeds("x - y is rounded", around=520),
    ("logsumexp", "second"): Exceeds(EXTREMES, extreme=inf, share=0.002),
    ("prod", "forward"): Exceeds(f"{PRODUCTS}; {EXTREMES}", 3.5, 3.5, inf, share=0.15),
    ("prod", "slope"): Exceeds(EXTREMES, extreme=inf, share=0.12),
    ("prod", "second"): Exceeds(EXTREMES, extreme=inf, share=0.06),
    ("dot", "forward"): Exceeds(f"{PRODUCTS}, and terms cancel", 1e7, inf, inf, share=0.08),
    ("softmax", "forward"): Exceeds("three roundings beside those of exp", 2.8, 2.8),
    ("softmax", "slope"): Exceeds("the roundings of two shares", 5, 5),
    ("softmax", "second"): Exceeds(TIES, 1e-10, inf, inf, share=0.08),
    ("log_softmax", "forward"): Exceeds("three roundings beside those of exp", around=2.8),
    ("exp_product", "slope"): Exceeds(SUBNORMAL, around=1000),
    ("exp_product", "second"): Exceeds(f"{ROOT}; {EXTREMES}", 1e-10, inf, inf, share=0.01),
    ("normal_cdf", "forward"): Exceeds("erfc is off", 3.5, 3.5),
    ("direction", "forward"): Exceeds(SUBNORMAL, extreme=inf, share=0.002),
    ("direction", "slope"): Exceeds(f"six roundings; {SUBNORMAL}", 5.5, 5.5, inf, share=0.002),
    ("direction", "second"): Exceeds(ROOT, 1e-10, inf, inf, share=0.05),
}


def is_excused(name: str, quantity: str, region: str, worst: Worst) -> bool:
    """Whether a row is as good as promised, or no worse than is known.

    Which points break a promise is chance: three standard deviations more may, and one.
    """
    known = EXCEPTIONS.get((name, quantity))
    limit = max(PROMISED[quantity], getattr(known, region) if known else 0.0)
    if known is None or limit < inf:
        return worst.error <= limit
    expected = known.share * worst.count
    return worst.broken <= expected + 3 * sqrt(expected) + 1
