/* The timeline's drawing is fetched again: never under a drag, and the focus returns to where it was.
   Dispatches `timeline:drawn` after each swap. */
import { byId, findItem, identify, ITEM, PLOT } from "./timeline-plot.js";

let lastFocused = null; // identity of the item that had the focus
let heldElement = null; // under a drag: no swap of what contains it
let swapMissed = false; // a swap was dropped because of the drag

// --- the focus
export function rememberFocus(item) {
  lastFocused = identify(item);
}

/** Focus the last item again, unless the focus is elsewhere. */
export function restoreFocus() {
  const active = document.activeElement;
  // what has just closed keeps the focus for a moment
  const isClosed = active?.closest("#booking-card:not(:popover-open), dialog:not([open])");
  if (!active || active === document.body || isClosed) findItem(lastFocused)?.focus({ preventScroll: true });
}

document.addEventListener("focusin", (event) => {
  const item = event.target.closest(`${PLOT} :is(${ITEM})`);
  if (item) rememberFocus(item);
  else if (!event.target.closest("#booking-card, dialog, #toasts")) lastFocused = null;
});

// --- the swap
export async function refreshDrawing() {
  const place = byId("farm-timeline") ? "#farm-timeline" : "#main";
  // htmx drops requests that queue behind a swap
  if (document.querySelector(`${place}.htmx-request`)) await nextAnswer();
  return htmx.ajax("GET", location.href, { source: place, target: place, select: place, swap: "outerHTML" });
}

const nextAnswer = () =>
  new Promise((done) => {
    document.addEventListener("htmx:afterRequest", done, { once: true });
    setTimeout(done, 2000);
  });

/** No swap of what contains this element, until `allowSwaps` or `catchUpSwaps`. */
export function preventSwaps(element) {
  heldElement = element;
}

export function allowSwaps() {
  heldElement = null;
}

/** Allow swaps, and fetch again if one was dropped meanwhile. */
export function catchUpSwaps() {
  heldElement = null;
  if (swapMissed) refreshDrawing();
  swapMissed = false;
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!heldElement || !event.detail.target.contains(heldElement)) return;
  event.detail.shouldSwap = false;
  swapMissed = true;
});

let isDrawn = true; // a swap of several rows is announced once, after all of them

document.addEventListener("htmx:afterSwap", () => {
  if (isDrawn) queueMicrotask(afterDrawing);
  isDrawn = false;
});

function afterDrawing() {
  isDrawn = true;
  moveNow();
  document.dispatchEvent(new CustomEvent("timeline:drawn"));
  restoreFocus();
}

/** The rows that were not fetched again show the same time as the others. */
function moveNow() {
  const { x, agendaX, clock } = byId("timeline-now")?.dataset ?? {};
  const move = (selector, to, ...names) => {
    for (const element of to ? document.querySelectorAll(`#farm-timeline ${selector}`) : [])
      for (const name of names) element.setAttribute(name, to);
  };
  move(".t-now", x, "x1", "x2");
  move(".s-now", agendaX, "x1", "x2");
  move(".d-now, .d-now-text", x, "x");
  for (const label of document.querySelectorAll("#farm-timeline .d-now-text")) label.textContent = clock;
}
