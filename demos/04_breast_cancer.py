# %% [markdown]
# # 4. Malignant or benign?
#
# 569 tumours, 30 measurements of each. Can a network made of nothing but scalar `Value`s learn to
# tell the malignant from the benign, and be right about patients it never saw?
#
# Thirty inputs, five hidden neurons, one output: 155 weights, sigmoids, no biases. Nobody wrote a
# backward pass for this network. Every multiplication, addition and sigmoid is recorded as it
# runs, and the chain rule follows the record.

# %%
import argparse
import sys
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

import nn
from autograd_mini import Value, assert_gradients, draw, explore

OUT = Path("out")
OUT.mkdir(exist_ok=True)
EPOCHS, BATCH = 30, 16

parser = argparse.ArgumentParser(description="Lesson 4: breast cancer")
parser.add_argument(
    "--seeds", type=int, default=0, help="also make the published run, this many times"
)
# A notebook's kernel has arguments of its own.
options = parser.parse_args([] if "ipykernel" in sys.modules else None)

# %% [markdown]
# The data are scikit-learn's. Means and deviations are taken from the training part only: what is
# known about the unseen patients must not leak into the training.

# %%
X, y = load_breast_cancer(return_X_y=True)


def patients(seed: int) -> list[np.ndarray]:
    """To learn from and unseen: measurements of both, then which of each are benign."""
    X_train, X_unseen, *benign = train_test_split(X, y, test_size=0.2, random_state=seed)
    mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    return [(X_train - mean) / deviation, (X_unseen - mean) / deviation, *benign]


X_train, X_unseen, y_train, y_unseen = patients(seed=0)
print(f"{len(X_train)} patients to learn from, {len(X_unseen)} kept unseen")

# %% [markdown]
# **A prediction for you to make.** All weights start between 0 and 1, and there are no biases.
# Before any training, what will the network say of the 114 unseen patients, and about how many of
# them will it be right?

# %%
kind = {"activation": "sigmoid", "output": "sigmoid", "bias": False, "init": nn.uniform(0, 1)}
model = nn.MLP(30, [5, 1], **kind, seed=0)
print(model)


def accuracy(model: nn.MLP, X: np.ndarray, y: np.ndarray) -> float:
    """The share of patients the model is right about."""
    return nn.binary_accuracy([float(model(row)) for row in X], y)


called_benign = sum(float(model(row)) >= 0.5 for row in X_unseen)
print(f"called benign before training: {called_benign} of {len(X_unseen)}")
print(f"before training: right about {accuracy(model, X_unseen, y_unseen):.3f} of them")
print(f"the share that is benign: {y_unseen.mean():.3f}")

# %% [markdown]
# The introduction that this network is known from trains it on all 455 patients at once, 10,000
# times over, and publishes an accuracy of about 0.96. Here the same loss (the summed squared
# error) and the same learning rate (0.1) see 16 patients at a time, 30 times over.

# %%
history = nn.fit(
    model,
    X_train,
    y_train,
    loss="sse",
    optimizer=nn.SGD(model.parameters(), lr=0.1),
    batch_size=BATCH,
    epochs=EPOCHS,
    validation=(X_unseen, y_unseen),
    metric="binary_accuracy",
    seed=0,
)
reached = accuracy(model, X_unseen, y_unseen)
print(f"after {EPOCHS} epochs in batches of {BATCH}: {reached:.3f} of the unseen patients")

# %% [markdown]
# **The answer.** The untrained network calls every patient benign. What the hidden sigmoids say is
# positive, so are the weights behind them, and without a bias the output is a sigmoid of a positive
# sum: above 0.5, whatever was measured. It is right about 0.588 of the unseen patients because so
# many of them are benign; it has looked at nothing. After the training it is right about 0.974, and
# the loss of the unseen patients fell with that of the patients learned from.

# %%
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
batches = -(-len(X_train) // BATCH)  # the history holds the mean over the batches of an epoch
for name, colour, losses in [
    ("learned from", "#0072B2", [loss * batches / len(X_train) for loss in history.loss]),
    ("unseen", "#D55E00", [loss / len(X_unseen) for loss in history.validation_loss]),
]:
    axes.plot(range(1, EPOCHS + 1), losses, color=colour, label=name)
axes.set(xlabel="epoch", ylabel="squared error per patient", ylim=(0, None))
axes.set_title("A 30-5-1 network of scalar Values on the breast cancer data")
axes.legend(frameon=False)
figure.savefig(OUT / "04_loss.png", dpi=120)

# %% [markdown]
# Are its gradients right? Nobody derived them, so let somebody check: all 155 slopes of the loss
# over eight patients, against finite differences.

# %%
report = assert_gradients(
    lambda: nn.sse([model(row) for row in X_train[:8]], y_train[:8]),
    parameters=model,
    order=1,
)
print(report.summary())

# %% [markdown]
# And this is what the engine recorded for one neuron and one patient, the graph that it walks
# backwards: as a picture, and as a page on which you can walk it yourself.

# %%
hidden, output = model.layers
answer = output.neurons[0](
    [Value(float(h), f"hidden {i}") for i, h in enumerate(hidden(X_unseen[0]))]
)
answer.label = "benign?"
answer.backward()
draw(answer).save(OUT / "04_one_neuron.svg")
page = explore(answer).save(OUT / "04_one_neuron.html")
draw(answer)


# %%
def published_run(seed: int) -> float:
    """All patients at once, 10,000 times over; the accuracy on those that this seed sets apart."""
    X_train, X_unseen, y_train, y_unseen = patients(seed)
    model = nn.MLP(30, [5, 1], **kind, seed=seed)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    nn.fit(model, X_train, y_train, loss="sse", optimizer=optimizer, epochs=10_000, metric=None)
    return accuracy(model, X_unseen, y_unseen)


if options.seeds > 0:
    runs = [published_run(seed) for seed in range(options.seeds)]
    print(
        "published runs, each seed with a network and unseen patients of its own: "
        + " ".join(f"{run:.3f}" for run in runs)
    )
    print(f"mean accuracy of {len(runs)} published runs: {np.mean(runs):.4f}")

# %%
print(f"pictures: {OUT / '04_loss.png'} and {OUT / '04_one_neuron.svg'}")
print(f"accuracy on unseen patients: {reached:.3f}")
print(f"a page to explore one neuron, open it in a browser: {page}")
assert called_benign == len(X_unseen), "no output of the untrained network is below 0.5"
assert reached > 0.95, "the network should be right about 95 of 100 unseen patients"

# %% [markdown]
# **For you to try.** The output is a sigmoid of a sum. It says 0.9, and the patient's target is 0.
# What is the slope of the squared error in that sum? Ask `check_exercise(your_number)`, or from
# the shell `autograd-mini check-exercise 4 YOUR_NUMBER`. And give the neurons a bias
# (`"bias": True`): this network does not need one, and is right about one patient fewer.

# %% tags=["exercise"]
from math import isclose, log

from autograd_mini import Value, sigmoid


def check_exercise(answer: float) -> str:
    """AssertionError if this is not the slope in the sum, and why."""
    u = Value(log(9))  # where a sigmoid says 0.9
    ((sigmoid(u) - 0.0) ** 2).backward()
    for wrong, reason in [
        (1.8, "that is the slope in the output: it goes on through the sigmoid"),
        (0.09, "that is the sigmoid's slope: what the loss feels of the output is missing"),
        (0.81, "that is the loss itself"),
        (0.081, "the square's slope is 2 * (output - target)"),
        (-u.grad, "look at the sign: the output is too high, and the loss grows with it"),
    ]:
        assert not isclose(answer, wrong, rel_tol=1e-3), reason
    assert isclose(answer, u.grad, rel_tol=1e-3), (
        "it is 2 * (output - target) * output * (1 - output)"
    )
    return f"Right: {u.grad:.3f}, which is 2 * 0.9 * 0.9 * 0.1."
