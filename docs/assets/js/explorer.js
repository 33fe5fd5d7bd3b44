// The Quantization Explorer: one state, what the workers answer, and the parts that show it.
import { palette } from "./explorer-draw.js";
import { form } from "./explorer-controls.js";
import { make } from "./make.js";
import { bars, stored, table, verdict } from "./explorer-parts.js";
import { columns, row, sweep } from "./explorer-sweep.js";
import { fromQuery, presetOf, PRESETS, settle, toQuery } from "./explorer-state.js";
import { Solver } from "./explorer-solver.js";

const VIEW = ["row", "column", "sweep"]; // where one looks; the workers need not know
const ALL = ["rtn", "gptq", "awq"];

/** What stands in a chapter: a few fields and one or two parts, beginning at a preset. */
export const EMBEDS = {
  grid: { title: "Rounding, by hand", state: { bits: 4 }, fields: ["bits", "group", "symmetric"], parts: ["row", "stored"], methods: ["rtn"] },
  sweep: { title: "The sweep, column by column", state: { sweep: 96 }, fields: ["bits", "tokens"], parts: ["sweep", "verdict"], methods: ["rtn", "gptq"] },
  loud: { title: "Loud channels, three methods", state: PRESETS.loud.state, fields: ["bits", "tokens", "order"], parts: ["bars", "verdict"], methods: ALL },
  groups: { title: "Bits against groups", state: { symmetric: true, bits: 4, group: 32 }, fields: ["bits", "group"], parts: ["bars", "stored"], methods: ["rtn", "gptq"] },
};

class Explorer {
  constructor(root, { state, methods, address }) {
    Object.assign(this, { root, state, methods, address });
    this.results = {};
    this.took = {};
    this.late = new Set(methods);
    this.layer = null;
    this.moved = null;
    this.playing = false;
    this.follow = state.column === 0; // the row in view goes along with the sweep
    this.shows = [];
    this.solver = new Solver(methods, (message) => this.take(message));
    this.colors = palette(root);
    new ResizeObserver(() => this.draw()).observe(root);
    new MutationObserver(() => this.recolor()).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }

  recolor() {
    this.colors = palette(this.root);
    this.draw();
  }

  /** Columns that the sweep has done. */
  count() {
    const n = this.layer?.n ?? 0;
    return this.state.sweep < 0 ? n : Math.min(this.state.sweep, n);
  }

  /** Columns of the row in view, and the first of them. */
  shown() {
    return this.root.clientWidth < 560 ? 20 : this.root.clientWidth < 900 ? 40 : 64;
  }

  /** Rows in view: a few, so that each weight can be seen; the one that was chosen is among them. */
  band() {
    const count = this.address ? 64 : 48;
    return { top: Math.min(Math.floor(this.state.row / count) * count, this.layer.rows - count), tall: count };
  }

  from() {
    const n = this.layer?.n ?? 0;
    const count = this.count();
    const first = count < n && this.follow && this.state.order === "none" ? Math.floor(count / this.shown()) * this.shown() : this.state.column;
    return Math.max(Math.min(first, n - this.shown()), 0);
  }

  change(changes, push = true) {
    const before = this.state;
    this.state = settle({ ...before, ...changes });
    if (this.state.layer !== before.layer) Object.assign(this.state, { column: 0, sweep: changes.sweep ?? -1 });
    this.write(push);
    for (const show of this.shows) show(this.state, true);
    if (Object.keys(this.state).some((key) => !VIEW.includes(key) && this.state[key] !== before[key])) this.ask();
    this.draw();
  }

  /** Another row or column in view. */
  look(changes) {
    if ("column" in changes) this.follow = false;
    this.change(changes, false);
  }

  /** The sweep at `count` columns; the address follows when it rests (keep). */
  go(count) {
    this.state.sweep = count >= this.layer.n ? -1 : count;
    this.follow = true;
    if (this.state.sweep >= 0) this.solver.frame(count);
    this.draw();
  }

  keep() {
    this.write(false);
  }

  write(push) {
    if (!this.address) return;
    const address = location.pathname + toQuery(this.state) + location.hash;
    if (address === location.pathname + location.search + location.hash) return;
    history[push ? "pushState" : "replaceState"](null, "", address);
  }

  ask() {
    this.root.dataset.state = "busy";
    this.root.setAttribute("aria-busy", "true");
    this.late = new Set(this.methods);
    this.asked = performance.now();
    cancelAnimationFrame(this.soon);
    this.soon = requestAnimationFrame(() => this.solver.ask(this.state)); // a slider may move many times in a frame
  }

  take(message) {
    const { kind } = message;
    if (kind === "layer") {
      if (message.n !== this.layer?.n || this.layer.name !== this.state.layer) {
        this.results = Object.fromEntries(Object.entries(this.results).filter(([, one]) => one.id === message.id));
        this.moved = null;
      }
      this.layer = { ...message, name: this.state.layer };
    } else if (kind === "result") {
      this.results[message.method] = { ...message, bits: this.state.bits };
      this.took[message.method] = message.took;
      this.late.delete(message.method);
      if (message.method === "gptq" && this.state.sweep >= 0) this.solver.frame(this.count());
    } else if (kind === "frame") [this.moved, this.next] = [message.moved, message.next];
    else if (kind === "done") {
      this.root.dataset.state = "ready";
      this.root.dataset.took = String(Math.round(performance.now() - this.asked));
      this.root.removeAttribute("aria-busy");
    } else if (kind === "failed") {
      this.root.dataset.state = "failed";
      this.root.removeAttribute("aria-busy");
      this.status.textContent = `The explorer could not compute this: ${message.message}. The tables of the page still hold.`;
      return;
    }
    this.draw();
  }

  draw() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      for (const show of this.views) show();
      if (this.root.dataset.state === "ready") {
        const said = verdict(this);
        if (this.status.textContent !== said) this.status.textContent = said;
      }
    });
  }
}

const PARTS = { bars, stored, table, sweep, row, columns };

function build(app, names, fields, small, around) {
  app.status = make("p", { className: "fb-ex-verdict", role: "status", textContent: "Loading the layer …" });
  const [controls, show] = form(app, fields);
  app.shows.push(show);
  const parts = names.filter((one) => one !== "verdict").map((one) => PARTS[one](app, small));
  app.views = parts.map(([, view]) => view);
  around(controls, Object.fromEntries(names.filter((one) => one !== "verdict").map((one, at) => [one, parts[at][0]])));
  for (const one of app.shows) one(app.state);
  app.ask();
}

/** The whole tool. */
export function mountTool(root) {
  const app = new Explorer(root, { state: fromQuery(location.search), methods: ALL, address: true });
  const presets = Object.entries(PRESETS).map(([name, { title, state }]) => {
    const button = make("button", { type: "button", className: "fb-ex-preset", textContent: title, "aria-pressed": "false" });
    button.addEventListener("click", () => {
      app.playing = false;
      app.change({ ...settle(state), row: app.state.row });
    });
    return [name, button];
  });
  const says = make("p", { className: "fb-ex-says" });
  app.shows.push((state) => {
    const current = presetOf(state);
    for (const [name, button] of presets) button.setAttribute("aria-pressed", String(name === current));
    says.textContent = current ? PRESETS[current].says : "Your own settings. The address of this page holds them: share it, or go back.";
  });
  const share = make("button", { type: "button", className: "fb-ex-button fb-ex-share", textContent: "Copy a link to this" });
  share.addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href);
    share.textContent = "Copied";
    setTimeout(() => (share.textContent = "Copy a link to this"), 2000);
  });
  const titled = (title, ...parts) => make("section", { className: "fb-ex-section" }, make("h2", { className: "fb-ex-title", textContent: title }), ...parts);
  build(app, ["bars", "stored", "sweep", "row", "columns", "table"], ["layer", "bits", "group", "symmetric", "tokens", "damp", "shrink", "search", "order", "groups"], false, (controls, parts) => {
    const ticks = controls.filter((one) => one.classList.contains("fb-ex-tick"));
    root.replaceChildren(
      make("div", { className: "fb-ex-presets", role: "group", "aria-label": "Ready-made settings" }, ...presets.map(([, button]) => button)), says,
      make("div", { className: "fb-ex-top" },
        make("div", { className: "fb-ex-form" }, ...controls.filter((one) => !ticks.includes(one)), make("div", { className: "fb-ex-ticks" }, ...ticks)),
        make("div", { className: "fb-ex-answer" }, app.status, parts.bars, parts.stored, share)),
      titled("What the rounding did to each weight", make("p", { className: "fb-ex-key" }, "Rows are outputs (64 of 256 are shown), columns are inputs. ", make("span", { className: "fb-ex-scale" }), " from a step of the grid below the original weight to a step above it."), parts.sweep),
      titled("One row, on its grid", parts.row), titled("Error by column", parts.columns), titled("In numbers", parts.table));
  });
  addEventListener("popstate", () => {
    app.playing = false;
    app.state = fromQuery(location.search);
    for (const show of app.shows) show(app.state);
    app.ask();
  });
  return app;
}

/** A small part of it, in a chapter. */
export function mountEmbed(root, name, tool) {
  const { title, state, fields, parts, methods } = EMBEDS[name];
  const app = new Explorer(root, { state: settle(state), methods, address: false });
  const link = make("a", { className: "fb-ex-open", textContent: "Open in the explorer" });
  app.shows.push((now) => (link.href = tool + toQuery(now)));
  build(app, parts, fields, true, (controls, made) => {
    root.replaceChildren(make("div", { className: "fb-ex-head" }, make("strong", { textContent: title }), link), make("div", { className: "fb-ex-form" }, ...controls), ...Object.values(made), app.status);
    if (!parts.includes("verdict")) app.status.classList.add("fb-ex-quiet");
  });
  return app;
}
