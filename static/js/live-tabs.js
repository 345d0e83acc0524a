/* One event stream for all tabs of a browser. Over HTTP/1.1 a browser has six connections to a site: six streams would
   block it. The tab that has the lock leads: it opens the stream for the topics of all tabs, and passes on what comes.
   Where the browser has no locks (they need https or localhost), each tab has its own stream while it is shown. */
import { Stream } from "./live-stream.js";

const ANSWER = 3000; // ms to wait for the leading tab; then this tab opens its own stream

export class SharedStream {
  #place;
  #on;
  #id = Math.random().toString(36).slice(2);
  #name; // of the lock and of the channel: tabs of another person have another stream
  #stream = null; // of the leading tab, and of a tab with its own stream
  #channel = null;
  #lock = null;
  #release = null; // gives the lock back
  #answerTimer;
  #lastId = "";
  #state = "wait";
  #admissions = Promise.resolve();

  /** `on` has functions: opened(), changed(topics), state("wait" | "off" | "live"). */
  constructor(place, on) {
    this.#place = place;
    this.#on = on;
    this.#name = `atelier-live-${place.dataset.person}`;
  }

  start() {
    if (!navigator.locks || !window.BroadcastChannel) return this.#lead();
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    this.#lock = new AbortController();
    navigator.locks
      .request(this.#name, { signal: this.#lock.signal }, () => new Promise((release) => {
        this.#release = release;
        this.#lead();
        this.#send("who");
      }))
      .catch(() => {}); // `stop` was called before this tab's turn
    this.#answerTimer = setTimeout(() => this.#goAlone(), ANSWER);
    this.#join();
  }

  /** Close the stream. If this tab leads, another one takes over. */
  stop() {
    clearTimeout(this.#answerTimer);
    this.#lastId = this.#stream?.lastId || this.#lastId;
    this.#stream?.close();
    this.#stream = null;
    this.#leave();
  }

  /** Connect again at once, if this tab has the connection. */
  reconnect() {
    this.#stream?.open();
  }

  #leave() {
    this.#lock?.abort();
    this.#release?.();
    this.#channel?.close();
    this.#lock = this.#release = this.#channel = null;
  }

  #lead() {
    clearTimeout(this.#answerTimer);
    this.#stream = new Stream(this.#place, {
      opened: () => this.#setState("live", true),
      changed: (topics) => {
        this.#on.changed(topics);
        this.#send("changed", { topics, lastId: this.#stream.lastId });
      },
      reload: () => this.#setState("live", true),
      waiting: () => this.#setState("wait"),
      over: () => {
        this.#setState("off");
        this.#leave(); // somebody may have signed in again in another tab
      },
    });
    this.#stream.lastId = this.#lastId;
    this.#stream.open();
  }

  #goAlone() {
    this.#leave();
    this.#lead();
  }

  #setState(state, opened = false) {
    this.#state = state;
    this.#show(state, opened);
    this.#send("state", { state, opened });
  }

  #show(state, opened) {
    this.#on.state(state);
    if (opened) this.#on.opened();
  }

  #send(kind, values = {}) {
    this.#channel?.postMessage({ kind, ...values });
  }

  #join() {
    const { ticket, topics } = this.#place.dataset;
    this.#send("join", { id: this.#id, ticket, topics: topics.split(" ") });
  }

  #receive(message) {
    if (this.#stream) {
      if (message.kind === "join") this.#admissions = this.#admissions.then(() => this.#admit(message));
      return;
    }
    if (message.kind === "who") this.#join();
    else if (message.kind === "changed") {
      this.#lastId = message.lastId;
      this.#on.changed(message.topics);
    } else if (message.kind === "state") this.#show(message.state, message.opened);
    else if (message.id === this.#id && message.kind === "refused") this.#goAlone();
    else if (message.id === this.#id && message.kind === "admitted") {
      clearTimeout(this.#answerTimer);
      this.#show(message.state, message.state === "live");
    }
  }

  /** Follow the topics of another tab, too. */
  async #admit({ id, ticket, topics }) {
    const agreed = await this.#stream?.add(ticket, topics).catch(() => false);
    if (agreed !== undefined) this.#send(agreed ? "admitted" : "refused", { id, state: this.#state });
  }
}
