"""The home page in a browser: it stays up to date by itself, and nothing in it can become code."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from cuelight.clock import SECOND, SystemClock, isoformat
from cuelight.db import Database
from cuelight.ui.words import duration, elapsed
from tests.rows import (
    ADD_CHANGE,
    ADD_DELETION,
    ADD_DELIVERY,
    ADD_PROBLEM,
    add,
    add_entities,
    change,
    component,
    deletion,
    delivery,
    problem,
)

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)>"


def now() -> int:
    return SystemClock().now()


async def test_the_page_counts_entities_and_problems(db: Database, address: str, page: Page, complaints: list[str]):
    await add_entities(db, [component("a"), component("b"), {**component("c"), "kind": "API"}])
    await add(db, ADD_PROBLEM, problem(1, since=now()))
    await page.goto(address)
    await expect(page.locator("#entities")).to_have_text("3")
    await expect(page.locator("#kinds li")).to_have_text(["Component 2", "API 1"])
    await expect(page.locator("#errors")).to_have_text("1")
    assert complaints == []


async def test_the_page_says_what_the_brake_holds_back_as_soon_as_it_does(
    db: Database, address: str, page: Page, complaints: list[str]
):
    await page.goto(address)
    await expect(page.locator("#status")).to_have_attribute("data-state", "live")
    await expect(page.locator("#held")).to_be_hidden()
    await add(db, ADD_DELETION, deletion(1), deletion(2, entities=26), deletion(3, state="done"))
    await expect(page.locator("#held-back")).to_have_text("27 entities")
    await expect(page.locator("#held")).to_be_visible()
    assert complaints == []


async def test_a_new_change_appears_without_a_reload(db: Database, address: str, page: Page, complaints: list[str]):
    await page.goto(address)
    await expect(page.locator("#changes-empty")).to_be_visible()
    await expect(page.locator("#status")).to_have_attribute("data-state", "live")
    await add(db, ADD_CHANGE, change(1, at=now(), caused_at=now() - 40_000, entity_ref="component:default/checkout"))
    row = page.locator("#changes tr")
    await expect(row.locator(".entity")).to_have_text("component:default/checkout")
    await expect(row.locator(".took")).to_have_text("40 ms")
    await expect(page.locator("#changes-empty")).to_be_hidden()
    assert complaints == []


async def test_a_row_that_stays_keeps_the_focus(db: Database, address: str, page: Page):
    await add(db, ADD_CHANGE, change(1, at=now()))
    await page.goto(address)
    await page.locator("#changes a").focus()
    await add(db, ADD_CHANGE, change(2, at=now()))
    await expect(page.locator("#changes tr")).to_have_count(2)
    await expect(page.locator('#changes tr[data-key="1"] a')).to_be_focused()


async def test_an_outcome_that_changes_is_shown(db: Database, address: str, page: Page):
    await page.goto(address)
    await add(db, ADD_DELIVERY, delivery(1, received_at=now(), state="failed", reason="KeyError: repository"))
    await expect(page.locator("#deliveries .word")).to_have_text("failed")
    await expect(page.locator("#deliveries .reason")).to_have_text("KeyError: repository")


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["with javascript", "without"])
@pytest.mark.parametrize("text", [SCRIPT, IMAGE])
async def test_what_strangers_wrote_is_shown_and_never_run(
    db: Database,
    address: str,
    browser: Browser,
    options: dict[str, Any],
    text: str,
):
    await add(
        db,
        ADD_CHANGE,
        change(1, at=now(), caused_at=now(), entity_ref=f"component:default/{text}", author=text, paths=f'["{text}"]'),
    )
    await add(db, ADD_DELIVERY, delivery(1, received_at=now(), event=text, subject=text, reason=text))
    await add(db, ADD_PROBLEM, problem(1, since=now(), message=text, url="javascript:alert(1)"))
    context = await browser.new_context(**options)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    await page.goto(address)
    if not options:
        await expect(page.locator("#status")).to_have_attribute("data-state", "live")
    await expect(page.locator("#deliveries .subject")).to_have_text(text)
    await expect(page.locator("#changes .author")).to_have_text(text)
    await expect(page.locator("main img, main script, a[href^=javascript]")).to_have_count(0)
    assert complaints == []
    await context.close()


async def test_rows_that_the_browser_makes_are_those_that_the_server_makes(db: Database, address: str, page: Page):
    await page.goto(address)
    await expect(page.locator("#status")).to_have_attribute("data-state", "live")
    await add(db, ADD_CHANGE, change(1, at=now(), caused_at=now() - 2_000_000, paths='["a","b","c","d","e"]'))
    await add(db, ADD_DELIVERY, delivery(1, received_at=now(), reason="a reason"))
    await add(db, ADD_PROBLEM, problem(1, since=now()), problem(2, since=now(), url=None, line=None))
    await expect(page.locator("#problems tr")).to_have_count(2)
    made = await _rows(page)
    await page.goto(address)
    assert made == await _rows(page)


async def test_the_browser_says_ages_and_durations_as_the_server_does(address: str, page: Page):
    milliseconds = [0, 38.4, 999, 1_040, 59_900, 61_000, 7_300_000, 200_000_000]
    await page.goto(address)
    said = await page.evaluate(
        """async (values) => {
            const { duration, elapsed } = await import("./static/words.js");
            const at = 1767225600000;
            return values.map((value) => [duration(value), elapsed(new Date(at - value).toISOString(), at)]);
        }""",
        milliseconds,
    )
    at = 1_767_225_600 * SECOND
    assert said == [[duration(value), elapsed(isoformat(at - int(value) * 1_000), at)] for value in milliseconds]


async def test_nothing_hangs_over_the_edge_of_a_phone(db: Database, address: str, browser: Browser):
    await add(db, ADD_CHANGE, change(1, at=now(), entity_ref=f"component:default/{'x' * 63}", paths=f'["{"y" * 200}"]'))
    await add(db, ADD_DELIVERY, delivery(1, received_at=now(), subject="o" * 100))
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    await page.goto(address)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.close()


async def _rows(page: Page) -> list[str]:
    """The rows as markup, without ages, marks of news, and the white space between cells."""
    rows: list[str] = await page.evaluate(
        """() => [...document.querySelectorAll("tbody tr")].map((row) => {
            const copy = row.cloneNode(true);
            copy.removeAttribute("class");
            for (const time of copy.querySelectorAll("time")) time.textContent = "";
            return copy.outerHTML.replace(/\\s+/g, " ").replaceAll("> <", "><").replaceAll(" </td>", "</td>");
        })"""
    )
    return rows
