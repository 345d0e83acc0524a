/* A change that somebody is making by mouse or by keys and has not saved yet: drawn as a ghost, checked by the server,
   then saved or discarded.

   A change is { plot, bar, to, start, end, first, ghost, tip }: `bar` is missing for a new booking, `to` is the plot of
   the machine it moves to, `first` is the span before the change. */
import { send } from "./timeline-commands.js";
import { allowSwaps, catchUpSwaps, preventSwaps } from "./timeline-drawing.js";
import { announce, bookingOf, currentAddress, roomOf, setting, spanText, timeOf, toIso } from "./timeline-plot.js";

const PAUSE = 120; // ms between the last move and the question whether it fits
let timer;
let request; // the last question; the answer to an older one is dropped

export function startChange(plot, bar) {
  const first = bar ? timeOf(bar) : null;
  return { plot, bar, to: plot, ...first, first };
}

const isDifferent = ({ first, start, end, to, plot }) =>
  !first || start !== first.start || end !== first.end || to !== plot;

/** The values to check or save. Of a bar only the changed ones (or `all`): the others stay exactly as they were. */
function valuesOf({ bar, to, plot, start, end, first }, all) {
  if (!bar) {
    const hasGpus = Number(to.dataset.gpus);
    const share = hasGpus ? { gpus: 1 } : { gpus: 0, memory_gb: Math.min(64, Number(to.dataset.memory)) };
    return { resource: to.dataset.resource, start: toIso(start), end: toIso(end), ...share };
  }
  const values = {};
  if (start !== first.start || all) values.start = start === first.start ? bar.dataset.start : toIso(start);
  if (end !== first.end || all) values.end = end === first.end ? bar.dataset.end : toIso(end);
  if (to !== plot) values.resource = to.dataset.resource;
  return values;
}

// --- drawing
export function drawChange(change, point) {
  const { start, end } = timeOf(change.to);
  const percent = (time) => Math.min(100, Math.max(0, ((time - start) / (end - start)) * 100));
  const piece = change.bar && change.to === change.plot ? change.bar.querySelector("svg") : null;
  preventSwaps(change.bar || change.plot);
  change.bar?.classList.add("t-lifted");
  change.ghost ??= makeGhost();
  const place = {
    x: `${percent(change.start)}%`,
    width: `${Math.max(0.15, percent(change.end) - percent(change.start))}%`,
    y: piece ? piece.getAttribute("y") : 7,
    height: piece ? piece.getAttribute("height") : roomOf(change.to),
  };
  for (const [name, value] of Object.entries(place)) change.ghost.setAttribute(name, value);
  if (change.ghost.parentNode !== change.to) change.to.append(change.ghost);
  showTip(change, spanText(change.start, change.end), point);
}

function makeGhost() {
  const ghost = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  ghost.setAttribute("class", "t-ghost");
  return ghost;
}

function showTip(change, text, point) {
  if (!change.tip) {
    change.tip = document.createElement("div");
    change.tip.className = "at-tip";
    change.tip.setAttribute("aria-hidden", "true"); // the live region says the same
    document.body.append(change.tip);
  }
  const { tip } = change;
  tip.textContent = text;
  const ghost = change.ghost.getBoundingClientRect();
  const x = (point?.x ?? ghost.left) + 12;
  tip.style.left = "0"; // measured at its full width
  tip.style.left = `${Math.max(8, Math.min(x, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(8, ghost.top - tip.offsetHeight - 8)}px`;
}

// --- the server
/** Ask the server whether the change fits, once it has rested; `aloud` announces the answer to screen readers. */
export function checkFit(change, point, aloud) {
  clearTimeout(timer);
  request?.abort();
  change.ghost.classList.remove("t-ghost-no");
  timer = setTimeout(async () => {
    request = new AbortController();
    const query = new URLSearchParams(valuesOf(change, true));
    if (change.bar) query.set("booking", bookingOf(change.bar));
    try {
      const answer = await fetch(`${setting("fit")}?${query}`, { signal: request.signal });
      const result = await answer.json();
      if (!change.ghost?.isConnected) return;
      const text = result.words || result.error.message;
      change.ghost.classList.toggle("t-ghost-no", !result.fits);
      showTip(change, text, point);
      if (aloud) announce(text);
    } catch {
      // A newer question replaced this one, or the network is down: saving will show the error.
    }
  }, PAUSE);
}

export function discardChange(change) {
  clearTimeout(timer);
  request?.abort();
  change.ghost?.remove();
  change.tip?.remove();
  change.bar?.classList.remove("t-lifted");
  catchUpSwaps();
}

export async function saveChange(change) {
  clearTimeout(timer);
  request?.abort();
  change.tip?.remove();
  if (!isDifferent(change)) return discardChange(change);
  change.ghost.classList.add("t-ghost-wait");
  const body = new URLSearchParams({ ...valuesOf(change, false), next: currentAddress() });
  if (change.bar.dataset.version) body.set("version", change.bar.dataset.version);
  allowSwaps(); // the saved booking may be drawn
  await send(`${change.bar.getAttribute("href")}move/`, body);
  const dialog = document.querySelector("dialog[open]");
  if (!dialog) return discardChange(change);
  change.ghost.classList.add("t-ghost-no"); // the ghost stays in view while the refusal is read
  document.addEventListener("timeline:closed", () => discardChange(change), { once: true });
}
