// What Python does and JavaScript does not, for vram-core.js: values, containers, calls. src/fourbit/book/javascript names
// each function; vram-text.js and vram-library.js add text, builtin functions and what is used of the standard library.
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
      this.message = given.length ? py.str(given[0]) : "";
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

  const py = {
    Words, Thing, Named, List, Exception, ValueError, KeyError, OSError, UnicodeDecodeError, TypeError: TypeError_, Counter,
    dict, set, iter, list, tuple: list, frozenset: set, items, len, t, eq, compare, in: within, at, put, slice, setall, key,
    add, sub, mul, floordiv, mod, bor, band, shl: (a, b) => a * 2 ** b, shr: (a, b) => Math.floor(a / 2 ** b),
    and: (a, more) => (t(a) ? more() : a), or: (a, more) => (t(a) ? a : more()),
    changed, fields, words, given, named, method, made_of, once, cached, isBytes,
    getattr: (x, name) => x[name], setattr: (x, name, value) => void (x[name] = value),
    absent: (name) => {
      throw new Exception(`${name} is not there in a browser`);
    },
    plain: function plain(x) {
      if (x instanceof Map) return Object.fromEntries([...x].map(([k, v]) => [k, plain(v)]));
      return Array.isArray(x) || x instanceof Set ? [...x].map(plain) : (x ?? null);
    },
  };
  return py;
})();
