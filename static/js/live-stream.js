/* One event stream (GET /events/) and its ticket. It reconnects by itself, and renews a ticket that has expired. */
const LONGEST = 30_000; // ms between two tries

export class Stream {
  lastId = ""; // of the last change; the server sends what was missed since then
  #source = null;
  #failures = 0;
  #retryTimer;
  #isOver = false; // signed out: no reason to connect again

  /** `place` has the addresses. `on` has functions: opened(), changed(topics), reload(), waiting(), over(). */
  constructor(place, on) {
    this.place = place;
    this.ticket = place.dataset.ticket;
    this.topics = new Set(place.dataset.topics.split(" "));
    this.on = on;
  }

  open() {
    this.close();
    if (this.#isOver) return;
    const address = new URL(this.place.dataset.stream, location.href);
    address.searchParams.set("ticket", this.ticket);
    if (this.lastId) address.searchParams.set("last", this.lastId);
    this.#source = new EventSource(address);
    this.#source.onopen = () => {
      this.#failures = 0;
      this.on.opened();
    };
    this.#source.addEventListener("change", (event) => {
      this.lastId = event.lastEventId || this.lastId;
      this.on.changed(event.data.split(" "));
    });
    this.#source.addEventListener("reload", () => this.on.reload());
    this.#source.addEventListener("renew", () => this.renew());
    this.#source.onerror = () => {
      this.on.waiting();
      // refused: most often the ticket has expired
      if (this.#source?.readyState === EventSource.CLOSED) this.#retryLater();
    };
  }

  close() {
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#source = null;
  }

  /** Follow the topics of another ticket of the same person, too. Return whether the server agreed. */
  async add(ticket, topics) {
    if (topics.every((topic) => this.topics.has(topic))) return true;
    const answer = await this.#fetchTicket(ticket);
    if (!answer.ok) return false;
    this.ticket = (await answer.json()).ticket;
    for (const topic of topics) this.topics.add(topic);
    if (this.#source) this.open();
    return true;
  }

  async renew() {
    this.close();
    const closed = (this.#source = { close() {} }); // so that a `close` meanwhile is noticed
    try {
      const answer = await this.#fetchTicket();
      if (answer.status === 401 || answer.status === 403) {
        this.#isOver = true;
        this.on.over();
        return;
      }
      if (!answer.ok) throw new Error(answer.statusText);
      this.ticket = (await answer.json()).ticket;
      if (this.#source === closed) this.open();
    } catch {
      this.on.waiting();
      if (this.#source === closed) this.#retryLater();
    }
  }

  #fetchTicket(...others) {
    const address = new URL(this.place.dataset.renew, location.href);
    for (const ticket of [this.ticket, ...others]) address.searchParams.append("ticket", ticket);
    return fetch(address, { headers: { Accept: "application/json" }, cache: "no-store" });
  }

  #retryLater() {
    this.close();
    this.#failures += 1;
    const pause = Math.min(1000 * 2 ** (this.#failures - 1), LONGEST);
    this.#source = { close() {} };
    this.#retryTimer = setTimeout(() => this.renew(), pause * (0.5 + Math.random() / 2));
  }
}
