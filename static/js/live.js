/* The page's one event stream: tells elements that what they show has changed.

   <div data-live="farm person:7" hx-get="…" hx-trigger="live" hx-swap="outerHTML">
   gets a `live` event when one of its topics changes, and once on every (re)connect.
   Opened by {% live_stream %}; the dot in the bar (#live-dot) says how it stands. */
(() => {
  "use strict";
  const place = document.getElementById("live-stream");
  if (!place || place.dataset.started) return;
  place.dataset.started = "1";

  const GATHER = 100; // ms: a burst of changes costs one fetch
  const SOON = 40; // ms: what one push changes comes within that; for a change after QUIET, which somebody awaits
  const QUIET = 1000; // ms since the last fetch
  const LONGEST = 30_000; // ms: no fetch, however long it took (the computer slept), keeps the page old for longer
  const HIDDEN = 10_000; // ms: a hidden tab gives its connection back (HTTP/1.1 has six for all tabs)
  const LOST = 15_000; // ms of trying before the dot says Offline
  const dot = document.getElementById("live-dot");
  let ticket = place.dataset.ticket;
  let source = null;
  let lastId = "";
  let failures = 0;
  let ended = false; // signed out: nothing to wait for
  let retryTimer, hiddenTimer, lostTimer, gatherTimer;
  const changed = new Set();
  let everything = false;
  let fetched = -QUIET;
  let rested = 0; // from when on the server has had its rest
  const asked = new WeakMap(); // an element -> when it asked for its fragment

  function show(state) {
    if (!dot || dot.dataset.state === state) return;
    dot.dataset.state = state;
    dot.hidden = false;
    dot.classList.toggle("at-live-wait", state === "wait");
    dot.classList.toggle("at-live-off", state === "off");
    const word = dot.querySelector(".at-hush") || dot;
    word.textContent = dot.dataset[`${state}Word`] || "";
    dot.title = word.textContent;
  }

  function tell(topics) {
    if (topics) topics.forEach((topic) => changed.add(topic));
    else everything = true;
    const quiet = performance.now() - Math.max(fetched + QUIET, rested) >= 0;
    gatherTimer ??= setTimeout(flush, quiet ? SOON : Math.max(GATHER, rested - performance.now()));
  }

  function flush() {
    gatherTimer = undefined;
    if (performance.now() < rested || document.querySelector("[data-live].htmx-request")) {
      gatherTimer = setTimeout(flush, Math.max(GATHER, rested - performance.now()));
      return;
    }
    fetched = performance.now();
    const all = everything;
    const topics = new Set(changed);
    everything = false;
    changed.clear();
    for (const element of document.querySelectorAll("[data-live]")) {
      const own = element.dataset.live.split(/\s+/);
      if (all || own.some((topic) => topics.has(topic)))
        element.dispatchEvent(new CustomEvent("live", { detail: { topics: all ? own : [...topics] } }));
    }
  }

  // A large fragment is long in the making: twice the time it took, until it stood in its place, belongs to others.
  document.addEventListener("htmx:beforeSend", ({ detail: { requestConfig: { elt } } }) => {
    if (elt.matches("[data-live]")) asked.set(elt, performance.now());
  });
  for (const kind of ["htmx:afterRequest", "htmx:afterSettle"]) {
    document.addEventListener(kind, ({ detail: { requestConfig } }) => {
      const now = performance.now();
      const since = asked.get(requestConfig?.elt);
      if (since !== undefined) rested = Math.max(rested, now + Math.min(2 * (now - since), LONGEST));
    });
  }

  function close() {
    clearTimeout(retryTimer);
    source?.close();
    source = null;
  }

  function connected() {
    failures = 0;
    clearTimeout(lostTimer);
    lostTimer = undefined;
    show("live");
    tell(null);
  }

  function waiting() {
    if (dot?.dataset.state !== "off") show("wait");
    lostTimer ??= setTimeout(() => show("off"), LOST);
  }

  function open() {
    close();
    if (ended) return;
    const address = new URL(place.dataset.stream, location.href);
    address.searchParams.set("ticket", ticket);
    if (lastId) address.searchParams.set("last", lastId);
    source = new EventSource(address);
    source.onopen = connected;
    source.addEventListener("change", (event) => {
      lastId = event.lastEventId || lastId;
      tell(event.data.split(" "));
    });
    source.addEventListener("reload", () => tell(null));
    source.addEventListener("renew", renew);
    source.onerror = () => {
      waiting();
      if (source?.readyState === EventSource.CLOSED) later(renew); // refused: most often the ticket is over
    };
  }

  function later(action) {
    close();
    failures += 1;
    const pause = Math.min(1000 * 2 ** (failures - 1), 30_000);
    retryTimer = setTimeout(action, pause * (0.5 + Math.random() / 2));
  }

  async function renew() {
    close();
    const address = new URL(place.dataset.renew, location.href);
    address.searchParams.set("ticket", ticket);
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) {
        ended = true;
        show("off");
        return;
      }
      if (!answer.ok) throw new Error(answer.statusText);
      ticket = (await answer.json()).ticket;
      if (!away()) open();
    } catch {
      waiting();
      later(renew);
    }
  }

  const away = () => document.visibilityState === "hidden" && hiddenTimer === undefined;

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
  addEventListener("offline", () => show("off"));
  addEventListener("online", open);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) open(); // out of the back/forward cache: what is shown may be old
  });

  open();
})();
