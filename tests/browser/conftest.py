"""Fixtures of the browser tests: the real site, a real Chromium, and visitors to it.

Where there is no Chromium the tests are skipped and say so; in CI a skip is a failure.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import visitor as visiting
from tests.browser.chromium import sparing
from tests.browser.site import ROOT, Site
from tests.browser.visitor import PATIENCE_MS, Looks, Visitor
from tests.engine.docker.conftest import own_host

__all__ = ["own_host"]

EVIDENCE = ROOT / ".setup" / "reports" / "browser"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox",  # Containers and CI run it as root, where it refuses its own sandbox.
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
)

Arrive = Callable[..., Visitor]

# A busy machine is slow, not wrong.
expect.set_options(timeout=PATIENCE_MS)


def find_chromium() -> str | None:
    """`LAYERCAKE_CHROMIUM`, or the first Chromium on PATH."""
    given = os.environ.get("LAYERCAKE_CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nobody reads the word "skipped", so there it is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if skipped and exitstatus == 0 and os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Let fixtures know whether their test failed, for the evidence."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One headless Chromium for all tests."""
    path = find_chromium()
    if path is None:
        pytest.skip("no chromium on PATH: apt install chromium, or set LAYERCAKE_CHROMIUM")
    program = sparing(path, tmp_path_factory.mktemp("browser"))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site that most tests share; each opens labs of its own."""
    yield from _running(tmp_path_factory.mktemp("site"))


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """A site of the test's own, to stop and start as it likes."""
    yield from _running(tmp_path / "site")


@pytest.fixture(scope="session")
def docker_host(request: pytest.FixtureRequest) -> str:
    """The engine that is named, else one of these tests' own: CI's is attacked at the same time."""
    named = os.environ.get("LAYERCAKE_TEST_DOCKER_HOST", "")
    return named or str(request.getfixturevalue("own_host"))


@pytest.fixture(scope="session")
def real_site(docker_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on a real Docker Engine, which the network of these tests cannot reach: by socket."""
    yield from _running(tmp_path_factory.mktemp("real"), engine="docker", docker_host=docker_host)


def _running(data: Path, **settings: str) -> Iterator[Site]:
    if not (ROOT / "static" / "dist" / "manifest.json").is_file():
        pytest.fail("the front end is not built: scripts/run --setup-only builds it")
    site = Site(data, **settings)
    site.start()
    yield site
    site.stop()


@pytest.fixture
def arrive(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Arrive]:
    """Bring a visitor to a site: `arrive(site, Looks(...), cookies=...)`.

    Whatever a visitor's console complained of fails the test, so a violated Content Security
    Policy or an uncaught error cannot hide.
    """
    visitors: list[Visitor] = []

    def bring(at: Site, looks: Looks | None = None, cookies: list[Any] | None = None) -> Visitor:
        visitor = visiting.arrive(browser, at.address, looks or Looks(), cookies or [])
        visitors.append(visitor)
        return visitor

    yield bring
    if request.node.stash.get(FAILED, False):
        _keep_evidence(request.node.name, visitors)
    complaints = [text for visitor in visitors for text in visitor.unexpected()]
    for visitor in visitors:
        visitor.context.close()
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


def _keep_evidence(name: str, visitors: list[Visitor]) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
    pages = [page for visitor in visitors for page in visitor.context.pages]
    for number, page in enumerate(pages):
        if not page.is_closed():
            page.screenshot(path=EVIDENCE / f"{stem}-{number}.png")
