// Keeps the home page up to date: fetches its JSON twin while somebody looks at it, and touches only what differs.

import { changeRow, deliveryRow, element, problemRow } from "./rows.js";
import { duration, elapsed, number } from "./words.js";

const EVERY = 1500; // milliseconds between two looks
const PATIENCE = 10000; // milliseconds that one look may take
const MOST_PATIENT = 30000; // milliseconds between two looks while the server is away

const byId = (id) => document.getElementById(id);

let known = ""; // the JSON that the page shows
let skew = 0; // milliseconds that the server's clock is ahead of ours
let failures = 0;
let timer = null;

const now = () => Date.now() + skew;

function show(overview) {
  setText("entities", number(overview.entities));
  byId("kinds").replaceChildren(...overview.kinds.map(({ kind, count }) =>
    element("li", {}, `${kind} `, element("b", {}, number(count)))));
  setText("errors", number(overview.errors));
  byId("errors").dataset.level = overview.errors ? "error" : "none";
  setText("warnings", `${overview.errors === 1 ? "error" : "errors"}, ${number(overview.warnings)} `
    + (overview.warnings === 1 ? "warning" : "warnings"));
  setText("held-back", `${number(overview.heldBack)} ${overview.heldBack === 1 ? "entity" : "entities"}`);
  byId("held").hidden = overview.heldBack === 0;
  showFreshness(overview.freshness);
  showRows("changes", overview.changes, changeRow);
  showRows("deliveries", overview.deliveries, deliveryRow);
  showRows("problems", overview.problems, problemRow);
  byId("problems-panel").hidden = overview.problems.length === 0;
}

function showFreshness({ changes, p50, p95 }) {
  setText("median", duration(p50));
  setText("spread", changes
    ? `median of ${changes}; 95 % within ${duration(p95)}`
    : "no change with a cause yet");
}

/** Bring the rows of a table to `lines`, newest first, leaving alone those that stay: focus and selection survive. */
function showRows(name, lines, build) {
  const body = byId(name);
  const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  let at = body.firstElementChild;
  for (const line of lines) {
    const made = build(line, now());
    const row = rows.get(made.dataset.key) ?? made;
    rows.delete(row.dataset.key);
    if (row === made) row.classList.add("fresh");
    if (row === at) at = at.nextElementSibling;
    else body.insertBefore(row, at);
  }
  for (const gone of rows.values()) gone.remove();
  const table = byId(`${name}-table`);
  if (table !== null) {
    table.hidden = lines.length === 0;
    byId(`${name}-empty`).hidden = lines.length > 0;
  }
}

function setText(id, text) {
  const place = byId(id);
  if (place.textContent.trim() !== text) place.textContent = text;
}

function setStatus(state, text) {
  byId("status").dataset.state = state;
  setText("status-text", text);
}

async function look() {
  try {
    const response = await fetch("index.json", { cache: "no-cache", signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 401) {
      location.reload(); // the session is over, and the server leads to where one begins
      return;
    }
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const text = await response.text();
    readSkew(response.headers.get("date"));
    if (text !== known) show(JSON.parse(text));
    known = text;
    failures = 0;
    setStatus("live", "Live");
  } catch {
    failures += 1;
    setStatus("away", "The server does not answer; trying again");
  }
  schedule();
}

/** A difference of less than two seconds may be rounding: the header has whole seconds. */
function readSkew(date) {
  const difference = date === null ? 0 : Date.parse(date) - Date.now();
  skew = Math.abs(difference) < 2000 ? 0 : difference;
}

function schedule() {
  clearTimeout(timer);
  if (document.hidden) {
    setStatus("still", "Paused");
    return;
  }
  timer = setTimeout(look, Math.min(EVERY * 2 ** failures, MOST_PATIENT));
}

function tick() {
  if (document.hidden) return;
  for (const time of document.querySelectorAll("time[datetime]")) {
    const text = elapsed(time.dateTime, now());
    if (time.textContent !== text) time.textContent = text;
  }
}

function addCopyButtons() {
  if (!navigator.clipboard) return; // absent where the page is not served securely
  for (const command of document.querySelectorAll(".command")) {
    const button = element("button", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    command.append(button);
  }
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.hidden) setStatus("still", "Paused");
  else look();
});
setInterval(tick, 1000);
addCopyButtons();
look();
