// A layer and its inputs, from the files of docs/assets/explorer (written by snippets/explorer/layers.py).
import { decode, gram } from "./explorer-numbers.js";

export const ROWS = 256;
export const FEW = 256; // tokens that are kept one by one
export const MANY = [1024, 4096]; // tokens that are kept as sums
export const UNSEEN = 4096;
const FOLDER = new URL("../explorer/", import.meta.url);

function whole(numbers, n) {
  const S = new Float64Array(n * n);
  for (let i = 0, at = 0; i < n; i++) for (let k = 0; k <= i; k++, at++) S[i * n + k] = S[k * n + i] = numbers[at];
  return S;
}

const hessian = (S, tokens) => {
  const factor = 2 / tokens;
  for (let i = 0; i < S.length; i++) S[i] *= factor;
  return S;
};

async function file(name) {
  const answer = await fetch(new URL(name, FOLDER));
  if (!answer.ok) throw new Error(`${name} did not arrive (${answer.status})`);
  return answer.arrayBuffer();
}

export class Layer {
  /** Fetches the weights, the inputs of all tokens as sums, and the unseen ones. */
  static async load(name) {
    const index = JSON.parse(new TextDecoder().decode(await file("layers.json")));
    return new Layer(name, index[name], await file(`${name}.bin`));
  }

  constructor(name, about, data) {
    const n = about.width;
    const half = (n * (n + 1)) / 2;
    const bits = new Uint16Array(data, 0, ROWS * n);
    this.name = name;
    this.about = about;
    this.n = n;
    this.W = new Float64Array(ROWS * n);
    for (let r = 0; r < ROWS; r++) for (let j = 0; j < n; j++) this.W[j * ROWS + r] = decode(bits[r * n + j], about.weights);
    const rest = new Float32Array(data, ROWS * n * 2);
    this.sums = new Map([[MANY[1], [whole(rest, n), rest.subarray(half, half + n)]]]);
    this.unseen = hessian(whole(rest.subarray(half + n), n), UNSEEN);
    this.calibrated = new Map();
  }

  /** The Hessian of so many tokens and the mean |x| of each input; fetches the rest of the file when it is needed. */
  async calibrate(tokens) {
    if (!this.calibrated.has(tokens)) {
      if (tokens !== MANY[1] && !this.few) this.more(await file(`${this.name}.few.bin`));
      const [S, loud] = this.sums.get(tokens) ?? this.counted(tokens);
      this.calibrated.set(tokens, { H: hessian(S.slice(), tokens), loudness: Float64Array.from(loud, (one) => one / tokens) });
    }
    return this.calibrated.get(tokens);
  }

  more(data) {
    const { n } = this;
    this.few = Float64Array.from(new Uint16Array(data, 0, FEW * n), (bits) => decode(bits, "f16"));
    const rest = new Float32Array(data, FEW * n * 2);
    const half = (n * (n + 1)) / 2;
    this.sums.set(MANY[0], [whole(rest, n), rest.subarray(half, half + n)]);
  }

  counted(tokens) {
    const { n, few } = this;
    const loud = new Float64Array(n);
    for (let t = 0; t < tokens; t++) for (let j = 0; j < n; j++) loud[j] += Math.abs(few[t * n + j]);
    return [gram(few, tokens, n), loud];
  }
}
