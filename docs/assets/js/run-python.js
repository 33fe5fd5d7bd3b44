// The page's side of the worker: one Python for all blocks of the page, one run at a time.
const IDLE = 5 * 60 * 1000; // ms after which an unused Python gives its memory back

export class Stopped extends Error {}

class Python {
  #worker = null;
  #ready = false;
  #stored = false;
  #current = null; // { id, output, state, resolve, reject }
  #turn = Promise.resolve();
  #idle = 0;
  #ids = 0;

  /** Whether its files came from the browser's cache. */
  get stored() {
    return this.#stored;
  }

  /** Runs a snippet: { file, edits: [[sections, code], ...] } or, an exercise,
   * { file, attempt: code }; resolves to { result, cut, ms }.
   *
   * output(parts) gets [kind, text] pairs as they are printed; state({ phase, loaded, total, stored }) how far it is.
   */
  run(request, { output = () => {}, state = () => {} } = {}) {
    const before = this.#turn;
    const mine = { id: ++this.#ids, output, state, dropped: false };
    const done = new Promise((resolve, reject) => Object.assign(mine, { resolve, reject }));
    if (this.#current) state({ phase: "waiting" });
    this.#turn = done.catch(() => {});
    before.then(() => {
      clearTimeout(this.#idle);
      this.#current = mine;
      this.#start();
      state({ phase: this.#ready ? "running" : "loading" });
      this.#worker.postMessage({ id: mine.id, ...request });
    });
    return done;
  }

  /** Ends the run in progress, whatever it does; the next one starts a new worker. */
  stop() {
    this.#end();
    this.#settle("reject", new Stopped("stopped"));
  }

  #start() {
    if (this.#worker) return;
    this.#worker = new Worker(new URL("./run-worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.onerror = (event) => this.#fail(event.message ?? "the worker did not start");
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = false;
  }

  #hear(data) {
    const { type, id } = data;
    if (type === "progress") this.#current?.state({ phase: "loading", ...data });
    else if (type === "ready") {
      this.#ready = true;
      this.#stored = data.stored;
      this.#current?.state({ phase: "running" });
    } else if (type === "failed") this.#fail(data.message);
    else if (id === this.#current?.id) {
      if (type === "output") this.#current.output(data.parts);
      else this.#settle("resolve", data);
    }
  }

  #fail(message) {
    this.#end();
    this.#settle("reject", new Error(message));
  }

  #settle(how, value) {
    const current = this.#current;
    this.#current = null;
    this.#idle = setTimeout(() => !this.#current && this.#end(), IDLE);
    current?.[how](value);
  }
}

export const python = new Python();
