// The sweep of GPTQ, played column by column, with the row in view and the error of each column.
import { curves, dots, handed, heat, METHODS } from "./explorer-draw.js";
import { make } from "./make.js";

const SECONDS = 14; // a whole sweep at speed 1
const STILL = 8; // steps of a sweep where motion is to be reduced
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Where a picture has its columns, and how it is ordered: as the sweep goes. */
const orderOf = (app) => (app.state.order === "activation" ? app.results.gptq?.columns : undefined);

/** Differences from the original weights of a finished method, (n, rows). */
function difference(app, method) {
  const { values } = app.results[method];
  const { W } = app.layer;
  const found = (app.results[method].difference ??= new Float32Array(W.length));
  if (!app.results[method].differs) {
    for (let o = 0; o < W.length; o++) found[o] = values[o] - W[o];
    app.results[method].differs = true;
  }
  return found;
}

/** The mean step of rounding's grid: the unit of all colors. */
const stepOf = ({ results: { rtn, gptq } }) => {
  const { scales } = rtn ?? gptq;
  return scales.reduce((sum, one) => sum + one, 0) / scales.length;
};

const picture = (label, className) => make("canvas", { className, role: "img", "aria-label": label || "Being computed" });

/** Heat maps of all methods, the one of GPTQ with its controls. */
export function sweep(app, small) {
  const canvas = picture("", "fb-ex-heat");
  const others = small ? [] : app.methods.filter((one) => one !== "gptq").map((one) => [one, picture("", "fb-ex-heat")]);
  const button = (text, label, act) => {
    const made = make("button", { type: "button", className: "fb-ex-button", textContent: text, "aria-label": label, title: label });
    made.addEventListener("click", act);
    return made;
  };
  const play = button("▶", "Play the sweep", () => (app.playing ? stop() : begin()));
  play.classList.add("fb-ex-play");
  const scrub = make("input", { type: "range", min: 0, max: 256, step: 1, "aria-label": "Columns done" });
  const said = make("p", { className: "fb-ex-said" });
  const speed = make("select", { "aria-label": "Speed" }, ...[["0.25", "¼ speed"], ["1", "speed 1"], ["4", "speed 4"]].map(([value, textContent]) => make("option", { value, textContent, selected: value === "1" })));

  let last = 0;
  let exact = 0;
  function begin() {
    if (!app.layer || !app.results.gptq) return;
    const { n } = app.layer;
    if (app.count() >= n) app.go(0);
    app.playing = true;
    last = performance.now();
    exact = app.count();
    app.draw();
    requestAnimationFrame(tick);
  }
  function stop() {
    app.playing = false;
    app.keep();
    app.draw();
  }
  function tick(now) {
    if (!app.playing) return;
    const { n } = app.layer;
    if (calm()) {
      if (now - last > 900) {
        exact = Math.min(exact + n / STILL, n);
        last = now;
      }
    } else {
      exact += ((now - last) / 1000 / SECONDS) * n * Number(speed.value);
      last = now;
    }
    const count = Math.min(Math.floor(exact), n);
    if (count !== app.count()) app.go(count);
    if (count >= n) stop();
    else requestAnimationFrame(tick);
  }
  const step = (by) => {
    if (!app.layer) return;
    app.playing = false;
    app.go(Math.min(Math.max(app.count() + by, 0), app.layer.n));
    app.keep();
  };
  scrub.addEventListener("input", () => {
    app.playing = false;
    app.go(Number(scrub.value));
  });
  scrub.addEventListener("change", () => app.keep());
  const point = (event, of) => {
    if (!app.layer) return;
    const box = of.getBoundingClientRect();
    const { top, tall } = app.band();
    const row = top + Math.floor(((event.clientY - box.top) / box.height) * tall);
    const t = Math.floor(((event.clientX - box.left) / box.width) * app.layer.n);
    const order = orderOf(app);
    app.look({ row: Math.min(Math.max(row, 0), app.layer.rows - 1), column: order ? order[t] : t });
  };
  for (const one of [canvas, ...others.map(([, other]) => other)]) if (!small) one.addEventListener("click", (event) => point(event, one));

  const transport = make("div", { className: "fb-ex-transport", role: "group", "aria-label": "The sweep" },
    play, button("⇤", "To the first column", () => step(-Infinity)), button("−1", "One column back", () => step(-1)), button("+1", "One column on", () => step(1)), button("⇥", "To the end", () => step(Infinity)), scrub, small ? null : speed);
  const strip = picture("", "fb-ex-strip");
  const main = make("figure", { className: "fb-ex-figure fb-ex-main" }, canvas, strip, transport, said);
  const element = make("div", { className: "fb-ex-sweep" }, main,
    others.length ? make("div", { className: "fb-ex-others" }, ...others.map(([method, other]) => make("figure", { className: "fb-ex-figure" }, other, make("figcaption", { textContent: METHODS[method] })))) : null);

  const show = () => {
    if (!app.layer) return;
    const { n, rows } = app.layer;
    const count = app.count();
    scrub.max = n;
    scrub.value = count;
    play.textContent = app.playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", app.playing ? "Pause the sweep" : "Play the sweep");
    play.title = play.getAttribute("aria-label");
    if (!app.results.gptq) return;
    const order = orderOf(app);
    const now = order && count < n ? order[count] : count;
    said.textContent = count >= n ? `GPTQ, all ${n} columns rounded. Play shows how it got there.`
      : `${count} of ${n} columns are rounded, left of the line. ${count ? `Their errors have moved the ${n - count} that are still free. ` : ""}Next is column ${now}; the strip shows how much of its error each column ahead will take over.`;
    canvas.setAttribute("aria-label", `Differences from the original weights: GPTQ after ${count} of ${n} columns${order ? ", in the order of the sweep" : ""}`);
    const step = stepOf(app);
    const view = { ...app.band(), row: app.state.row, column: small || order ? undefined : { from: app.from(), count: app.shown() } };
    strip.setAttribute("aria-label", count < n ? `How much of the error of column ${now} each column ahead will take over` : "Nothing is left to hand on");
    handed(strip, app.colors, { shares: (count < n && app.next) || new Float32Array(n), n, count });
    const values = count >= n ? difference(app, "gptq") : app.moved;
    if (values) heat(canvas, app.colors, { values, n, rows, step, order, count, ...view });
    for (const [method, other] of others) {
      if (!app.results[method]) continue;
      other.setAttribute("aria-label", `Differences from the original weights: ${METHODS[method]}`);
      heat(other, app.colors, { values: difference(app, method), n, rows, step, order, ...app.band() });
    }
  };
  return [element, show];
}

/** One row of weights on its grid. */
export function row(app, small) {
  const canvas = picture("", "fb-ex-dots");
  const say = make("figcaption");
  const number = (name, label, high) => {
    const field = make("input", { type: "number", min: 0, max: high, step: 1, inputMode: "numeric" });
    field.addEventListener("input", () => field.value !== "" && field.checkValidity() && app.look({ [name]: Number(field.value) }));
    return [field, make("label", { className: "fb-ex-small" }, make("span", { textContent: label }), field)];
  };
  const [rowField, rowBox] = number("row", "Row", 255);
  const [columnField, columnBox] = number("column", "First column", 511);
  const element = make("figure", { className: "fb-ex-figure" }, canvas, make("div", { className: "fb-ex-under" }, say, rowBox, small ? null : columnBox));
  const show = () => {
    if (!app.layer) return;
    const { W, n, rows } = app.layer;
    const from = app.from();
    const count = app.shown();
    rowField.max = rows - 1;
    columnField.max = n - 1;
    if (document.activeElement !== rowField) rowField.value = app.state.row;
    if (document.activeElement !== columnField) columnField.value = from;
    const done = new Set();
    const swept = app.count();
    if (swept < n) (app.state.order === "activation" ? app.results.gptq?.columns ?? [] : Array.from({ length: n }, (_, j) => j)).slice(0, swept).forEach((j) => done.add(j));
    const moved = swept < n ? app.moved : undefined;
    canvas.setAttribute("aria-label", `Weights ${from} to ${Math.min(from + count, n) - 1} of row ${app.state.row} and the points of the grid they were given; the table below has them as numbers`);
    say.textContent = small ? `Row ${app.state.row} of a real layer: lines are the original weights, squares their rounded values, thin lines the grid.`
      : `Bars are the original weights; ${app.methods.map((one) => `${{ rtn: "squares rounding", gptq: "disks GPTQ (hollow: not rounded yet)", awq: "triangles AWQ, on grids of its own" }[one]}`).join(", ")}. Thin lines: the grid.`;
    dots(canvas, app.colors, { W, n, rows, row: app.state.row, from, count, results: app.results, methods: app.methods, moved, done: (j) => done.has(j) });
  };
  return [element, show];
}

/** Error by column, of the weights or as the inputs weigh it. */
export function columns(app) {
  const canvas = picture("Error of each column by method; the table has the largest", "fb-ex-curves");
  const weigh = make("input", { type: "checkbox" });
  weigh.addEventListener("change", () => app.draw());
  const say = make("figcaption");
  const element = make("figure", { className: "fb-ex-figure" }, canvas, make("div", { className: "fb-ex-under" }, say, make("label", { className: "fb-ex-tick" }, weigh, make("span", { textContent: "times the size of its input" }))));
  const show = () => {
    if (!app.layer) return;
    const { n, size } = app.layer;
    const lines = {};
    for (const method of app.methods) {
      const found = app.results[method]?.byColumn;
      if (found) lines[method] = weigh.checked ? found.map((one, j) => one * size[j]) : found;
    }
    if (!Object.keys(lines).length) return;
    say.textContent = `Error of each column (root mean square${weigh.checked ? ", times that of its input" : " of the weights"}); thick: mean over neighbors${orderOf(app) ? "; in the order of the sweep" : ""}.`;
    curves(canvas, app.colors, { lines, n, order: orderOf(app), count: app.count(), format: (one) => one.toPrecision(2).replace(/\.?0+$/, "") });
  };
  return [element, show];
}
