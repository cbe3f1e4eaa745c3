# %% [markdown]
# # 5. Layers by hand, and three traps
#
# Books that build networks from nothing write each layer as a class: `forward` computes, and
# `backward(dout)` gets what the loss feels of the output and returns what it feels of the input.
# Every formula is derived by hand, once for each layer.
#
# Here are four such classes. Are their formulas right? And can right formulas still give wrong
# gradients?

# %%
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from autograd_mini import Value, lift, log, log_softmax, mean, softmax

OUT = Path("out")
OUT.mkdir(exist_ok=True)

# %% [markdown]
# The classes, as they are usually written. Data are rows: x of shape (n, inputs).

# %%


class Sigmoid:
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class ReLU:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class SoftmaxWithLoss:
    def forward(self, x, t):
        shares = np.exp(x - x.max(axis=1, keepdims=True))
        self.y, self.t = shares / shares.sum(axis=1, keepdims=True), t
        return -np.log(self.y[np.arange(len(x)), t] + 1e-7).sum() / len(x)

    def backward(self, dout=1):
        dx = self.y.copy()
        dx[np.arange(len(dx)), self.t] -= 1
        return dx / len(dx)


# %% [markdown]
# **A prediction for you to make.** Which of these classes give wrong gradients as soon as a network
# is built in a way that the books do not show?
#
# First, a network as the books build it: Affine, Sigmoid, Affine, ReLU, Affine, and softmax with
# its loss, on five rows.

# %%
rng = np.random.default_rng(0)
x, t = rng.normal(size=(5, 4)), np.array([0, 2, 1, 1, 0])
weights = [rng.normal(size=shape) for shape in ((4, 6), (6, 5), (5, 3))]
biases = [rng.normal(size=n) for n in (6, 5, 3)]

affines = [Affine(W, b) for W, b in zip(weights, biases, strict=True)]
layers = [affines[0], Sigmoid(), affines[1], ReLU(), affines[2]]
last = SoftmaxWithLoss()
out = x
for layer in layers:
    out = layer.forward(out)
loss_by_hand = last.forward(out, t)
dout = last.backward()
for layer in reversed(layers):
    dout = layer.backward(dout)

# %% [markdown]
# The same network in scalars. NumPy multiplies arrays of Values as it does arrays of numbers,
# every product and every sum is recorded, and no layer has a backward.


# %%
def values(array: np.ndarray, name: str) -> np.ndarray:
    """An array of Values, labelled with their places."""
    return np.array(
        [Value(number, f"{name}.{'.'.join(map(str, i))}") for i, number in np.ndenumerate(array)]
    ).reshape(array.shape)


W = [values(array, f"layers.{i}.W") for i, array in enumerate(weights)]
b = [values(array, f"layers.{i}.b") for i, array in enumerate(biases)]
rows = values(x, "x")
sigmoid_of, relu_of = np.vectorize(Value.sigmoid), np.vectorize(Value.relu)
scores = relu_of(sigmoid_of(rows @ W[0] + b[0]) @ W[1] + b[1]) @ W[2] + b[2]
loss = mean([-log_softmax(row)[true] for row, true in zip(scores.tolist(), t, strict=True)])
loss.backward()
gradient_of = np.vectorize(lambda value: value.grad)

print(f"loss by hand {loss_by_hand:.7f}, by the engine {loss.data:.7f}")
largest = 0.0
for i, affine in enumerate(affines):
    for name, ours, theirs in ((f"dW{i}", W[i], affine.dW), (f"db{i}", b[i], affine.db)):
        difference = np.abs(gradient_of(ours) - theirs).max()
        largest = max(largest, difference)
        print(f"{name} of shape {theirs.shape!s:7} differs by at most {difference:.1e}")
print(f"largest difference in a network built as the books build it: {largest:.1e}")

# %% [markdown]
# All formulas agree to the last digits; only the loss itself differs a little, by the 1e-7. And
# now we build something that the books do not.
#
# **The first trap.** relu(h) + h, a path around a layer, as a residual network has one. The
# classes are used as they are meant to be: what the loss feels of the sum goes to both its
# operands.

# %%
h = np.array([[-1.0, 2.0]])
relu = ReLU()
relu.forward(h)
dout = np.ones((1, 2))
by_hand = relu.backward(dout) + dout
leaves = values(h, "h")
(relu_of(leaves) + leaves).sum().backward()
by_engine = gradient_of(leaves)
print(f"relu(h) + h at {h[0]}: by hand {by_hand[0]}, by the engine {by_engine[0]}")
assert by_engine.tolist() == [[1.0, 2.0]], "h itself passes 1, and ReLU 0 or 1"

# %% [markdown]
# `backward` writes into the array it was given: `dout[mask] = 0` is the caller's `dout`. The
# second path gets what is left of it. One word, `dout = dout.copy()`, and the class is right.
#
# **The second trap.** Half of one loss and half of another: a loss is multiplied with a number,
# and the chain rule with it.

# %%
last.forward(out, t)
whole, half = last.backward(1.0), last.backward(0.5)
ignored = np.abs(half).max() / np.abs(whole).max()
print(f"half the loss has a gradient as large as the whole: {ignored:.1f} times")

# %% [markdown]
# The loss layer takes `dout` and does not look at it. As long as it is the last, `dout` is 1 and
# nobody sees.
#
# **The third trap.** log(p + 1e-7) keeps log(0) away. But what is the loss of an answer that is
# wrong beyond doubt, and how steep is it?

# %%
margins = np.linspace(-40, 5, 91)  # how far the true output lies above the other
capped = [last.forward(np.array([[margin, 0.0]]), np.array([0])) for margin in margins]
claimed = []
for margin in margins:
    last.forward(np.array([[margin, 0.0]]), np.array([0]))
    claimed.append(last.backward()[0, 0])


def same_formula(margin: Value) -> Value:
    """What `forward` computes, recorded."""
    return -log(softmax([margin, 0.0])[0] + 1e-7)


true_slopes = []
for margin in margins:
    leaf = Value(margin)
    same_formula(leaf).backward()
    true_slopes.append(leaf.grad)
print(f"the largest loss there is: {capped[0]:.3f}")
print(f"its slope at a margin of -40, claimed: {claimed[0]:+.6f}")
print(f"its slope at a margin of -40, true: {true_slopes[0]:+.1e}")
exact = [-log_softmax([Value(margin), 0.0])[0].data for margin in margins]
print(f"the loss without the 1e-7: {exact[0]:.3f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.plot(margins, exact, color="#0072B2", label="log_softmax")
left.plot(margins, capped, color="#D55E00", linestyle="--", label="log(p + 1e-7)")
left.set(
    xlabel="margin of the true output", ylabel="loss", title="The loss is capped at 16.118 ..."
)
right.plot(margins, claimed, color="#0072B2", label="claimed by backward")
right.plot(margins, true_slopes, color="#D55E00", linestyle="--", label="of log(p + 1e-7)")
right.set(xlabel="margin of the true output", ylabel="slope", title="... and backward denies it")
left.legend(frameon=False)
right.legend(frameon=False, fontsize=8, loc=(0.02, 0.12))
figure.savefig(OUT / "05_capped.png", dpi=120)

# %% [markdown]
# `backward` returns y - t, the gradient of a loss without the 1e-7. The two belong to two
# functions. A check by finite differences would call the formula wrong, and it would be right to.
#
# **The answer.** Sigmoid and Affine are right. ReLU spoils its caller's array, and the loss layer
# has two faults: its backward ignores `dout`, and belongs to another loss than its forward. The
# formulas of the first two traps are right; what is wrong stands between formulas, in an array that
# two paths share and an argument that nobody reads. In the third trap the formula itself is wrong
# for the loss that is computed. An engine derives backward from forward, and leaves no room for any
# of the three.
#
# But did the scalars not lose the beautiful matrix formulas? They are still in the record. `lift`
# finds them: compare the lines behind `# backward` with `Affine.backward` (its W lies the other
# way round).

# %%
parameters = [p for pair in zip(W, b, strict=True) for part in pair for p in part.ravel()]
print(lift(loss, wrt=parameters, inputs=rows.ravel().tolist()))
print(f"picture: {OUT / '05_capped.png'}")
assert largest < 1e-14, "the formulas are right"
assert by_hand.tolist() == [[0.0, 2.0]], "the path around the layer was cut"
assert abs(true_slopes[0]) < 1e-9 < abs(claimed[0]), "a flat loss, and a steep claim"

# %% [markdown]
# **For you to try.** Write the backward of a layer `out = tanh(x)` as a formula of `x`, `out` and
# `dout`, whichever you need, and ask `check_exercise("your formula")`, or from the shell
# `autograd-mini check-exercise 5 "YOUR FORMULA"`.

# %% tags=["exercise"]
from math import isclose

from autograd_mini import Value, tanh
from autograd_mini.expression import parse


def check_exercise(answer: str) -> str:
    """AssertionError if this is not the backward of tanh, and why."""
    formula = parse(answer)
    unknown = set(formula.variables) - {"x", "out", "dout"}
    assert not unknown, f"{', '.join(sorted(unknown))}: only x, out and dout are known"

    def at(x: float, dout: float) -> float:
        known = {"x": x, "out": tanh(x), "dout": dout}
        return float(formula(**{name: known[name] for name in formula.variables}))

    points = [(0.5, 1.5), (-1.2, -0.7), (2.0, 0.3), (-0.1, 2.0)]

    def equals(rule) -> bool:
        return all(isclose(at(x, d), rule(x, tanh(x), d), rel_tol=1e-9) for x, d in points)

    for wrong, reason in [
        (
            lambda x, out, dout: 1 - out**2,
            "that is tanh's slope: the chain rule multiplies it with dout",
        ),
        (lambda x, out, dout: dout * (1 - out), "the slope is 1 - out**2"),
        (lambda x, out, dout: dout * (1 - x**2), "the slope is 1 - out**2, with the output"),
        (lambda x, out, dout: dout * out * (1 - out), "that is the slope of the sigmoid"),
        (lambda x, out, dout: -dout * (1 - out**2), "look at the sign: tanh rises everywhere"),
    ]:
        assert not equals(wrong), reason
    slopes = []
    for x, dout in points:
        leaf = Value(x)
        leaf.tanh().backward(dout)
        slopes.append((at(x, dout), leaf.grad))
    assert all(isclose(*pair, rel_tol=1e-9) for pair in slopes), (
        f"at x = 0.5 and dout = 1.5 it gives {slopes[0][0]:.6f}, but the engine {slopes[0][1]:.6f}"
    )
    return "Right: dout times the slope of tanh, at every point that was tried."
