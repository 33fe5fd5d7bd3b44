// The matrix product of explorer-numbers.js as WebAssembly, two numbers at a time: the same operations in the same order,
// so the same bits. Written out here, since it is one small function; without WebAssembly the JavaScript does the work.

const LOCALS = ["a", "na", "b", "nb", "c", "i0", "i1", "k0", "k1", "r0", "r1", "lower", "k", "r", "p", "q", "end", "first", "o"];
const PARAMETERS = 12;
const VECTORS = ["x", "y", "u", ...Array.from({ length: 8 }, (_, i) => `s${i}`)];
const PAGE = 65536;
const ROOM = 512 * 512 * 8; // bytes of each of the three matrices

const leb = (value) => {
  const bytes = [];
  for (;;) {
    const low = value & 127;
    value >>= 7;
    if ((value === 0 && !(low & 64)) || (value === -1 && low & 64)) return [...bytes, low];
    bytes.push(low | 128);
  }
};
const count = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...count(value >> 7)]);
const place = (name) => count([...LOCALS, ...VECTORS].indexOf(name));
const get = (name) => [0x20, ...place(name)];
const set = (name, ...value) => [...value.flat(), 0x21, ...place(name)];
const number = (value) => [0x41, ...leb(value)];
const ADD = [0x6a];
const MULTIPLY = [0x6c];
const LESS = [0x49]; // unsigned
const add = (...parts) => [...parts[0], ...parts.slice(1).flatMap((one) => [...one, ...ADD])];
const times = (one, other) => [...one, ...other, ...MULTIPLY];
const vector = (code, ...parts) => [...parts.flat(), 0xfd, ...count(code)];
const load = (from, offset) => [...get(from), 0xfd, 0, 3, ...count(offset)];
const splat = (from, offset) => [...get(from), 0xfd, 10, 3, ...count(offset)];
const store = (to, offset, value) => [...get(to), ...value, 0xfd, 11, 3, ...count(offset)];
const [PLUS, MINUS, TIMES] = [240, 241, 242]; // f64x2
const zero = [0xfd, 12, ...Array(16).fill(0)];
/** Repeats body while the condition holds. */
const loop = (condition, body) => [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 1, ...body.flat(), 0x0c, 0, 0x0b, 0x0b];
const less = (one, other) => [...get(one), ...get(other), ...LESS];
const eight = number(8);

function body() {
  const inner = [set("x", load("q", 0)), set("y", load("q", 16))];
  for (let row = 0; row < 4; row++) {
    inner.push(set("u", splat("p", 8 * row)));
    ["x", "y"].forEach((one, half) => {
      const sum = `s${2 * row + half}`;
      inner.push(set(sum, vector(PLUS, get(sum), vector(TIMES, get("u"), get(one)))));
    });
  }
  inner.push(set("p", add(get("p"), get("na"))), set("q", add(get("q"), get("nb"))));
  const write = [];
  for (let row = 0; row < 4; row++) {
    for (const half of [0, 1]) write.push(store("o", 16 * half, vector(MINUS, load("o", 16 * half), get(`s${2 * row + half}`))));
    write.push(set("o", add(get("o"), get("nb"))));
  }
  const column = times(get("k"), eight);
  const tile = [
    set("first", get("i0")),
    [...get("lower"), 0x04, 0x40, ...less("i0", "r"), 0x04, 0x40, ...set("first", get("r")), 0x0b, 0x0b],
    set("p", add(get("a"), times(get("first"), get("na")), column)),
    set("end", add(get("a"), times(get("i1"), get("na")), column)),
    set("q", add(get("b"), times(get("first"), get("nb")), times(get("r"), eight))),
    ...VECTORS.slice(3).map((name) => set(name, zero)),
    loop(less("p", "end"), inner),
    set("o", add(get("c"), times(get("k"), get("nb")), times(get("r"), eight))),
    ...write,
    set("r", add(get("r"), number(4))),
  ];
  return [set("k", get("k0")), loop(less("k", "k1"), [set("r", get("r0")), loop(less("r", "r1"), tile), set("k", add(get("k"), number(4)))])].flat();
}

function assemble() {
  const section = (id, bytes) => [id, ...count(bytes.length), ...bytes];
  const text = (word) => [word.length, ...[...word].map((letter) => letter.charCodeAt(0))];
  const code = [2, ...count(LOCALS.length - PARAMETERS), 0x7f, ...count(VECTORS.length), 0x7b, ...body(), 0x0b];
  return new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, [1, 0x60, PARAMETERS, ...Array(PARAMETERS).fill(0x7f), 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...count((3 * ROOM) / PAGE)]),
    ...section(7, [2, ...text("memory"), 2, 0, ...text("run"), 0, 0]),
    ...section(10, [1, ...count(code.length), ...code]),
  ]);
}

function start() {
  try {
    const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports;
    const [A, B, C] = [0, 1, 2].map((at) => new Float64Array(memory.buffer, at * ROOM, ROOM / 8));
    return { A, B, C, run, held: null };
  } catch {
    return null; // no WebAssembly, or a policy against it
  }
}
const machine = start();

/**
 * As subtract of explorer-numbers.js; false when it has to be done there. constant: A stays as it is for as long as
 * the same array is given, and is copied once.
 */
export function fast(A, na, B, nb, i0, i1, k0, k1, r0, r1, C, lower, constant) {
  if (!machine || A.length > ROOM / 8 || B.length > ROOM / 8 || (i1 - i0) * (k1 - k0) * (r1 - r0) < 4096) return false;
  if (!constant) {
    machine.A.set(A.subarray(i0 * na, i1 * na), i0 * na);
    machine.held = null;
  } else if (machine.held !== A) {
    machine.A.set(A);
    machine.held = A;
  }
  machine.B.set(B.subarray(i0 * nb, i1 * nb), i0 * nb);
  const part = C.subarray(k0 * nb, k1 * nb);
  machine.C.set(part, k0 * nb);
  machine.run(0, na * 8, ROOM, nb * 8, 2 * ROOM, i0, i1, k0, k1, r0, r1, lower ? 1 : 0);
  part.set(machine.C.subarray(k0 * nb, k1 * nb));
  return true;
}
