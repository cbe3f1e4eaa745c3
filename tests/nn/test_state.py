"""Setting all at once, and numbers held against names."""

import pytest

from autograd_mini import Value
from nn.state import numbers_for, set_all


def test_set_all():
    x, y = Value(1.0), Value(2.0)
    set_all([x, y, x], ["data", "grad", "label"], [5.0, 6.0, "x"])
    assert (x.data, x.label, y.data, y.grad) == (5.0, "x", 2.0, 6.0)


def test_numbers_come_in_the_order_of_the_names():
    assert numbers_for(["b", "a.0", "a.1"], {"a.1": 3, "b": 1, "a.0": 2}, "it") == [1, 2, 3]
    assert numbers_for([], {}, "it") == []


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (["a", "b"], {"b": 1}, "^these numbers are not those of it: missing: a$"),
        (["a"], {"a": 1, "c": 1}, "it: unexpected: c$"),
        (["w.0", "w.1"], {"w.0": 1}, "it: wrong length: w has 1 numbers, not 2$"),
        (["w.0"], {"w.1": 1}, r"it: missing: w\.0; unexpected: w\.1$"),
        (["w"], {"w.0": 1, "w.1": 1}, "it: wrong length: w has 2 numbers, not 1$"),
        (list("abcde"), {}, "it: missing: a, b, c and 2 more$"),
        (["3"], {}, "it: missing: 3$"),
    ],
)
def test_what_does_not_fit_is_listed(names, given, message):
    with pytest.raises(ValueError, match=message):
        numbers_for(names, given, "it")


def test_true_is_no_number():
    with pytest.raises(TypeError, match=r"^a: expected one real number, got True$"):
        numbers_for(["a"], {"a": True}, "it")
