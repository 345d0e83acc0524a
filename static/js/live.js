/* Tells the elements of a page that the data they show has changed.

   <div data-live="farm person:7" hx-get="…" hx-trigger="live" hx-swap="outerHTML">
   gets a `live` event when one of its topics changes, and once on every (re)connect. `data-live="farm#12"` is for one row
   of a topic. An element with `data-rows` gets `live-rows` instead when the changed rows are known (live-rows.js).
   The event stream (live-tabs.js) is for the topics of {% live_stream %}, and begins when the page is first shown; the
   dot in the bar (#live-dot) shows the state of the connection. */
import "./live-rows.js";
import { SharedStream } from "./live-tabs.js";

const GATHER = 100; // ms until the next look at a fetch that has not ended
const SOON = 40; // ms: all changes of one push come within that; used after QUIET, when somebody waits for the change
const SPREAD = 150; // ms: each page waits for a random part of it, so that all open pages do not ask at once
const QUIET = 1000; // ms between two fetches: many changes at once cost one
const LONGEST = 30_000; // ms: however long a fetch took (the computer slept), the next one waits no longer than that
const MOST_ROWS = 20; // as live/models.py: more of them are fetched in one piece
const HIDDEN = 10_000; // ms: a hidden tab leaves the stream
const LOST = 15_000; // ms of trying before the dot says Offline

const dot = document.getElementById("live-dot");
let hiddenTimer, lostTimer, gatherTimer;

// --- the dot
function showState(state) {
  if (!dot || dot.dataset.state === state) return;
  dot.dataset.state = state;
  dot.hidden = false;
  dot.classList.toggle("at-live-wait", state === "wait");
  dot.classList.toggle("at-live-off", state === "off");
  const label = dot.querySelector(".at-hush") || dot;
  label.textContent = dot.dataset[`${state}Word`] || "";
  dot.title = label.textContent;
}

// --- changes, gathered and passed on to the elements
let changes = new Map(); // topic -> ids of its changed rows; null for the whole topic
let allChanged = false;
let lastFetch = -QUIET;
let restEnds = 0; // no fetch before that time: the server gets a pause
const fetchStarts = new WeakMap(); // element -> when it sent its request

/** `changed` has texts such as "farm#12,15" or "person:7"; null: anything may have changed. */
function gather(changed) {
  allChanged ||= !changed;
  for (const [topic, ids] of (changed ?? []).map((text) => text.split("#"))) {
    const known = changes.get(topic);
    changes.set(topic, ids && known !== null ? new Set([...(known ?? []), ...ids.split(",")]) : null);
  }
  gatherTimer ??= setTimeout(dispatchChanges, pause());
}

/** Milliseconds until the next fetch: one per second at most, and not at the same time as the other open pages. */
function pause() {
  const earliest = Math.max(lastFetch + QUIET, restEnds) - performance.now();
  return Math.max(earliest, SOON) + Math.random() * SPREAD;
}

function dispatchChanges() {
  gatherTimer = undefined;
  if (performance.now() < restEnds || document.querySelector("[data-live].htmx-request")) {
    gatherTimer = setTimeout(dispatchChanges, Math.max(GATHER, restEnds - performance.now()));
    return;
  }
  lastFetch = performance.now();
  const [all, gathered] = [allChanged, changes];
  allChanged = false;
  changes = new Map();
  for (const element of document.querySelectorAll("[data-live]")) {
    const own = element.dataset.live.split(/\s+/).map((text) => text.split("#"));
    const topics = own.map(([topic]) => topic);
    if (all) notify(element, "live", { topics });
    else notifyOf(element, own.filter(([topic, id]) => isConcerned(gathered, topic, id)), gathered);
  }
}

const isConcerned = (gathered, topic, id) =>
  gathered.has(topic) && (!id || !gathered.get(topic) || gathered.get(topic).has(id));

/** An element that shows rows is told which of them changed, when all of its changes name them and they are few. */
function notifyOf(element, concerned, gathered) {
  const named = concerned.map(([topic]) => gathered.get(topic));
  const ids = named.every(Boolean) ? named.flatMap((some) => [...some]) : [];
  const topics = [...gathered.keys()];
  if ("rows" in element.dataset && ids.length && ids.length <= MOST_ROWS)
    notify(element, "live-rows", { topics, ids });
  else if (concerned.length) notify(element, "live", { topics });
}

function notify(element, kind, detail) {
  element.dispatchEvent(new CustomEvent(kind, { detail, bubbles: kind === "live-rows" }));
}

// A large fragment is slow to make: after it, the server is left alone for twice the time from request to swap.
document.addEventListener("htmx:beforeSend", ({ detail: { requestConfig: { elt } } }) => {
  if (elt.matches("[data-live]")) fetchStarts.set(elt, performance.now());
});
for (const kind of ["htmx:afterRequest", "htmx:afterSettle"]) {
  document.addEventListener(kind, ({ detail: { requestConfig } }) => {
    const now = performance.now();
    const start = fetchStarts.get(requestConfig?.elt);
    if (start !== undefined) restEnds = Math.max(restEnds, now + Math.min(2 * (now - start), LONGEST));
  });
}

// --- the connection
const stream = new SharedStream(document.getElementById("live-stream"), {
  opened: () => gather(null),
  changed: gather,
  state(state) {
    if (state !== "wait") {
      clearTimeout(lostTimer);
      lostTimer = undefined;
      showState(state);
      return;
    }
    if (dot?.dataset.state !== "off") showState("wait");
    lostTimer ??= setTimeout(() => showState("off"), LOST);
  },
});
let isFollowing = false;

function follow() {
  clearTimeout(hiddenTimer);
  if (!isFollowing) stream.start();
  isFollowing = true;
}

function leave() {
  clearTimeout(hiddenTimer);
  if (isFollowing) stream.stop();
  isFollowing = false;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") follow();
  else hiddenTimer = setTimeout(leave, HIDDEN);
});
addEventListener("offline", () => showState("off"));
addEventListener("online", () => stream.reconnect());
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => {
  if (event.persisted) follow(); // from the back/forward cache: the page may be old
});

if (document.visibilityState === "visible") follow();
