// Python's builtin functions and the parts of its standard library that vram-core.js uses.
"use strict";
((py) => {
  const { Thing, Counter, ValueError, changed, compare, dict, fixed, iter, list, set, str, t, words } = py;

  function int(x) {
    if (typeof x === "string") {
      if (!/^\s*[-+]?\d+\s*$/.test(x)) throw new ValueError(`no whole number: ${py.repr(x)}`);
      return Number(x);
    }
    return Math.trunc(Number(x)) + 0;
  }
  const float = (x) => Number(x);
  const bool = (x) => t(x);
  const TYPES = new Map([
    [int, (x) => typeof x === "boolean" || Number.isInteger(x)],
    [float, (x) => typeof x === "number" && !Number.isInteger(x)],
    [bool, (x) => typeof x === "boolean"],
    [str, (x) => typeof x === "string"],
    [dict, (x) => x instanceof Map],
    [set, (x) => x instanceof Set],
    [list, (x) => Array.isArray(x)],
  ]);
  const isinstance = (x, type) =>
    Array.isArray(type) ? type.some((one) => isinstance(x, one)) : TYPES.has(type) ? TYPES.get(type)(x) : x instanceof type;
  function type(x) {
    for (const name of [bool, int, float, str, dict, set, list]) if (TYPES.get(name)(x)) return name;
    return x?.constructor;
  }
  for (const [func, name] of [[int, "int"], [float, "float"], [bool, "bool"], [str, "str"], [dict, "dict"], [list, "list"]])
    Object.defineProperty(func, "__name__", { value: name });
  function extreme(sign) {
    const find = (...args) => {
      const said = words(args);
      const all = args.length === 1 ? [...iter(args[0])] : args;
      if (!all.length) {
        if ("default" in said) return said.default;
        throw new ValueError("nothing to choose from");
      }
      let [best, rank] = [all[0], said.key ? said.key(all[0]) : all[0]];
      for (const other of all.slice(1)) {
        const next = said.key ? said.key(other) : other;
        if (sign * compare(next, rank) > 0) [best, rank] = [other, next];
      }
      return best;
    };
    find.$many = true;
    return find;
  }
  const sorted = (...args) => {
    const said = words(args);
    const ranked = [...iter(args[0])].map((x) => [said.key ? said.key(x) : x, x]);
    ranked.sort((a, b) => compare(a[0], b[0]));
    return ranked.map((pair) => pair[1]);
  };
  sorted.$many = true;
  function round(x) {
    const low = Math.floor(x);
    const rest = x - low;
    return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  }
  const rounded = (x, digits) => (digits === undefined ? round(x) : Number(fixed(x, digits)));
  const range = (a, b, step = 1) => {
    const [start, stop] = b === undefined ? [0, a] : [a, b];
    const made = [];
    for (let i = start; step > 0 ? i < stop : i > stop; i += step) made.push(i);
    return made;
  };
  const enumerate = (...args) => {
    const { start = 0 } = words(args);
    return [...iter(args[0])].map((x, i) => [i + start, x]);
  };
  enumerate.$many = true;
  const zip = (...args) => {
    const said = words(args);
    const all = args.map((x) => [...iter(x)]);
    const shortest = Math.min(...all.map((x) => x.length));
    if (said.strict && all.some((x) => x.length !== shortest)) throw new ValueError("zip() of different lengths");
    return range(shortest).map((i) => all.map((x) => x[i]));
  };
  zip.$many = true;
  const next = (x, otherwise) => {
    const [first] = x;
    if (first === undefined && otherwise === undefined) throw new ValueError("nothing there");
    return first === undefined ? otherwise : first;
  };
  const sum = (x) => {
    let made = 0;
    for (const value of x) made += Number(value);
    return made;
  };
  const made = (fill) => {
    const found = [];
    fill(found);
    return found;
  };

  // The standard library

  function pattern(text, flags = "") {
    const cache = {};
    const of = (how) => (cache[how] ??= new RegExp(how === "full" ? `^(?:${text})$` : text, how === "match" ? `${flags}y` : how === "all" ? `${flags}g` : flags));
    const reset = (regex, s) => {
      regex.lastIndex = 0;
      return regex.exec(s);
    };
    return {
      match: (s) => reset(of("match"), s),
      fullmatch: (s) => reset(of("full"), s),
      search: (s) => reset(of("any"), s),
      findall: (s) => [...s.matchAll(of("all"))].map((m) => m[1] ?? m[0]),
      sub: (by, s) => s.replace(of("all"), by),
    };
  }
  const patterns = new Map();
  const known = (text, flags) => {
    const name = `${flags ?? ""}/${text}`;
    if (!patterns.has(name)) patterns.set(name, pattern(text, flags));
    return patterns.get(name);
  };
  const re = {
    IGNORECASE: "i",
    MULTILINE: "m",
    compile: known,
    match: (p, s, flags) => known(p, flags).match(s),
    fullmatch: (p, s, flags) => known(p, flags).fullmatch(s),
    search: (p, s, flags) => known(p, flags).search(s),
    sub: (p, by, s, flags) => known(p, flags).sub(by, s),
  };
  re.sub.$names = ["pattern", "repl", "string", "flags"];

  const SIZES = { B: 1, b: 1, H: 2, h: 2, I: 4, i: 4, f: 4, d: 8, Q: 8, q: 8 };
  const READ = { B: "Uint8", b: "Int8", H: "Uint16", h: "Int16", I: "Uint32", i: "Int32", f: "Float32", d: "Float64", Q: "BigUint64", q: "BigInt64" };
  const calcsize = (code) => [...code.matchAll(/(\d*)([A-Za-z])/g)].reduce((n, [, many, c]) => n + (many === "" ? 1 : Number(many)) * SIZES[c], 0);
  function unpackFrom(code, octets, place = 0) {
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    const found = [];
    for (const [, many, c] of code.matchAll(/(\d*)([A-Za-z])/g)) {
      for (let i = many === "" ? 1 : Number(many); i > 0; i--) {
        found.push(Number(view[`get${READ[c]}`](place, true)));
        place += SIZES[c];
      }
    }
    return found;
  }
  const struct = {
    calcsize,
    unpack: unpackFrom,
    iter_unpack: (code, octets) => range(octets.length / calcsize(code)).map((i) => unpackFrom(code, octets, i * calcsize(code))),
    Struct: (code) => ({
      unpack_from: (octets, place) => {
        const view = new DataView(octets.buffer, octets.byteOffset + place, 8);
        return [view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true)];
      },
    }),
  };

  const fromJson = (x) =>
    Array.isArray(x) ? x.map(fromJson)
    : x && typeof x === "object" ? dict(Object.entries(x).map(([k, v]) => [k, fromJson(v)]))
    : x;
  // One line of a table: a key and an inline table. Turned into JSON outside of its strings.
  function toml(line) {
    const parts = line.split(/("(?:[^"\\]|\\.)*")/);
    const text = parts
      .map((part, i) => (i % 2 ? part : part.replace(/([A-Za-z_][\w-]*)\s*=/g, '"$1":').replace(/^\s*=/, ":")))
      .join("");
    return fromJson(JSON.parse(`{${text}}`));
  }
  const tomllib = {
    loads: (text) => new Map(text.split("\n").filter((line) => line.trim()).flatMap((line) => [...toml(line)])),
  };
  class Path {
    with_name(name) {
      const read_text = () => globalThis.fourbitTables[name];
      return { read_text: Object.assign(read_text, { $raw: true }) };
    }
  }
  const pairwise = (x) => x.slice(1).map((value, i) => [x[i], value]);
  const replaced = (thing, changes) => changed(thing, changes);
  replaced.$raw = true;
  function asdict(x) {
    if (x instanceof Thing) return dict(x.constructor.$fields.map((name) => [name, asdict(x[name])]));
    return Array.isArray(x) ? x.map(asdict) : x;
  }
  // difflib's ratio, by the longest common blocks
  function matched(a, b) {
    let best = [0, 0, 0];
    for (let i = 0; i < a.length; i++)
      for (let j = 0; j < b.length; j++) {
        let n = 0;
        while (i + n < a.length && j + n < b.length && a[i + n] === b[j + n]) n++;
        if (n > best[2]) best = [i, j, n];
      }
    const [i, j, n] = best;
    return n ? n + matched(a.slice(0, i), b.slice(0, j)) + matched(a.slice(i + n), b.slice(j + n)) : 0;
  }
  function get_close_matches(word, all, most, least) {
    const ratio = (other) => (2 * matched(other, word)) / (other.length + word.length);
    return all.map((other) => [ratio(other), other]).filter(([r]) => r >= least).sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1)).slice(0, most).map((pair) => pair[1]);
  }
  const library = {
    re, struct, tomllib,
    json: { loads: (text) => fromJson(JSON.parse(text)) },
    math: { prod: (x) => x.reduce((a, b) => a * b, 1) },
    dataclasses: { replace: replaced, asdict },
    collections: { Counter },
    itertools: { pairwise },
    pathlib: { Path },
    difflib: { get_close_matches },
  };

  Object.assign(py, {
    int, float, bool, isinstance, type, max: extreme(1), min: extreme(-1), sorted, round: rounded, range, enumerate, zip,
    next, sum, made, abs: Math.abs, all: (x) => [...x].every(t), any: (x) => [...x].some(t), reversed: (x) => [...x].reverse(),
    map: (f, x) => [...iter(x)].map((value) => f(value)), library, fromJson,
  });
})(globalThis.fourbitPython);
