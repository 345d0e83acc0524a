/* The timeline by keys: one Tab stop per row, arrows along its bars and free parts and to other rows, Shift and Alt with
   arrows to move and resize one's own bar; t, the arrows outside the rows, and ? for the list of them.

   Free parts come from the server when a row is first entered by key: it counts closures and names them in words, and a
   page of three hundred machines does not carry what few ask for. */
(() => {
  "use strict";
  const T = window.atelierTimeline;
  if (!T) return;

  const KEPT = "atelier.single-keys"; // "off" where somebody wants no single keys
  const asked = new WeakMap(); // plot -> promise of its free parts
  let held = null; // the idea that is moved by keys
  let column = null; // the time that up and down keep to

  const plots = () => [...document.querySelectorAll(T.PLOT)].filter((plot) => plot.getClientRects().length);
  const items = (plot) =>
    [...plot.querySelectorAll("[data-booking], .t-free")].sort((one, other) => T.time(one).start - T.time(other).start);

  // --- one Tab stop per row
  function rove(plot, wanted) {
    const all = items(plot);
    const stop = wanted || all.find((item) => item.tabIndex === 0 && item.hasAttribute("tabindex")) || all[0];
    for (const item of all) item.setAttribute("tabindex", item === stop ? "0" : "-1");
    if (stop) plot.removeAttribute("tabindex");
    else plot.setAttribute("tabindex", "0");
  }

  const roveAll = () => document.querySelectorAll(T.PLOT).forEach((plot) => rove(plot));
  document.addEventListener("timeline:drawn", roveAll);
  roveAll();

  // --- free parts
  function freeParts(plot) {
    if (!asked.has(plot)) asked.set(plot, "open" in plot.dataset ? fetchParts(plot) : Promise.resolve());
    return asked.get(plot);
  }

  async function fetchParts(plot) {
    const { resource, start, end } = plot.dataset;
    const address = T.word("machines").replace("/0/", `/${resource}/free/`);
    try {
      const answer = await fetch(`${address}?${new URLSearchParams({ start, end })}`);
      if (answer.ok) for (const part of (await answer.json()).parts) addPart(plot, part);
    } catch {
      asked.delete(plot); // asked again next time
    }
  }

  function addPart(plot, part) {
    const make = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
    const link = make("a");
    const [start, end] = [Date.parse(part.start), Date.parse(part.end)];
    const shown = T.time(plot);
    const share = (when) => ((when - shown.start) / (shown.end - shown.start)) * 100;
    link.setAttribute("class", "t-free");
    link.setAttribute("tabindex", "-1");
    link.setAttribute("aria-label", part.name);
    Object.assign(link.dataset, { start: part.start, end: part.end });
    const begin = shown.start + Math.ceil((start - shown.start) / T.step(plot)) * T.step(plot);
    const from = begin < end ? begin : start;
    link.setAttribute("href", T.formAddress(plot, from, Math.min(end, from + T.usual(plot))));
    const rect = make("rect");
    const place = { x: `${share(start)}%`, width: `${share(end) - share(start)}%`, y: 7, height: plot.dataset.room };
    for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
    link.append(rect);
    plot.insertBefore(link, items(plot).find((item) => item.dataset.booking && T.time(item).start > start) || null);
  }

  document.addEventListener("focusin", (event) => {
    const plot = event.target.closest(T.PLOT);
    if (plot && event.target.matches(":focus-visible")) freeParts(plot);
  });

  // --- along a row, and to another
  function focus(plot, item) {
    rove(plot, item);
    (item || plot).focus();
    if (!item) T.say(T.word("saidNone"));
  }

  async function along(plot, from, find) {
    column = null;
    await freeParts(plot);
    const all = items(plot);
    const next = find(all, all.indexOf(from));
    if (next || !all.length) focus(plot, next);
  }

  async function across(plot, from, by) {
    const rows = plots();
    const next = rows[rows.indexOf(plot) + by];
    if (!next) return;
    await freeParts(next);
    column ??= Math.max(T.time(from).start, T.time(plot).start);
    const all = items(next);
    focus(next, all.findLast((item) => T.time(item).start <= column) || all[0]);
  }

  const MOVES = {
    ArrowRight: (plot, from) => along(plot, from, (all, at) => all[at + 1]),
    ArrowLeft: (plot, from) => along(plot, from, (all, at) => all[Math.max(0, at - 1)]),
    Home: (plot, from) => along(plot, from, (all) => all[0]),
    End: (plot, from) => along(plot, from, (all) => all.at(-1)),
    ArrowDown: (plot, from) => across(plot, from, 1),
    ArrowUp: (plot, from) => across(plot, from, -1),
  };

  // --- moving a bar
  function nudge(bar, by, onlyEnd) {
    const plot = bar.closest(".at-plot");
    const moves = bar.dataset.moves;
    if (T.saving) return;
    if (!moves) return T.say(T.word("saidFixed"));
    if (!onlyEnd && !moves.includes("start")) return T.say(T.word("saidEndOnly"));
    if (held?.bar !== bar) held = T.lift(plot, bar);
    const step = T.step(plot) * by;
    if (!onlyEnd) held.start += step;
    held.end = Math.max(held.end + step, held.start + T.step(plot));
    T.draw(held);
    T.ask(held, null, true);
  }

  function release(act) {
    const idea = held;
    held = null;
    act(idea);
  }
  function leave() {
    release(T.discard);
    T.say(T.word("saidCancelled"));
  }

  document.addEventListener("keydown", (event) => {
    const plot = event.target.closest?.(T.PLOT);
    if (event.key === "Tab") column = null;
    if (!plot || event.ctrlKey || event.metaKey) return;
    const item = event.target.closest("[data-start]");
    const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (held && event.key === "Enter") release(T.drop);
    else if (held && event.key === "Escape") leave();
    else if (sideways && (event.shiftKey || event.altKey)) {
      if (item.dataset.booking) nudge(item, sideways, event.altKey);
    } else if (MOVES[event.key] && !event.shiftKey && !event.altKey && !held) MOVES[event.key](plot, item);
    else return;
    event.preventDefault();
  });
  document.addEventListener("focusout", (event) => {
    if (held && event.target === held.bar && document.hasFocus()) leave();
  });

  // --- the page: today, before, after, the list of keys
  const day = (date) => date.toISOString().slice(0, 10);

  function shifted(by) {
    const address = new URL(location.href);
    const today = new Intl.DateTimeFormat("en-CA", { timeZone: T.word("zone") }).format(new Date());
    const date = new Date(`${address.searchParams.get("day") || today}T00:00:00Z`);
    if (Number.isNaN(date.valueOf())) return;
    const range = address.searchParams.get("range");
    if (range === "month") date.setUTCMonth(date.getUTCMonth() + by, 1);
    else date.setUTCDate(date.getUTCDate() + by * (range === "day" ? 1 : 7));
    address.searchParams.set("day", day(date));
    location.assign(address);
  }

  function today() {
    const address = new URL(location.href);
    address.searchParams.delete("day");
    location.assign(address);
  }

  const single = () => localStorage.getItem(KEPT) !== "off";
  const help = () => {
    document.getElementById("single-keys").checked = single();
    T.show("timeline-keys");
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, dialog, [popover]")) return;
    const nowhere = event.target === document.body && !event.shiftKey;
    if (event.key === "ArrowLeft" && nowhere) shifted(-1);
    else if (event.key === "ArrowRight" && nowhere) shifted(1);
    else if (event.key === "t" && single()) today();
    else if (event.key === "?" && single()) help();
    else return;
    event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "single-keys") localStorage.setItem(KEPT, event.target.checked ? "on" : "off");
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) help();
  });
  const showButton = () => document.querySelector("[data-keys]")?.removeAttribute("hidden");
  document.addEventListener("timeline:drawn", showButton);
  showButton();
})();
