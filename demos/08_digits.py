# %% [markdown]
# # 8. Which digit is it?
#
# Small pictures of handwritten digits, and a network that says which digit each shows: one input
# per pixel, 50 hidden neurons with ReLU, ten outputs. Softmax makes shares of the ten outputs, and
# the loss is minus the logarithm of the true digit's share.
#
# The network is written in scalars, and it is trained in matrices: `nn.fit` records the loss of
# one picture, finds the matrix program in that record, and runs batches of 100 through it.

# %%
import argparse
import gzip
import struct
import sys
import time
import zlib
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_digits

import nn
from autograd_mini import softmax

OUT = Path("out")
OUT.mkdir(exist_ok=True)
BATCH, RATE = 100, 0.1

parser = argparse.ArgumentParser(description="Lesson 8: digits")
parser.add_argument(
    "--data", type=Path, help="a directory with MNIST's four IDX files, gzip or not"
)
parser.add_argument("--steps", type=int, help="updates to make: 2,000, or 10,000 with --data")
# A notebook's kernel has arguments of its own.
options = parser.parse_args([] if "ipykernel" in sys.modules else None)
STEPS = options.steps or (10_000 if options.data else 2_000)

# %% [markdown]
# scikit-learn brings 1,797 pictures of 8 x 8 pixels. With `--data DIR` the lesson reads MNIST
# instead, 70,000 pictures of 28 x 28, from its four files. Their format, IDX, is a header of big
# endian integers (a magic number that ends in the number of axes, then each axis's length) and
# bytes behind it.


# %%
def read_idx(directory: Path, name: str) -> np.ndarray:
    """The array in an IDX file of bytes, which may be compressed."""
    path = directory / name
    if not path.exists():
        path = directory / f"{name}.gz"
    if not path.exists():
        raise SystemExit(f"there is neither {name} nor {name}.gz in {directory}")
    content = path.read_bytes()
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        zeros, kind, axes = struct.unpack_from(">HBB", content)
        shape = struct.unpack_from(f">{axes}I", content, 4)
        numbers = np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
    except (EOFError, OSError, ValueError, struct.error, zlib.error):  # whichever way it is broken
        zeros = kind = -1
    if (zeros, kind) != (0, 8):
        raise SystemExit(f"{path} is no IDX file of bytes, or not all of it")
    return numbers


# %%
if options.data:
    pictures, y = (
        read_idx(options.data, f"train-{n}-ubyte") for n in ("images-idx3", "labels-idx1")
    )
    pictures_unseen, y_unseen = (
        read_idx(options.data, f"t10k-{n}-ubyte") for n in ("images-idx3", "labels-idx1")
    )
    brightest = 255
else:
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    learned_from, kept = order[:1437], order[1437:]
    pictures, pictures_unseen = digits.images[learned_from], digits.images[kept]
    y, y_unseen = digits.target[learned_from], digits.target[kept]
    brightest = 16
X, X_unseen = (part.reshape(len(part), -1) / brightest for part in (pictures, pictures_unseen))
print(f"{len(X)} pictures to learn from, {len(X_unseen)} kept unseen")

# %% [markdown]
# **A prediction for you to make.** Guessing is right once in ten. How many of a hundred unseen
# pictures will the network be right about after its first epoch, one passage through the data?

# %%
model = nn.MLP(X.shape[1], [50, 10], activation="relu", init="he", seed=0)
print(model)
start = time.perf_counter()
history = nn.fit(
    model,
    X,
    y,
    loss="softmax_cross_entropy",
    optimizer=nn.SGD(model.parameters(), lr=RATE),
    batch_size=BATCH,
    steps=STEPS,
    validation=(X_unseen, y_unseen),
    metric="accuracy",
    engine="lifted",
    seed=0,
)
seconds = time.perf_counter() - start
epochs = len(history.loss)
for epoch in range(0, epochs, -(-epochs // 20)):
    print(
        f"epoch {epoch + 1:3}: loss {history.loss[epoch]:.4f}, "
        f"accuracy {history.metric[epoch]:.4f}, "
        f"on unseen pictures {history.validation_metric[epoch]:.4f}"
    )
reached = history.validation_metric[-1]
print(f"{STEPS} lifted steps in {seconds:.1f} seconds")
print(f"accuracy on unseen pictures: {reached:.4f}")

# %% [markdown]
# **The answer.** After its first epoch it is right about 38 of a hundred, after the eighth about
# 91; the rest comes slowly. With MNIST the first epoch is 600 steps instead of 15, and already
# brings 92. From here on the model is what it was before, a graph of scalars: ask it about one
# picture, and every operation is recorded.
#
# Here are unseen pictures and what the network says; what it says wrongly is orange.

# %%
asked = min(400, len(X_unseen))
said = [int(np.argmax([float(z) for z in model(row)])) for row in X_unseen[:asked]]
wrong = [i for i in range(asked) if said[i] != y_unseen[i]]
shown = [*wrong[:6], *(i for i in range(asked) if i not in wrong)][:24]
figure, grid = plt.subplots(3, 8, figsize=(9, 4.2), layout="constrained")
for axes in grid.flat:
    axes.set_axis_off()
for axes, i in zip(grid.flat, shown, strict=False):  # there may be fewer pictures than places
    axes.imshow(pictures_unseen[i], cmap="Greys")
    axes.set_title(
        f"says {said[i]}" + (f", is {y_unseen[i]}" if i in wrong else ""),
        color="#D55E00" if i in wrong else "black",
        fontsize=9,
    )
figure.savefig(OUT / "08_digits.png", dpi=120)

# %%
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for name, colour, losses in [
    ("learned from", "#0072B2", history.loss),
    ("unseen", "#D55E00", history.validation_loss),
]:
    axes.plot(range(1, epochs + 1), losses, color=colour, label=name)
axes.set(xlabel="epoch", ylabel="loss per picture", yscale="log")
axes.set_title(f"A {X.shape[1]}-50-10 network of scalar Values")
axes.legend(frameon=False)
figure.savefig(OUT / "08_loss.png", dpi=120)

# %% [markdown]
# ## One digit's story
#
# Take a picture that the network is wrong about: a 3 seen as a 7, if there is one. The loss of this
# picture alone is recorded and run backwards, one scalar after the other; the gradient in each of
# the ten outputs is that output's share of the blame. A positive one should have been lower, a
# negative one higher.

# %%
threes = [i for i in wrong if (said[i], y_unseen[i]) == (7, 3)]
story = [*threes, *wrong, 0][0]
logits = model(X_unseen[story])
loss = nn.softmax_cross_entropy(logits, int(y_unseen[story]))
loss.backward()
true, predicted = int(y_unseen[story]), said[story]
shares = [float(share) for share in softmax(logits)]
print(f"picture {story}: predicted {predicted}, true {true}, loss {loss.data:.4f}")
print("digit   output    share    blame")
for digit, (z, share) in enumerate(zip(logits, shares, strict=True)):
    mark = {predicted: "  predicted", true: "  true"}.get(digit, "")
    print(f"{digit:5} {z.data:8.3f} {share:8.4f} {z.grad:+8.4f}{mark}")

# %% [markdown]
# Nobody wrote this down, yet there it is, the formula of the textbooks: an output's blame is its
# share, and for the true digit its share less one. All blame together is nothing: what the true
# digit lacks, the others have too much.

# %%
blame = [z.grad for z in logits]
expected = [share - (digit == true) for digit, share in enumerate(shares)]
assert np.allclose(blame, expected, rtol=1e-12, atol=1e-15), "the blame is share - one-hot"
print(f"blame of the true digit: {blame[true]:.4f}")
print(f"largest difference from share - one-hot: {np.abs(np.subtract(blame, expected)).max():.1e}")

figure, (left, right) = plt.subplots(
    1, 2, figsize=(8, 3.4), width_ratios=[1, 2], layout="constrained"
)
left.imshow(pictures_unseen[story], cmap="Greys")
left.set_title(f"predicted {predicted}, true {true}")
left.set_axis_off()
right.bar(range(10), blame, color=["#0072B2" if share < 0 else "#D55E00" for share in blame])
right.axhline(0, color="black", linewidth=0.8)
right.set(xlabel="output", ylabel="gradient of the loss", xticks=range(10))
right.set_title("Each output's share of the blame")
figure.savefig(OUT / "08_blame.png", dpi=120)

# %%
print(f"pictures: {OUT / '08_digits.png'}, {OUT / '08_loss.png'} and {OUT / '08_blame.png'}")
assert options.steps or reached > 0.95, "the network should know 95 of 100 unseen digits"

# %% [markdown]
# **For you to try.** A picture shows a 3, and softmax gives the 3 a share of 0.2. What is the
# loss, and what is the blame of output 3? Ask `check_exercise([loss, blame])`, or from the shell
# `autograd-mini check-exercise 8 "[LOSS, BLAME]"`. And train with `engine="eager"` and `steps=20`:
# how long would all steps take?

# %% tags=["exercise"]
from math import isclose, log

import nn
from autograd_mini import Value


def check_exercise(answer: list[float]) -> str:
    """AssertionError if these are not the loss and the blame, and why."""
    outputs = [Value(log(0.2 if digit == 3 else 0.8 / 9)) for digit in range(10)]
    loss = nn.softmax_cross_entropy(outputs, 3)
    loss.backward()
    assert isinstance(answer, list | tuple), "answer with [loss, blame]"
    assert len(answer) == 2, "answer with two numbers, [loss, blame]"
    given, blame = answer
    assert not isclose(given, log(0.2), rel_tol=1e-3), "the loss is minus the logarithm"
    assert isclose(given, loss.data, rel_tol=1e-3), "the loss is minus the logarithm of 0.2"
    assert not isclose(blame, 0.8, rel_tol=1e-3), "look at the sign: output 3 should be higher"
    assert not isclose(blame, 0.2, rel_tol=1e-3), (
        "3 is the true digit: its blame is its share less 1"
    )
    assert isclose(blame, outputs[3].grad, rel_tol=1e-3), "the blame is the share, less 1 if true"
    return "Right: 1.609, and 0.2 - 1 = -0.8."
