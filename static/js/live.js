/* The page's one event stream: tells elements that the data they show has changed.

   <div data-live="farm person:7" hx-get="…" hx-trigger="live" hx-swap="outerHTML">
   gets a `live` event when one of its topics changes, and once on every (re)connect.
   Opened by {% live_stream %}; the dot in the bar (#live-dot) shows the state of the connection. */
const GATHER = 100; // ms: many changes at once cost one fetch
const SOON = 40; // ms: all changes of one push come within that; used after QUIET, when somebody waits for the change
const QUIET = 1000; // ms since the last fetch
const LONGEST = 30_000; // ms: however long a fetch took (the computer slept), the next one waits no longer than that
const HIDDEN = 10_000; // ms: a hidden tab closes its connection (HTTP/1.1 has six for all tabs)
const LOST = 15_000; // ms of trying before the dot says Offline

const place = document.getElementById("live-stream");
const dot = document.getElementById("live-dot");
let ticket = place.dataset.ticket;
let source = null;
let lastId = "";
let failures = 0;
let isOver = false; // signed out: no reason to connect again
let retryTimer, hiddenTimer, lostTimer, gatherTimer;

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
function close() {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

function onConnected() {
  failures = 0;
  clearTimeout(lostTimer);
  lostTimer = undefined;
  showState("live");
  gather(null);
}

function showWaiting() {
  if (dot?.dataset.state !== "off") showState("wait");
  lostTimer ??= setTimeout(() => showState("off"), LOST);
}

function open() {
  close();
  if (isOver) return;
  const address = new URL(place.dataset.stream, location.href);
  address.searchParams.set("ticket", ticket);
  if (lastId) address.searchParams.set("last", lastId);
  source = new EventSource(address);
  source.onopen = onConnected;
  source.addEventListener("change", (event) => {
    lastId = event.lastEventId || lastId;
    gather(event.data.split(" "));
  });
  source.addEventListener("reload", () => gather(null));
  source.addEventListener("renew", renewTicket);
  source.onerror = () => {
    showWaiting();
    // refused: most often the ticket has expired
    if (source?.readyState === EventSource.CLOSED) retryLater(renewTicket);
  };
}

function retryLater(action) {
  close();
  failures += 1;
  const pause = Math.min(1000 * 2 ** (failures - 1), 30_000);
  retryTimer = setTimeout(action, pause * (0.5 + Math.random() / 2));
}

async function renewTicket() {
  close();
  const address = new URL(place.dataset.renew, location.href);
  address.searchParams.set("ticket", ticket);
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 401 || answer.status === 403) {
      isOver = true;
      showState("off");
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    ticket = (await answer.json()).ticket;
    if (!isAway()) open();
  } catch {
    showWaiting();
    retryLater(renewTicket);
  }
}

const isAway = () => document.visibilityState === "hidden" && hiddenTimer === undefined;

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenTimer);
  hiddenTimer = undefined;
  if (document.visibilityState === "visible") {
    if (!source) open();
  } else {
    hiddenTimer = setTimeout(() => {
      hiddenTimer = undefined;
      close();
    }, HIDDEN);
  }
});
addEventListener("offline", () => showState("off"));
addEventListener("online", open);
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => {
  if (event.persisted) open(); // from the back/forward cache: the page may be old
});

open();
