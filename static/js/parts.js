/* Long lists come in parts: [data-later] is a part that is not here yet, and hears `near` when the reader comes close.
   What is fetched again whole (#farm-timeline) asks for the parts in view only, and keeps the reader's place. */
(() => {
  "use strict";
  const NEAR = "800px 0px";

  const watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        htmx.trigger(target, "near");
      }
    },
    { rootMargin: NEAR },
  );
  function expect(place) {
    if (place.matches?.("[data-later]")) watch.observe(place);
    for (const part of place.querySelectorAll("[data-later]")) watch.observe(part);
  }
  document.addEventListener("htmx:load", (event) => expect(event.detail.elt));

  // --- a part that could not be fetched is tried again when the reader comes back to it
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      const part = event.detail.elt;
      if (part.matches("[data-later]")) setTimeout(() => part.isConnected && watch.observe(part), 5000);
    });
  }

  // --- fetched again, whole
  function inView() {
    return [...document.querySelectorAll("#farm-timeline [data-part]")].filter((part) => {
      const box = part.getBoundingClientRect();
      return box.height > 0 && box.bottom > 0 && box.top < innerHeight;
    });
  }
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.id !== "farm-timeline") return;
    event.detail.parameters.part = [...new Set(inView().map((part) => part.dataset.part))];
  });

  let place = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "farm-timeline") return;
    const part = inView()[0];
    const scroller = part?.closest(".at-scroller");
    place = part && { id: part.id, top: part.getBoundingClientRect().top, down: scroller?.scrollTop, right: scroller?.scrollLeft };
  });
  document.addEventListener("htmx:afterSwap", () => {
    const part = place && document.getElementById(place.id);
    const scroller = part?.closest(".at-scroller");
    if (scroller) scroller.scrollTo(place.right, place.down);
    if (part) (scroller ?? window).scrollBy(0, part.getBoundingClientRect().top - place.top);
    place = null;
  });
})();
