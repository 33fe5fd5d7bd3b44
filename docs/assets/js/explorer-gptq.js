// GPTQ of one matrix, as fourbit.gptq, in float64: round column by column, push each error into the columns ahead.
import { cholesky, invertLower, subtract } from "./explorer-numbers.js";
import { empty, fitGrid, ranges, roundColumn, searchGrid } from "./explorer-grid.js";

const STEP = 32; // columns between two looks at what has changed

/**
 * Order of the columns and the upper U with inv(H + damp) = U^T U in that order, (n, n).
 * damping: what was added, as a share of the mean diagonal: more than asked where H was not positive definite.
 */
export function factor(H, n, order, damp) {
  const importance = Float64Array.from({ length: n }, (_, j) => H[j * n + j]);
  const alive = importance.filter((one) => one !== 0);
  const spare = alive.length ? alive.reduce((sum, one) => sum + one, 0) / alive.length : 1;
  const dead = [...importance.keys()].filter((j) => importance[j] === 0);
  const columns = [...importance.keys()];
  if (order === "activation") columns.sort((a, b) => importance[b] - importance[a] || a - b);
  let mean = 0;
  for (let j = 0; j < n; j++) mean += (importance[j] || spare) / n;
  for (const damping of [damp, ...[1, 2, 3].map((step) => Math.max(damp, 1e-3) * 10 ** step)]) {
    const A = new Float64Array(n * n); // reversed: the lower factor of H becomes the upper one of its inverse
    for (let i = 0; i < n; i++) {
      const row = columns[n - 1 - i];
      for (let k = 0; k < n; k++) A[i * n + k] = H[row * n + columns[n - 1 - k]];
      A[i * n + i] = (importance[row] || spare) + damping * mean;
    }
    if (!cholesky(A, n)) continue;
    const M = invertLower(A, n);
    const U = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let k = i; k < n; k++) U[i * n + k] = M[(n - 1 - i) * n + n - 1 - k];
    return { columns, U, damping, dead, added: damping * mean, spare };
  }
  throw new RangeError("the Hessian is not positive definite, whatever the damping: it is not of the form X^T X");
}

/**
 * A generator that yields every few columns and returns codes, values, scales, zeros, groupOf in the order of the
 * layer, and loss; `errors` and `work` are in the order of the sweep.
 * settings: bits, group, symmetric, share (of the range) or "search" (the best share of each group), fixed: grids of
 * the weights as they were, instead of as they are when the sweep arrives.
 */
export function* gptq(W, H, n, rows, { columns, U }, settings) {
  const { bits, group, symmetric, share = 1, fixed = true } = settings;
  const found = empty(n, rows, group);
  const { scales, zeros } = found;
  const work = new Float64Array(n * rows);
  columns.forEach((j, t) => work.set(W.subarray(j * rows, (j + 1) * rows), t * rows));
  const grid = (source, g, place) => {
    if (share === "search") searchGrid(source, H, n, rows, g * group, settings, scales, zeros, g * rows, place);
    else fitGrid(ranges(source, rows, g * group, (g + 1) * group), bits, symmetric, share, scales, zeros, g * rows);
  };
  if (fixed) for (let g = 0; g < n / group; g++) grid(W, g, (j) => j);
  const groupAt = columns.map((j, t) => Math.floor((fixed ? j : t) / group));

  const codes = new Uint8Array(n * rows);
  const values = new Float64Array(n * rows);
  const errors = new Float64Array(n * rows);
  let loss = 0;
  let known = 0; // errors of the columns before this one have reached the whole group
  for (let start = 0; start < n; start += STEP) {
    const end = start + STEP;
    if (!fixed && start % group === 0) {
      subtract(U, n, errors, rows, 0, start, start, start + group, 0, rows, work, { constant: true });
      known = start;
    } else subtract(U, n, errors, rows, known, start, start, end, 0, rows, work, { constant: true });
    for (let j = start; j < end; j++) {
      const g = groupAt[j];
      if (!fixed && j % group === 0) grid(work, g, (t) => columns[t]);
      roundColumn(work, rows, j, bits, scales, zeros, g * rows, codes, values);
      const pivot = U[j * n + j];
      for (let r = 0, o = j * rows; r < rows; r++, o++) {
        const error = (work[o] - values[o]) / pivot;
        errors[o] = error;
        loss += (error * error) / 2;
      }
      for (let k = j + 1; k < end; k++) {
        const u = U[j * n + k];
        for (let r = 0, o = k * rows, p = j * rows; r < rows; r++, o++, p++) work[o] -= u * errors[p];
      }
    }
    yield;
  }
  columns.forEach((j, t) => {
    found.codes.set(codes.subarray(t * rows, (t + 1) * rows), j * rows);
    found.values.set(values.subarray(t * rows, (t + 1) * rows), j * rows);
    found.groupOf[j] = groupAt[t];
  });
  return { ...found, loss, errors };
}

/** tr(E H E^T) of the finished sweep, without another product: what its loss has beyond is the damping's. */
export function swept(W, { values, loss }, { added, dead, spare }, rows) {
  let size = 0;
  for (let o = 0; o < W.length; o++) size += (W[o] - values[o]) ** 2;
  let unused = 0;
  for (const j of dead) for (let o = j * rows; o < (j + 1) * rows; o++) unused += (W[o] - values[o]) ** 2;
  return 2 * loss - added * size - spare * unused;
}

/** What the weights are when the sweep has done some columns: moved, in the order of the layer. */
export class Frames {
  constructor(W, n, rows, { columns, U }, { values, errors }) {
    Object.assign(this, { W, n, rows, columns, U, values, errors });
    this.reset();
  }

  reset() {
    this.done = 0;
    this.moved = new Float64Array(this.n * this.rows);
  }

  /** How much of an error in the next column each column ahead takes over, (n,) in the order of the sweep. */
  next(count) {
    const { n, U } = this;
    return Float32Array.from({ length: n }, (_, k) => (count < n && k > count ? -U[count * n + k] / U[count * n + count] : 0));
  }

  /** Differences from the original weights (n, rows) float32 after `count` columns of the sweep. */
  at(count) {
    const { W, n, rows, columns, U, values, errors } = this;
    if (count < this.done) this.reset();
    subtract(U, n, errors, rows, this.done, count, count - (count % 4), n, 0, rows, this.moved, { constant: true });
    this.done = count;
    const found = new Float32Array(n * rows);
    for (let t = 0; t < n; t++) {
      const to = columns[t] * rows;
      if (t < count) for (let r = 0; r < rows; r++) found[to + r] = values[to + r] - W[to + r];
      else for (let r = 0; r < rows; r++) found[to + r] = this.moved[t * rows + r];
    }
    return found;
  }
}
