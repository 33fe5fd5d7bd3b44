// AWQ of one matrix, as fourbit.awq: scale the columns of loud inputs up before rounding, search for how much.
import { energy } from "./explorer-numbers.js";
import { clipped, empty, nearest } from "./explorer-grid.js";

export const RATIOS = Array.from({ length: 20 }, (_, i) => i / 20);
const SILENT = 1e-4;

/** loudness ** ratio of each input, centered: the largest times the smallest is 1. */
export function channelScales(loudness, ratio) {
  const most = Math.max(...loudness);
  if (most === 0) return new Float64Array(loudness.length).fill(1);
  const scales = loudness.map((one) => Math.max(one, SILENT * most) ** ratio);
  const middle = Math.sqrt(Math.max(...scales) * Math.min(...scales));
  return scales.map((one) => one / middle);
}

function scaled(W, rows, s, found = new Float64Array(W.length)) {
  for (let j = 0; j < s.length; j++) for (let o = j * rows; o < (j + 1) * rows; o++) found[o] = W[o] * s[j];
  return found;
}

function unscale(found, rows, s) {
  for (let j = 0; j < s.length; j++) for (let o = j * rows; o < (j + 1) * rows; o++) found.values[o] /= s[j];
  return found;
}

/**
 * A generator that returns codes, scales, zeros, groupOf of W * channels, `values` of W itself, `channels` and `ratio`.
 * The order in which ratios are tried starts at `first`: a good guess lets the others stop early.
 */
export function* awq(W, H, loudness, n, rows, settings, first = 0) {
  let least = Infinity;
  let best = 0;
  const plain = { ...settings, share: settings.share === "search" ? 1 : settings.share };
  const room = empty(n, rows, settings.group);
  const input = new Float64Array(W.length);
  const order = RATIOS.map((_, i) => i).sort((a, b) => Math.abs(a - first) - Math.abs(b - first) || a - b);
  for (const i of order) {
    const s = channelScales(loudness, RATIOS[i]);
    const E = nearest(scaled(W, rows, s, input), n, rows, plain, room).values;
    for (let j = 0; j < n; j++) for (let o = j * rows; o < (j + 1) * rows; o++) E[o] = W[o] - E[o] / s[j];
    const error = energy(E, H, n, rows, least);
    if (error < least || (error === least && i < best)) {
      least = error;
      best = i;
    }
    yield;
  }
  const s = channelScales(loudness, RATIOS[best]);
  scaled(W, rows, s, input);
  let found;
  if (settings.share === "search") {
    const Hs = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) Hs[i * n + k] = H[i * n + k] / (s[i] * s[k]);
    found = yield* clipped(input, Hs, n, rows, settings);
  } else found = nearest(input, n, rows, settings);
  return { ...unscale(found, rows, s), channels: s, ratio: RATIOS[best], best };
}
