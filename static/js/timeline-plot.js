/* The timeline's plots as values: times, addresses, words, and how an item is found again after a swap.

   A plot is <svg class="at-plot" data-resource data-gpus data-memory [data-open]>; its window stands once in the
   head of its table, <svg class="at-days" data-start data-end data-offsets>. A bar in it is <a class="t-bar" href>, with
   data-moves data-version data-start data-end if the reader may move it. Plots come and go with htmx, so every listener
   sits on the document. Without scripts a bar is a link to its booking's page, where everything can be done. */
export const PLOT = "#main .at-plot";
export const BAR = ".t-bar";
export const ITEM = ".t-bar, .t-free";
export const MINUTE = 60_000; // ms
const DRAWN = 5 * MINUTE; // a bar without exact times is drawn to a hundredth of a per cent: 4 minutes of a month

export const byId = (id) => document.getElementById(id);

/** A text or an address that the template put on #timeline-tools. */
export const setting = (name) => byId("timeline-tools").dataset[name];
export const currentAddress = () => location.pathname + location.search;
/** What stands once for all plots of a table. */
export const windowOf = (plot) => plot.closest("table").querySelector(".at-days").dataset;

/** Pixels from the capacity line to the floor. */
export const roomOf = (plot) => plot.querySelector(".t-room").getAttribute("height");

/** Start and end (ms) of a plot, of a free part, or of a bar: exact if the reader may move it, else as it is drawn. */
export function timeOf(element) {
  const { start, end } = element.matches(PLOT) ? windowOf(element) : element.dataset;
  if (start) return { start: Date.parse(start), end: Date.parse(end) };
  const visible = timeOf(element.closest(PLOT));
  const piece = element.querySelector("svg");
  const [x, width] = ["x", "width"].map((name) => parseFloat(piece.getAttribute(name)) / 100);
  const timeAt = (share) => Math.round((visible.start + share * (visible.end - visible.start)) / DRAWN) * DRAWN;
  return { start: timeAt(x), end: timeAt(x + width) };
}
export const toIso = (time) => new Date(time).toISOString();

/** Say it in the live region, for screen readers. */
export function announce(text) {
  byId("timeline-said").textContent = text;
}

/** Milliseconds that a drag snaps to: finer in a day than in a month. */
export function stepOf(plot) {
  const { start, end } = timeOf(plot);
  const days = (end - start) / (24 * 60 * MINUTE);
  return (days < 2 ? 15 : days < 9 ? 30 : 360) * MINUTE;
}

/** Milliseconds of a new booking from one click, by the length of the window. */
export const usualLength = (plot) => stepOf(plot) * (stepOf(plot) > 60 * MINUTE ? 4 : 8);

export function spanText(start, end) {
  const day = { weekday: "short", day: "numeric", month: "short" };
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const format = zonedFormat(document.documentElement.lang, { ...day, ...time });
  return `${format(start)} – ${format(end)}`;
}

/** A function that formats a time (ms) in the zone of the page. A browser may lack the name of the zone: then the hours
    from UTC at the edges of the plot count. Where they differ (a clock change), the text is in UTC and says so. */
export function zonedFormat(language, options) {
  try {
    const named = new Intl.DateTimeFormat(language, { ...options, timeZone: setting("zone") });
    return (time) => named.format(time);
  } catch {
    const plot = document.querySelector(PLOT);
    const [before, after] = (plot ? windowOf(plot).offsets : "+0000 +0000").split(" ").map(minutesOf);
    const shown = before === after ? {} : { timeZoneName: "short" };
    const plain = new Intl.DateTimeFormat(language, { ...options, ...shown, timeZone: "UTC" });
    return (time) => plain.format(before === after ? Number(time) + before * MINUTE : time);
  }
}

/** Minutes of an offset such as +0530. */
function minutesOf(offset) {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3));
  return offset[0] === "-" ? -minutes : minutes;
}

/** The booking form for this span; it leads back to this page. */
export function formAddress(plot, start, end) {
  const { resource, gpus, memory } = plot.dataset;
  const values = { resource, start: toIso(start), end: toIso(end), next: currentAddress() };
  if (Number(gpus)) values.gpus = 1;
  else Object.assign(values, { gpus: 0, memory_gb: Math.min(64, Number(memory)) });
  return `${setting("book")}?${new URLSearchParams(values)}`;
}

/** The number of the booking that a bar leads to. */
export const bookingOf = (bar) => bar.getAttribute("href").match(/(\d+)\/$/)[1];

/** The identity of a bar or a free part: the element itself is replaced by every swap. */
export const identify = (item) => ({
  resource: item.closest(".at-plot").dataset.resource,
  address: item.matches(BAR) ? item.getAttribute("href") : null,
  start: item.dataset.start,
});

/** The item with this identity, or the nearest thing to it: its bar on another machine, its row's Tab stop, or null. */
export function findItem(identity) {
  if (!identity) return null;
  const bar = identity.address && `${BAR}[href="${CSS.escape(identity.address)}"]`;
  const plot = `${PLOT}[data-resource="${CSS.escape(identity.resource)}"]`;
  const free = identity.start && `${plot} .t-free[data-start="${CSS.escape(identity.start)}"]`;
  const bars = bar ? [`${plot} ${bar}`, `${PLOT} ${bar}`] : [];
  const selectors = [...bars, free, `${plot} [tabindex="0"]`, `${plot}[tabindex="0"]`];
  return selectors.reduce((item, selector) => item || (selector && document.querySelector(selector)), null);
}
