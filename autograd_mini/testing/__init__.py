"""Doubt: are these gradients right? Finite differences answer, and say how sure they are."""

from autograd_mini.testing.blame import Culprit
from autograd_mini.testing.check import assert_gradients, check_gradients
from autograd_mini.testing.claimed import check_claimed
from autograd_mini.testing.diagnosis import Diagnosis
from autograd_mini.testing.report import Report, Row

__all__ = [
    "Culprit",
    "Diagnosis",
    "Report",
    "Row",
    "assert_gradients",
    "check_claimed",
    "check_gradients",
]
