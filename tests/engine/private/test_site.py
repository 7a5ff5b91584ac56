"""The site on its private engine: taken by itself, and open to others once it was tested."""

from collections.abc import Iterator

import pytest

from tests.engine.private.engines import PrivateEngine
from tests.site_process import Site
from visualizer.engine.private import state
from visualizer.engine.private.doctor import stamp
from visualizer.engine.private.doctor.finding import found


@pytest.fixture
def site(own_engine: PrivateEngine) -> Iterator[Site]:
    """A site with this private engine below its data folder, set up and not yet started."""
    data = own_engine.place.folder.parents[1]
    made = Site(data, engine="auto")
    made.migrate()
    yield made
    if made.process is not None:
        made.kill()


def test_the_site_takes_the_engine_of_its_own(site: Site) -> None:
    site.start()
    offers = site.get("/api/engines")["engines"]
    assert [offer["kind"] for offer in offers] == ["docker", "embedded"]
    assert offers[0]["title"].endswith(", private to this site")
    assert site.get("/healthz")["engine"]["kind"] == "docker"
    assert any("private to this site" in line for line in site.said)
    assert site.stop() == 0


def test_others_are_let_in_once_the_sandbox_was_tested_and_not_before(
    site: Site, own_engine: PrivateEngine
) -> None:
    refused = Site(site.data, engine="docker").manage("serve", "--host", "0.0.0.0", "--port", "0")
    said, _ = refused.communicate(timeout=240)
    assert refused.returncode == 1
    assert "engine doctor" in said

    known = state.read(own_engine.place)
    assert known is not None
    stamp.write(own_engine.place, known, [found("No way out", True, "It was tried.")])
    public = Site(site.data, engine="docker")
    public.options = ("--host", "0.0.0.0")
    try:
        public.start()
        assert public.get("/healthz")["engine"]["kind"] == "docker"
    finally:
        if public.process is not None:
            public.kill()
