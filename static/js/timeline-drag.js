/* Dragging on the timeline: free space becomes the span of a new booking, one's own bar moves, its edges resize it.
   timeline-keys.js does the same by keys. A finger scrolls instead; for it the card has each drag as a button. */
import { checkFit, discardChange, drawChange, saveChange, startChange } from "./timeline-change.js";
import { isSaving } from "./timeline-commands.js";
import { announce, BAR, formAddress, PLOT, setting, stepOf, timeOf, usualLength } from "./timeline-plot.js";

const EDGE = 7; // px at either end of a bar that resize it
const START = 4; // px before a press becomes a drag
let drag = null; // the press: { x, y, mode, plot, bar, change }
let dragged = false;

/** Whether the last press was a drag: the click that follows belongs to it. */
export const wasDragged = () => dragged;

function openForm(plot, start, end) {
  const step = stepOf(plot);
  const first = timeOf(plot).start + Math.ceil((Date.now() - timeOf(plot).start) / step) * step;
  const begin = Math.max(start, first);
  if (end <= first && begin >= timeOf(plot).end) return announce(setting("saidPast"));
  location.assign(formAddress(plot, begin, end > begin ? end : begin + usualLength(plot)));
}

// --- the pointer
const timeAt = (plot, x) => {
  const box = plot.getBoundingClientRect();
  const { start, end } = timeOf(plot);
  return start + ((x - box.left) / box.width) * (end - start);
};
const snap = (plot, time) => {
  const { start, end } = timeOf(plot);
  return Math.min(end, Math.max(start, start + Math.round((time - start) / stepOf(plot)) * stepOf(plot)));
};

/** What a press at x does to the bar: "start" and "end" resize it, "move" moves it, "" does nothing. */
function modeOf(bar, plot, x) {
  if (!bar.dataset.moves) return "";
  const moves = bar.dataset.moves.split(" ");
  const box = bar.getBoundingClientRect();
  const visible = timeOf(plot);
  const { start, end } = timeOf(bar);
  const edge = Math.min(EDGE, box.width / 4);
  if (moves.includes("end") && end <= visible.end && x > box.right - edge) return "end";
  if (moves.includes("start") && start >= visible.start && x < box.left + edge) return "start";
  return moves.includes("start") ? "move" : "";
}

function pressAt(event) {
  const plot = event.target.closest(PLOT);
  const bar = plot && event.target.closest(BAR);
  if (!plot || (!bar && !("open" in plot.dataset))) return null;
  return { plot, bar, mode: bar ? modeOf(bar, plot, event.clientX) : "new" };
}

document.addEventListener("pointerdown", (event) => {
  dragged = false;
  if (isSaving() || event.button !== 0 || !event.isPrimary || event.pointerType === "touch") return;
  const press = pressAt(event);
  if (press?.mode) drag = { ...press, x: event.clientX, y: event.clientY, change: null };
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return showCursor(event);
  if (!drag.change && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < START) return;
  drag.change ??= startChange(drag.plot, drag.bar);
  document.documentElement.classList.add(drag.mode === "move" ? "at-moving" : "at-sizing");
  if (!shape(drag, event)) return;
  const point = { x: event.clientX };
  drawChange(drag.change, point);
  checkFit(drag.change, point);
});

/** Set the change's span and machine from the pointer. Returns whether anything is different. */
function shape({ mode, plot, change, x }, event) {
  const old = [change.start, change.end, change.to];
  const step = stepOf(plot);
  const pointed = timeAt(plot, event.clientX);
  if (mode === "new") {
    const first = snap(plot, timeAt(plot, x));
    const last = snap(plot, pointed);
    change.start = Math.min(first, last);
    change.end = Math.max(first, last, change.start + step);
  } else if (mode === "move") {
    const by = Math.round((pointed - timeAt(plot, x)) / step) * step;
    change.start = change.first.start + by;
    change.end = change.first.end + by;
    const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(PLOT);
    if (under && (under === plot || "open" in under.dataset)) change.to = under;
  } else if (mode === "start") change.start = Math.min(snap(plot, pointed), change.end - step);
  else change.end = Math.max(snap(plot, pointed), change.start + step);
  return old[0] !== change.start || old[1] !== change.end || old[2] !== change.to;
}

/** The cursor shows what a press would do. */
function showCursor(event) {
  const bar = event.target.closest?.(`${PLOT} [data-moves]`);
  if (bar) bar.dataset.edge = modeOf(bar, bar.closest(".at-plot"), event.clientX);
}

function endDrag() {
  const ended = drag;
  drag = null;
  document.documentElement.classList.remove("at-moving", "at-sizing");
  dragged = Boolean(ended?.change);
  return ended;
}

document.addEventListener("pointerup", () => {
  const ended = drag && endDrag();
  if (!ended?.change?.ghost) return;
  if (ended.bar) return void saveChange(ended.change);
  openForm(ended.plot, ended.change.start, ended.change.end);
  discardChange(ended.change);
});

function cancelDrag() {
  const ended = endDrag();
  if (ended?.change) discardChange(ended.change);
  announce(setting("saidCancelled"));
}
document.addEventListener("pointercancel", () => drag && cancelDrag());
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drag) return;
  event.preventDefault();
  cancelDrag();
});
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.(PLOT)) event.preventDefault();
});

// --- a plain click on free space: the form with the usual length from there
document.addEventListener("click", (event) => {
  const plot = event.target.closest(PLOT);
  if (!plot || dragged || event.target.closest("a") || !("open" in plot.dataset)) return;
  const start = snap(plot, timeAt(plot, event.clientX));
  openForm(plot, start, start + usualLength(plot));
});
