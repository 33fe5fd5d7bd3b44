// The fields of the explorer: each a label, a slider or buttons, and where a number is set, a field to type it.
import { DAMPS, GROUPS, LAYERS, TOKENS } from "./explorer-state.js";
import { make } from "./make.js";

let made = 0;

/** A slider and a field for one number. list: the places of the slider, where they are not evenly spaced. */
function dial(app, name, { label, low, high, step, list, hint }) {
  const id = `fb-ex-${name}-${(made += 1)}`;
  const range = make("input", { type: "range", min: list ? 0 : low, max: list ? list.length - 1 : high, step: list ? 1 : step, "aria-label": `${label}, slider` });
  const field = make("input", { type: "number", id, min: low, max: high, step: "any", inputMode: "decimal" });
  let fresh = true; // one step back for all that is done in one visit
  const set = (value) => {
    app.change({ [name]: value }, fresh);
    fresh = false;
  };
  for (const one of [range, field]) for (const event of ["focus", "pointerdown"]) one.addEventListener(event, () => (fresh = true));
  range.addEventListener("input", () => set(list ? list[range.value] : Number(range.value)));
  field.addEventListener("input", () => field.value !== "" && field.checkValidity() && set(Number(field.value)));
  field.addEventListener("change", () => show(app.state));
  const place = (value) => list.reduce((best, one, at) => (Math.abs(one - value) < Math.abs(list[best] - value) ? at : best), 0);
  const show = (state, typing) => {
    const value = state[name];
    const off = typeof value !== "number";
    range.disabled = field.disabled = off;
    if (off) return;
    range.value = list ? place(value) : value;
    range.setAttribute("aria-valuetext", String(value));
    if (!(typing && document.activeElement === field)) field.value = value;
  };
  const about = hint ? make("small", { id: `${id}-hint`, textContent: hint }) : null;
  if (about) field.setAttribute("aria-describedby", about.id);
  return [make("div", { className: "fb-ex-dial" }, make("label", { htmlFor: id, textContent: label }), range, field, about), show];
}

/** One of a few, as buttons beside each other. */
function choice(app, name, { label, options }) {
  const id = `fb-ex-${name}-${(made += 1)}`;
  const buttons = options.map(([value, text]) => {
    const box = make("input", { type: "radio", name: id, value: String(value) });
    box.addEventListener("change", () => app.change({ [name]: value }));
    return [value, box, make("label", {}, box, make("span", { textContent: text }))];
  });
  const show = (state) => buttons.forEach(([value, box]) => (box.checked = state[name] === value));
  return [make("fieldset", { className: "fb-ex-choice" }, make("legend", { textContent: label }), make("div", {}, ...buttons.map(([, , whole]) => whole))), show];
}

function tick(app, name, { label, on, off }) {
  const box = make("input", { type: "checkbox" });
  box.addEventListener("change", () => app.change({ [name]: box.checked ? on : off }));
  return [make("label", { className: "fb-ex-tick" }, box, make("span", { textContent: label })), (state) => (box.checked = state[name] === on)];
}

function select(app) {
  const id = `fb-ex-layer-${(made += 1)}`;
  const box = make("select", { id, "aria-describedby": `${id}-hint` }, ...Object.entries(LAYERS).map(([value, { title }]) => make("option", { value, textContent: title })));
  const note = make("small", { id: `${id}-hint` });
  box.addEventListener("change", () => app.change({ layer: box.value }));
  const show = (state) => {
    box.value = state.layer;
    note.textContent = LAYERS[state.layer].note;
  };
  return [make("div", { className: "fb-ex-layer" }, make("label", { htmlFor: id, textContent: "Layer" }), box, note), show];
}

const FIELDS = {
  layer: select,
  bits: (app) => dial(app, "bits", { label: "Bits", low: 2, high: 8, step: 1 }),
  group: (app) => choice(app, "group", { label: "Group size", options: GROUPS.map((one) => [one, one === "row" ? "whole row" : String(one)]) }),
  symmetric: (app) => choice(app, "symmetric", { label: "Grid", options: [[false, "asymmetric"], [true, "symmetric"]] }),
  shrink: (app) => dial(app, "shrink", { label: "Shrink", low: 0.3, high: 1, step: 0.05, hint: "share of the range that the grid covers" }),
  search: (app) => tick(app, "shrink", { label: "search the shrink for each group", on: "search", off: 1 }),
  tokens: (app) => dial(app, "tokens", { label: "Calibration tokens", low: 4, high: 4096, list: TOKENS, hint: "up to 256, or 1024, or 4096" }),
  damp: (app) => dial(app, "damp", { label: "Damping", low: 0, high: 10, list: DAMPS, hint: "of the mean diagonal; GPTQ" }),
  order: (app) => tick(app, "order", { label: "activation order (GPTQ)", on: "activation", off: "none" }),
  groups: (app) => tick(app, "groups", { label: "dynamic groups (GPTQ)", on: "dynamic", off: "static" }),
};

/** The fields of these names, and what shows a state in all of them. */
export function form(app, names) {
  const made = names.map((name) => FIELDS[name](app));
  return [made.map(([element]) => element), (state, typing) => made.forEach(([, show]) => show(state, typing))];
}
