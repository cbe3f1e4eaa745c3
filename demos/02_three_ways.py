# %% [markdown]
# # 2. Three ways to a gradient
#
# A loss depends on n weights. Its gradient is n numbers. What does it cost to get them all?
#
# There are three ways. **Numeric**: move one weight a little to both sides and look at how the
# loss changes. **Forward mode**: carry along, with every number, how fast it changes if one weight
# does. **Reverse mode**: record the computation once, and walk back from the loss to all weights.

# %%
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

from matplotlib import pyplot as plt

from autograd_mini import dot, grad, jvp, tanh

OUT = Path("out")
OUT.mkdir(exist_ok=True)
H = 1e-5

# %% [markdown]
# The loss is that of a small network: each of eight neurons looks at all n weights' products with
# some numbers, and their answers are added. It counts how often it is asked.

# %%
runs: list[None] = []  # an entry for each


def loss_of(n: int) -> Callable[[list], float]:
    """A loss of n weights."""
    rng = Random(n)
    rows = [[rng.gauss(0, n**-0.5) for _ in range(n)] for _ in range(8)]

    def loss(w: list) -> float:
        runs.append(None)
        return sum((tanh(dot(row, w)) - 1) ** 2 for row in rows)

    return loss


def numeric(loss: Callable, w: list[float]) -> list[float]:
    """Central differences: (L(w + h) - L(w - h)) / 2h, one weight after the other."""
    slopes = []
    for i in range(len(w)):
        above, below = ([x + h * (i == j) for j, x in enumerate(w)] for h in (H, -H))
        slopes.append((loss(above) - loss(below)) / (2 * H))
    return slopes


def forward(loss: Callable, w: list[float]) -> list[float]:
    """One run for each weight, in the direction in which that weight alone changes."""
    directions = ([float(i == j) for j in range(len(w))] for i in range(len(w)))
    return [jvp(loss, [w], [direction])[1] for direction in directions]


def reverse(loss: Callable, w: list[float]) -> list[float]:
    """One run, and one walk back."""
    return grad(loss)(w)


WAYS = {"numeric": numeric, "forward": forward, "reverse": reverse}

# %% [markdown]
# **A prediction for you to make.** For five weights, how often does each way run the loss? And
# which of the three gradients is not quite right?

# %%
loss, w = loss_of(5), [0.3, -0.2, 0.5, 0.1, -0.4]
gradients = {}
for name, way in WAYS.items():
    runs.clear()
    gradients[name] = way(loss, w)
    print(f"{name:8} {'  '.join(f'{slope:+.12f}' for slope in gradients[name])}")
    print(f"         runs of the loss, {name}: {len(runs)}")


def largest_difference(a: str, b: str) -> float:
    """Between two ways, over all weights."""
    return max(abs(x - y) for x, y in zip(gradients[a], gradients[b], strict=True))


print(f"forward and reverse differ by at most: {largest_difference('forward', 'reverse'):.1e}")
print(f"numeric and reverse differ by at most: {largest_difference('numeric', 'reverse'):.1e}")

# %% [markdown]
# Now more weights, and a clock. The unit is one run of the loss, on plain numbers, with as many
# weights.

# %%
counts = [2**k for k in range(9)]
costs: dict[str, list[float]] = {name: [] for name in WAYS}


def seconds(run: Callable[[], object]) -> float:
    """The median of three."""
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return median(taken)


for n in counts:
    loss, w = loss_of(n), [0.1] * n
    unit = seconds(lambda loss=loss, w=w: loss(w))
    for name, way in WAYS.items():
        costs[name].append(seconds(lambda way=way, loss=loss, w=w: way(loss, w)) / unit)
for name, cost in costs.items():
    print(
        f"{name:8} {cost[0]:8.0f} runs of the loss for 1 weight, {cost[-1]:8.0f} for {counts[-1]}"
    )

for name, way in WAYS.items():
    runs.clear()
    way(loss, w)
    print(f"runs of the loss for {counts[-1]} weights, {name}: {len(runs)}")

# %%
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for (name, cost), colour, mark in zip(
    costs.items(), ("#D55E00", "#E69F00", "#0072B2"), "os^", strict=True
):
    axes.plot(counts, cost, color=colour, marker=mark, markersize=4, label=name)
axes.set(xscale="log", yscale="log", xlabel="weights", ylabel="cost, in runs of the loss")
axes.set_title("What a whole gradient costs")
axes.legend(frameon=False)
figure.savefig(OUT / "02_cost.png", dpi=120)

# %% [markdown]
# **The answer.** The numeric way runs the loss twice for each weight, and is wrong in the tenth or
# eleventh digit: it takes two points for a slope. Forward mode is exact, but needs a run for each
# weight, and here it takes longer than the numeric way, with half as many runs: each of its runs is
# recorded, while the numeric way's are plain arithmetic. Reverse mode records one run, whatever the
# number of weights. The other two lines climb; its line even falls, since a node of the record
# costs the same with few products in it or many. A network has thousands of weights and one loss;
# that is why there is backpropagation.
#
# The constant is not small here, since Python records every step. In operations it is: Baur and
# Strassen showed in 1983 that a gradient takes no more than a few times those of its function,
# however many weights there are.

# %%
print(f"picture: {OUT / '02_cost.png'}")
assert largest_difference("forward", "reverse") < 1e-14, "both are exact"
assert 0 < largest_difference("numeric", "reverse") < 1e-9, "differences are nearly right"

# %% [markdown]
# **For you to try.** A function takes 3 numbers and returns 1,000. You want its whole Jacobian,
# every output's slope in every input. Which way needs the fewest runs or walks back? Ask
# `check_exercise("numeric")`, `"forward"` or `"reverse"`, or from the shell `autograd-mini
# check-exercise 2 WAY`.

# %% tags=["exercise"]


def check_exercise(answer: str) -> str:
    """AssertionError if this is not the cheapest way, and what it would cost."""
    cost = {
        "numeric": "6 runs, two for each input, and it is not exact",
        "reverse": "1,000 walks back, one for each output: it was cheap for one loss only",
        "forward": "3 runs, one for each input, however many outputs there are",
    }
    assert answer in cost, 'answer with "numeric", "forward" or "reverse"'
    assert answer == "forward", f"{answer} takes {cost[answer]}"
    return f"Right: {cost['forward']}."
