"""Ctrl-C, in earnest: a signal while a training runs."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import nn

ROWS = np.random.default_rng(0).normal(size=(10, 2))
YES = (ROWS[:, 0] > 0).astype(float)


@pytest.mark.parametrize("engine", ["eager", "lifted"])
def test_ctrl_c_ends_with_what_was_learned(engine):
    def trained(signal_at=0, **length):
        calls = []

        def metric(predictions, targets):
            calls.append(1)
            if len(calls) == signal_at:
                signal.raise_signal(signal.SIGINT)
            return 0.0

        model = nn.MLP(2, [2, 1])
        given = {"loss": "mse", "optimizer": nn.Adam(model.parameters()), "engine": engine}
        history = nn.fit(model, ROWS, YES, batch_size=4, metric=metric, **given, **length)
        return history, model.state_dict(), given["optimizer"].state_dict()

    history, *states = trained(8, epochs=100)
    assert history.interrupted
    assert len(history.loss) == 2  # two epochs of three steps, and two steps
    complete, *expected = trained(steps=8)
    assert states == expected
    assert not complete.interrupted
    assert history.loss == complete.loss[:2]


def test_ctrl_c_from_a_terminal():
    script = """
import nn
model = nn.MLP(2, [2, 1])
options = {"loss": "mse", "optimizer": nn.SGD(model.parameters(), lr=0.1), "engine": "eager"}
ready = lambda epoch: epoch.number == 3 and print("ready", flush=True)
history = nn.fit(model, [[0, 1], [1, 0]], [0, 1], epochs=10**9, callbacks=[ready], **options)
print(history.interrupted, len(history.loss) >= 3)
"""
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "ready\n"
    time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    rest, _ = run.communicate(timeout=60)
    assert (rest, run.returncode) == ("True True\n", 0)
