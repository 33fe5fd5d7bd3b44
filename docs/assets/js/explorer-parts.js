// The parts of the explorer below its fields: answer, bars, table. Each is [element, show(app)].
import { bytes } from "./explorer-grid.js";
import { METHODS } from "./explorer-draw.js";
import { make } from "./make.js";

export const percent = (share) => {
  const value = share * 100;
  return `${value >= 9.995 ? value.toFixed(1) : value >= 0.0995 ? value.toFixed(2) : value.toPrecision(2)}%`;
};
const listed = (names) => (names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0]);

/** One sentence that says who is ahead on unseen text. */
export function verdict(app) {
  const found = app.methods.filter((one) => app.results[one]);
  if (!found.length) return "";
  const sorted = [...found].sort((a, b) => app.results[a].unseen - app.results[b].unseen);
  const said = (one) => `${METHODS[one].replace("R", "r")} ${percent(app.results[one].unseen)}`;
  const parts = [`Error of the output on unseen text: ${listed(sorted.map(said))}.`];
  const { gptq, rtn } = app.results;
  if (gptq && rtn && gptq.seen < rtn.seen && gptq.unseen > rtn.unseen) parts.push(`On its calibration text GPTQ looked better than rounding: ${percent(gptq.seen)} against ${percent(rtn.seen)}. It has fitted the noise of ${app.state.tokens} tokens.`);
  if (gptq && gptq.damping !== app.state.damp) parts.push(`So few tokens do not span the inputs; the damping had to be ${gptq.damping} for GPTQ to work at all.`);
  return parts.join(" ");
}

/** Output errors as bars: unseen text filled, calibration text outlined. */
export function bars(app) {
  const rows = Object.fromEntries(
    app.methods.map((method) => {
      const lines = ["unseen", "seen"].map((kind) => {
        const bar = make("i", { className: `fb-ex-bar fb-ex-${kind}` });
        const number = make("b");
        return { kind, bar, number, line: make("div", { className: "fb-ex-line" }, make("small", { textContent: kind === "seen" ? "calibration" : "unseen" }), make("span", { className: "fb-ex-track" }, bar), number) };
      });
      return [method, { lines, box: make("div", { className: `fb-ex-method fb-ex-of-${method}` }, make("p", { className: "fb-ex-name", textContent: METHODS[method] }), ...lines.map((one) => one.line)) }];
    }),
  );
  const element = make("div", { className: "fb-ex-bars", role: "group", "aria-label": "Error of the output, as a share of its energy" }, ...Object.values(rows).map((one) => one.box));
  const show = () => {
    const all = app.methods.flatMap((method) => (app.results[method] ? [app.results[method].seen, app.results[method].unseen] : []));
    const most = Math.max(...all, 1e-12);
    for (const [method, { lines, box }] of Object.entries(rows)) {
      const found = app.results[method];
      box.classList.toggle("fb-ex-late", app.late.has(method));
      for (const { kind, bar, number } of lines) {
        bar.style.width = found ? `${(found[kind] / most) * 100}%` : "0";
        number.textContent = found ? percent(found[kind]) : "…";
      }
    }
  };
  return [element, show];
}

const NUMBER = new Intl.NumberFormat("en");

/** What the layer takes as a GPTQ file stores it, with the formula. */
export function stored(app) {
  const element = make("p", { className: "fb-ex-bytes" });
  const show = () => {
    if (!app.layer) return;
    const { n, rows } = app.layer;
    const { bits, group } = app.state;
    const size = group === "row" ? n : group;
    const part = bytes(rows, n, bits, size);
    const total = Object.values(part).reduce((sum, one) => sum + one, 0);
    const perWeight = (8 * total) / (rows * n);
    element.replaceChildren(
      make("strong", { textContent: `${NUMBER.format(total)} bytes` }), ` in a GPTQ file, ${perWeight.toFixed(3)} bits a weight, instead of ${NUMBER.format(2 * rows * n)} in 16 bits. `,
      make("span", { className: "fb-ex-formula", textContent: `codes ${rows} × ${n} × ${bits} / 8 = ${NUMBER.format(part.codes)}; scales ${rows} × ${n / size} × 2 = ${NUMBER.format(part.scales)}; zero points ${rows} × ${n / size} × ${bits} / 8 = ${NUMBER.format(part.zeros)}; group index ${n} × 4 = ${NUMBER.format(part.index)}` }),
    );
  };
  return [element, show];
}

/** All numbers as a table, and those of the row in view. */
export function table(app) {
  const body = make("tbody");
  const head = ["Method", "Output error, unseen", "Output error, calibration", "Weights moved", "Largest column", "Milliseconds"];
  const whole = make("table", { className: "fb-ex-table" }, make("caption", { textContent: "Everything in numbers. Errors are shares of the energy of the output, or of the weights." }), make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", textContent: text })))), body);
  const rowBody = make("tbody");
  const rowHead = make("tr");
  const rowTable = make("table", { className: "fb-ex-table" }, make("caption"), make("thead", {}, rowHead), rowBody);
  const details = make("details", { className: "fb-ex-details" }, make("summary", { textContent: "The weights in view, as a table" }), make("div", { className: "fb-ex-scroll", tabIndex: 0, role: "region", "aria-label": "The weights in view" }, rowTable));
  details.addEventListener("toggle", () => details.open && show());
  function show() {
    body.replaceChildren(
      ...app.methods.map((method) => {
        const found = app.results[method];
        let largest = 0;
        found?.byColumn.forEach((one, j) => (largest = one > found.byColumn[largest] ? j : largest));
        const cells = found ? [percent(found.unseen), percent(found.seen), percent(found.weights), `${largest}`, app.took[method]?.toFixed(0) ?? ""] : head.slice(1).map(() => "…");
        return make("tr", {}, make("th", { scope: "row", textContent: METHODS[method] }), ...cells.map((text) => make("td", { textContent: text })));
      }),
    );
    if (!details.open || !app.layer) return;
    const { W, n, rows } = app.layer;
    const [from, count, row] = [app.from(), app.shown(), app.state.row];
    rowTable.caption.textContent = `Row ${row}, columns ${from} to ${Math.min(from + count, n) - 1}: weights and the codes they got`;
    rowHead.replaceChildren(...["Column", "Weight", ...app.methods.flatMap((one) => [METHODS[one], "code"])].map((text) => make("th", { scope: "col", textContent: text })));
    rowBody.replaceChildren();
    for (let j = from; j < Math.min(from + count, n); j++) {
      const o = j * rows + row;
      const cells = app.methods.flatMap((one) => (app.results[one] ? [app.results[one].values[o].toFixed(4), String(app.results[one].codes[o])] : ["…", "…"]));
      rowBody.append(make("tr", {}, make("th", { scope: "row", textContent: String(j) }), make("td", { textContent: W[o].toFixed(4) }), ...cells.map((text) => make("td", { textContent: text }))));
    }
  }
  const element = make("div", { className: "fb-ex-numbers" }, make("div", { className: "fb-ex-scroll", tabIndex: 0, role: "region", "aria-label": "Everything in numbers" }, whole), details);
  return [element, show];
}
