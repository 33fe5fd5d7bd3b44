// Python's text for vram-core.js: str, repr, format specifications, bytes, and the methods of strings and containers.
"use strict";
((py) => {
  const { ValueError, UnicodeDecodeError, TypeError: TypeError_, eq, isBytes, items, iter, key, words } = py;

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

  Object.assign(py, { str, repr, format, fixed, bytes, call });
})(globalThis.fourbitPython);
