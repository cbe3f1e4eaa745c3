# %% [markdown]
# # 7. Five ways down a valley
#
# The valley is x²/20 + y². It is steep across and almost flat along, twenty times flatter, and the
# lowest place is in the middle. All begin at (-7, 2) and all are told the same at every place: the
# gradient. What they make of it differs.

# %%
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

import nn
from autograd_mini import Value

OUT = Path("out")
OUT.mkdir(exist_ok=True)
START, STEPS = (-7.0, 2.0), 30


def valley(x: Value, y: Value) -> Value:
    """The height at a place."""
    return x**2 / 20 + y**2


# %% [markdown]
# Each optimiser with a learning rate that suits it:
#
# - **SGD** steps against the gradient.
# - **Momentum** rolls on in the direction it had.
# - **AdaGrad** divides by the root of the sum of all squared slopes so far, for x and y apart.
# - **RMSProp** takes their average instead and forgets the old ones.
# - **Adam** rolls on and divides, both.
#
# **A prediction for you to make.** At the start the slope is -0.7 along x, and 4 along y, where
# there is little way to go. Which of the five zigzags? And which leave along the diagonal, with
# steps as long in x as in y, as if both slopes were the same?

# %%
WAYS = {
    "SGD": lambda where: nn.SGD(where, lr=0.95),
    "Momentum": lambda where: nn.SGD(where, lr=0.1, momentum=0.9),
    "AdaGrad": lambda where: nn.AdaGrad(where, lr=1.5),
    "RMSProp": lambda where: nn.RMSProp(where, lr=0.3, alpha=0.9),
    "Adam": lambda where: nn.Adam(where, lr=0.3),
}
paths = {}
for name, optimizer_for in WAYS.items():
    x, y = Value(START[0], "x"), Value(START[1], "y")
    optimizer = optimizer_for([x, y])
    path = [START]
    for _ in range(STEPS):
        optimizer.zero_grad()
        valley(x, y).backward()
        optimizer.step()
        path.append((x.data, y.data))
    paths[name] = np.array(path)
    print(
        f"{name:8} after {STEPS} steps at ({x.data:+.3f}, {y.data:+.3f}), "
        f"height {valley(x, y).data:.2e}"
    )
crossings = {name: int((path[1:, 1] * path[:-1, 1] < 0).sum()) for name, path in paths.items()}
for name in ("SGD", "Momentum"):
    print(f"{name} crosses the floor of the valley {crossings[name]} times")

# %%
across, up = np.meshgrid(np.linspace(-8.5, 5.5, 141), np.linspace(-3, 3, 61))
height = across**2 / 20 + up**2
figure, grid = plt.subplots(2, 3, figsize=(11, 5), layout="constrained", sharex=True, sharey=True)
for axes, (name, path) in zip(grid.flat, paths.items(), strict=False):
    axes.contour(across, up, height, levels=np.arange(0.4, 3.5, 0.4) ** 2, colors="#BBBBBB")
    axes.plot(path[:, 0], path[:, 1], "o-", color="#0072B2", markersize=3, linewidth=1.2)
    axes.plot(*START, "o", color="#D55E00")
    axes.plot(0, 0, "+", color="black", markersize=10)
    axes.set(title=name, xlim=(-8.5, 5.5), ylim=(-3, 3))
grid[0, 2].tick_params(labelbottom=True)  # the lowest of its column: below is another picture
grid[1, 2].remove()
heights = figure.add_subplot(2, 3, 6)
for (name, path), colour in zip(
    paths.items(), ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00"), strict=True
):
    heights.plot(path[:, 0] ** 2 / 20 + path[:, 1] ** 2, color=colour, label=name, linewidth=1.2)
heights.set(yscale="log", xlabel="step", title="Height")
heights.legend(frameon=False, fontsize=7)
figure.savefig(OUT / "07_paths.png", dpi=120)

# %% [markdown]
# **The answer.** SGD zigzags: its step is as long as the slope, so a rate that gets on along the
# valley overshoots across it, again and again. Momentum adds up what the slopes agree on and lets
# what alternates cancel; it comes in wide curves, past the goal and back. The other three divide
# each direction by the size of its own slopes, so at the start they see 0.7 and 4 as equally
# important, and leave along the diagonal. AdaGrad remembers all slopes, and its rate only ever
# shrinks; RMSProp forgets the steep beginning. Adam, which also rolls on, takes a curve.
#
# The order at the end is that of this valley and these rates: try AdaGrad with a rate of 0.1, and
# it comes last.

# %%
print(f"picture: {OUT / '07_paths.png'}")
assert crossings["SGD"] == STEPS, "SGD zigzags"
assert crossings["AdaGrad"] == 0, "AdaGrad does not"

# %% [markdown]
# **For you to try.** Adam divides a mean by the root of a mean of squares, both corrected for
# having started at 0. How long is its very first step along x, with the rate 0.3, from x = -7? And
# from x = -700? Ask `check_exercise(your_number)` for the second, or from the shell `autograd-mini
# check-exercise 7 YOUR_NUMBER`.

# %% tags=["exercise"]
from math import isclose

import nn
from autograd_mini import Value


def check_exercise(answer: float) -> str:
    """AssertionError if this is not the length of Adam's first step, and why."""
    x = Value(-700.0)
    adam = nn.Adam([x], lr=0.3)
    (x**2 / 20).backward()
    slope = abs(x.grad)
    adam.step()
    step = abs(x.data + 700.0)
    for wrong, reason in [
        (
            0.3 * slope,
            "that is the step of SGD, a rate times a slope: Adam divides by the slope's size",
        ),
        (0.03, "the mean starts at 0 and holds 0.1 of the slope, but Adam corrects for that"),
        (0.03 / 0.001**0.5, "without its corrections it would be so; Adam divides by 1 - beta**1"),
    ]:
        assert not isclose(answer, wrong, rel_tol=1e-2), reason
    assert isclose(answer, step, rel_tol=1e-2), (
        "write down both means after one slope g, corrected: what is mean / sqrt(mean of squares)?"
    )
    return f"Right: {step:.4f}. The first step is as long as the rate, however steep the place is."
