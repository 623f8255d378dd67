"""What the pages' script says of a job, run by node with as much of a page as that takes."""

import json
import shutil
import subprocess

import pytest

from portal.web.rendering import STATIC

PAGE = """
const seen = [], urls = [], asked = [], later = [], heard = {};
const state = { textContent: "Waiting for its turn" };
const log = { append() {}, scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
const section = { dataset: { live: "/log", job: "7", after: "0", status: STATUS }, removeAttribute() {},
                  querySelector: (what) => ({ ".log": log, ".state": state })[what] ?? null };
const element = () => ({ append() {} });
let source;
globalThis.EventSource = class { static CLOSED = 2; readyState = 1; heard = {};
  constructor(url) { source = this; urls.push(url); }
  addEventListener(kind, what) { this.heard[kind] = what; }
  close() { this.closed = true; } };
globalThis.fetch = async (url) => { asked.push(url); return ANSWERS.shift(); };
globalThis.setTimeout = (what) => { later.push(what); };
globalThis.location = { reload() { seen.push("reload"); } };
globalThis.document = { hidden: false, querySelectorAll: (what) => what === "[data-live]" ? [section] : [],
  addEventListener(kind, what) { heard[kind] = what; },
  createElement: element, documentElement: { classList: { add() {} } } };
const say = (what) => { what(); seen.push(state.textContent); };
"""
RUNNING = """
const line = (seq) => ({ data: JSON.stringify({ seq, time: "", kind: "said", text: "up", done: false }) });
say(() => source.heard.open());
say(() => source.onerror());
say(() => source.heard.open());
say(() => source.heard.line(line(1)));
say(() => source.onerror());
say(() => source.heard.open());
say(() => { source.heard.pause(); source.onerror(); });
const first = source;
document.hidden = true; heard.visibilitychange();
const closed = first.closed;
document.hidden = false; heard.visibilitychange();
source.heard.line(line(1)); source.heard.line(line(2));
console.log(JSON.stringify({ seen, urls, asked, closed }));
"""
QUEUED = """
const settle = async () => { for (let i = 0; i < 20; i++) await null; };
(async () => {
  await settle();
  seen.push(state.textContent);
  later.shift()(); await settle();
  seen.push(state.textContent);
  document.hidden = true; heard.visibilitychange();
  later.shift()(); await settle();
  const hidden = asked.length;
  document.hidden = false; heard.visibilitychange(); await settle();
  console.log(JSON.stringify({ seen, urls, asked: asked.length, hidden, ends: Object.keys(source.heard) }));
})();
"""
REFUSED = """
const settle = async () => { for (let i = 0; i < 20; i++) await null; };
const answers = async (what) => { source.readyState = EventSource.CLOSED; source.onerror(); seen.push(state.textContent);
                                  later.shift()(); await settle(); seen.push(state.textContent); };
(async () => {
  await answers();
  await answers();
  await answers();
  console.log(JSON.stringify({ seen, urls, asked: asked.length, left: later.length }));
})();
"""
REPLACED = """
source.heard.fragment({ data: JSON.stringify({ html: "new" }) });
console.log(JSON.stringify({ html: part.innerHTML, open: opened.open, top: scrolled.scrollTop, focused }));
"""
PART = """
let focused = "", source;
const opened = { id: "table-a", open: false, matches: (what) => what === "details",
                 querySelector: () => ({ focus() { focused = "summary of table-a"; } }) };
const scrolled = { id: "scroll-a", scrollTop: 0 };
const active = { id: "", matches: (what) => what === "summary", parentElement: { id: "table-a" } };
const part = { dataset: { fragment: "/live" }, innerHTML: "old", removeAttribute() {}, contains: () => true,
  querySelectorAll: (what) => what.startsWith("details") ? [{ id: "table-a" }] : [{ id: "scroll-a", scrollTop: 40 }],
  querySelector: (what) => ({ '[id="table-a"]': opened, '[id="scroll-a"]': scrolled })[what] ?? null };
globalThis.CSS = { escape: (text) => text };
globalThis.EventSource = class { static CLOSED = 2; heard = {};
  constructor() { source = this; }
  addEventListener(kind, what) { this.heard[kind] = what; } };
globalThis.document = { hidden: false, activeElement: active, addEventListener() {},
  querySelectorAll: (what) => what === "[data-fragment]" ? [part] : [], documentElement: { classList: { add() {} } } };
"""
_JOB = "{ ok: true, status: 200, json: async () => ({ status: '%s', finished_at: null }) }"


def told(status: str, story: str, *answers: str) -> dict:
    """What the page says while a story goes on."""
    return ran(f"const STATUS = {json.dumps(status)}, ANSWERS = [{', '.join(answers)}];\n{PAGE}", story)


def ran(page: str, story: str) -> dict:
    """What a story prints, on a page with the script."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = page + (STATIC / "portal.js").read_text().replace('"use strict";', "") + story
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, timeout=60, check=True)
    found: dict = json.loads(done.stdout)
    return found


def test_a_running_job_is_heard_while_its_page_is_seen_and_resumed_where_it_was():
    found = told("running", RUNNING)
    away, waits = "The portal does not answer; trying again", "Waiting for its turn"
    assert found["seen"] == [waits, away, waits, "Running", away, "Running", "Running"]
    assert found["closed"]
    assert found["urls"] == ["/log?after=0", "/log?after=1"]
    assert found["asked"] == []


def test_a_queued_job_holds_no_connection_and_is_asked_for_only_while_seen():
    answers = [_JOB % "queued", "{ ok: false, status: 503 }", _JOB % "running"]
    found = told("queued", QUEUED, *answers)
    assert found["seen"] == ["Waiting for its turn", "The portal does not answer; trying again"]
    assert (found["hidden"], found["asked"], found["urls"]) == (2, 3, ["/log?after=0"])
    assert "end" in found["ends"]


def test_a_job_that_may_no_longer_be_seen_leads_to_a_fresh_page():
    found = told(
        "queued",
        "(async () => { for (let i = 0; i < 20; i++) await null; console.log(JSON.stringify({ seen, urls })); })();",
        "{ ok: false, status: 401 }",
    )
    assert found == {"seen": ["reload"], "urls": []}


def test_a_stream_that_a_proxy_refuses_is_asked_for_again_until_the_portal_is_back():
    found = told("running", REFUSED, _JOB % "running", "{ ok: false, status: 502 }", "{ ok: false, status: 401 }")
    away, words = "The portal does not answer; trying again", "Waiting for its turn"
    assert found["seen"] == [away, words, away, away, away, "reload", away]
    assert (found["urls"], found["asked"], found["left"]) == (["/log?after=0"] * 3, 3, 0)


def test_a_part_that_is_replaced_keeps_what_was_open_scrolled_and_focused():
    found = ran(PART, REPLACED)
    assert found == {"html": "new", "open": True, "top": 40, "focused": "summary of table-a"}


def test_a_page_that_could_not_be_made_is_there_again_by_itself():
    """Also while the portal itself is gone, and at another answer than that its database is away."""
    page = """
const seen = [], later = [], answers = [{ status: 503 }, null, { status: 404 }];
globalThis.setTimeout = (what) => { later.push(what); };
globalThis.fetch = async () => { const found = answers.shift(); if (!found) throw new Error("away"); return found; };
globalThis.location = { href: "/jobs", reload() { seen.push("reload"); } };
globalThis.document = { addEventListener() {}, querySelectorAll: (what) => what === "[data-retry]" ? [{}] : [],
  documentElement: { classList: { add() {} } } };
"""
    story = """
(async () => {
  while (later.length) { await later.shift()(); seen.push(answers.length); }
  console.log(JSON.stringify(seen));
})();
"""
    assert ran(page, story) == [2, 1, "reload", 0]
