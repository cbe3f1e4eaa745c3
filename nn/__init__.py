"""Neural networks of scalars: modules, losses, optimisers and a training loop."""

from nn.init import he, uniform, xavier, zeros
from nn.layers import MLP, Layer, Neuron, Sequential
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    mse,
    softmax_cross_entropy,
    sse,
)
from nn.metrics import accuracy, binary_accuracy
from nn.module import Module
from nn.optim import SGD
from nn.training import History, fit

__all__ = [
    "MLP",
    "SGD",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Sequential",
    "accuracy",
    "binary_accuracy",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "fit",
    "he",
    "mse",
    "softmax_cross_entropy",
    "sse",
    "uniform",
    "xavier",
    "zeros",
]
