// The little that every page shares: menus that close, themes without a reload, filters that apply, toasts that go. All of it is a comfort;
// without scripts the same forms and links work.
(function () {
  "use strict";
  const TOAST_MS = 8000;

  // --- menus: one open at a time; Escape and a click elsewhere close it
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.at-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.at-menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // --- a form that was sent back: on to the first field to mend
  if (!document.querySelector("main [autofocus]")) document.querySelector("main [aria-invalid='true']")?.focus();

  // --- theme: at once, and kept by the server
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-theme-form]") || !event.submitter) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    const body = new FormData(form, event.submitter);
    window.atelierTheme(chosen);
    for (const button of form.querySelectorAll("button")) {
      if (button.value === chosen) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    form.closest("details").open = false;
    form.closest("details").querySelector("summary").focus();
    fetch(form.action, { method: "POST", body: body, redirect: "manual" });
  });

  // --- filters apply when they change; without scripts an Apply button shows
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (form) form.requestSubmit();
  });

  // --- a fragment that could not be fetched: what is there stays, the page says so, and it is asked for again
  const RETRY_MS = [3_000, 5_000, 10_000, 20_000, 30_000];
  const stale = document.getElementById("not-updated");
  const failing = new Map(); // id of the fragment -> how often in a row, and what waits to ask again
  function failed(event) {
    const { xhr, requestConfig: { elt } } = event.detail;
    if (!stale || !elt.id || !elt.matches("[data-live]") || (event.type === "htmx:responseError" && xhr.status < 500)) return;
    const times = failing.get(elt.id)?.times ?? 0;
    clearTimeout(failing.get(elt.id)?.timer);
    const again = () => document.getElementById(elt.id)?.dispatchEvent(new CustomEvent("live", { detail: { topics: [] } }));
    const timer = setTimeout(again, RETRY_MS[Math.min(times, RETRY_MS.length - 1)]);
    failing.set(elt.id, { times: times + 1, timer });
    if (!stale.textContent) stale.textContent = stale.dataset.words;
  }
  for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(kind, failed);
  document.addEventListener("htmx:afterRequest", (event) => {
    // detail.elt is where the event was told: of a fragment that has been replaced, what is around it
    const { successful, requestConfig: { elt } } = event.detail;
    if (!stale || !successful || !failing.has(elt.id)) return;
    clearTimeout(failing.get(elt.id).timer);
    failing.delete(elt.id);
    if (!failing.size) stale.textContent = "";
  });

  // --- a fragment that is fetched again: the focus stays on the same link or button (of a drawing: timeline.js), and what
  // is scrolled stays so (the new stands above the old for a moment, and the browser follows what it held on to)
  const FOCUSABLE = "a, button, select, summary, [tabindex]";
  let kept = null; // what had the focus, and the how manieth of those alike
  let scrolled = null;
  let unfolded = []; // the ids of what was unfolded there
  const what = (element) =>
    [element.tagName, element.getAttribute("href") ?? element.closest("form")?.getAttribute("action"), element.name,
      element.value, element.getAttribute("aria-label") ?? element.textContent.trim()].join("|");
  const alike = (name) =>
    [...document.querySelectorAll("main [data-live]")]
      .flatMap((part) => [...part.querySelectorAll(FOCUSABLE)])
      .filter((element) => what(element) === name);
  const scrollers = (part) => [...(part?.querySelectorAll(".at-over, .at-scroller") ?? [])];
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const active = document.activeElement;
    const live = target.matches("[data-live]");
    const inside = live && target.contains(active) && active.matches(FOCUSABLE) && !active.closest("svg");
    kept = inside ? { name: what(active), index: alike(what(active)).indexOf(active) } : null;
    const boxes = scrollers(target).map((box) => [box.scrollLeft, box.scrollTop]);
    unfolded = live ? [...target.querySelectorAll("details[id][open]")].map((fold) => fold.id) : [];
    scrolled = live ? { id: target.id, page: [scrollX, scrollY], boxes } : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (kept && document.activeElement === document.body) {
      const same = alike(kept.name);
      (same[kept.index] ?? same[0])?.focus({ preventScroll: true });
    }
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    if (scrolled) {
      const boxes = scrollers(document.getElementById(scrolled.id));
      for (const [index, [left, top]] of scrolled.boxes.entries()) boxes[index]?.scrollTo({ left, top, behavior: "instant" });
      const [left, top] = scrolled.page;
      scrollTo({ left, top, behavior: "instant" });
    }
    kept = scrolled = null;
    unfolded = [];
  });

  // --- what the address points to stays marked when it is fetched again (:target lets go of it)
  function mark() {
    const here = document.getElementById(location.hash.slice(1));
    for (const old of document.querySelectorAll(".at-here")) old.classList.toggle("at-here", old === here);
    if (here?.matches("tr")) here.classList.add("at-here");
  }
  for (const kind of ["hashchange", "htmx:afterSettle"]) addEventListener(kind, mark);
  mark();

  // --- toasts
  function wind(toast) {
    if (toast.dataset.wound) return;
    toast.dataset.wound = "yes";
    const go = () => {
      if (toast.matches(":focus-within, :hover")) setTimeout(go, TOAST_MS);
      else toast.remove();
    };
    setTimeout(go, TOAST_MS);
  }
  const toasts = document.getElementById("toasts");
  if (toasts) {
    const windAll = () => toasts.querySelectorAll(".at-toast").forEach(wind);
    new MutationObserver(windAll).observe(toasts, { childList: true });
    windAll();
    // Ctrl+Z takes the offer of the toast: by Tab it may be gone before one is there
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      const undo = toasts.querySelector("form button:not(:disabled)");
      if (!undo || event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
      event.preventDefault();
      undo.click();
    });
    toasts.addEventListener("click", (event) => {
      const close = event.target.closest("[data-toast-close]");
      if (close) close.closest(".at-toast").remove();
    });
  }
})();
