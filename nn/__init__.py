"""Neural networks of scalars: modules, losses, optimisers and a training loop."""

from nn.callbacks import EarlyStopping, Epoch
from nn.files import load, save
from nn.history import History
from nn.init import he, normal, uniform, xavier, zeros
from nn.layers import MLP, Dropout, Layer, Neuron, Sequential
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge,
    mse,
    softmax_cross_entropy,
    sse,
)
from nn.metrics import accuracy, binary_accuracy
from nn.module import Module
from nn.optim import SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp
from nn.recorder import Recorder
from nn.schedules import Cosine, StepDecay, WarmUp
from nn.training import fit

__all__ = [
    "MLP",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Cosine",
    "Dropout",
    "EarlyStopping",
    "Epoch",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Optimizer",
    "RMSProp",
    "Recorder",
    "Sequential",
    "StepDecay",
    "WarmUp",
    "accuracy",
    "binary_accuracy",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "fit",
    "he",
    "hinge",
    "load",
    "mse",
    "normal",
    "save",
    "softmax_cross_entropy",
    "sse",
    "uniform",
    "xavier",
    "zeros",
]
