/* Fragments that htmx fetches again (`data-live`): a failed fetch is tried again, and the focus, the scroll position,
   open details and the marked row survive the swap. The focus inside a drawing: timeline-drawing.js. */

// --- a failed fetch: the page says that it is not up to date, and tries again
const RETRY_MS = [3_000, 5_000, 10_000, 20_000, 30_000];
const notice = document.getElementById("not-updated");
const failing = new Map(); // id of the fragment -> failures in a row, and the timer of the next try

function retryLater(event) {
  const { xhr, requestConfig: { elt } } = event.detail;
  const isRefused = event.type === "htmx:responseError" && xhr.status < 500;
  if (!notice || !elt.id || !elt.matches("[data-live]") || isRefused) return;
  const times = failing.get(elt.id)?.times ?? 0;
  clearTimeout(failing.get(elt.id)?.timer);
  const live = () => new CustomEvent("live", { detail: { topics: [] } });
  const retry = () => document.getElementById(elt.id)?.dispatchEvent(live());
  const timer = setTimeout(retry, RETRY_MS[Math.min(times, RETRY_MS.length - 1)]);
  failing.set(elt.id, { times: times + 1, timer });
  if (!notice.textContent) notice.textContent = notice.dataset.words;
}

for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, retryLater);
}
document.addEventListener("htmx:afterRequest", (event) => {
  // detail.elt is the element that dispatched the event: after a swap, an ancestor of the fragment
  const { successful, requestConfig: { elt }, etc } = event.detail;
  if (etc?.swapOverride === "none") return; // some rows (live-rows.js): those of the failed fetch are still missing
  if (!notice || !successful || !failing.has(elt.id)) return;
  clearTimeout(failing.get(elt.id).timer);
  failing.delete(elt.id);
  if (!failing.size) notice.textContent = "";
});

// --- the swap: the focus stays on the same link or button. The scroll position is kept too: for a moment the new
// fragment stands above the old one, and the browser would follow the old one.
const FOCUSABLE = "a, button, select, summary, input[type=checkbox], [tabindex]";
let focused = null; // the element that had the focus: its description, and its index among those with the same one
let scrolled = null;
let openDetails = []; // ids

const describe = (element) =>
  [element.tagName, element.getAttribute("href") ?? element.closest("form")?.getAttribute("action"), element.name,
    element.value, element.getAttribute("aria-label") ?? element.textContent.trim()].join("|");
const findAll = (description) =>
  [...document.querySelectorAll("main [data-live]")]
    .flatMap((fragment) => [...fragment.querySelectorAll(FOCUSABLE)])
    .filter((element) => describe(element) === description);
const scrollers = (fragment) => [...(fragment?.querySelectorAll(".at-over, .at-scroller") ?? [])];

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const active = document.activeElement;
  const isLive = target.matches("[data-live]");
  const isInside = isLive && target.contains(active) && active.matches(FOCUSABLE) && !active.closest("svg");
  focused = isInside ? { description: describe(active), index: findAll(describe(active)).indexOf(active) } : null;
  const boxes = scrollers(target).map((box) => [box.scrollLeft, box.scrollTop]);
  openDetails = isLive ? [...target.querySelectorAll("details[id][open]")].map((details) => details.id) : [];
  scrolled = isLive ? { id: target.id, page: [scrollX, scrollY], boxes } : null;
});

document.addEventListener("htmx:afterSwap", () => {
  if (focused && document.activeElement === document.body) {
    const same = findAll(focused.description);
    (same[focused.index] ?? same[0])?.focus({ preventScroll: true });
  }
  for (const id of openDetails) document.getElementById(id)?.setAttribute("open", "");
  if (scrolled) {
    const boxes = scrollers(document.getElementById(scrolled.id));
    for (const [index, [left, top]] of scrolled.boxes.entries()) {
      boxes[index]?.scrollTo({ left, top, behavior: "instant" });
    }
    const [left, top] = scrolled.page;
    scrollTo({ left, top, behavior: "instant" });
  }
  focused = scrolled = null;
  openDetails = [];
});

// --- the row that the address points to stays marked after a swap, when `:target` no longer matches
function markTarget() {
  const target = document.getElementById(location.hash.slice(1));
  for (const marked of document.querySelectorAll(".at-here")) marked.classList.toggle("at-here", marked === target);
  if (target?.matches("tr")) target.classList.add("at-here");
}
for (const kind of ["hashchange", "htmx:afterSettle"]) addEventListener(kind, markTarget);
markTarget();
