// The page's side of the workers: asks, drops answers to older questions, asks for frames of the sweep one by one.

const FILE = new URL("./explorer-worker.js", import.meta.url);

export class Solver {
  /** methods: which of rtn, gptq, awq; take(message): what arrives for the latest question. */
  constructor(methods, take) {
    this.take = take;
    this.id = 0;
    const sets = [methods.filter((one) => one !== "awq"), methods.filter((one) => one === "awq")].filter((set) => set.length);
    this.lanes = sets.map((set) => {
      const worker = new Worker(FILE, { type: "module" });
      worker.addEventListener("message", ({ data }) => this.hear(data));
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        take({ kind: "failed", message: event.message || "the worker did not start" });
      });
      return { worker, methods: set };
    });
  }

  ask(state) {
    this.id += 1;
    this.open = this.lanes.length;
    this.busy = false;
    this.next = null;
    for (const { worker, methods } of this.lanes) worker.postMessage({ kind: "solve", id: this.id, state, methods });
  }

  /** Asks for the sweep after `count` columns; while one is under way only the latest wish is kept. */
  frame(count) {
    if (this.busy) this.next = count;
    else {
      this.busy = true;
      this.lanes[0].worker.postMessage({ kind: "frame", id: this.id, count });
    }
  }

  hear(data) {
    if (data.id !== this.id) return;
    if (data.kind === "frame") {
      this.busy = false;
      if (this.next !== null) {
        this.frame(this.next);
        this.next = null;
      }
    }
    if (data.kind === "done" && --this.open) return;
    this.take(data);
  }
}
