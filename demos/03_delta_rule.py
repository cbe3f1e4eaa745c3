# %% [markdown]
# # 3. The delta rule, as printed
#
# Before there were engines, backpropagation was a few lines derived by hand: the delta rule. Here
# are such lines, as a published introduction prints them, for a network of two inputs, three
# hidden neurons and one output, all sigmoids, trained point by point with a learning rate of 0.3.
# They run, and nothing complains.
#
# Are they right?

# %%
import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from matplotlib import pyplot as plt

import nn
from autograd_mini import Value, check_claimed, sigmoid

OUT = Path("out")
OUT.mkdir(exist_ok=True)
RATE, EPOCHS = 0.3, 2_000

parser = argparse.ArgumentParser(description="Lesson 3: the delta rule")
parser.add_argument("--seeds", type=int, default=10, help="how many networks to train of each kind")
# A notebook's kernel has arguments of its own.
options = parser.parse_args([] if "ipykernel" in sys.modules else None)
if options.seeds < 1:
    parser.error("--seeds: at least 1 network of each kind")

# %% [markdown]
# Inputs are called i, hidden neurons m (for middle), the output o. `w_im[i][m]` leads from an
# input to a hidden neuron, `w_mo[m]` from there to the output, and the `b` are biases: 13 numbers.
# The loss is half the squared error, (o - t)² / 2. The delta of a neuron stands for what the loss
# feels of the sum that goes into its sigmoid.

# %%


def published(w_im: list, b_m: list, w_mo: list, b_o: float, x: Sequence, t: float) -> tuple:
    """The gradients in w_im, b_m, w_mo and b_o, as printed."""
    m = [sigmoid(w_im[0][j] * x[0] + w_im[1][j] * x[1] + b_m[j]) for j in range(3)]
    o = sigmoid(w_mo[0] * m[0] + w_mo[1] * m[1] + w_mo[2] * m[2] + b_o)
    delta_o = (o - t) * o * (1 - o)
    delta_m = [w_mo[j] * m[j] * (1 - m[j]) for j in range(3)]
    return (
        [[delta_m[j] * x[i] for j in range(3)] for i in range(2)],
        [delta_o for _ in range(3)],
        [delta_o * m[j] for j in range(3)],
        delta_o,
    )


# %% [markdown]
# **A prediction for you to make.** Read the four lines after `delta_o`. How many of the 13
# gradients are right? And will a network learn exclusive or (1 if the two inputs differ) with
# them?
#
# The engine derives nothing by hand. It records the loss of one point and walks back. For every
# number we print what the engine says, what was printed, and how many times too large that is.

# %%
W_IM, B_M = [[0.4, -0.7, 0.2], [0.5, 0.3, -0.6]], [0.1, -0.2, 0.3]
W_MO, B_O = [0.8, -0.5, -0.9], 0.2
X, T = [0.6, -0.9], 1.0

w_im = [[Value(w, f"w_im[{i}][{j}]") for j, w in enumerate(row)] for i, row in enumerate(W_IM)]
b_m = [Value(b, f"b_m[{j}]") for j, b in enumerate(B_M)]
w_mo, b_o = [Value(w, f"w_mo[{j}]") for j, w in enumerate(W_MO)], Value(B_O, "b_o")


def record() -> tuple[list[Value], Value, Value]:
    """The hidden neurons, the sum that goes into the output, and the loss of the point."""
    m = [sigmoid(w_im[0][j] * X[0] + w_im[1][j] * X[1] + b_m[j]) for j in range(3)]
    into_o = w_mo[0] * m[0] + w_mo[1] * m[1] + w_mo[2] * m[2] + b_o
    into_o.label = "the sum into o"
    return m, into_o, 0.5 * (sigmoid(into_o) - T) ** 2


m, into_o, loss = record()
loss.backward()

claimed_w_im, claimed_b_m, claimed_w_mo, claimed_b_o = published(W_IM, B_M, W_MO, B_O, X, T)
values = [*w_im[0], *w_im[1], *b_m, *w_mo, b_o]
claimed = [*claimed_w_im[0], *claimed_w_im[1], *claimed_b_m, *claimed_w_mo, claimed_b_o]
print("            engine     printed    printed / engine")
wrong = 0
for value, number in zip(values, claimed, strict=True):
    is_right = abs(number - value.grad) < 1e-12
    wrong += not is_right
    verdict = "right" if is_right else f"{number / value.grad:+.4f}"
    print(f"{value.label:10} {value.grad:+.6f}  {number:+.6f}   {verdict}")
print(f"wrong gradients: {wrong}")

# %% [markdown]
# Nine are wrong. Those factors are not noise: the same one stands at all six `w_im`. What is it?
# The engine knows every number on the way, and the factor is one of them, upside down.

# %%
delta_o = into_o.grad
print(f"1 / delta_o: {1 / delta_o:+.4f}")
for number, value in zip(claimed_w_im[0] + claimed_w_im[1], [*w_im[0], *w_im[1]], strict=True):
    assert abs(number / value.grad * delta_o - 1) < 1e-12, "every w_im is off by 1 / delta_o"
for j in range(3):
    slope = W_MO[j] * m[j].data * (1 - m[j].data)
    print(f"1 / (w_mo[{j}] m[{j}] (1 - m[{j}])): {1 / slope:+.4f}")
    assert abs(claimed_b_m[j] / b_m[j].grad * slope - 1) < 1e-12, "and b_m by these"

# %% [markdown]
# We looked for that factor by hand. `check_claimed` does it for any backward written by hand: it
# holds the claimed gradients against finite differences, and what is wrong with them against what
# each mistake would give on this very graph.

# %%
report = check_claimed(
    lambda: record()[2],
    {"w_im": w_im, "b_m": b_m, "w_mo": w_mo, "b_o": b_o},
    dict(zip(("w_im", "b_m", "w_mo", "b_o"), published(W_IM, B_M, W_MO, B_O, X, T), strict=True)),
)
print(*report.diagnoses, sep="\n")
print(report.summary())

# %% [markdown]
# So the printed `delta_m` leaves `delta_o` out: what the loss feels of the output never arrives at
# the hidden layer. And as delta_o is negative for a point whose output is too low and positive for
# one whose output is too high, `w_im` is moved the wrong way half the time. The hidden biases are
# moved by `delta_o`, which is the output's.
#
# How much does it matter? Both versions try to learn exclusive or, each from the same ten random
# beginnings.

# %%
POINTS = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)]


def error(model: nn.MLP) -> float:
    """The mean squared error over the four points."""
    return sum((float(model(x)) - t) ** 2 for x, t in POINTS) / 4


def has_learned(model: nn.MLP) -> bool:
    """Whether every output is nearer to its target than to the other."""
    return all(abs(float(model(x)) - t) < 0.5 for x, t in POINTS)


def by_the_engine(model: nn.MLP, x: list[float], t: float) -> None:
    """The gradients, from the record."""
    (0.5 * (model(x) - t) ** 2).backward()


def as_printed(model: nn.MLP, x: list[float], t: float) -> None:
    """The gradients, from the printed lines."""
    hidden, (output,) = model.layers[0].neurons, model.layers[1].neurons
    numbers = [[neuron.weights[i].data for neuron in hidden] for i in range(2)]
    w_im, b_m, w_mo, b_o = published(
        numbers,
        [neuron.bias.data for neuron in hidden],
        [w.data for w in output.weights],
        output.bias.data,
        x,
        t,
    )
    for j, neuron in enumerate(hidden):
        for i in range(2):
            neuron.weights[i].grad = w_im[i][j]
        neuron.bias.grad = b_m[j]
        output.weights[j].grad = w_mo[j]
    output.bias.grad = b_o


learned, curves = {}, {}
for rule in (as_printed, by_the_engine):
    learned[rule], curves[rule] = 0, []
    for seed in range(options.seeds):
        model = nn.MLP(
            2, [3, 1], activation="sigmoid", output="sigmoid", init=nn.uniform(-2, 2), seed=seed
        )
        optimizer = nn.SGD(model.parameters(), lr=RATE)
        curve = []
        for epoch in range(EPOCHS):
            if epoch % 20 == 0:
                curve.append(error(model))
            for x, t in POINTS:
                optimizer.zero_grad()
                rule(model, x, t)
                optimizer.step()
        learned[rule] += has_learned(model)
        curves[rule].append(curve)
print(f"as printed: {learned[as_printed]} of {options.seeds} learn it")
print(f"by the engine: {learned[by_the_engine]} of {options.seeds} learn it")

# %%
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for rule, colour in ((as_printed, "#D55E00"), (by_the_engine, "#0072B2")):
    for i, curve in enumerate(curves[rule]):
        name = rule.__name__.replace("_", " ") if i == 0 else None
        axes.plot(range(0, EPOCHS, 20), curve, color=colour, linewidth=1, label=name)
axes.set(xlabel="epoch", ylabel="mean squared error", ylim=(0, None))
axes.set_title("Exclusive or, one curve for each beginning")
axes.legend(frameon=False)
figure.savefig(OUT / "03_xor.png", dpi=120)

# %% [markdown]
# **The answer.** Four gradients of 13 are right: those of `w_mo` and `b_o`. With the printed lines
# not one of these ten networks learns exclusive or; with the true gradients all ten do. And yet the
# printed lines run, raise no error and move every weight. Only a second derivation shows that they
# are wrong, and the cheapest is a gradient check: it takes a second.

# %%
print(f"picture: {OUT / '03_xor.png'}")
assert wrong == 9, "9 of 13 gradients are wrong"
if options.seeds <= 10:  # what holds of these ten beginnings need not hold of all
    assert learned == {as_printed: 0, by_the_engine: options.seeds}, "none as printed, else all"

# %% [markdown]
# **For you to try.** At the point above, what should `b_m[0]` have been moved by? Correct
# `delta_m` on paper and compute the gradient of the loss in `b_m[0]`, for x = (0.6, -0.9), t = 1
# and the numbers `W_IM, B_M, W_MO, B_O`. Then ask `check_exercise(your_number)`, or from the shell
# `autograd-mini check-exercise 3 YOUR_NUMBER`.

# %% tags=["exercise"]
from math import isclose

from autograd_mini import grad, sigmoid


def check_exercise(answer: float) -> str:
    """AssertionError if this is not the slope of the loss in b_m[0], and why."""
    hidden = [0.4 * 0.6 - 0.5 * 0.9, -0.7 * 0.6 - 0.3 * 0.9 - 0.2, 0.2 * 0.6 + 0.6 * 0.9 + 0.3]

    def loss(b: float) -> float:
        m = [sigmoid(hidden[0] + b), sigmoid(hidden[1]), sigmoid(hidden[2])]
        return 0.5 * (sigmoid(0.8 * m[0] - 0.5 * m[1] - 0.9 * m[2] + 0.2) - 1.0) ** 2

    right, m = grad(loss)(0.1), sigmoid(hidden[0] + 0.1)
    delta_m = 0.8 * m * (1 - m)
    for wrong, reason in [
        (
            right / delta_m,
            "that is delta_o, as printed: it goes on through w_mo[0] and the sigmoid",
        ),
        (delta_m, "that is delta_m, as printed: delta_o is missing"),
        (right / 0.8, "the way to the hidden neuron leads through w_mo[0]"),
        (right / (m * (1 - m)), "the hidden neuron has a sigmoid too: m * (1 - m)"),
        (-right, "look at the sign: o - t is negative here"),
        (0.6 * right, "that is the slope in w_im[0][0]: a bias has no input to multiply with"),
    ]:
        assert not isclose(answer, wrong, rel_tol=1e-3), reason
    assert isclose(answer, right, rel_tol=1e-3), "it is delta_o * w_mo[0] * m * (1 - m)"
    return f"Right: {right:.6f}, which is delta_o * w_mo[0] * m * (1 - m)."
