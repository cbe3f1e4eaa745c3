"""What all tests share: repeatable Hypothesis, and no test skipped unseen."""

import os
from collections import Counter

import pytest
from hypothesis import settings

# The same examples in every run. To look for new ones: pytest --hypothesis-profile=explore
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def _the_table_afterwards():
    """Rows defined inside a test go with it."""
    # here, so that a package that cannot be imported fails the tests and not pytest itself
    from autograd_mini.primitives import TABLE

    before = dict(TABLE)
    yield
    TABLE.clear()
    TABLE.update(before)


def fail_if_skipped(report):
    """In CI a skip is a failure: whatever a test could ask for is installed there."""
    expected_failure = hasattr(report, "wasxfail")  # pytest files these under "skipped" too
    if os.environ.get("CI") == "true" and report.skipped and not expected_failure:
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI allows no skips: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return fail_if_skipped((yield))


def pytest_terminal_summary(terminalreporter):
    """One line for each reason to skip."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(each.longrepr[2].removeprefix("Skipped: ") for each in skipped)
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} skipped: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():  # a whole module skipped, as by importorskip
    return fail_if_skipped((yield))
