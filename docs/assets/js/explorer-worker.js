// Solves for the page: rounding and GPTQ at once, AWQ in a worker of its own. A newer question ends an older one.
import { Layer, ROWS } from "./explorer-layer.js";
import { energy } from "./explorer-numbers.js";
import { clipped, nearest } from "./explorer-grid.js";
import { factor, Frames, gptq, swept } from "./explorer-gptq.js";
import { awq } from "./explorer-awq.js";

const KEPT = 24; // results and factors that are kept for the way back
const layers = new Map();
const cache = new Map();
let wanted = 0;
let frames = null;
let guess = 8; // the ratio that was best last time

class Stale extends Error {}

const { port1, port2 } = new MessageChannel();
const breath = (id) =>
  new Promise((done, stop) => {
    port1.onmessage = () => (id === wanted ? done() : stop(new Stale()));
    port2.postMessage(0);
  });

async function drive(generator, id) {
  for (;;) {
    const step = generator.next();
    if (step.done) return step.value;
    await breath(id);
  }
}

async function kept(key, make) {
  if (!cache.has(key)) cache.set(key, await make());
  else cache.set(key, [cache.get(key), cache.delete(key)][0]); // the latest last
  if (cache.size > KEPT) cache.delete(cache.keys().next().value);
  return cache.get(key);
}

async function layerOf(name) {
  if (!layers.has(name)) layers.set(name, Layer.load(name));
  try {
    return await layers.get(name);
  } catch (error) {
    layers.delete(name);
    throw error;
  }
}

const solvers = {
  async rtn({ layer, H, settings, id }) {
    const { W, n } = layer;
    return settings.share === "search" ? drive(clipped(W, H, n, ROWS, settings), id) : nearest(W, n, ROWS, settings);
  },
  async gptq({ layer, H, settings, state, id }) {
    const { W, n } = layer;
    const key = ["factor", state.layer, state.tokens, state.order, state.damp].join();
    const found = await kept(key, () => factor(H, n, state.order, state.damp));
    await breath(id);
    const solved = await drive(gptq(W, H, n, ROWS, found, settings), id);
    const { columns, damping } = found;
    // What the damping adds to the loss is taken off it; where that is much, digits would be lost.
    const seen = damping < 0.05 ? swept(W, solved, found, ROWS) : undefined;
    return { ...solved, factor: found, columns, damping, seen };
  },
  async awq({ layer, H, loudness, settings, id }) {
    const found = await drive(awq(layer.W, H, loudness, layer.n, ROWS, settings, guess), id);
    guess = found.best;
    return found;
  },
};

/** Which settings a method looks at: equal ones need no second answer. */
function keyOf(method, { layer, bits, group, symmetric, shrink, order, groups, damp, tokens }) {
  const key = [method, layer, bits, group, symmetric, shrink];
  if (method === "gptq") key.push(tokens, order, groups, damp);
  else if (method === "awq" || shrink === "search") key.push(tokens);
  return key.join();
}

/** Errors of a result: as shares of the outputs' energy and of the weights', and the RMS of each column. */
function judge(layer, H, sizes, { values, seen }) {
  const { W, n, unseen } = layer;
  const E = new Float64Array(W.length);
  const byColumn = new Float32Array(n);
  let moved = 0;
  let whole = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let o = j * ROWS; o < (j + 1) * ROWS; o++) {
      E[o] = W[o] - values[o];
      sum += E[o] * E[o];
      whole += W[o] * W[o];
    }
    moved += sum;
    byColumn[j] = Math.sqrt(sum / ROWS);
  }
  return {
    seen: (seen ?? energy(E, H, n, ROWS)) / sizes.seen,
    unseen: energy(E, unseen, n, ROWS) / sizes.unseen,
    weights: moved / whole,
    byColumn,
  };
}

async function solve({ id, state, methods }) {
  const layer = await layerOf(state.layer);
  const { W, n } = layer;
  const { H, loudness } = await layer.calibrate(state.tokens);
  await breath(id);
  const sizes = {
    seen: await kept(`seen,${state.layer},${state.tokens}`, () => energy(W, H, n, ROWS)),
    unseen: await kept(`unseen,${state.layer}`, () => energy(W, layer.unseen, n, ROWS)),
  };
  postMessage({ kind: "layer", id, n, rows: ROWS, W: Float32Array.from(W), size: Float32Array.from({ length: n }, (_, j) => Math.sqrt(H[j * n + j] / 2)), loudness });
  const settings = { bits: state.bits, group: state.group === "row" ? n : state.group, symmetric: state.symmetric, share: state.shrink, fixed: state.groups === "static" };
  for (const method of methods) {
    await breath(id);
    const start = performance.now();
    const found = await kept(keyOf(method, state), async () => {
      const solved = await solvers[method]({ layer, H, loudness, settings, state, id });
      await breath(id);
      return { ...solved, values32: Float32Array.from(solved.values), judged: new Map() };
    });
    // The same codes are judged anew on other calibration text.
    if (!found.judged.has(state.tokens)) found.judged.set(state.tokens, judge(layer, H, sizes, found));
    if (method === "gptq") frames = { id, of: new Frames(W, n, ROWS, found.factor, found) };
    const { codes, values32: values, scales, zeros, groupOf, columns, damping, ratio, channels } = found;
    postMessage({ kind: "result", id, method, took: performance.now() - start, codes, values, scales, zeros, groupOf, columns, damping, ratio, channels, ...found.judged.get(state.tokens) });
  }
  postMessage({ kind: "done", id });
}

addEventListener("message", async ({ data }) => {
  if (data.kind === "frame") {
    if (frames?.id !== data.id) return;
    const moved = frames.of.at(data.count);
    postMessage({ kind: "frame", id: data.id, count: data.count, moved, next: frames.of.next(data.count) }, { transfer: [moved.buffer] });
    return;
  }
  wanted = data.id;
  try {
    await solve(data);
  } catch (error) {
    if (!(error instanceof Stale)) postMessage({ kind: "failed", id: data.id, message: error.message });
  }
});
