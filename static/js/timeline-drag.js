/* Dragging on the timeline: free space becomes a new booking's span, one's own bar moves, its edges resize. What is meant
   is asked of the server while it is dragged and said in its words. timeline-keys.js does the same by keys. Fingers scroll:
   for them the card has every drag as a button. */
(() => {
  "use strict";
  const T = window.atelierTimeline;
  if (!T) return;

  const EDGE = 7; // px at either end of a bar that resize it
  const START = 4; // px before a press becomes a drag
  const PAUSE = 120; // ms between the last move and the question whether it fits
  let drag = null; // the press: { x, y, mode, plot, bar, idea }
  let timer;
  let question; // the one on its way; an older one's answer is dropped

  // --- an idea: a span on a machine, of a booking or of none yet
  T.lift = (plot, bar) => ({ plot, bar, to: plot, ...(bar ? T.time(bar) : {}), first: bar ? T.time(bar) : null });

  T.isOther = (idea) =>
    !idea.first || idea.start !== idea.first.start || idea.end !== idea.first.end || idea.to !== idea.plot;

  /** What is asked and saved: of a bar only what is other, so that what stays is exactly what it was. */
  function values(idea, all) {
    const { bar, to, plot, start, end, first } = idea;
    if (!bar) {
      const memory = Number(to.dataset.gpus) ? 0 : Math.min(64, Number(to.dataset.memory));
      const share = { gpus: Number(to.dataset.gpus) ? 1 : 0, memory_gb: memory };
      return { resource: to.dataset.resource, start: T.iso(start), end: T.iso(end), ...share };
    }
    const found = {};
    if (start !== first.start || all) found.start = start === first.start ? bar.dataset.start : T.iso(start);
    if (end !== first.end || all) found.end = end === first.end ? bar.dataset.end : T.iso(end);
    if (to !== plot) found.resource = to.dataset.resource;
    return found;
  }

  T.draw = (idea, point) => {
    const { start, end } = T.time(idea.to);
    const share = (moment) => Math.min(100, Math.max(0, ((moment - start) / (end - start)) * 100));
    const piece = idea.bar && idea.to === idea.plot ? idea.bar.querySelector("svg") : null;
    T.lifted = idea.bar || idea.plot;
    idea.bar?.classList.add("t-lifted");
    idea.ghost ??= make("rect", "t-ghost");
    const place = {
      x: `${share(idea.start)}%`,
      width: `${Math.max(0.15, share(idea.end) - share(idea.start))}%`,
      y: piece ? piece.getAttribute("y") : 7,
      height: piece ? piece.getAttribute("height") : idea.to.dataset.room,
    };
    for (const [name, value] of Object.entries(place)) idea.ghost.setAttribute(name, value);
    if (idea.ghost.parentNode !== idea.to) idea.to.append(idea.ghost);
    tell(idea, T.spanWords(idea.start, idea.end), point);
  };

  function make(name, kind) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.setAttribute("class", kind);
    return element;
  }

  function tell(idea, words, point) {
    if (!idea.tip) {
      idea.tip = document.createElement("div");
      idea.tip.className = "at-tip";
      idea.tip.setAttribute("aria-hidden", "true"); // the live region says the same
      document.body.append(idea.tip);
    }
    idea.tip.textContent = words;
    const ghost = idea.ghost.getBoundingClientRect();
    const x = (point?.x ?? ghost.left) + 12;
    idea.tip.style.left = "0"; // measured at its full width
    idea.tip.style.left = `${Math.max(8, Math.min(x, innerWidth - idea.tip.offsetWidth - 8))}px`;
    idea.tip.style.top = `${Math.max(8, ghost.top - idea.tip.offsetHeight - 8)}px`;
  }

  /** Ask whether it fits, once the idea has rested; `aloud` for who does not see the ghost. */
  T.ask = (idea, point, aloud) => {
    clearTimeout(timer);
    question?.abort();
    idea.ghost.classList.remove("t-ghost-no");
    timer = setTimeout(async () => {
      question = new AbortController();
      const query = new URLSearchParams(values(idea, true));
      if (idea.bar) query.set("booking", idea.bar.dataset.booking);
      try {
        const answer = await fetch(`${T.word("fit")}?${query}`, { signal: question.signal });
        const told = await answer.json();
        if (!idea.ghost?.isConnected) return;
        const words = told.words || told.error.message;
        idea.ghost.classList.toggle("t-ghost-no", !told.fits);
        tell(idea, words, point);
        if (aloud) T.say(words);
      } catch {
        // Another question came, or the line is down: the drop says the rest.
      }
    }, PAUSE);
  };

  T.discard = (idea) => {
    clearTimeout(timer);
    question?.abort();
    idea.ghost?.remove();
    idea.tip?.remove();
    idea.bar?.classList.remove("t-lifted");
    T.settle();
  };

  T.drop = async (idea) => {
    clearTimeout(timer);
    question?.abort();
    idea.tip?.remove();
    if (!T.isOther(idea)) return T.discard(idea);
    idea.ghost.classList.add("t-ghost-wait");
    const body = new URLSearchParams({ ...values(idea, false), next: T.here() });
    if (idea.bar.dataset.version) body.set("version", idea.bar.dataset.version);
    T.lifted = null; // what is saved may be drawn
    await T.send(`${idea.bar.getAttribute("href")}move/`, body);
    const dialog = document.querySelector("dialog[open]");
    if (!dialog) return T.discard(idea);
    idea.ghost.classList.add("t-ghost-no"); // what was asked stays in sight while one reads why not
    document.addEventListener("timeline:closed", () => T.discard(idea), { once: true });
  };

  /** As long as one often wants: by what the window shows. */
  T.usual = (plot) => T.step(plot) * (T.step(plot) > 60 * T.MINUTE ? 4 : 8);

  T.openForm = (plot, start, end) => {
    const step = T.step(plot);
    const first = T.time(plot).start + Math.ceil((Date.now() - T.time(plot).start) / step) * step;
    const begin = Math.max(start, first);
    if (end <= first && begin >= T.time(plot).end) return T.say(T.word("saidPast"));
    location.assign(T.formAddress(plot, begin, end > begin ? end : begin + T.usual(plot)));
  };

  // --- the pointer
  const moment = (plot, x) => {
    const box = plot.getBoundingClientRect();
    const { start, end } = T.time(plot);
    return start + ((x - box.left) / box.width) * (end - start);
  };
  const snap = (plot, when) => {
    const { start, end } = T.time(plot);
    return Math.min(end, Math.max(start, start + Math.round((when - start) / T.step(plot)) * T.step(plot)));
  };

  function modeOf(bar, plot, x) {
    const moves = (bar.dataset.moves || "").split(" ");
    const box = bar.getBoundingClientRect();
    const shown = T.time(plot);
    const { start, end } = T.time(bar);
    const edge = Math.min(EDGE, box.width / 4);
    if (moves.includes("end") && end <= shown.end && x > box.right - edge) return "end";
    if (moves.includes("start") && start >= shown.start && x < box.left + edge) return "start";
    return moves.includes("start") ? "move" : "";
  }

  function where(event) {
    const plot = event.target.closest(T.PLOT);
    const bar = plot && event.target.closest("[data-booking]");
    if (!plot || (!bar && !("open" in plot.dataset))) return null;
    return { plot, bar, mode: bar ? modeOf(bar, plot, event.clientX) : "new" };
  }

  document.addEventListener("pointerdown", (event) => {
    T.dragged = false;
    if (T.saving || event.button !== 0 || !event.isPrimary || event.pointerType === "touch") return;
    const place = where(event);
    if (place?.mode) drag = { ...place, x: event.clientX, y: event.clientY, idea: null };
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return hint(event);
    if (!drag.idea && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < START) return;
    drag.idea ??= T.lift(drag.plot, drag.bar);
    document.documentElement.classList.add(drag.mode === "move" ? "at-moving" : "at-sizing");
    if (!shape(drag, event)) return;
    const point = { x: event.clientX };
    T.draw(drag.idea, point);
    T.ask(drag.idea, point);
  });

  /** What the pointer's place means for the idea; whether that is anything new. */
  function shape({ mode, plot, idea, x }, event) {
    const old = [idea.start, idea.end, idea.to];
    const step = T.step(plot);
    const here = moment(plot, event.clientX);
    if (mode === "new") {
      const first = snap(plot, moment(plot, x));
      const last = snap(plot, here);
      idea.start = Math.min(first, last);
      idea.end = Math.max(first, last, idea.start + step);
    } else if (mode === "move") {
      const by = Math.round((here - moment(plot, x)) / step) * step;
      idea.start = idea.first.start + by;
      idea.end = idea.first.end + by;
      const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(T.PLOT);
      if (under && (under === plot || "open" in under.dataset)) idea.to = under;
    } else if (mode === "start") idea.start = Math.min(snap(plot, here), idea.end - step);
    else idea.end = Math.max(snap(plot, here), idea.start + step);
    return old[0] !== idea.start || old[1] !== idea.end || old[2] !== idea.to;
  }

  /** The cursor says what a press would do. */
  function hint(event) {
    const bar = event.target.closest?.(`${T.PLOT} [data-moves]`);
    if (bar) bar.dataset.edge = modeOf(bar, bar.closest(".at-plot"), event.clientX);
  }

  function end() {
    const over = drag;
    drag = null;
    document.documentElement.classList.remove("at-moving", "at-sizing");
    T.dragged = Boolean(over?.idea); // the click that follows is part of the drag
    return over;
  }

  document.addEventListener("pointerup", () => {
    const over = drag && end();
    if (!over?.idea?.ghost) return;
    if (over.bar) return void T.drop(over.idea);
    T.openForm(over.plot, over.idea.start, over.idea.end);
    T.discard(over.idea);
  });

  function cancel() {
    const over = end();
    if (over?.idea) T.discard(over.idea);
    T.say(T.word("saidCancelled"));
  }
  document.addEventListener("pointercancel", () => drag && cancel());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag) return;
    event.preventDefault();
    cancel();
  });
  document.addEventListener("dragstart", (event) => {
    if (event.target.closest?.(T.PLOT)) event.preventDefault();
  });

  // --- a plain click on free space: a sensible span from there
  document.addEventListener("click", (event) => {
    const plot = event.target.closest(T.PLOT);
    if (!plot || T.dragged || event.target.closest("a") || !("open" in plot.dataset)) return;
    const start = snap(plot, moment(plot, event.clientX));
    T.openForm(plot, start, start + T.usual(plot));
  });
})();
