"""`--quick`: a fiftieth of everything, for CI."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="a fiftieth of everything")


@pytest.fixture
def scaled(request):
    """A count, or its fiftieth."""
    return lambda count: count // 50 if request.config.getoption("--quick") else count
