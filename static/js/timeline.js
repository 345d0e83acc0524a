/* The timeline as something one works with: the card of a booking, steps with their toasts and refusals, and a drawing
   that is fetched again without losing its place. Dragging is in timeline-drag.js, the keys in timeline-keys.js.

   A plot is <svg class="at-plot" data-resource data-start data-end data-room data-gpus data-memory [data-open]>, a bar in
   it <a data-booking data-version data-start data-end data-gpus data-memory [data-moves] href>. Plots come and go with
   htmx, so all is delegated. Without this file a bar is a link to the booking's page, where all of it can be done. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  if (!byId("timeline-tools")) return;

  const PLOT = "#main .at-plot";
  const MINUTE = 60_000;
  const T = (window.atelierTimeline = { PLOT, MINUTE, lifted: null, saving: false });
  let home = null; // what had the focus in the drawing: found again after it is fetched again
  let opened = null; // whose card is open
  let pointed = 0; // where along its bar
  let missed = false; // a swap that had to wait for a drag to end

  // --- words and time
  T.word = (name) => byId("timeline-tools").dataset[name];
  T.here = () => location.pathname + location.search;
  T.time = (element) => ({ start: Date.parse(element.dataset.start), end: Date.parse(element.dataset.end) });
  T.iso = (moment) => new Date(moment).toISOString();

  T.say = (text) => {
    byId("timeline-said").textContent = text;
  };

  /** Milliseconds that a drag snaps to: finer in a day than in a month. */
  T.step = (plot) => {
    const { start, end } = T.time(plot);
    const days = (end - start) / (24 * 60 * MINUTE);
    return (days < 2 ? 15 : days < 9 ? 30 : 360) * MINUTE;
  };

  T.spanWords = (start, end) => {
    const how = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const format = new Intl.DateTimeFormat(document.documentElement.lang, { ...how, timeZone: T.word("zone") });
    return `${format.format(start)} – ${format.format(end)}`;
  };

  /** The booking form for this place, which leads back here. */
  T.formAddress = (plot, start, end) => {
    const { resource, gpus, memory } = plot.dataset;
    const values = { resource, start: T.iso(start), end: T.iso(end), next: T.here() };
    if (Number(gpus)) values.gpus = 1;
    else Object.assign(values, { gpus: 0, memory_gb: Math.min(64, Number(memory)) });
    return `${T.word("book")}?${new URLSearchParams(values)}`;
  };

  // --- where one was: a bar or a free part by what it is, since the drawing is replaced
  const nameOf = (item) => ({
    resource: item.closest(".at-plot").dataset.resource,
    booking: item.dataset.booking,
    start: item.dataset.start,
  });

  T.find = (name) => {
    if (!name) return null;
    const bar = name.booking && `[data-booking="${CSS.escape(name.booking)}"]`;
    const plot = `${PLOT}[data-resource="${CSS.escape(name.resource)}"]`;
    const free = name.start && `${plot} .t-free[data-start="${CSS.escape(name.start)}"]`;
    const places = [bar && `${plot} ${bar}`, bar && `${PLOT} ${bar}`, free, `${plot} [tabindex="0"]`, `${plot}[tabindex="0"]`];
    return places.reduce((found, place) => found || (place && document.querySelector(place)), null);
  };

  T.goHome = () => {
    const active = document.activeElement;
    const closed = active?.closest("#booking-card:not(:popover-open), dialog:not([open])"); // not yet left by the browser
    if (!active || active === document.body || closed) T.find(home)?.focus({ preventScroll: true });
  };

  document.addEventListener("focusin", (event) => {
    const item = event.target.closest(`${PLOT} [data-start]`);
    if (item) home = nameOf(item);
    else if (!event.target.closest("#booking-card, dialog, #toasts")) home = null;
  });

  // --- the drawing is fetched again, but never under a drag
  T.refresh = async () => {
    const place = byId("farm-timeline") ? "#farm-timeline" : "#main";
    if (document.querySelector(`${place}.htmx-request`)) await answered(); // htmx drops what queues behind a swap
    return htmx.ajax("GET", location.href, { source: place, target: place, select: place, swap: "outerHTML" });
  };

  const answered = () =>
    new Promise((done) => {
      document.addEventListener("htmx:afterRequest", done, { once: true });
      setTimeout(done, 2000);
    });

  T.settle = () => {
    T.lifted = null;
    if (missed) T.refresh();
    missed = false;
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!T.lifted || !event.detail.target.contains(T.lifted)) return;
    event.detail.shouldSwap = false;
    missed = true;
  });

  document.addEventListener("htmx:afterSwap", () => {
    document.dispatchEvent(new CustomEvent("timeline:drawn"));
    if (opened) T.find(opened)?.classList.add("t-open");
    T.goHome();
  });

  // --- a step: its toast, or why not
  T.send = async (action, body) => {
    T.saving = true; // until all is drawn as it is now: what is on the page meanwhile is old
    const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers") || "{}") };
    let page;
    let answer;
    try {
      answer = await fetch(action, { method: "POST", body, headers });
      if (answer.redirected) return location.reload(); // signed out: the page says so
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      answer = null;
    }
    closeAll();
    const refusal = page?.querySelector(".at-refusal");
    const toasts = page ? [...page.querySelectorAll(".at-toast")] : [];
    if (!refusal) await T.refresh().catch(() => {}); // after a refusal all is as it was
    T.saving = false;
    if (refusal) T.show("timeline-refused", refusal);
    else if (toasts.length) byId("toasts").replaceChildren(...toasts);
    else T.toast(T.word("saidFailed"));
    T.goHome();
    return Boolean(answer?.ok);
  };

  T.toast = (words) => {
    const toast = document.createElement("div");
    toast.className = "at-toast at-toast-plain";
    toast.textContent = words;
    byId("toasts").replaceChildren(toast);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.closest("#booking-card, #timeline-refused, #toasts")) return;
    if (new URL(form.action).pathname === T.word("book")) return; // to book anew leaves the page
    event.preventDefault();
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    T.send(form.action, new FormData(form));
  });

  // --- dialogs
  T.show = (id, content) => {
    const dialog = byId(id);
    if (content) dialog.replaceChildren(content);
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  };

  function closeAll() {
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    const card = byId("booking-card");
    if (card?.matches(":popover-open")) card.hidePopover();
  }

  document.addEventListener("close", () => {
    document.dispatchEvent(new CustomEvent("timeline:closed"));
    setTimeout(T.goHome);
  }, true);

  // --- the card
  T.openCard = async (bar, x) => {
    const address = bar.getAttribute("href");
    home = opened = nameOf(bar);
    pointed = x;
    let text;
    try {
      const answer = await fetch(`${address}card/?next=${encodeURIComponent(T.here())}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) return location.assign(address);
      text = await answer.text();
    } catch {
      return T.toast(T.word("saidFailed"));
    }
    const card = byId("booking-card");
    card.innerHTML = text;
    card.tabIndex = -1;
    if (!card.matches(":popover-open")) card.showPopover();
    const now = T.find(opened);
    now?.classList.add("t-open");
    if (now) place(card, now.getBoundingClientRect(), x);
    card.focus({ preventScroll: true });
  };

  function place(card, bar, x) {
    for (const name of ["left", "top"]) card.style.removeProperty(name);
    if (matchMedia("(max-width: 47.99rem)").matches) return; // full width at the bottom
    const point = Math.min(Math.max(x || bar.left + Math.min(bar.width / 2, 200), bar.left), bar.right);
    const left = Math.max(8, Math.min(point - 48, innerWidth - card.offsetWidth - 24));
    const above = bar.bottom + card.offsetHeight + 20 > innerHeight && bar.top > card.offsetHeight + 20;
    card.classList.toggle("at-pop-above", above);
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${scrollY + (above ? bar.top - card.offsetHeight - 10 : bar.bottom + 10)}px`;
    card.style.setProperty("--arrow", `${Math.max(12, Math.min(point - left - 6, card.offsetWidth - 28))}px`);
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.id !== "booking-card" || event.newState !== "closed") return;
    for (const bar of document.querySelectorAll(".t-open")) bar.classList.remove("t-open");
    opened = null;
    T.goHome();
  }, true);

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-card-close], [data-card-more], [data-dialog-close], [data-booking]");
    if (!target) return;
    if ("cardClose" in target.dataset) byId("booking-card").hidePopover();
    else if ("dialogClose" in target.dataset) target.closest("dialog").close();
    else if (target.dataset.cardMore) unfold(target);
    else if (target.closest(PLOT) && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)) {
      event.preventDefault();
      if (!T.dragged) T.openCard(target, event.detail ? event.clientX : 0);
    }
  });

  /** One panel of the card at a time. */
  function unfold(button) {
    for (const other of button.parentElement.querySelectorAll("[data-card-more]")) {
      const open = other === button && byId(other.dataset.cardMore).hidden;
      byId(other.dataset.cardMore).hidden = !open;
      other.setAttribute("aria-expanded", String(open));
    }
    const bar = T.find(opened);
    const card = byId("booking-card");
    if (bar) place(card, bar.getBoundingClientRect(), pointed); // it is higher now, and may fit on the other side only
    if (card.getBoundingClientRect().bottom > innerHeight) card.scrollIntoView({ block: "end" });
  }
})();
