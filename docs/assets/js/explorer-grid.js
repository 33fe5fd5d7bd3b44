// The uniform grid, as fourbit.grid: scale and zero point of each row and group, and rounding to nearest.
import { rint, subtract, toHalf } from "./explorer-numbers.js";

const SMALLEST = 2 ** -24;
export const SHARES = Array.from({ length: 10 }, (_, i) => 1 - i / 20); // of a range, as fourbit.awq.SHRINK
const LARGEST = 65504;

/** Lowest and highest weight of each row over columns [start, end) of W (n, rows); zero always counts. */
export function ranges(W, rows, start, end) {
  const low = new Float64Array(rows);
  const high = new Float64Array(rows);
  for (let j = start; j < end; j++) {
    for (let r = 0, o = j * rows; r < rows; r++, o++) {
      const w = W[o];
      if (w < low[r]) low[r] = w;
      if (w > high[r]) high[r] = w;
    }
  }
  return { low, high };
}

/** Scales and zero points of the rows, written to [at, at + rows); share: how much of the range the grid covers. */
export function fitGrid({ low, high }, bits, symmetric, share, scales, zeros, at) {
  const levels = 2 ** bits - 1;
  for (let r = 0; r < low.length; r++) {
    let bottom = share * low[r];
    let top = share * high[r];
    if (symmetric) {
      top = Math.max(top, -bottom);
      bottom = -top;
    }
    const wide = (top - bottom) / levels;
    if (wide > LARGEST) throw new RangeError(`a group spans ${top - bottom}: its scale does not fit float16`);
    const scale = toHalf(Math.max(wide, SMALLEST));
    scales[at + r] = scale;
    zeros[at + r] = symmetric ? 2 ** (bits - 1) : Math.min(Math.max(rint(-bottom / scale), 0), levels);
  }
}

/** Codes of column j of W, and the weights they stand for. */
export function roundColumn(W, rows, j, bits, scales, zeros, at, codes, values) {
  const levels = 2 ** bits - 1;
  for (let r = 0, o = j * rows; r < rows; r++, o++) {
    const scale = scales[at + r];
    const zero = zeros[at + r];
    let code = rint(W[o] / scale) + zero;
    code = code < 0 ? 0 : code > levels ? levels : code;
    codes[o] = code;
    values[o] = (code - zero) * scale;
  }
}

/** Room for a quantized matrix: codes and values (n, rows), scales and zero points (groups, rows). */
export function empty(n, rows, group) {
  return {
    codes: new Uint8Array(n * rows),
    values: new Float64Array(n * rows),
    scales: new Float64Array((n / group) * rows),
    zeros: new Uint8Array((n / group) * rows),
    groupOf: Int32Array.from({ length: n }, (_, j) => Math.floor(j / group)),
  };
}

/** Every weight by itself, as fourbit.grid.quantize_rtn; share: of the range that the grid covers; found: reused. */
export function nearest(W, n, rows, { bits, group, symmetric, share = 1 }, found = empty(n, rows, group)) {
  for (let g = 0; g < n / group; g++) {
    const end = (g + 1) * group;
    fitGrid(ranges(W, rows, g * group, end), bits, symmetric, share, found.scales, found.zeros, g * rows);
    for (let j = g * group; j < end; j++) roundColumn(W, rows, j, bits, found.scales, found.zeros, g * rows, found.codes, found.values);
  }
  return found;
}

/**
 * The grid of columns [start, start + group) whose rounding leaves each row the least error on inputs with
 * Hessian H, among SHARES, as if all other groups were exact; written to scales and zeros at `at`.
 * place(j): the row of H that column j of W stands for.
 */
export function searchGrid(W, H, n, rows, start, { bits, group, symmetric }, scales, zeros, at, place = (j) => j) {
  const range = ranges(W, rows, start, start + group);
  const size = group * rows;
  const part = W.subarray(start * rows, start * rows + size);
  const block = new Float64Array(group * group);
  for (let i = 0; i < group; i++) for (let k = 0; k < group; k++) block[i * group + k] = H[place(start + i) * n + place(start + k)];
  const codes = new Uint8Array(size);
  const E = new Float64Array(size);
  const scale = new Float64Array(rows);
  const zero = new Uint8Array(rows);
  const least = new Float64Array(rows).fill(Infinity);
  for (const share of SHARES) {
    fitGrid(range, bits, symmetric, share, scale, zero, 0);
    for (let j = 0; j < group; j++) roundColumn(part, rows, j, bits, scale, zero, 0, codes, E);
    for (let o = 0; o < size; o++) E[o] = part[o] - E[o];
    const errors = rowEnergies(E, block, group, rows);
    for (let r = 0; r < rows; r++) {
      if (errors[r] < least[r]) {
        least[r] = errors[r];
        scales[at + r] = scale[r];
        zeros[at + r] = zero[r];
      }
    }
  }
}

/** e H e^T of each row e of E (n, rows). */
function rowEnergies(E, H, n, rows) {
  const product = new Float64Array(E.length);
  rowProduct(E, H, n, rows, product);
  const found = new Float64Array(rows);
  for (let j = 0; j < n; j++) for (let r = 0, o = j * rows; r < rows; r++, o++) found[r] -= product[o] * E[o];
  return found;
}
const rowProduct = (E, H, n, rows, product) => subtract(H, n, E, rows, 0, n, 0, n, 0, rows, product, { constant: true });

/** fourbit.awq.quantize_clipped, a group at a time: each group's grid shrunk as far as its own error likes. */
export function* clipped(W, H, n, rows, settings) {
  const { bits, group } = settings;
  const found = empty(n, rows, group);
  for (let g = 0; g < n / group; g++) {
    searchGrid(W, H, n, rows, g * group, settings, found.scales, found.zeros, g * rows);
    for (let j = g * group; j < (g + 1) * group; j++) roundColumn(W, rows, j, bits, found.scales, found.zeros, g * rows, found.codes, found.values);
    yield;
  }
  return found;
}

/** Bytes of a layer as a GPTQ file stores it, by part. */
export function bytes(rows, n, bits, group) {
  const groups = (rows * n) / group;
  return { codes: (rows * n * bits) / 8, scales: groups * 2, zeros: (groups * bits) / 8, index: n * 4 };
}
