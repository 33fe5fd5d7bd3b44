// What can be set, what it may be, and how an address says it.

export const LAYERS = {
  "tiny-q": { title: "tiny, query of block 1", note: "256 of 512 outputs, all 256 inputs; 0.4 MB" },
  "tiny-down": { title: "tiny, down of block 0", note: "256 outputs, 512 of 768 inputs; 1.3 MB" },
  "smollm2-q": { title: "SmolLM2, query of block 2", note: "256 of 576 outputs and inputs; 0.4 MB; its weights were dequantized from Q4_1" },
};
export const WIDTHS = { "tiny-q": 256, "tiny-down": 512, "smollm2-q": 256 };
export const GROUPS = [32, 64, 128, 256, "row"];
export const TOKENS = [16, 32, 64, 128, 256, 1024, 4096];
export const DAMPS = [0, 0.0001, 0.001, 0.01, 0.03, 0.1, 0.3, 1];
export const DEFAULTS = {
  layer: "tiny-q", bits: 3, group: 64, symmetric: false, shrink: 1, order: "none", groups: "static", damp: 0.01, tokens: 4096,
  row: 0, column: 0, sweep: -1, // -1: the end
};

/** Ready-made settings; snippets/explorer/presets.py holds each sentence against Python. */
export const PRESETS = {
  start: { title: "GPTQ wins", state: {}, says: "With plenty of text GPTQ leaves about a quarter of the error of rounding, and moves the weights farther." },
  push: { title: "Pushed ahead", state: { layer: "tiny-down", order: "activation", sweep: 230 }, says: "Activation order: loud inputs are rounded first, and the quiet ones take over their errors. GPTQ leaves less than two thirds of the error of rounding. Play the sweep below." },
  lose: { title: "Make GPTQ lose", state: { layer: "tiny-down", tokens: 64, damp: 0 }, says: "64 tokens, no damping: on them GPTQ looks seven times better than rounding. On unseen text it is twice as bad." },
  mend: { title: "Damping mends it", state: { layer: "tiny-down", tokens: 64, damp: 1 }, says: "The same 64 tokens with a damping of 1: GPTQ trusts them less, and is just below rounding again." },
  loud: { title: "A loud channel: AWQ wins", state: { layer: "smollm2-q", bits: 4 }, says: "A few inputs of this layer are far louder than the rest. AWQ halves the error of rounding, and is ahead of GPTQ until you tick activation order." },
  two: { title: "2 bits", state: { bits: 2 }, says: "Four values for each weight. Rounding leaves five times the error it has at 3 bits." },
  shrink: { title: "Cut the ends", state: { bits: 2, shrink: "search" }, says: "Grids that give up the largest weights for finer steps: at 2 bits this more than halves the error of rounding." },
  groups: { title: "Group size against bits", state: { group: 32 }, says: "3 bits in groups of 32 leave more than twice the error of 4 bits with one group a row, for 0.5 bits less. Try it: 4 bits, whole row." },
};

const whole = (value, low, high, fallback) => (Number.isFinite(value) ? Math.min(Math.max(Math.round(value), low), high) : fallback);
const oneOf = (value, list, fallback) => (list.includes(value) ? value : fallback);
const nearestOf = (value, list) => list.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best));

/** A state in which everything fits together, from anything. */
export function settle(asked) {
  const state = { ...DEFAULTS, ...asked };
  const layer = oneOf(state.layer, Object.keys(LAYERS), DEFAULTS.layer);
  const width = WIDTHS[layer];
  const tokens = Number(state.tokens);
  const damp = Number(state.damp);
  const shrink = Number(state.shrink);
  return {
    layer,
    bits: whole(Number(state.bits), 2, 8, DEFAULTS.bits),
    group: oneOf(state.group === "row" ? "row" : Number(state.group), GROUPS, DEFAULTS.group),
    symmetric: Boolean(state.symmetric),
    shrink: state.shrink === "search" ? "search" : Number.isFinite(shrink) ? Math.min(Math.max(Math.round(shrink * 1000) / 1000, 0.3), 1) : DEFAULTS.shrink,
    order: oneOf(state.order, ["none", "activation"], DEFAULTS.order),
    groups: oneOf(state.groups, ["static", "dynamic"], DEFAULTS.groups),
    damp: Number.isFinite(damp) ? Math.min(Math.max(damp, 0), 10) : DEFAULTS.damp,
    tokens: !Number.isFinite(tokens) ? DEFAULTS.tokens : tokens <= 256 ? whole(tokens, 4, 256, 256) : nearestOf(tokens, TOKENS.slice(-3)),
    row: whole(Number(state.row), 0, 255, 0),
    column: whole(Number(state.column), 0, width - 1, 0),
    sweep: whole(Number(state.sweep), -1, width, -1),
  };
}

/** "?bits=2&..." of what differs from the defaults. */
export function toQuery(state) {
  const found = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (value !== DEFAULTS[key]) found.set(key, key === "symmetric" ? "1" : String(value));
  }
  const query = found.toString();
  return query ? `?${query}` : "";
}

export function fromQuery(query) {
  const asked = Object.fromEntries(new URLSearchParams(query));
  const preset = PRESETS[asked.preset]?.state ?? {};
  if ("symmetric" in asked) asked.symmetric = asked.symmetric === "1";
  return settle({ ...preset, ...asked });
}

/** Which preset the settings are, if one; where one looks does not count. */
export function presetOf(state) {
  const same = ([, { state: preset }]) => {
    const full = settle(preset);
    return Object.keys(full).every((key) => ["row", "column", "sweep"].includes(key) || full[key] === state[key]);
  };
  return Object.entries(PRESETS).find(same)?.[0];
}
