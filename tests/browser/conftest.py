"""A browser without a network, for pages that need none."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="package")  # not of a session: Playwright's event loop ends with it
def browser():
    if CHROMIUM is None:
        pytest.skip("the tests of the explorer need Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # in a container there is no sandbox for the browser to use
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def window(browser):
    return browser.new_context(offline=True, viewport={"width": 1280, "height": 900})


@pytest.fixture
def show(browser, window, tmp_path):
    """Open a page from a file, with the network off; a request or an error in it is a failure.

    Options are those of a window of its own: its size, what its user prefers.
    """
    opened, wrong = [], []

    def open_page(page, address="", **options):
        context = browser.new_context(offline=True, **options) if options else window
        tab = context.new_page()
        opened.append(context if options else tab)
        tab.set_default_timeout(5000)
        here = page.save(tmp_path / f"page{len(opened)}.html").as_uri()
        tab.on("request", lambda request: asked(request.url.partition("#")[0], here))
        tab.on("pageerror", lambda error: wrong.append(f"{error.message}\n{error.stack}"))
        tab.on("console", lambda message: wrong.append(message.text))
        tab.goto(f"{here}#{address}" if address else here)
        return tab

    def asked(url, here):
        if url != here:
            wrong.append(f"the page asked for {url}")

    yield open_page
    for each in opened:
        each.close()
    assert not wrong, wrong
