// Shows a job's events as they come; the browser itself reconnects and says which event it saw last.
"use strict";

function text(kind, data) {
  switch (kind) {
    case "resource": return `${data.phase === "begin" ? "…" : data.phase === "done" ? "✓" : "✗"} ${data.op} ${data.type} ${data.name}`;
    case "message": return `${data.severity}: ${data.resource ? data.resource + ": " : ""}${data.text}`;
    case "policy": return `${data.level} ${data.policy}: ${data.message}`;
    case "summary": return Object.entries(data.changes).map(([op, count]) => `${count} ${op}`).join(", ") + ` in ${data.seconds} s`;
    default: return data.text;
  }
}

function follow(section) {
  const log = section.querySelector(".log"), state = section.querySelector(".state");
  const source = new EventSource(section.dataset.events);
  for (const kind of ["resource", "message", "policy", "summary", "note"]) {
    source.addEventListener(kind, (event) => {
      const data = JSON.parse(event.data), line = document.createElement("li");
      line.className = [kind, data.phase, data.severity].filter(Boolean).join(" ");
      line.textContent = new Date(data.at * 1000).toISOString().slice(11, 19) + " " + text(kind, data);
      const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      log.append(line);
      if (atEnd) log.scrollTop = log.scrollHeight;
    });
  }
  source.addEventListener("end", (event) => {
    const end = JSON.parse(event.data);
    source.close();
    const was = state.textContent;
    state.textContent = end.status + (end.error ? ": " + end.error : "");
    // The page was made while the job ran: what can be done now is on a fresh one.
    if (was === "Running") location.reload();
  });
  source.onerror = () => { if (source.readyState !== EventSource.CLOSED) state.dataset.lost = "reconnecting"; };
}

document.querySelectorAll("[data-events]").forEach(follow);

// "Take this" of a proposal fills the form in.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-fill-pool]");
  if (!button) return;
  for (const { name, value } of button.attributes) {
    const field = name.startsWith("data-fill-") && document.getElementById(name.slice("data-fill-".length));
    if (field) field.value = value;
  }
});
