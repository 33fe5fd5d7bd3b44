// What Python does and JavaScript does not, for vram-core.js: src/fourbit/book/javascript.py names each function here.
"use strict";
globalThis.fourbitPython = (() => {
  class Words {
    constructor(words) {
      Object.assign(this, words);
    }
  }
  class Thing {
    constructor(...given) {
      if (given.length || this.constructor.prototype.__init__) this.__init__?.(...given);
    }
    get __dataclass_fields__() {
      return this.constructor.$fields;
    }
  }
  class Named extends Thing {
    *[Symbol.iterator]() {
      for (const name of this.constructor.$fields) yield this[name];
    }
    _replace(changes) {
      return changed(this, changes);
    }
  }
  Named.prototype._replace.$raw = true;
  class List extends Array {
    static get [Symbol.species]() {
      return Array;
    }
    constructor(...given) {
      super();
      this.__init__(...given);
    }
    __init__() {}
  }
  class Exception extends Error {
    constructor(...given) {
      super();
      this.__init__(...given);
    }
    __init__(...given) {
      this.args = given;
      this.message = given.length ? str(given[0]) : "";
    }
  }
  const ValueError = class extends Exception {};
  const KeyError = class extends Exception {};
  const TypeError_ = class extends Exception {};
  const OSError = class extends Exception {};
  const UnicodeDecodeError = class extends ValueError {};
  class Counter extends Map {}

  const isBytes = (x) => x instanceof Uint8Array;
  const key = (k) => (Array.isArray(k) ? `\0${k.join("\0")}` : k);
  const dict = (pairs = []) => {
    if (pairs instanceof Map) return new Map(pairs);
    const made = new Map();
    for (const [k, v] of pairs) made.set(key(k), v);
    return made;
  };
  dict.fromkeys = (keys, value = null) => dict([...iter(keys)].map((k) => [k, value]));
  const set = (values = []) => new Set(iter(values));
  const iter = (x) => (x instanceof Map ? x.keys() : x);
  const list = (x = []) => [...iter(x)];
  const items = (x) => [...x.entries()];
  const len = (x) => x.size ?? x.length;

  function t(x) {
    if (x === null || x === undefined || x === false || x === 0 || x === "") return false;
    if (typeof x !== "object") return Boolean(x);
    if (Array.isArray(x) || isBytes(x)) return x.length > 0;
    if (x instanceof Map || x instanceof Set) return x.size > 0;
    return true;
  }
  function eq(a, b) {
    if (a === b) return true;
    if (a === null || a === undefined) return b === null || b === undefined;
    if (typeof a !== "object" || typeof b !== "object" || !b) return false;
    if (a instanceof Named || Array.isArray(a)) {
      const [x, y] = [[...a], [...b]];
      return x.length === y.length && x.every((value, i) => eq(value, y[i]));
    }
    if (a instanceof Set) return b instanceof Set && a.size === b.size && [...a].every((value) => b.has(value));
    return false;
  }
  function compare(a, b) {
    if (typeof a === "object" && a) {
      const [x, y] = a instanceof Named ? [[...a], [...b]] : [a, b];
      const length = Math.min(x.length, y.length);
      for (let i = 0; i < length; i++) {
        if (x[i] === y[i]) continue;
        const found = compare(x[i], y[i]);
        if (found) return found;
      }
      return x.length - y.length;
    }
    return a < b ? -1 : a > b ? 1 : 0;
  }
  function within(x, all) {
    if (typeof all === "string") return all.includes(x);
    if (all instanceof Map || all instanceof Set) return all.has(key(x));
    if (typeof x === "string" && Array.isArray(all)) return all.includes(x);
    for (const value of all) if (eq(value, x)) return true;
    return false;
  }
  function at(x, i) {
    if (x instanceof Map) {
      const found = x.get(key(i));
      if (found !== undefined) return found;
      if (x instanceof Counter) return 0;
      throw new KeyError(i);
    }
    if (x instanceof Named) return x[x.constructor.$fields[i]];
    const place = i < 0 ? i + x.length : Number(i);
    if (!(place >= 0 && place < x.length)) throw new ValueError("index out of range");
    return x[place] ?? null;
  }
  function put(x, i, value) {
    if (x instanceof Map) x.set(key(i), value);
    else x[i < 0 ? i + x.length : i] = value;
  }
  function slice(x, start, stop, step) {
    if (step !== null && step !== -1) throw new ValueError("slices step by one");
    const cut = x instanceof Named ? [...x] : x;
    if (step === -1) return [...cut].reverse();
    return isBytes(cut) ? cut.subarray(start ?? 0, stop ?? cut.length) : cut.slice(start ?? 0, stop ?? cut.length);
  }
  function setall(x, values) {
    const made = [...iter(values)];
    x.length = 0;
    for (const value of made) x.push(value);
  }

  function add(a, b) {
    if (typeof a === "number" || typeof a === "string") return a + b;
    return [...a, ...b];
  }
  function mul(a, b) {
    if (typeof a === "number" && typeof b === "number") return a * b;
    const [what, count] = typeof a === "string" || Array.isArray(a) ? [a, Number(b)] : [b, Number(a)];
    if (typeof what === "string") return what.repeat(Math.max(0, count));
    return Array.isArray(what) ? Array(Math.max(0, count)).fill(what).flat() : Number(a) * Number(b);
  }
  const sub = (a, b) => (a instanceof Set ? new Set([...a].filter((x) => !b.has(x))) : a - b);
  const floordiv = (a, b) => {
    if (!b) throw new ValueError("division by zero");
    return Math.floor(a / b);
  };
  const mod = (a, b) => {
    const rest = a % b;
    return rest && rest < 0 !== b < 0 ? rest + b : rest;
  };
  function bor(a, b) {
    if (a instanceof Map) return new Map([...a, ...b]);
    if (a instanceof Set) return new Set([...a, ...b]);
    return a | b;
  }
  function band(a, b) {
    if (a instanceof Set) return new Set([...a].filter((x) => b.has(x)));
    return Number(BigInt(a) & BigInt(b));
  }

  function changed(thing, changes) {
    const { constructor } = thing;
    return new constructor(...constructor.$fields.map((name) => (name in changes ? changes[name] : thing[name])));
  }
  const fields = (map) => (map instanceof Map ? Object.fromEntries(map) : map);
  const words = (given) => (given.at(-1) instanceof Words ? given.pop() : {});
  const given = (value, otherwise) => (value === undefined ? otherwise : value);
  function ordered(names, args, said) {
    const all = [...args];
    for (const [name, value] of Object.entries(said)) {
      const place = names.indexOf(name);
      if (place < 0) throw new TypeError_(`no argument ${name}`);
      all[place] = value;
    }
    return all;
  }
  function named(owner, func, args, said) {
    if (func.$raw) return func.call(owner, ...args, said);
    if (func.$many) return func.call(owner, ...args, new Words(said));
    return func.call(owner, ...ordered(func.$names, args, said));
  }
  const method = (owner, name, args, said) => {
    const func = owner[name];
    return func.$raw ? func.call(owner, said) : named(owner, func, args, said);
  };
  const made_of = (type, args, said) => new type(...ordered(type.$fields ?? type.prototype.__init__.$names, args, said));
  function once(self, name, make) {
    const value = make();
    Object.defineProperty(self, name, { value });
    return value;
  }
  function cached(make) {
    const known = new Map();
    return (argument) => {
      if (!known.has(argument)) known.set(argument, make(argument));
      return known.get(argument);
    };
  }

  // Text

  const grouped = (digits) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  function str(x) {
    if (x === null || x === undefined) return "None";
    if (x === true) return "True";
    if (x === false) return "False";
    if (x instanceof Error) return x.message;
    return typeof x === "object" ? repr(x) : String(x);
  }
  function repr(x) {
    if (typeof x === "string") {
      const mark = x.includes("'") && !x.includes('"') ? '"' : "'";
      const text = x.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
      return mark + (mark === "'" ? text.replaceAll("'", "\\'") : text) + mark;
    }
    if (x instanceof Map) return `{${items(x).map(([k, v]) => `${repr(k)}: ${repr(v)}`).join(", ")}}`;
    if (x instanceof Set) return `{${[...x].map(repr).join(", ")}}`;
    if (Array.isArray(x)) return `[${x.map(repr).join(", ")}]`;
    return typeof x === "object" && x ? x.constructor.name : str(x);
  }
  // toFixed rounds ties up, Python to even: a tie is a number whose doubled, scaled value is odd and exact.
  function fixed(x, digits) {
    const text = x.toFixed(digits);
    const scaled = Math.abs(x) * 10 ** digits;
    const whole = Math.floor(scaled);
    if (digits > 15 || scaled - whole !== 0.5 || (whole + 0.5) / 10 ** digits !== Math.abs(x)) return text;
    if (digits && !Number.isInteger(Math.abs(x) * 2 ** (digits + 1))) return text; // no tie: too fine in binary
    const even = (whole % 2 ? whole + 1 : whole) / 10 ** digits;
    return (x < 0 ? "-" : "") + even.toFixed(digits);
  }
  function general(x) {
    if (x === 0) return "0";
    const power = Number(x.toExponential(5).split("e")[1]);
    if (power < -4 || power >= 6) {
      const [digits, e] = x.toExponential(5).split("e");
      const small = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
      return `${small}e${e[0]}${e.slice(1).padStart(2, "0")}`;
    }
    const text = x.toFixed(Math.max(0, 5 - power));
    return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  }
  function format(x, spec) {
    const [, comma, digits, kind] = spec.match(/^(,?)(?:\.(\d+))?([dfg%]?)$/) ?? [];
    if (comma === undefined) throw new ValueError(`format ${spec}`);
    if (kind === "g") return general(x);
    if (kind === "%") return `${fixed(x * 100, Number(digits))}%`;
    const text = kind === "f" ? fixed(x, Number(digits ?? 6)) : str(x);
    if (!comma) return text;
    const [whole, ...rest] = text.split(".");
    return [grouped(whole), ...rest].join(".");
  }
  const encode = (text) => new TextEncoder().encode(text);
  const bytes = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  function decode(octets, ...args) {
    const { errors } = words(args);
    if (args[0] === "latin-1") return String.fromCharCode(...octets);
    try {
      return strict.decode(octets);
    } catch {
      if (errors !== "backslashreplace") throw new UnicodeDecodeError("not UTF-8");
    }
    let text = "";
    for (let i = 0; i < octets.length; ) {
      const lead = octets[i];
      const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      try {
        text += strict.decode(octets.subarray(i, i + length));
        i += length;
      } catch {
        text += `\\x${octets[i++].toString(16).padStart(2, "0")}`;
      }
    }
    return text;
  }
  const escaped = (c) => {
    const code = c.codePointAt(0);
    const short = { 9: "\\t", 10: "\\n", 13: "\\r" }[code];
    const [mark, wide] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
    return short ?? `\\${mark}${code.toString(16).padStart(wide, "0")}`;
  };
  function split(text, by, most = -1) {
    if (by === undefined || by === null) return text.trim() === "" ? [] : text.trim().split(/\s+/);
    if (most < 0) return text.split(by);
    const parts = [];
    let start = 0;
    for (let end; parts.length < most && (end = text.indexOf(by, start)) >= 0; start = end + by.length) parts.push(text.slice(start, end));
    parts.push(text.slice(start));
    return parts;
  }
  function rsplit(text, by, most) {
    const parts = text.split(by);
    return parts.length <= most + 1 ? parts : [parts.slice(0, -most).join(by), ...parts.slice(-most)];
  }
  const any = (prefix, test) => (Array.isArray(prefix) ? prefix.some(test) : test(prefix));
  const STRING = {
    startswith: (s, p) => any(p, (x) => s.startsWith(x)),
    endswith: (s, p) => any(p, (x) => s.endsWith(x)),
    lower: (s) => s.toLowerCase(),
    upper: (s) => s.toUpperCase(),
    strip: (s) => s.trim(),
    split,
    rsplit,
    splitlines: (s) => s.replace(/\r?\n$/, "").split(/\r?\n/),
    join: (s, parts) => [...iter(parts)].join(s),
    replace: (s, a, b) => s.replaceAll(a, b),
    removesuffix: (s, end) => (end && s.endsWith(end) ? s.slice(0, -end.length) : s),
    removeprefix: (s, start) => (s.startsWith(start) ? s.slice(start.length) : s),
    partition: (s, by) => {
      const place = s.indexOf(by);
      return place < 0 ? [s, "", ""] : [s.slice(0, place), by, s.slice(place + by.length)];
    },
    rpartition: (s, by) => {
      const place = s.lastIndexOf(by);
      return place < 0 ? ["", "", s] : [s.slice(0, place), by, s.slice(place + by.length)];
    },
    isdigit: (s) => /^\d+$/.test(s),
    isprintable: (s) => /^(?:[^\p{C}\p{Z}]| )*$/u.test(s),
    encode: (s, how) => (how === "unicode_escape" ? bytes(escaped(s)) : encode(s)),
    title: (s) => s.replace(/\b\w/g, (c) => c.toUpperCase()),
  };
  const LIST = {
    append: (x, value) => void x.push(value),
    extend: (x, values) => {
      for (const value of iter(values)) x.push(value);
    },
    pop: (x, i = -1) => x.splice(i, 1)[0],
    index: (x, value) => x.findIndex((other) => eq(other, value)),
    count: (x, value) => x.filter((other) => eq(other, value)).length,
  };
  const MAP = {
    get: (x, k, otherwise = null) => x.get(key(k)) ?? (x.has(key(k)) ? null : otherwise),
    items,
    keys: (x) => [...x.keys()],
    values: (x) => [...x.values()],
    setdefault: (x, k, value = null) => (x.has(key(k)) || x.set(key(k), value), x.get(key(k))),
    pop: (x, k, otherwise) => {
      const found = x.has(key(k)) ? x.get(key(k)) : otherwise;
      x.delete(key(k));
      return found;
    },
    update: (x, other) => other.forEach((value, k) => x.set(k, value)),
  };
  const SET = { add: (x, value) => void x.add(value) };
  const BYTES = {
    startswith: (x, start) => start.every((b, i) => x[i] === b),
    strip: (x, cut) => x.filter((b) => !cut.includes(b)), // only asked whether anything is left
    decode,
    join: (x, parts) => {
      if (parts.length === 1) return parts[0];
      const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      parts.reduce((place, part) => (made.set(part, place), place + part.length), 0);
      return made;
    },
  };
  function call(owner, name, ...args) {
    const table =
      typeof owner === "string" ? STRING
      : Array.isArray(owner) ? LIST
      : owner instanceof Map ? MAP
      : owner instanceof Set ? SET
      : isBytes(owner) ? BYTES
      : null;
    const found = table?.[name];
    if (found) return found(owner, ...args);
    if (typeof owner?.[name] !== "function") throw new TypeError_(`${repr(owner)} has no ${name}`);
    return owner[name](...args);
  }

  // Builtin functions

  function int(x) {
    if (typeof x === "string") {
      if (!/^\s*[-+]?\d+\s*$/.test(x)) throw new ValueError(`no whole number: ${repr(x)}`);
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

  return {
    Words, Thing, Named, List, Exception, ValueError, KeyError, OSError, UnicodeDecodeError, TypeError: TypeError_,
    dict, set, iter, list, tuple: list, frozenset: set, items, len, t, eq, in: within, at, put, slice, setall, add, sub,
    mul, floordiv, mod, bor, band, shl: (a, b) => a * 2 ** b, shr: (a, b) => Math.floor(a / 2 ** b),
    and: (a, more) => (t(a) ? more() : a), or: (a, more) => (t(a) ? a : more()),
    fields, words, given, named, method, made_of, once, cached, str, repr, format, bytes, call, int, float, bool,
    isinstance, type, max: extreme(1), min: extreme(-1), sorted, round: rounded, range, enumerate, zip, next, sum, made,
    abs: Math.abs, all: (x) => [...x].every(t), any: (x) => [...x].some(t), reversed: (x) => [...x].reverse(),
    map: (f, x) => [...iter(x)].map((value) => f(value)), getattr: (x, name) => x[name],
    setattr: (x, name, value) => void (x[name] = value),
    absent: (name) => {
      throw new Exception(`${name} is not there in a browser`);
    },
    library, fromJson,
    plain: function plain(x) {
      if (x instanceof Map) return Object.fromEntries([...x].map(([k, v]) => [k, plain(v)]));
      return Array.isArray(x) || x instanceof Set ? [...x].map(plain) : (x ?? null);
    },
  };
})();
