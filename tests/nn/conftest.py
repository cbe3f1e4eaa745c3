"""What the tests of training share."""

import sys

import pytest

#: Whatever a training step runs through.
OF_A_STEP = ("loop.py", "engines.py", "optim.py", "state.py")


@pytest.fixture
def interrupt_after():
    """A function that runs `run`, and raises KeyboardInterrupt after so many lines and calls."""

    def run_interrupted(events, run, files=OF_A_STEP):
        left = events

        def trace(frame, event, argument):
            nonlocal left
            if not frame.f_code.co_filename.endswith(files):
                return None
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            return trace

        sys.settrace(trace)
        try:
            run()
        finally:
            sys.settrace(None)

    return run_interrupted
