# %% [markdown]
# # 1. Who is to blame?
#
# A neuron with two weights looks at two numbers and says 0.475. It should have said 1. Its loss is
# the square of the difference, a function of the two weights, L(w1, w2). Which of the weights is to
# blame, and how much?
#
# The chain rule answers, and there is nothing in it but multiplication. This lesson shows every
# factor.

# %%
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from autograd_mini import Value, draw, sigmoid

OUT = Path("out")
OUT.mkdir(exist_ok=True)

# %% [markdown]
# The neuron, one operation to a line. Each name is a `Value`: a number that remembers what it was
# computed from.

# %%
x1, x2 = Value(1.0, "x1"), Value(-2.0, "x2")
w1, w2 = Value(0.5, "w1"), Value(0.3, "w2")
target = Value(1.0, "target")


def neuron(w1: Value, w2: Value) -> Value:
    """The loss, with a name for every number on the way to it."""
    p1, p2 = w1 * x1, w2 * x2
    u = p1 + p2
    y = sigmoid(u)
    error = y - target
    loss = error**2
    names = {"p1": p1, "p2": p2, "u": u, "y": y, "error": error, "L": loss}
    for name, value in names.items():
        value.label = name
    return loss


L = neuron(w1, w2)
print(f"the loss: {L.data:.6f}")

# %% [markdown]
# **A prediction for you to make.** The second input is twice as large as the first, and negative.
# Of which weight will the loss feel a small change more, and how many times more? And which of the
# two should grow?
#
# Each operation knows how steep it is in each of its operands, from the moment it runs: its local
# derivatives. Here are all of them, from the loss back to the weights. None needs to know more than
# its own operation.

# %%
path = [L]
while path[-1].op != "*":  # the first operand of each leads to w1
    path.append(path[-1].parents[0])
for node in [*path, path[-2].parents[1]]:
    for parent, slope in zip(node.parents, node.local_derivatives, strict=True):
        print(f"d {node.label:5} / d {parent.label:6} = {slope:+.6f}")

# %% [markdown]
# How much does L feel of w1? It feels `error` so much, `error` feels `y` so much, and so on down to
# w1: the factors of the way are multiplied. That is the chain rule.

# %%
product = 1.0
for node in path:
    factor, reached = node.local_derivatives[0], node.parents[0].label
    product *= factor
    print(f"times {factor:+.6f} gives d L / d {reached:5} = {product:+.6f}")

# %% [markdown]
# `backward()` does the same for all leaves at once, and walks the part that the ways have in common
# once only.

# %%
L.backward()
print(f"d L / d w1: {w1.grad:+.6f}")
print(f"d L / d w2: {w2.grad:+.6f}")
print(f"their ratio: {w2.grad / w1.grad:.6f}")
assert abs(w1.grad - product) < 1e-15, "the engine multiplies what you multiplied"
draw(L).save(OUT / "01_neuron.svg")
draw(L)

# %% [markdown]
# Is it true? Let us look at L from above, as a landscape over all weights. The gradient points
# uphill, straight across the contour, and the loss falls fastest the other way.

# %%
across, up = np.meshgrid(np.linspace(-1.5, 3.0, 46), np.linspace(-2.0, 1.5, 36))
height = np.vectorize(lambda a, b: float(neuron(Value(a), Value(b))))(across, up)
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
contours = axes.contourf(across, up, height, levels=np.linspace(0, 1, 21), cmap="cividis")
figure.colorbar(contours, label="L", shrink=0.8)
here, there = (w1.data, w2.data), (w1.data - w1.grad, w2.data - w2.grad)
axes.annotate("", there, here, arrowprops={"arrowstyle": "-|>", "color": "white", "linewidth": 2.5})
axes.plot(*here, "o", color="white", markeredgecolor="black")
axes.annotate("the neuron", here, (8, 6), textcoords="offset points", color="white")
axes.annotate("minus the gradient", there, (8, -4), textcoords="offset points", color="white")
axes.set(xlabel="w1", ylabel="w2", aspect="equal", title="L(w1, w2), and the way down")
figure.savefig(OUT / "01_landscape.png", dpi=120)

downhill = neuron(Value(w1.data - 0.1 * w1.grad), Value(w2.data - 0.1 * w2.grad))
print(f"the loss after a small step downhill: {downhill.data:.6f}")
assert downhill.data < L.data, "downhill is down"

# %% [markdown]
# **The answer.** The two ways part at `u`, and only the last factor differs: it is x1 on the way to
# w1 and x2 on the way to w2. So the loss feels w2 twice as much as w1, and in the opposite
# direction: w1 should grow, and w2 should shrink. A weight is blamed in proportion to what it let
# through.

# %%
print(f"pictures: {OUT / '01_neuron.svg'} and {OUT / '01_landscape.png'}")

# %% [markdown]
# **For you to try.** Let both weights be one and the same number, `w = Value(0.5)`, and the inputs
# 1 and -3, so that `u = w * 1 + w * -3`. Two ways lead from L to w now. What is d L / d w? Work it
# out before you record it, then ask `check_exercise(your_number)`, or from the shell
# `autograd-mini check-exercise 1 YOUR_NUMBER`.

# %% tags=["exercise"]
from math import isclose

from autograd_mini import Value, sigmoid


def check_exercise(answer: float) -> str:
    """AssertionError if this is not d L / d w, and why."""
    w = Value(0.5)
    y = sigmoid(w * 1.0 + w * -3.0)
    ((y - 1.0) ** 2).backward()
    to_u = w.grad / (1.0 - 3.0)  # what both ways have in common
    right = {"rel_tol": 1e-3}
    for wrong, reason in [
        (to_u * 1.0, "that is the way through the first input alone: add the other"),
        (to_u * -3.0, "that is the way through the second input alone: add the other"),
        (to_u * 4.0, "the ways add up with their signs, and the second input is negative"),
        (-w.grad, "look at the sign: error = y - target is negative here"),
        (w.grad / 2, "the square's local derivative is 2 * error, not error"),
    ]:
        assert not isclose(answer, wrong, **right), reason
    assert isclose(answer, w.grad, **right), (
        "multiply 2 * error, sigmoid's slope y * (1 - y), and how steep u is in w; here u = -1"
    )
    return f"Right: {w.grad:.4f}. One way brings 1, the other -3, and what arrives is added."
