/* Long lists come in parts. [data-later] is a part that is not loaded yet: it gets a `near` event when the reader comes
   close. When #farm-timeline is fetched again as a whole, it asks only for the parts around the reader and keeps the
   scroll position. */
const NEAR = 800; // px above and below the window
const RETRY = 5000; // ms until a part that could not be fetched is tried again

const observer = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      htmx.trigger(target, "near");
    }
  },
  { rootMargin: `${NEAR}px 0px` },
);
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt.matches("[data-later]")) observer.observe(elt);
  for (const part of elt.querySelectorAll("[data-later]")) observer.observe(part);
});
for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, ({ detail: { elt } }) => {
    if (elt.matches("[data-later]")) setTimeout(() => elt.isConnected && observer.observe(elt), RETRY);
  });
}

// --- the whole timeline is fetched again
function partsInView(margin) {
  return [...document.querySelectorAll("#farm-timeline [data-part]")].filter((part) => {
    const box = part.getBoundingClientRect();
    return box.height > 0 && box.bottom > -margin && box.top < innerHeight + margin;
  });
}
document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
  if (elt.id !== "farm-timeline") return;
  if (elt.querySelector("[data-agenda]")) parameters.with = "agenda";
  if (parameters.has("machine")) return; // only rows
  parameters.part = [...new Set(partsInView(NEAR).map((part) => part.dataset.part))];
});

let position = null; // the first part in view, and where it stood
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target.id !== "farm-timeline") return;
  const [part] = partsInView(0);
  const box = part?.closest(".at-scroller");
  const top = part?.getBoundingClientRect().top;
  position = part && { id: part.id, top, down: box?.scrollTop, across: box?.scrollLeft };
});
document.addEventListener("htmx:afterSwap", () => {
  const part = position && document.getElementById(position.id);
  if (part) {
    const box = part.closest(".at-scroller");
    box?.scrollTo(position.across, position.down);
    (box ?? window).scrollBy(0, part.getBoundingClientRect().top - position.top);
  }
  position = null;
});
