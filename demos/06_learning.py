# %% [markdown]
# # 6. Too slow, too fast, and not at all
#
# A network learns by small steps downhill. Three things decide whether it arrives: how long the
# steps are, what the loss makes of an error, and what the activations let through on the way back.
# Each can stop the learning, and each leaves its trace in the gradients.

# %%
from pathlib import Path
from random import Random

from matplotlib import pyplot as plt

import nn
from autograd_mini import Value, mean, relu, sigmoid

OUT = Path("out")
OUT.mkdir(exist_ok=True)
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"

# %% [markdown]
# ## The learning rate
#
# Ten points on a noisy line, a neuron without an activation, the mean squared error. The only
# freedom is the size of the step.
#
# **A prediction for you to make.** The three rates below are 0.01, 0.3 and 1.3. One is too small,
# one is right, one is too large. What does the loss do in the third case: stay, swing, or explode?

# %%
rng = Random(0)
xs = [i / 5 - 0.9 for i in range(10)]
ts = [2 * x - 0.5 + rng.gauss(0, 0.1) for x in xs]
RATES = {0.01: "too small", 0.3: "right", 1.3: "too large"}


def line_loss(w: Value, b: Value) -> Value:
    """The mean squared error of w x + b."""
    return mean([(w * x + b - t) ** 2 for x, t in zip(xs, ts, strict=True)])


by_rate = {}
for rate, name in RATES.items():
    w, b = Value(0.0, "w"), Value(0.0, "b")
    descent = nn.SGD([w, b], lr=rate)
    losses = []
    for _ in range(30):
        descent.zero_grad()
        loss = line_loss(w, b)
        loss.backward()
        descent.step()
        losses.append(loss.data)
    by_rate[rate] = losses
    print(f"rate {rate}, {name}: the loss goes from {losses[0]:.4f} to {losses[-1]:.6g}")

# %% [markdown]
# ## The loss
#
# A sigmoid says 0.0067 where it should say 1: it is as wrong as can be, and sure of it. How hard
# is it pushed? With the squared error the push has to pass the sigmoid's slope, which is next to
# nothing out there. Cross-entropy divides by exactly that slope.

# %%
pushes = {}
for name, loss_of in [
    ("squared error", lambda u: nn.mse([sigmoid(u)], [1.0])),
    ("cross-entropy", lambda u: nn.binary_cross_entropy([sigmoid(u)], [1.0])),
]:
    pushes[name] = []
    for place in range(-60, 31):
        u = Value(place / 10)
        loss_of(u).backward()
        pushes[name].append(-u.grad)
    print(f"push on a neuron at -5, {name}: {pushes[name][10]:.6f}")

# %% [markdown]
# ## The activation
#
# Ten layers of twenty neurons, each begun in the way that suits its activation, then the sum of
# the last layer, and back. How much of it reaches the first layer?

# %%
DEPTH, WIDTH = 10, 20
arriving = {}
inputs = [rng.gauss(0, 1) for _ in range(WIDTH)]
for name, activation, init in (("sigmoid", sigmoid, "xavier"), ("relu", relu, "he")):
    model = nn.MLP(
        WIDTH, [WIDTH] * DEPTH, activation=activation, output=activation, init=init, seed=3
    )
    sum(model(inputs)).backward()
    arriving[name] = [
        mean([abs(w.grad) for neuron in layer.neurons for w in neuron.weights])
        for layer in model.layers
    ]
    lost = arriving[name][0] / arriving[name][-1]
    print(f"of what the last layer feels, the first one feels, through {name}: {lost:.1e}")

# %%
figure, (first, second, third) = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
for (rate, losses), colour in zip(by_rate.items(), (GREEN, BLUE, ORANGE), strict=True):
    first.plot(losses, color=colour, label=f"{rate}, {RATES[rate]}")
first.set(yscale="log", xlabel="step", ylabel="loss", title="The learning rate")
places = [place / 10 for place in range(-60, 31)]
for (name, push), colour in zip(pushes.items(), (ORANGE, BLUE), strict=True):
    second.plot(places, push, color=colour, label=name)
second.set(xlabel="input of the sigmoid", ylabel="push towards 1", title="The loss")
for (name, sizes), colour in zip(arriving.items(), (ORANGE, BLUE), strict=True):
    third.plot(range(1, DEPTH + 1), sizes, "o-", color=colour, label=name, markersize=4)
third.set(yscale="log", xlabel="layer", ylabel="mean |gradient|", title="The activation")
third.set_xticks(range(1, DEPTH + 1))
for axes in (first, second, third):
    axes.legend(frameon=False)
figure.savefig(OUT / "06_learning.png", dpi=120)

# %% [markdown]
# **The answer.** A step that is too long lands on the opposite slope, higher than before, and the
# next is longer still: the loss explodes. The squared error hardly pushes a neuron that is surely
# wrong; cross-entropy pushes with nearly 1. And every sigmoid multiplies what comes back with a
# slope of 1/4 at best, so that through ten of them a few parts in a million arrive; ReLU's slope
# is 1 wherever it is not 0.

# %%
print(f"picture: {OUT / '06_learning.png'}")
assert by_rate[0.3][-1] < 0.02 < by_rate[0.01][-1] < by_rate[0.01][0], "right, and too small"
assert by_rate[1.3][-1] > 100 * by_rate[1.3][0], "too large"

# %% [markdown]
# **For you to try.** On L(w) = 3 w², a step of gradient descent takes w to w - rate * 6 w. From
# which rate on does |w| no longer shrink? Work it out, try it, and ask
# `check_exercise(your_number)`, or from the shell `autograd-mini check-exercise 6 YOUR_NUMBER`.

# %% tags=["exercise"]
from math import isclose

from autograd_mini import grad


def check_exercise(answer: float) -> str:
    """AssertionError if |w| still shrinks at this rate, or grew before it."""
    slope = grad(lambda w: 3 * w**2)

    def factor(rate: float) -> float:
        return abs(1 - rate * slope(1.0))  # what a step multiplies |w| with

    assert answer > 0, "a step of this rate goes uphill: a rate is positive"
    assert not isclose(answer, 1 / 6, rel_tol=1e-3), "that rate arrives in a single step: go on"
    assert answer > 1 / 3 or isclose(factor(answer), 1, rel_tol=1e-3), (
        f"at this rate a step still multiplies |w| with {factor(answer):.3f}"
    )
    assert isclose(factor(answer), 1, rel_tol=1e-3), (
        f"at this rate |w| grows {factor(answer):.3f} times with each step: it began earlier"
    )
    return (
        "Right: at 1/3 the steps swing from w to -w for ever. It is 2 divided by the curvature, 6."
    )
