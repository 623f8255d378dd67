"""The form of a service: the planner beside it, by mouse, by keyboard, and without a script."""

import re

from playwright.sync_api import expect

QWEN = "Qwen/Qwen3-4B-Instruct-2507"


def fill_in(visitor, **values):
    labels = {"name": "Name", "model": "Model", "at_once": "Of them at once", "length": "Longest request"}
    for name, value in values.items():
        visitor.page.get_by_label(labels[name], exact=True).fill(value)


def test_the_planner_proposes_while_somebody_types(visit):
    rosa = visit("rosa")
    rosa.page.get_by_role("link", name="Request a service").click()
    advice = rosa.page.get_by_role("complementary", name="The planner's advice")
    expect(advice.get_by_text("Name a model")).to_be_visible()
    fill_in(rosa, model=QWEN)
    expect(advice.get_by_role("heading", name=re.compile("1 x 1 GPU, g5.2xlarge"))).to_be_visible()
    bar = advice.get_by_role("img", name=re.compile("The A10G GPU of a replica, in GiB: weights 7"))
    expect(bar).to_be_visible()
    expect(advice.get_by_text("$29.63").first).to_be_visible()
    expect(advice.get_by_text("Within the budget")).to_be_visible()
    expect(rosa.page.locator("#fit-result")).to_have_text(re.compile("Fits: 1 replica, \\$29.63 a day"))
    fill_in(rosa, at_once="20")
    expect(advice.get_by_text("An approver must agree")).to_be_visible()
    expect(advice.get_by_role("heading", name=re.compile("1 x 2 GPUs, g5.12xlarge"))).to_be_visible()


def test_taking_another_way_fills_the_form_in(visit):
    rosa = visit("rosa")
    rosa.page.goto("/ask")
    fill_in(rosa, model=QWEN, at_once="20")
    way = rosa.page.get_by_role("listitem").filter(has_text="3 x 1 GPU of g5")
    way.get_by_role("button", name=re.compile("^Take this")).click()
    expect(rosa.page.get_by_label("Pool")).to_have_value("g5")
    expect(rosa.page.get_by_label("Replicas", exact=True)).to_have_value("3")
    expect(rosa.page.get_by_role("heading", name=re.compile("Fits 3 x 1 GPU"))).to_be_visible()


def test_what_does_not_fit_says_why_and_what_would(visit):
    rosa = visit("rosa")
    rosa.page.goto("/ask")
    rosa.page.get_by_label("Pool").select_option("g5")
    fill_in(rosa, model="Qwen/Qwen3-32B")
    rosa.sees("Does not fit")
    rosa.sees(re.compile("weights 61.0, activations .* leave nothing"))
    fill_in(rosa, model="Qwen/Qwen9-4B")
    rosa.sees("Not known to the planner")
    rosa.sees("Memory is not known.")
    rosa.page.get_by_role("button", name="Qwen/Qwen3-4B", exact=True).click()
    expect(rosa.page.get_by_label("Model", exact=True)).to_have_value("Qwen/Qwen3-4B")
    rosa.sees("Fits")


def test_a_refused_request_is_changed_and_asked_again(visit):
    rosa = visit("rosa")
    rosa.page.goto("/ask")
    fill_in(rosa, name="coder", model=QWEN)
    rosa.page.get_by_text("More settings").click()
    rosa.page.get_by_label("Other options of vllm serve").fill("trust-remote-code")
    rosa.press("Preview")
    rosa.state("refused")
    rosa.sees(re.compile("--trust-remote-code for a model that is not listed"))
    assert rosa.page.get_by_role("button", name="Apply").count() == 0
    rosa.page.get_by_role("link", name="Change the request").click()
    options = rosa.page.get_by_label("Other options of vllm serve")
    expect(options).to_have_value("trust-remote-code=true")
    options.fill("")
    rosa.press("Preview")
    rosa.state("previewed")
    expect(rosa.page.locator(".tally")).to_have_text(re.compile("8 to create"))
    rosa.press("Apply")
    rosa.state("applied")


def test_mistakes_come_back_with_the_form_as_it_was(visit):
    rosa = visit("rosa")
    rosa.page.goto("/ask")
    fill_in(rosa, name="coder", model=QWEN)
    rosa.page.get_by_label("Networks that can reach it").fill("nowhere")
    rosa.press("Preview")
    rosa.sees(re.compile("endpoint.source_ranges.0: .*nowhere"))
    expect(rosa.page.get_by_label("Name", exact=True)).to_have_value("coder")
    rosa.faults.clear()


def test_asking_needs_no_mouse(visit):
    rosa = visit("rosa")
    keys = rosa.page.keyboard
    keys.press("Tab")
    expect(rosa.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(rosa.page.get_by_role("link", name="Request a service")).to_be_focused()
    keys.press("Enter")
    rosa.page.get_by_role("heading", name="Request a service").wait_for()
    go_to(rosa, "#name")
    keys.type("keyboard")
    go_to(rosa, "#model")
    keys.type(QWEN)
    go_to(rosa, ".ask > .actions > button")
    keys.press("Enter")
    rosa.state("previewed")
    go_to(rosa, "form[action$='/apply'] button")
    outline = rosa.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    keys.press("Enter")
    rosa.state("applied")


def test_asking_needs_no_script(visit):
    rosa = visit("rosa", java_script_enabled=False)
    rosa.page.get_by_role("link", name="Request a service").click()
    fill_in(rosa, name="plain", model=QWEN, at_once="20")
    rosa.press("See the planner's proposal first")
    rosa.sees(re.compile("An approver must agree"))
    expect(rosa.page.get_by_label("Name", exact=True)).to_have_value("plain")
    fill_in(rosa, at_once="1")
    rosa.press("Preview")
    wait_for(rosa, "previewed")
    rosa.press("Apply")
    wait_for(rosa, "applied")
    rosa.page.get_by_role("link", name="plain").first.click()
    rosa.page.get_by_label("Message").fill("Hello")
    rosa.press("Send")
    rosa.sees("You said: Hello")


def go_to(visitor, selector, most=60):
    """Press Tab until the focus is there."""
    for _ in range(most):
        if visitor.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def wait_for(visitor, status):
    """Without a script the page comes again by itself."""
    visitor.page.locator(".head .badge", has_text=re.compile(f"^{status}$")).wait_for()
