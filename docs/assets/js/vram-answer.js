// From the state of the page to an estimate: the modules of vram-core.js, called as the command line calls them.
"use strict";
globalThis.fourbitVram = (() => {
  const py = globalThis.fourbitPython;
  const M = globalThis.fourbit;
  const { UserError } = M.errors;
  const GIB = 2 ** 30;
  const FIRST = 4 << 20; // bytes of a GGUF file that are read at first; more as its header asks
  const MOST = 256 << 20;
  const LONGEST = 3000; // characters of a pasted config.json that go into the address
  const DEFAULTS = {
    model: "llama-3.1-8b", quant: "Q4_K_M", context: 8192, cache: "f16", cards: 1, gpu: "rtx-3060-12gb", ram: 32,
    runtime: "llama.cpp", sequences: 1, ubatch: 512, layers: "", flash: true, imatrix: false, vision: false, config: "",
  };
  const NUMBERS = ["context", "cards", "ram", "sequences", "ubatch"];
  const SWITCHES = ["flash", "imatrix", "vision"];
  let file = null; // the model of a dropped file: it is in no address
  const known = new Map();

  class Octets {
    constructor(bytes) {
      this.bytes = bytes;
      this.place = 0;
    }
    seek(place) {
      this.place = place;
    }
    read(count) {
      const part = this.bytes.subarray(this.place, this.place + count);
      this.place += part.length;
      return part;
    }
  }

  // A model from a File: its header only, read here.
  async function open(dropped) {
    if (/\.json$/i.test(dropped.name)) return { config: await dropped.text() };
    let wanted = FIRST;
    for (;;) {
      const bytes = new Uint8Array(await dropped.slice(0, wanted).arrayBuffer());
      try {
        const header = M["gguf.header"].parse(new Octets(bytes), dropped.size, dropped.name);
        file = M["vram.model"].from_header(header, dropped.name.replace(/\.gguf$/i, ""), dropped.name);
        file.version = (file.version ?? 0) + 1;
        return { file };
      } catch (error) {
        if (!(error instanceof M["gguf.reader"].Incomplete) || wanted >= Math.min(dropped.size, MOST)) throw error;
        wanted = Math.min(MOST, Math.max(2 * wanted, error.needed));
      }
    }
  }

  function parsed(text) {
    let fields;
    try {
      fields = JSON.parse(text);
    } catch (error) {
      throw new UserError(`This is no JSON: ${error.message}. Paste the whole config.json, from { to }.`);
    }
    if (!fields || typeof fields !== "object" || Array.isArray(fields)) throw new UserError("A config.json holds an object, from { to }.");
    const name = String(fields._name_or_path || fields.model_type || "pasted config").split("/").at(-1);
    return M["vram.model"].from_config(py.fromJson(fields), name);
  }

  function model(state) {
    if (state.model === "file") {
      if (!file) throw new UserError("The file of this link is not here: a link cannot carry it. Open the .gguf file again.");
      return file;
    }
    const name = state.model === "config" ? `{${state.config}` : state.model;
    if (!known.has(name)) {
      known.clear();
      known.set(name, state.model === "config" ? parsed(state.config) : M["vram.model"].from_table(name));
    }
    return known.get(name);
  }

  function estimate(state, advise) {
    const found = model(state);
    const llama = state.runtime === "llama.cpp";
    const settings = py.made_of(M["vram.settings"].Settings, [], {
      context: state.context, sequences: state.sequences, type_k: state.cache, type_v: state.cache, flash: state.flash,
      ubatch: state.ubatch, runtime: state.runtime,
    });
    const quant = state.quant === "file" && found.types ? null : quantOf(state);
    const gpus = state.gpu ? M["vram.devices"].read(`${state.cards} x ${state.gpu}`) : [];
    // A Mac's or APU's GPU takes its share of one memory; the rest is what the processor has.
    const shared = gpus.length && ["mac", "apu"].includes(gpus[0].kind) ? M["vram.tables"].device(state.gpu)[1].get("memory") * GIB - gpus[0].memory : null;
    if (!(state.ram >= 0 && state.ram <= 2 ** 20)) throw new UserError(`RAM is ${state.ram}: give GB, from 0 to ${(2 ** 20).toLocaleString("en-US")}`);
    if (!/^\d{0,4}$/.test(state.layers)) throw new UserError(`Layers on the GPU is ${state.layers}: give a whole number, or nothing for as many as fit`);
    const layers = llama && state.layers !== "" ? Number(state.layers) : null;
    return py.named(null, M["vram.estimate"].estimate, [found, quant, settings, gpus], {
      ram: shared ?? Math.round(state.ram * GIB), layers, vision: state.vision, advise,
    });
  }

  const quantOf = ({ quant, imatrix }) => M["vram.weights"].Quant.parse(quant === "file" ? "Q4_K_M" : quant, imatrix || quant.startsWith("IQ"));

  // The same question for the command line.
  function command(state, found) {
    const name = state.model === "config" ? "config.json" : state.model === "file" ? `"${file?.source}"` : state.model;
    const parts = ["fourbit vram", name];
    if (state.quant !== "file") parts.push("--quant", state.quant);
    parts.push("--context", state.context);
    if (state.gpu) parts.push("--gpu", `"${state.cards > 1 ? `${state.cards} x ` : ""}${state.gpu}"`);
    const ram = found?.ram / GIB;
    if (ram) parts.push("--ram", Number(ram.toFixed(3)));
    if (state.cache !== "f16") parts.push("--cache", state.cache);
    if (state.sequences > 1) parts.push("--sequences", state.sequences);
    if (state.ubatch !== 512) parts.push("--ubatch", state.ubatch);
    if (state.runtime !== "llama.cpp") parts.push("--runtime", state.runtime);
    if (state.layers !== "") parts.push("--layers", state.layers);
    if (!state.flash) parts.push("--no-flash");
    if (state.imatrix || state.quant.startsWith("IQ")) parts.push("--imatrix");
    if (state.vision) parts.push("--vision");
    return `${parts.join(" ")} --explain`;
  }

  // State to address and back: what differs from the defaults.
  function toQuery(state) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(state))
      if (value !== DEFAULTS[name] && !(name === "config" && (state.model !== "config" || value.length > LONGEST)))
        query.set(name, SWITCHES.includes(name) ? Number(value) : value);
    return query.toString();
  }
  function fromQuery(text) {
    const query = new URLSearchParams(text);
    const state = { ...DEFAULTS };
    for (const name of Object.keys(DEFAULTS)) {
      if (!query.has(name)) continue;
      const value = query.get(name);
      state[name] = SWITCHES.includes(name) ? value === "1" : NUMBERS.includes(name) ? Number(value) || 0 : value;
    }
    return state;
  }

  return { M, py, UserError, GIB, DEFAULTS, LONGEST, open, parsed, model, estimate, command, toQuery, fromQuery, hasFile: () => Boolean(file) };
})();
