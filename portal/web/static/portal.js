// What the pages do beyond plain HTML; each of them works without it, the log then in steps.
"use strict";

const AWAY = "The portal does not answer; trying again";
const POLL_MS = 2000;
const UNAVAILABLE = 503;

// Shows a job's lines as they come. A browser has six connections to a host, so only a page that is seen holds one,
// and none while the job waits for its turn; what came meanwhile is read when the page is seen again.
function follow(section) {
  const log = section.querySelector(".log");
  const state = section.querySelector(".state");
  const progress = section.querySelector("progress");
  const { live, job } = section.dataset;
  let last = Number(section.dataset.after);
  let queued = section.dataset.status === "queued";
  // What the page says, until a line shows that it runs.
  let words = state.textContent;
  let source = null;
  let turn = 0;
  section.removeAttribute("data-live");
  log.scrollTop = log.scrollHeight;

  function add(line) {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const item = document.createElement("li");
    const time = document.createElement("time");
    time.textContent = line.time;
    item.className = line.kind;
    item.append(time, " " + line.text);
    log.append(item);
    if (atEnd) log.scrollTop = log.scrollHeight;
    if (progress && line.done) {
      progress.value = Math.min(progress.value + 1, progress.max);
      section.querySelector(".reached").textContent = progress.value;
    }
  }

  function listen() {
    let paused = false;
    source = new EventSource(`${live}?after=${last}`);
    source.addEventListener("open", () => { paused = false; state.textContent = words; });
    // Many logs are open in this browser: the portal sends what there is and closes, and the browser asks again.
    source.addEventListener("pause", () => { paused = true; });
    source.addEventListener("line", (event) => {
      const line = JSON.parse(event.data);
      if (line.seq <= last) return;
      last = line.seq;
      state.textContent = words = "Running";
      add(line);
    });
    source.addEventListener("end", (event) => {
      const end = JSON.parse(event.data);
      source.close();
      state.textContent = end.status + (end.error ? ": " + end.error : "");
      // The page was made while the job ran: what can be done now is on a fresh one.
      location.reload();
    });
    source.onerror = () => {
      // A browser tries again by itself after a connection that broke, not after another answer, such as a proxy's 502.
      const over = source.readyState === EventSource.CLOSED;
      if (over || !paused) state.textContent = AWAY;
      if (over) later(turn);
    };
  }

  async function poll(mine) {
    let found = null;
    try {
      const answer = await fetch(`/api/v1/jobs/${job}`);
      if (mine !== turn) return;
      // Signed out, or no longer in the team: a fresh page says so.
      if ([401, 403, 404].includes(answer.status)) return location.reload();
      if (answer.ok) found = await answer.json();
    } catch {
      found = null;
    }
    if (mine !== turn) return;
    state.textContent = found ? words : AWAY;
    if (found && found.finished_at) return location.reload();
    queued = found ? found.status === "queued" : queued;
    if (queued) later(mine);
    else listen();
  }

  function later(mine) {
    setTimeout(() => { if (mine === turn) poll(mine); }, POLL_MS);
  }

  function look() {
    turn += 1;
    if (source) source.close();
    source = null;
    if (document.hidden) return;
    if (queued) poll(turn);
    else listen();
  }

  document.addEventListener("visibilitychange", look);
  look();
}

// Replaces a part of a page; what is open in it, scrolled or has the focus is so again, found by its id.
function replace(part, html) {
  const open = Array.from(part.querySelectorAll("details[open][id]"), ({ id }) => id);
  const scrolled = Array.from(part.querySelectorAll(".scroll[id]"), ({ id, scrollTop }) => [id, scrollTop]);
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const focused = active && (active.id || (active.matches("summary") && active.parentElement.id));
  part.innerHTML = html;
  const found = (id) => part.querySelector(`[id="${CSS.escape(id)}"]`);
  open.forEach((id) => { if (found(id)) found(id).open = true; });
  scrolled.forEach(([id, top]) => { if (found(id)) found(id).scrollTop = top; });
  const again = focused && found(focused);
  if (again) (again.matches("details") ? again.querySelector("summary") : again).focus({ preventScroll: true });
}

// Replaces a part of the page whenever the portal renders it differently; a page that is hidden holds no connection.
function refresh(part) {
  const live = part.dataset.fragment;
  let source = null;
  part.removeAttribute("data-fragment");

  function look() {
    if (source) source.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource(live);
    source.addEventListener("fragment", (event) => { replace(part, JSON.parse(event.data).html); });
    // Signed out, or no longer in the team: a fresh page says so.
    source.addEventListener("end", () => { source.close(); location.reload(); });
    source.onerror = () => {
      // A browser tries again by itself after a connection that broke, not after another answer, such as a proxy's 502.
      if (source.readyState === EventSource.CLOSED) setTimeout(look, 5 * POLL_MS);
    };
  }

  document.addEventListener("visibilitychange", look);
  look();
}

// A page in whose place the portal could show nothing but that its database does not answer: it is there again by itself.
function retry() {
  setTimeout(async () => {
    let there = false;
    try {
      there = (await fetch(location.href)).status !== UNAVAILABLE;
    } catch {
      there = false;
    }
    if (there) location.reload();
    else retry();
  }, POLL_MS);
}

function notice(text) {
  const place = document.getElementById("notice");
  place.textContent = text;
  if (text) place.scrollIntoView({ block: "nearest" });
}

document.querySelectorAll(".without-script").forEach((element) => element.remove());
document.querySelectorAll("[data-live]").forEach(follow);
document.querySelectorAll("[data-fragment]").forEach(refresh);
document.querySelectorAll("[data-retry]").forEach(retry);
document.querySelectorAll(".log").forEach((log) => { log.scrollTop = log.scrollHeight; });
document.documentElement.classList.add("script");

// "Take this" of a proposal fills the form in, and asks the planner again.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const fills = Array.from(button.attributes).filter(({ name }) => name.startsWith("data-fill-"));
  for (const { name, value } of fills) {
    const field = document.getElementById(name.slice("data-fill-".length));
    if (field) field.value = value;
  }
  if (fills.length) {
    const field = document.getElementById(fills[0].name.slice("data-fill-".length));
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

// What a number of hours from now comes to.
function showEnd(field) {
  const hours = Number(field.value);
  const end = new Date(Date.now() + hours * 3600000);
  document.getElementById(field.dataset.end).textContent = hours > 0 && !isNaN(end)
    ? `It would end ${end.toISOString().slice(0, 16).replace("T", " ")} UTC.` : "";
}
document.querySelectorAll("[data-end]").forEach((field) => {
  field.addEventListener("input", () => showEnd(field));
  showEnd(field);
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = event.detail;
  if (successful) notice("");
  if (successful && elt.matches(".ask-model")) {
    const message = elt.querySelector("textarea");
    message.value = "";
    message.focus();
  }
});
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  notice(status === UNAVAILABLE ? "The portal's database does not answer: try again in a moment."
    : `That did not work (${status}): reload the page and try again.`);
});
document.addEventListener("htmx:sendError", () => notice("The portal does not answer: try again in a moment."));
