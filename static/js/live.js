/* Tells the elements of a page that the data they show has changed.

   <div data-live="farm person:7" hx-get="…" hx-trigger="live" hx-swap="outerHTML">
   gets a `live` event when one of its topics changes, and once on every (re)connect.
   The event stream (live-tabs.js) is for the topics of {% live_stream %}, and begins when the page is first shown; the
   dot in the bar (#live-dot) shows the state of the connection. */
import { SharedStream } from "./live-tabs.js";

const GATHER = 100; // ms: many changes at once cost one fetch
const SOON = 40; // ms: all changes of one push come within that; used after QUIET, when somebody waits for the change
const QUIET = 1000; // ms since the last fetch
const LONGEST = 30_000; // ms: however long a fetch took (the computer slept), the next one waits no longer than that
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
const changedTopics = new Set();
let allChanged = false;
let lastFetch = -QUIET;
let restEnds = 0; // no fetch before that time: the server gets a pause
const fetchStarts = new WeakMap(); // element -> when it sent its request

function gather(topics) {
  if (topics) topics.forEach((topic) => changedTopics.add(topic));
  else allChanged = true;
  const isQuiet = performance.now() - Math.max(lastFetch + QUIET, restEnds) >= 0;
  gatherTimer ??= setTimeout(dispatchChanges, isQuiet ? SOON : Math.max(GATHER, restEnds - performance.now()));
}

function dispatchChanges() {
  gatherTimer = undefined;
  if (performance.now() < restEnds || document.querySelector("[data-live].htmx-request")) {
    gatherTimer = setTimeout(dispatchChanges, Math.max(GATHER, restEnds - performance.now()));
    return;
  }
  lastFetch = performance.now();
  const all = allChanged;
  const topics = new Set(changedTopics);
  allChanged = false;
  changedTopics.clear();
  for (const element of document.querySelectorAll("[data-live]")) {
    const own = element.dataset.live.split(/\s+/);
    if (all || own.some((topic) => topics.has(topic)))
      element.dispatchEvent(new CustomEvent("live", { detail: { topics: all ? own : [...topics] } }));
  }
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
