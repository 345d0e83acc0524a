/* The timeline by keyboard: one Tab stop per row, arrows along its bars and free parts and to other rows, Shift and Alt
   with arrows to move and resize one's own bar.

   The free parts of a row are fetched when it is first entered by key: the server counts closures and writes the names,
   and a page of three hundred machines does not carry what few readers use. */
import { checkFit, discardChange, drawChange, saveChange, startChange } from "./timeline-change.js";
import { isSaving } from "./timeline-commands.js";
import { announce, BAR, formAddress, ITEM, PLOT, roomOf, setting, stepOf, timeOf, usualLength, windowOf } from "./timeline-plot.js";

const fetches = new WeakMap(); // plot -> promise of its free parts
let moving = null; // the change that is made by keys
let column = null; // the time that up and down keep to

const plots = () => [...document.querySelectorAll(PLOT)].filter((plot) => plot.getClientRects().length);
const byStart = (first, second) => timeOf(first).start - timeOf(second).start;
const items = (plot) => [...plot.querySelectorAll(ITEM)].sort(byStart);

// --- one Tab stop per row
function setTabStop(plot, wanted) {
  const all = items(plot);
  const stop = wanted || all.find((item) => item.tabIndex === 0 && item.hasAttribute("tabindex")) || all[0];
  for (const item of all) item.setAttribute("tabindex", item === stop ? "0" : "-1");
  if (stop) plot.removeAttribute("tabindex");
  else plot.setAttribute("tabindex", "0");
}

const setTabStops = () => document.querySelectorAll(PLOT).forEach((plot) => setTabStop(plot));
document.addEventListener("timeline:drawn", setTabStops);
setTabStops();

// --- free parts
function loadFreeParts(plot) {
  if (!fetches.has(plot)) fetches.set(plot, "open" in plot.dataset ? fetchFreeParts(plot) : Promise.resolve());
  return fetches.get(plot);
}

async function fetchFreeParts(plot) {
  const { start, end } = windowOf(plot);
  const address = setting("machines").replace("/0/", `/${plot.dataset.resource}/free/`);
  try {
    const answer = await fetch(`${address}?${new URLSearchParams({ start, end })}`);
    if (answer.ok) for (const part of (await answer.json()).parts) addFreePart(plot, part);
  } catch {
    fetches.delete(plot); // fetched again next time
  }
}

function addFreePart(plot, part) {
  const make = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const link = make("a");
  const [start, end] = [Date.parse(part.start), Date.parse(part.end)];
  const visible = timeOf(plot);
  const percent = (time) => ((time - visible.start) / (visible.end - visible.start)) * 100;
  link.setAttribute("class", "t-free");
  link.setAttribute("tabindex", "-1");
  link.setAttribute("aria-label", part.name);
  Object.assign(link.dataset, { start: part.start, end: part.end });
  const begin = visible.start + Math.ceil((start - visible.start) / stepOf(plot)) * stepOf(plot);
  const from = begin < end ? begin : start;
  link.setAttribute("href", formAddress(plot, from, Math.min(end, from + usualLength(plot))));
  const rect = make("rect");
  const width = percent(end) - percent(start);
  const place = { x: `${percent(start)}%`, width: `${width}%`, y: 7, height: roomOf(plot) };
  for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
  link.append(rect);
  plot.insertBefore(link, items(plot).find((item) => item.matches(BAR) && timeOf(item).start > start) || null);
}

document.addEventListener("focusin", (event) => {
  const plot = event.target.closest(PLOT);
  if (plot && event.target.matches(":focus-visible")) loadFreeParts(plot);
});

// --- along a row, and to another
function focusItem(plot, item) {
  setTabStop(plot, item);
  (item || plot).focus();
  if (!item) announce(setting("saidNone"));
}

async function moveAlong(plot, from, choose) {
  column = null;
  await loadFreeParts(plot);
  const all = items(plot);
  const next = choose(all, all.indexOf(from));
  if (next || !all.length) focusItem(plot, next);
}

async function moveAcross(plot, from, by) {
  const rows = plots();
  const next = rows[rows.indexOf(plot) + by];
  if (!next) return;
  await loadFreeParts(next);
  column ??= Math.max(timeOf(from).start, timeOf(plot).start);
  const all = items(next);
  focusItem(next, all.findLast((item) => timeOf(item).start <= column) || all[0]);
}

const MOVES = {
  ArrowRight: (plot, from) => moveAlong(plot, from, (all, index) => all[index + 1]),
  ArrowLeft: (plot, from) => moveAlong(plot, from, (all, index) => all[Math.max(0, index - 1)]),
  Home: (plot, from) => moveAlong(plot, from, (all) => all[0]),
  End: (plot, from) => moveAlong(plot, from, (all) => all.at(-1)),
  ArrowDown: (plot, from) => moveAcross(plot, from, 1),
  ArrowUp: (plot, from) => moveAcross(plot, from, -1),
};

// --- moving a bar
function nudge(bar, by, onlyEnd) {
  const plot = bar.closest(".at-plot");
  const moves = bar.dataset.moves;
  if (isSaving()) return;
  if (!moves) return announce(setting("saidFixed"));
  if (!onlyEnd && !moves.includes("start")) return announce(setting("saidEndOnly"));
  if (moving?.bar !== bar) moving = startChange(plot, bar);
  const step = stepOf(plot) * by;
  if (!onlyEnd) moving.start += step;
  moving.end = Math.max(moving.end + step, moving.start + stepOf(plot));
  drawChange(moving);
  checkFit(moving, null, true);
}

function finish(action) {
  const change = moving;
  moving = null;
  action(change);
}
function cancel() {
  finish(discardChange);
  announce(setting("saidCancelled"));
}

document.addEventListener("keydown", (event) => {
  const plot = event.target.closest?.(PLOT);
  if (event.key === "Tab") column = null;
  if (!plot || event.ctrlKey || event.metaKey) return;
  const item = event.target.closest(ITEM) ?? plot;
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (moving && event.key === "Enter") finish(saveChange);
  else if (moving && event.key === "Escape") cancel();
  else if (sideways && (event.shiftKey || event.altKey)) {
    if (item.matches(BAR)) nudge(item, sideways, event.altKey);
  } else if (MOVES[event.key] && !event.shiftKey && !event.altKey && !moving) MOVES[event.key](plot, item);
  else return;
  event.preventDefault();
});
document.addEventListener("focusout", (event) => {
  if (moving && event.target === moving.bar && document.hasFocus()) cancel();
});
