"""What the pages' script says of a job, run by node with as much of a page as that takes."""

import json
import shutil
import subprocess

import pytest

from portal.web.rendering import STATIC

PAGE = """
const seen = [];
const state = { textContent: "Waiting for its turn" };
const log = { append() {}, scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
const section = { dataset: { live: "/log" }, removeAttribute() {},
                  querySelector: (what) => ({ ".log": log, ".state": state })[what] ?? null };
const element = () => ({ append() {} });
let source;
globalThis.EventSource = class { static CLOSED = 2; readyState = 1; heard = {};
  constructor() { source = this; } addEventListener(kind, what) { this.heard[kind] = what; } close() {} };
globalThis.document = { querySelectorAll: (what) => what === "[data-live]" ? [section] : [], addEventListener() {},
  createElement: element, documentElement: { classList: { add() {} } } };
const say = (what) => { what(); seen.push(state.textContent); };
"""
STORY = """
say(() => source.heard.open());
say(() => source.onerror());
say(() => source.heard.open());
say(() => source.heard.line({ data: JSON.stringify({ seq: 1, time: "", kind: "said", text: "up", done: false }) }));
say(() => source.onerror());
say(() => source.heard.open());
console.log(JSON.stringify(seen));
"""


def test_a_queued_job_waits_until_its_first_line():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    program = PAGE + (STATIC / "portal.js").read_text().replace('"use strict";', "") + STORY
    ran = subprocess.run([node, "-e", program], capture_output=True, text=True, timeout=60, check=True)
    away = "The portal does not answer; trying again"
    waits = "Waiting for its turn"
    assert json.loads(ran.stdout) == [waits, away, waits, "Running", away, "Running"]
