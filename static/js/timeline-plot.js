/* The timeline's plots as values: times, addresses, words, and how an item is found again after a swap.

   A plot is <svg class="at-plot" data-resource data-start data-end data-offsets data-room data-gpus data-memory
   [data-open]>, a bar in it is <a data-booking data-version data-start data-end data-gpus data-memory [data-moves] href>. Plots come and go
   with htmx, so every listener sits on the document. Without scripts a bar is a link to its booking's page, where
   everything can be done. */
export const PLOT = "#main .at-plot";
export const MINUTE = 60_000; // ms

export const byId = (id) => document.getElementById(id);

/** A text or an address that the template put on #timeline-tools. */
export const setting = (name) => byId("timeline-tools").dataset[name];
export const currentAddress = () => location.pathname + location.search;
export const timeOf = (element) => ({ start: Date.parse(element.dataset.start), end: Date.parse(element.dataset.end) });
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
    const [before, after] = (document.querySelector(PLOT)?.dataset.offsets ?? "+0000 +0000").split(" ").map(minutesOf);
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

/** The identity of a bar or a free part: the element itself is replaced by every swap. */
export const identify = (item) => ({
  resource: item.closest(".at-plot").dataset.resource,
  booking: item.dataset.booking,
  start: item.dataset.start,
});

/** The item with this identity, or the nearest thing to it: its bar on another machine, its row's Tab stop, or null. */
export function findItem(identity) {
  if (!identity) return null;
  const bar = identity.booking && `[data-booking="${CSS.escape(identity.booking)}"]`;
  const plot = `${PLOT}[data-resource="${CSS.escape(identity.resource)}"]`;
  const free = identity.start && `${plot} .t-free[data-start="${CSS.escape(identity.start)}"]`;
  const bars = bar ? [`${plot} ${bar}`, `${PLOT} ${bar}`] : [];
  const selectors = [...bars, free, `${plot} [tabindex="0"]`, `${plot}[tabindex="0"]`];
  return selectors.reduce((item, selector) => item || (selector && document.querySelector(selector)), null);
}
