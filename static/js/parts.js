/* Long lists come in parts: [data-later] is a part that is not here yet, and hears `near` when the reader comes close.
   What is fetched again whole (#farm-timeline) asks for the parts around the reader only, and keeps her place. */
(() => {
  "use strict";
  const NEAR = 800; // px above and below the window
  const AGAIN = 5000; // ms until a part that could not be fetched is tried again

  const watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        htmx.trigger(target, "near");
      }
    },
    { rootMargin: `${NEAR}px 0px` },
  );
  document.addEventListener("htmx:load", ({ detail: { elt } }) => {
    if (elt.matches("[data-later]")) watch.observe(elt);
    for (const part of elt.querySelectorAll("[data-later]")) watch.observe(part);
  });
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(name, ({ detail: { elt } }) => {
      if (elt.matches("[data-later]")) setTimeout(() => elt.isConnected && watch.observe(elt), AGAIN);
    });
  }

  // --- fetched again, whole
  function parts(margin) {
    return [...document.querySelectorAll("#farm-timeline [data-part]")].filter((part) => {
      const box = part.getBoundingClientRect();
      return box.height > 0 && box.bottom > -margin && box.top < innerHeight + margin;
    });
  }
  document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
    if (elt.id === "farm-timeline") parameters.part = [...new Set(parts(NEAR).map((part) => part.dataset.part))];
  });

  let place = null;
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    if (target.id !== "farm-timeline") return;
    const [part] = parts(0);
    const box = part?.closest(".at-scroller");
    place = part && { id: part.id, top: part.getBoundingClientRect().top, down: box?.scrollTop, across: box?.scrollLeft };
  });
  document.addEventListener("htmx:afterSwap", () => {
    const part = place && document.getElementById(place.id);
    if (part) {
      const box = part.closest(".at-scroller");
      box?.scrollTo(place.across, place.down);
      (box ?? window).scrollBy(0, part.getBoundingClientRect().top - place.top);
    }
    place = null;
  });
})();
