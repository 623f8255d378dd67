"""Pages as they leave the portal, without a browser."""

import re

from portal.web.rendering import counted, took, usd
from tests.portal.people import Portal

FORM = {"model": "Qwen/Qwen3-4B-Instruct-2507", "max_model_len": "8192", "team": "search", "platform": "dev"}


def token(page):
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def post(browser, path, page=None, **fields):
    form = {"csrf": token(browser.get(page or path))} | fields
    return browser.post(path, data=form)


def test_a_form_left_open_is_asked_as_the_planner_proposes(portal: Portal):
    rosa = portal.browser("rosa")
    answer = post(rosa, "/ask", **FORM, name="qwen", concurrency="20")
    assert answer.status_code == 303
    portal.work()
    change = portal.rosa.get(answer.headers["location"]).json()
    assert (change["settings"]["pool"], change["settings"]["replicas"]) == ("g5", 3)
    assert "quantization" not in change["settings"]


def test_with_the_pool_chosen_replicas_are_still_as_the_planner_proposes(portal: Portal):
    rosa = portal.browser("rosa")
    seen = rosa.get("/ask/proposal", params=FORM | {"pool": "g5", "concurrency": "20"}).text
    assert "not for the 20 you requested" not in seen
    answer = post(rosa, "/ask", **FORM, name="qwen", pool="g5", concurrency="20")
    assert portal.rosa.get(answer.headers["location"]).json()["settings"]["replicas"] == 3


def test_the_planner_first_makes_nothing(portal: Portal):
    answer = post(portal.browser("rosa"), "/ask", **FORM, name="qwen", action="propose")
    assert "What it costs" in answer.text
    assert 'value="qwen"' in answer.text
    assert portal.rosa.get("/services").json() == []


def test_what_is_typed_comes_back_as_text(portal: Portal):
    hostile, rosa = '"><script>alert(1)</script>{{ 7 * 7 }}', portal.browser("rosa")
    for field in ("model", "name", "pool", "args", "source_ranges", "team", "platform"):
        answer = post(rosa, "/ask", **(FORM | {"name": "qwen", field: hostile}))
        assert 400 <= answer.status_code < 500, field
        assert "<script>alert" not in answer.text, field
        assert "49" not in re.sub(r'value="[^"]*"', "", answer.text), field


def test_another_teams_service_has_no_form(portal: Portal):
    service = portal.deployed()["id"]
    otto, vera = portal.browser("otto"), portal.browser("vera")
    assert otto.get(f"/services/{service}/edit").status_code == 404
    assert vera.get(f"/services/{service}/edit").status_code == 403
    assert post(otto, f"/services/{service}/key", "/ask").status_code == 404
    assert post(vera, f"/services/{service}/key", "/tokens").status_code == 403
    assert "sk-very-secret" not in otto.get("/").text


def test_other_settings_of_a_service_are_a_change_of_it(portal: Portal):
    service = portal.deployed()["id"]
    rosa = portal.browser("rosa")
    page = rosa.get(f"/services/{service}/edit")
    assert 'value="Qwen/Qwen3-4B-Instruct-2507"' in page.text
    answer = post(rosa, f"/services/{service}/edit", **FORM, pool="g5", replicas="1", args="max-num-seqs=32")
    portal.work()
    change = portal.rosa.get(answer.headers["location"]).json()
    assert (change["kind"], change["settings"]["args"]) == ("update", {"max-num-seqs": 32})


HALF_FILLED_IN = [
    {"max_model_len": "8"},
    {"max_model_len": "99999999999"},
    {"model": "no-owner", "pool": "g5"},
    {"model": "Q"},
    {"pool": "none"},
    {"pool": "g5", "gpu_memory_utilization": "7"},
    {"pool": "g5", "tensor_parallel": "64"},
    {"pool": "g5", "scheme": "internet-facing"},
    {"pool": "g5", "args": "="},
    {"concurrency": "1e9"},
    {"platform": "none"},
    {"team": "support"},
]


def test_a_form_half_filled_in_gets_what_can_be_said(portal: Portal):
    rosa = portal.browser("rosa")
    for typed in HALF_FILLED_IN:
        answer = rosa.get("/ask/proposal", params=FORM | typed)
        assert answer.status_code == 200, typed
        assert "Support" not in answer.text, typed


def test_a_piece_of_a_page_leads_to_the_sign_in(portal: Portal):
    answer = portal.client.get("/ask/proposal", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_an_amount_that_is_not_known_is_said_to_be_so():
    assert [usd(value) for value in (None, 0.0, 1234.5, -3.0)] == [
        "not known",
        "$0.00",
        "$1,234.50",
        "\N{MINUS SIGN}$3.00",
    ]
    assert [counted(1, "GPU"), counted(2, "GPU"), counted(0, "entry", "entries")] == ["1 GPU", "2 GPUs", "0 entries"]
    assert took(None, None) == ""


def test_the_form_of_another_kind_has_that_kinds_settings(portal: Portal):
    page = portal.browser("rosa").get("/ask?kind=ollama").text
    assert 'name="context_length" type="number" min="256" max="1048576"' in page
    assert "Further cpu pools its replicas can run on" in page
    assert ('name="max_model_len"' in page, 'name="kind" value="ollama"' in page) == (False, True)
    assert 'href="/ask?kind=vllm"' in page


def test_a_service_of_another_kind_is_judged_as_that_kind(portal: Portal):
    form = {
        "kind": "ollama",
        "name": "llama",
        "model": "llama3.1:8b",
        "team": "search",
        "platform": "dev",
        "pool": "g5",
    }
    answer = post(portal.browser("rosa"), "/ask", **form)
    assert answer.status_code == 422
    assert "pool" in answer.text
    assert "llama3.1:8b" in answer.text, "the form comes back as it was filled in"
    assert post(portal.browser("rosa"), "/ask", **(form | {"model": "llama3.1"})).status_code == 422


def test_settings_that_changed_while_the_form_was_open_are_not_replaced_unseen(portal: Portal):
    service = portal.deployed()["id"]
    path, rosa = f"/services/{service}/edit", portal.browser("rosa")
    form = FORM | {"pool": "g5", "replicas": "1", "tensor_parallel": "1", "size_gib": "7.5", "args": "max-num-seqs=32"}
    seen = re.search(r'name="seen" value="([^"]+)"', rosa.get(path).text)[1]
    portal.deployed_change(f"/services/{service}/scale", replicas=2)
    answer = post(rosa, path, **form, seen=seen)
    assert answer.status_code == 409
    assert "were changed since you opened this form" in answer.text
    assert "max-num-seqs=32" in answer.text
    again = re.search(r'name="seen" value="([^"]+)"', answer.text)[1]
    assert again != seen
    assert post(rosa, path, **form, seen=again).status_code == 303
