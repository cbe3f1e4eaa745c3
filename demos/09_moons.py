# %% [markdown]
# # 9. A line between two moons
#
# Two half moons of points, one purple, one orange, each reaching into the other's bay. No straight
# line parts them. A network of 2-16-16-1 neurons draws a curved one. How does it look, and how
# does it come to be where it is?

# %%
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import make_moons

import nn
from autograd_mini import no_grad

OUT = Path("out")
OUT.mkdir(exist_ok=True)
STEPS = 300

# %% [markdown]
# The network answers with a number, and its sign says which moon. The hinge loss, max(0, 1 - t
# f(x)) with t = 1 or -1, asks for more than the right sign: it is 0 from a margin of 1 on. Points
# that are clear by so much have no gradient, and no say.
#
# **A prediction for you to make.** Before the training, 85 of the hundred points have a say. How
# many will still have one at the end?

# %%
X, y = make_moons(n_samples=100, noise=0.1, random_state=0)
t = 2.0 * y - 1.0
model = nn.MLP(2, [16, 16, 1], activation="relu", init="he", seed=1)
print(model)
optimizer = nn.SGD(model.parameters(), lr=nn.Cosine(0.3, steps=STEPS), momentum=0.5)


def answers(points: np.ndarray) -> np.ndarray:
    """The network's answer at every point."""
    with no_grad():
        return np.array([model(point).data for point in points])


def report(when: str) -> None:
    """How many points are on the right side, and how many have a say."""
    margins = t * answers(X)
    print(f"{when}: right {int((margins > 0).sum())} of 100, with a say {int((margins < 1).sum())}")


report("before training")
moments = {0: model.state_dict()}
losses = []
for until in (10, 50, STEPS):
    history = nn.fit(
        model,
        X,
        t,
        loss="hinge",
        optimizer=optimizer,
        steps=until - len(losses),
        progress=False,
    )
    losses += history.loss
    moments[until] = model.state_dict()
report("after training")
print(f"loss before: {losses[0]:.4f}")
print(f"loss after: {losses[-1]:.4f}")

# %% [markdown]
# The line is where the answer is 0. Here it is at four moments, with the answers as the ground
# around it.

# %%
across, up = np.meshgrid(np.linspace(-1.6, 2.6, 43), np.linspace(-1.1, 1.6, 28))
figure, grid = plt.subplots(2, 2, figsize=(9, 6), layout="constrained", sharex=True, sharey=True)
for axes, (moment, weights) in zip(grid.flat, moments.items(), strict=True):
    model.load_state_dict(weights)
    ground = answers(np.column_stack([across.ravel(), up.ravel()])).reshape(across.shape)
    axes.contourf(
        across, up, ground.clip(-3, 3), levels=np.linspace(-3, 3, 13), cmap="PuOr_r", alpha=0.6
    )
    axes.contour(across, up, ground, levels=[0], colors="black")
    for side, colour in ((1, "#B35806"), (-1, "#542788")):
        axes.plot(*X[t == side].T, "o", color=colour, markeredgecolor="white", markersize=5)
    axes.set_title(f"after {moment} steps")
figure.savefig(OUT / "09_moons.png", dpi=120)

# %% [markdown]
# **The answer.** At first there is no line at all: every answer has the same sign. The line comes
# in where points on the wrong side push, and bends with one fold for every ReLU that switches
# there: look closely, it is made of straight pieces. In the end all points are clear by a margin
# of 1, none has a say any more, and the loss is 0.

# %%
margins = t * answers(X)
print(f"picture: {OUT / '09_moons.png'}")
assert (margins > 0).all(), "all points are on their side"

# %% [markdown]
# **For you to try.** A point with t = 1 is answered with 0.4. What is its hinge loss, and what is
# the slope of the loss in the answer? Ask `check_exercise([loss, slope])`, or from the shell
# `autograd-mini check-exercise 9 "[LOSS, SLOPE]"`.

# %% tags=["exercise"]
from math import isclose

import nn
from autograd_mini import Value


def check_exercise(answer: list[float]) -> str:
    """AssertionError if these are not the loss and its slope, and why."""
    said = Value(0.4)
    loss = nn.hinge(said, 1)
    loss.backward()
    assert isinstance(answer, list | tuple), "answer with [loss, slope]"
    assert len(answer) == 2, "answer with two numbers, [loss, slope]"
    given, slope = answer
    assert given != 0, "the sign is right, but the margin is not yet 1: there is a loss"
    assert isclose(given, loss.data), "the loss is max(0, 1 - t * answer)"
    assert slope != 1, "look at the sign: the loss falls when the answer rises"
    assert slope != -0.4, "the loss is linear in the answer: its slope does not depend on it"
    assert isclose(slope, said.grad), "1 - t * answer has one slope in the answer, wherever it is"
    return (
        "Right: 0.6, and -1. A point that has a say pushes with full strength, however near it is."
    )
