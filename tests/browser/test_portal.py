"""The whole path in a real browser: ask, refused, mended, approved by another, applied, chat, scaled, destroyed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

SignIn = Callable[..., Page]
IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
GRAVE = {"serious", "critical"}


def sound(page: Page, name: str) -> None:
    """No grave fault of accessibility, nothing wider than the window; with PORTAL_SCREENSHOTS=1 a picture for the docs."""
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if os.environ.get("PORTAL_SCREENSHOTS"):
        IMAGES.mkdir(exist_ok=True)
        page.screenshot(path=IMAGES / f"portal-{name}.png", full_page=True)


def fill_in(page: Page, **fields: str) -> None:
    page.get_by_role("link", name="Ask for a service").click()
    for field, value in {"name": "assistant", "model": "Qwen/Qwen3-4B-Instruct-2507", **fields}.items():
        page.locator(f"#{field}").fill(value)


def ended(page: Page, status: str) -> None:
    expect(page.locator("h1 .badge")).to_have_text(status)


def apply(page: Page) -> None:
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/jobs/*")
    ended(page, "succeeded")


@pytest.mark.timeout(900)
def test_the_whole_path(sign_in: SignIn):
    rosa, anna = sign_in("search-requester"), sign_in("search-approver")
    sound(rosa, "services-empty")

    # Open to the whole internet: a guardrail refuses it.
    fill_in(rosa, source_ranges="0.0.0.0/0")
    rosa.locator("#scheme").select_option("internet-facing")
    expect(rosa.locator("article.choice").first).to_be_visible()
    sound(rosa, "ask")
    rosa.get_by_role("button", name="Preview").click()
    rosa.wait_for_url("**/changes/*")
    ended(rosa, "refused")
    expect(rosa.get_by_text("These forbid it")).to_be_visible()
    expect(rosa.get_by_role("button", name="Apply")).to_have_count(0)
    sound(rosa, "refused")
    rosa.get_by_role("button", name="Withdraw").click()

    # Mended, with two replicas, which is above the team's budget: somebody else must approve.
    rosa.goto("/")
    fill_in(rosa, replicas="2")
    rosa.get_by_role("button", name="Preview").click()
    rosa.wait_for_url("**/changes/*")
    change = rosa.url
    ended(rosa, "previewed")
    sound(rosa, "change")
    rosa.get_by_role("button", name="Send for approval").click()
    ended(rosa, "waiting")
    anna.get_by_role("link", name="Approvals").click()
    sound(anna, "approvals")
    anna.get_by_role("link", name="create assistant").click()
    anna.get_by_label("Comment").first.fill("for the demo")
    anna.get_by_role("button", name="Approve").click()
    ended(anna, "approved")

    # Applied; its log is watched by two, one of whom leaves and comes back.
    rosa.goto(change)
    rosa.get_by_role("button", name="Apply").click()
    rosa.wait_for_url("**/jobs/*")
    expect(rosa.locator(".log li").first).to_be_visible()
    anna.goto(rosa.url)
    anna.goto("/")
    anna.goto(rosa.url)
    ended(rosa, "succeeded")
    ended(anna, "succeeded")
    expect(rosa.locator(".log li.summary")).to_have_count(1)
    expect(anna.locator(".log li.summary")).to_have_count(1)
    assert anna.locator(".log li").all_inner_texts() == rosa.locator(".log li").all_inner_texts()
    sound(rosa, "job")

    # Tried.
    rosa.goto("/")
    sound(rosa, "services")
    rosa.get_by_role("link", name="assistant").click()
    service = rosa.url
    for count, question in enumerate(("Who are you?", "And again?"), 1):
        rosa.get_by_label("Message").fill(question)
        rosa.get_by_role("button", name="Send").click()
        expect(rosa.locator(".answer")).to_have_count(count)
    expect(rosa.locator(".answer").first).to_contain_text("stand-in for vLLM")
    sound(rosa, "service")

    # Scaled down, which needs no approval; looked at for drift; destroyed by its name.
    rosa.get_by_label("Replicas").fill("1")
    rosa.get_by_role("button", name="Preview", exact=True).click()
    ended(rosa, "previewed")
    apply(rosa)
    rosa.goto(service)
    rosa.get_by_role("button", name="Look for drift").click()
    ended(rosa, "succeeded")
    rosa.goto(service)
    rosa.get_by_label("to destroy it").fill("assistant")
    rosa.get_by_role("button", name="Preview its end").click()
    ended(rosa, "previewed")
    apply(rosa)
    rosa.goto("/")
    expect(rosa.get_by_text("No services yet")).to_be_visible()


@pytest.mark.parametrize("width", [1200, 390])
def test_pages_are_sound_at_every_width(sign_in: SignIn, width: int):
    admin = sign_in("admin", width)
    for path in ("/", "/ask", "/approvals", "/jobs", "/tokens", "/admin/teams", "/admin/audit", "/nowhere"):
        admin.goto(path)
        sound(admin, f"{path.strip('/').replace('/', '-') or 'home'}-{width}")


def test_by_keyboard_alone(sign_in: SignIn):
    page = sign_in("search-requester")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask")
    page.locator("#name").focus()
    for text in ("assistant", "Qwen/Qwen3-8B"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    take = page.get_by_role("button", name="Take this").first
    expect(take).to_be_visible()
    take.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#size_gib")).not_to_have_value("")
    outline = take.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline == "solid", "what has the focus shows it"
