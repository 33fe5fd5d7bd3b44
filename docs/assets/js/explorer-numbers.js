// Arithmetic that Python's numbers depend on: rounding, 16-bit floats, and the one matrix product of all methods.
// Matrices of a layer lie column by column, as [input * rows + output]: the column at hand is contiguous.
import { fast } from "./explorer-kernel.js";

const SHIFT = 6755399441055744; // 1.5 * 2**52
const view = new DataView(new ArrayBuffer(8));

/** The nearest whole number, halves to the even one, as numpy.rint; for |x| below 2**51. */
export const rint = (x) => x + SHIFT - SHIFT;

/** x >= 0 as a float16 would hold it, halves to even; as a float64. */
export function toHalf(x) {
  if (x === 0) return 0;
  view.setFloat64(0, x);
  const exponent = ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
  const step = 2 ** Math.max(exponent - 10, -24);
  return rint(x / step) * step;
}

/** What 16 bits mean, as "f16" or "bf16". */
export function decode(bits, kind) {
  if (kind === "bf16") {
    view.setUint32(0, bits << 16);
    return view.getFloat32(0);
  }
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction;
  return bits >> 15 ? -size : size;
}

/**
 * C[k, r] -= sum over i of A[i, k] * B[i, r], for i in [i0, i1), k in [k0, k1), r in [r0, r1).
 * A has rows of `na` numbers, B and C of `nb`; the ranges of k and r are multiples of 4 long.
 * lower: B[i, r] is zero where i < r, so the sum may start at r. constant: A never changes.
 */
export function subtract(A, na, B, nb, i0, i1, k0, k1, r0, r1, C, { lower = false, constant = false } = {}) {
  if (!fast(A, na, B, nb, i0, i1, k0, k1, r0, r1, C, lower, constant)) slow(A, na, B, nb, i0, i1, k0, k1, r0, r1, C, lower);
}

/** The same in JavaScript. */
export function slow(A, na, B, nb, i0, i1, k0, k1, r0, r1, C, lower) {
  for (let k = k0; k < k1; k += 4) {
    for (let r = r0; r < r1; r += 4) {
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
      const first = lower && r > i0 ? r : i0;
      for (let i = first, p = first * na + k, q = first * nb + r; i < i1; i++, p += na, q += nb) {
        const x0 = B[q], x1 = B[q + 1], x2 = B[q + 2], x3 = B[q + 3];
        let u = A[p];
        a0 += u * x0; a1 += u * x1; a2 += u * x2; a3 += u * x3;
        u = A[p + 1];
        b0 += u * x0; b1 += u * x1; b2 += u * x2; b3 += u * x3;
        u = A[p + 2];
        c0 += u * x0; c1 += u * x1; c2 += u * x2; c3 += u * x3;
        u = A[p + 3];
        d0 += u * x0; d1 += u * x1; d2 += u * x2; d3 += u * x3;
      }
      let o = k * nb + r;
      C[o] -= a0; C[o + 1] -= a1; C[o + 2] -= a2; C[o + 3] -= a3;
      o += nb;
      C[o] -= b0; C[o + 1] -= b1; C[o + 2] -= b2; C[o + 3] -= b3;
      o += nb;
      C[o] -= c0; C[o + 1] -= c1; C[o + 2] -= c2; C[o + 3] -= c3;
      o += nb;
      C[o] -= d0; C[o + 1] -= d1; C[o + 2] -= d2; C[o + 3] -= d3;
    }
  }
}

const BLOCK = 32;

/** X^T X of X (tokens, n). */
export function gram(X, tokens, n) {
  const S = new Float64Array(n * n);
  subtract(X, n, X, n, 0, tokens, 0, n, 0, n, S);
  for (let i = 0; i < S.length; i++) S[i] = -S[i];
  return S;
}

const STRIPE = 64; // rows at a time, and columns: they stay in the cache
const rooms = new Map();

/**
 * tr(E H E^T) of E (n, rows) and the symmetric H (n, n), which must not change.
 * Stops early, with a number above `limit`, once that is certain: every row adds something positive.
 */
export function energy(E, H, n, rows, limit = Infinity) {
  let total = 0;
  if (!rooms.has(n)) rooms.set(n, [0, 1, 2].map(() => new Float64Array(n * STRIPE)));
  const [part, below, middle] = rooms.get(n);
  for (let r0 = 0; r0 < rows && total <= limit; r0 += STRIPE) {
    for (let j = 0; j < n; j++) part.set(E.subarray(j * rows + r0, j * rows + r0 + STRIPE), j * STRIPE);
    below.fill(0);
    middle.fill(0);
    for (let s = 0; s < n; s += STRIPE) {
      const e = s + STRIPE;
      subtract(H, n, part, STRIPE, 0, s, s, e, 0, STRIPE, below, { constant: true });
      subtract(H, n, part, STRIPE, s, e, s, e, 0, STRIPE, middle, { constant: true });
    }
    for (let o = 0; o < part.length; o++) total -= part[o] * (2 * below[o] + middle[o]); // H is symmetric
  }
  return total;
}

/** The upper factor R of A = R^T R, in place of A (n, n); false when A is not positive definite. */
export function cholesky(A, n) {
  for (let s = 0; s < n; s += BLOCK) {
    const e = s + BLOCK;
    subtract(A, n, A, n, 0, s, s, e, s, n, A);
    for (let j = s; j < e; j++) {
      const pivot = A[j * n + j];
      if (!(pivot > 0)) return false;
      const root = Math.sqrt(pivot);
      for (let k = j; k < n; k++) A[j * n + k] /= root;
      for (let i = j + 1; i < e; i++) {
        const factor = A[j * n + i];
        for (let k = i; k < n; k++) A[i * n + k] -= factor * A[j * n + k];
      }
    }
  }
  return true;
}

/** The inverse of the lower matrix R^T, (n, n), from the upper R. */
export function invertLower(R, n) {
  const M = new Float64Array(n * n);
  for (let s = 0; s < n; s += BLOCK) {
    const e = s + BLOCK;
    for (let j = s; j < e; j++) M[j * n + j] = 1;
    subtract(R, n, M, n, 0, s, s, e, 0, s, M, { lower: true });
    for (let j = s; j < e; j++) {
      for (let i = s; i < j; i++) {
        const factor = R[i * n + j];
        for (let r = 0; r <= i; r++) M[j * n + r] -= factor * M[i * n + r];
      }
      const pivot = R[j * n + j];
      for (let r = 0; r <= j; r++) M[j * n + r] /= pivot;
    }
  }
  return M;
}
