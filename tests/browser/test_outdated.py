"""A page that is open while the site's front end is built anew."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Arrive
from tests.browser.lab_page import LabPage
from tests.browser.site import Site
from tests.browser.test_accessibility import LOOKS, Axe
from tests.browser.visitor import Looks, Visitor

GONE = r"404|dynamically imported module|Unable to preload CSS|strict MIME checking"


def all_assets_go(page: Page) -> None:
    """The site answers as it does once what it has was built anew under other names."""

    def renamed(route: Route) -> None:
        route.continue_(url=route.request.url.replace("/static/assets/", "/static/assets/gone-"))

    page.route("**/static/assets/**", renamed)


def untouched_lab(visitor: Visitor) -> LabPage:
    """A lab's page that has fetched nothing but its first load: the first key or press does."""
    visitor.expect_complaint(GONE)
    lab = LabPage(visitor.new_page())
    lab.page.goto("/lab/")
    lab.expect_live()
    return lab


@pytest.mark.parametrize("looks", LOOKS)
def test_a_page_that_misses_a_part_says_that_the_site_was_updated(
    site: Site, arrive: Arrive, looks: Looks
) -> None:
    page = untouched_lab(arrive(site, looks)).page
    all_assets_go(page)
    page.keyboard.press("?")
    notice = page.get_by_role("alert").filter(has_text="Layercake was updated.")
    expect(notice).to_contain_text("Reload the page")
    axe = Axe()
    axe.look(page, "notice")
    axe.expect_nothing_found()
    page.unroute_all(behavior="ignoreErrors")
    notice.get_by_role("button", name="Reload the page").click()
    expect(notice).to_have_count(0)
    LabPage(page).expect_live()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_lost_connection_is_not_called_an_update(site: Site, arrive: Arrive) -> None:
    visitor = arrive(site)
    visitor.expect_complaint("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    lab = untouched_lab(visitor)
    lab.page.route("**/static/assets/**", lambda route: route.abort())
    lab.page.keyboard.press("?")
    expect(lab.page.get_by_text("This part of the page could not be fetched")).to_be_visible()
    expect(lab.page.get_by_text("Layercake was updated.")).to_have_count(0)
