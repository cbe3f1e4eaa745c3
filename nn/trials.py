"""Running a model as a trial: nothing is recorded, or nothing of it stays."""

from collections.abc import Generator
from contextlib import contextmanager

from autograd_mini import no_grad
from nn.module import Module


@contextmanager
def evaluating(model: Module) -> Generator[None]:
    """Run the model in evaluation mode and without recording; then restore its mode."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def untouched(model: Module) -> Generator[None]:
    """Afterwards the model is as it was, for what was run was only a trial.

    That is what its attributes are, and where its generators were; not what is in a list of them.
    """
    drawn = [(generator, generator.getstate()) for generator in model.generators()]
    kept = [(vars(module), {**vars(module)}) for module in model.modules()]
    try:
        yield
    finally:
        for generator, state in drawn:
            generator.setstate(state)
        for attributes, before in kept:
            for name in attributes.keys() - before.keys():
                del attributes[name]
            attributes.update(before)
