// The form of docs/tools/will-it-run.md: state, address, answer.
"use strict";
(() => {
  const { M, py, DEFAULTS, LONGEST, UserError, open, parsed, model, estimate, command, toQuery, fromQuery, hasFile } = globalThis.fourbitVram;
  const view = globalThis.fourbitVramView;
  const { make } = view;
  const RAM_HINT = "GB; 0: not asked";
  const SOON = 200; // ms after the last key in a field of numbers
  const QUANTS = [
    ["GGUF", ["BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q5_0", "Q4_K_M", "Q4_K_S", "IQ4_XS", "IQ4_NL", "Q4_0", "Q4_1", "Q3_K_L", "Q3_K_M", "Q3_K_S", "IQ3_M", "IQ3_S", "IQ3_XXS", "Q2_K", "IQ2_M", "IQ2_S", "IQ2_XS", "IQ2_XXS", "IQ1_M", "IQ1_S", "TQ1_0", "TQ2_0", "MXFP4_MOE", "F16", "F32"]],
    ["Other formats", ["gptq-4-128", "gptq-4-64", "gptq-3-128", "gptq-8-128", "awq-4-128", "nf4", "nf4-dq", "int8", "fp8", "mxfp4", "bf16"]],
  ];
  const CONTEXTS = [2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 1048576];
  const CACHES = { "llama.cpp": ["f16", "bf16", "f32", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"], other: ["f16", "bf16", "fp8"] };

  function start(root) {
    const began = performance.now();
    const { models, hardware } = M["vram.tables"];
    const modelEntries = [...models()].map(([value, entry]) => ({ value, text: entry.get("name"), more: `${entry.get("parameters")} B, ${entry.get("released")}` }));
    const cardEntries = [...hardware()].map(([value, entry]) => ({ value, text: entry.get("name"), more: `${entry.get("memory")} GB, ${entry.get("bandwidth")} GB/s` }));
    let state = fromQuery(location.search);
    const result = make("section", { className: "fb-vram-result", "aria-label": "Answer" });
    const status = make("p", { className: "fb-vram-status", role: "status" });

    // Fields

    const fields = {};
    const box = (label, field, hint = "") => {
      const about = hint ? make("small", { id: `${field.id}-hint`, textContent: hint }) : null;
      if (about) field.setAttribute("aria-describedby", about.id);
      return make("div", { className: "fb-vram-field" }, make("label", { htmlFor: field.id, textContent: label }), field, about);
    };
    function number(name, label, least, most, hint, listed) {
      const field = make("input", { id: `fb-vram-${name}`, type: "number", min: least, max: most, step: "any", inputMode: "decimal" });
      if (listed) field.setAttribute("list", listed);
      let timer;
      let fresh = true; // one step back for all that is typed in one visit of the field
      const read = () => {
        clearTimeout(timer);
        const value = field.value === "" && name === "layers" ? "" : Number(field.value);
        if (value === state[name]) return;
        change({ [name]: value }, fresh);
        fresh = false;
      };
      field.addEventListener("focus", () => (fresh = true));
      field.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(read, SOON);
      });
      field.addEventListener("change", read);
      fields[name] = (value, all) => (all || document.activeElement !== field) && (field.value = value);
      return box(label, field, hint);
    }
    function select(name, label, hint) {
      const field = make("select", { id: `fb-vram-${name}` });
      field.addEventListener("change", () => change({ [name]: field.value }));
      fields[name] = (value) => {
        if (![...field.options].some((option) => option.value === value)) field.append(make("option", { value, textContent: value }));
        field.value = value;
      };
      return [box(label, field, hint), field];
    }
    function toggle(name, label) {
      const field = make("input", { id: `fb-vram-${name}`, type: "checkbox" });
      field.addEventListener("change", () => change({ [name]: field.checked }));
      fields[name] = (value) => (field.checked = value);
      return make("label", { className: "fb-vram-toggle", htmlFor: field.id }, field, label);
    }

    const modelBox = fourbitChoose({ id: "fb-vram-model", label: "Model", entries: modelEntries, take: (value) => change({ model: value, ...(state.quant === "file" ? { quant: "Q4_K_M" } : {}) }) });
    fields.model = (value) => modelBox.set(value === "config" ? "pasted config.json" : value === "file" ? "opened file" : value);
    const gpuBox = fourbitChoose({ id: "fb-vram-gpu", label: "GPU, Mac or CPU", entries: cardEntries, free: "A size also works: 24GB, or 24GB@1008 with its GB/s", take: (value) => change({ gpu: value }) });
    fields.gpu = gpuBox.set;
    const [quantBox, quant] = select("quant", "Quantization");
    for (const [label, names] of QUANTS) quant.append(make("optgroup", { label }, ...names.map((value) => make("option", { value, textContent: value }))));
    const asFile = make("option", { value: "file", textContent: "as the file has it" });
    const [cacheBox, cache] = select("cache", "Cache type");
    const [runtimeBox, runtime] = select("runtime", "Runtime");
    for (const [value, textContent] of [["llama.cpp", "llama.cpp"], ["vllm", "vLLM"], ["transformers", "transformers"], ["quantize", "fourbit quantize"]]) runtime.append(make("option", { value, textContent }));
    const contexts = make("datalist", { id: "fb-vram-contexts" }, ...CONTEXTS.map((value) => make("option", { value })));

    const more = make("details", { className: "fb-vram-options" }, make("summary", { textContent: "More settings" }),
      make("div", { className: "fb-vram-fields" }, runtimeBox, number("sequences", "Parallel sequences", 1, 4096), number("ubatch", "Micro-batch", 1, 65536, "tokens computed at once"), number("layers", "Layers on the GPU", 0, 4096, "empty: as many as fit")),
      make("div", { className: "fb-vram-toggles" }, toggle("flash", "Flash attention"), toggle("imatrix", "Importance matrix"), toggle("vision", "Count the vision tower")));

    // Paste and drop

    const paste = make("textarea", { id: "fb-vram-paste", rows: 5, spellcheck: false, placeholder: '{ "architectures": ["LlamaForCausalLM"], "hidden_size": 4096, …' });
    let timer;
    paste.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => paste.value.trim() && config(paste.value), SOON);
    });
    const picker = make("input", { id: "fb-vram-file", type: "file", accept: ".gguf,.json" });
    picker.addEventListener("change", () => picker.files[0] && dropped(picker.files[0]));
    const drop = make("div", { className: "fb-vram-drop" }, make("label", { htmlFor: picker.id, textContent: "Open or drop a .gguf file or a config.json" }), picker,
      make("small", { textContent: "Only the header is read, here in the browser. Nothing is uploaded." }));
    const note = make("p", { className: "fb-vram-note", id: "fb-vram-said" });
    const own = make("details", { className: "fb-vram-options" }, make("summary", { textContent: "Another model: paste a config.json, drop a GGUF" }),
      make("label", { htmlFor: paste.id, textContent: "config.json" }), paste, drop, note);
    root.addEventListener("dragover", (event) => {
      event.preventDefault();
      root.classList.add("fb-vram-over-drop");
    });
    root.addEventListener("dragleave", (event) => !root.contains(event.relatedTarget) && root.classList.remove("fb-vram-over-drop"));
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      root.classList.remove("fb-vram-over-drop");
      const [first] = event.dataTransfer.files;
      if (first) dropped(first);
      else if (event.dataTransfer.getData("text").trim().startsWith("{")) config(event.dataTransfer.getData("text"));
    });
    function config(text) {
      try {
        parsed(text);
      } catch (error) {
        return said(error);
      }
      let small = text;
      try {
        small = JSON.stringify(JSON.parse(text));
      } catch {}
      note.textContent = small.length > LONGEST ? "This config is too long for the address; a shared link will not have it." : "";
      change({ model: "config", config: small, quant: state.quant === "file" ? "Q4_K_M" : state.quant });
    }
    async function dropped(file) {
      note.textContent = `Reading the header of ${file.name} …`;
      try {
        const found = await open(file);
        note.textContent = "";
        if (found.config) return config(found.config);
        change({ model: "file", quant: "file" });
      } catch (error) {
        said(error);
      }
    }
    function said(error) {
      own.open = true;
      note.textContent = error instanceof UserError ? error.message : `This cannot be read as a model (${error.message}).`;
    }

    // Answer

    const line = make("code", { className: "fb-vram-command" });
    const share = make("button", { type: "button", className: "fb-vram-do", textContent: "Copy a link to this answer" });
    share.addEventListener("click", async () => {
      await navigator.clipboard.writeText(location.href);
      share.textContent = "Copied";
      setTimeout(() => (share.textContent = "Copy a link to this answer"), 2000);
    });
    function shared(yes) {
      const field = root.querySelector("#fb-vram-ram");
      field.disabled = yes;
      root.querySelector("#fb-vram-ram-hint").textContent = yes ? "shared with the GPU" : RAM_HINT;
      if (yes) field.value = "";
    }
    let later;
    function answer() {
      clearTimeout(later);
      try {
        const found = estimate(state, false);
        const { name } = model(state);
        status.textContent = `${name}: ${view.show(result, found, state)}`;
        line.textContent = command(state, found);
        shared(found.gpus.some((device) => ["mac", "apu"].includes(device.kind)));
        // What would help needs many estimates more: after the answer is on the screen.
        later = setTimeout(() => {
          view.more(result, estimate(state, true), change);
          root.dataset.ready = "true";
        }, 30);
      } catch (error) {
        view.wrong(result, error instanceof UserError ? error.message : `This cannot be counted (${error.message}). Please report it with the link of this page.`);
        status.textContent = "";
        line.textContent = "";
        root.dataset.ready = "true";
      }
    }
    function fill(all = false) { // all: the field that is being typed in too
      const types = CACHES[state.runtime === "llama.cpp" ? "llama.cpp" : "other"];
      cache.replaceChildren(...types.map((value) => make("option", { value, textContent: value })));
      if (state.model === "file" && hasFile()) quant.prepend(asFile);
      else asFile.remove();
      for (const [name, set] of Object.entries(fields)) set(state[name], all);
    }
    function change(changes, push = true) {
      root.dataset.ready = "";
      state = { ...state, ...changes };
      if (!CACHES[state.runtime === "llama.cpp" ? "llama.cpp" : "other"].includes(state.cache)) state.cache = "f16";
      const query = toQuery(state);
      const address = `${location.pathname}${query ? `?${query}` : ""}`;
      if (push && address !== location.pathname + location.search) history.pushState(null, "", address);
      else history.replaceState(null, "", address);
      fill();
      answer();
    }
    addEventListener("popstate", () => {
      state = fromQuery(location.search);
      root.dataset.ready = "";
      fill(true);
      answer();
    });

    const form = make("div", { className: "fb-vram-form" },
      make("div", { className: "fb-vram-fields" }, modelBox.box, quantBox, number("context", "Context", 1, 1 << 30, "tokens", contexts.id), cacheBox, gpuBox.box, number("cards", "Cards", 1, 64), number("ram", "RAM", 0, 1 << 20, RAM_HINT)),
      contexts, more, own);
    const foot = make("div", { className: "fb-vram-foot" }, make("span", { textContent: "The same on the command line" }), line, share);
    root.replaceChildren(form, status, result, foot);
    root.hidden = false;
    fill();
    answer();
    root.dataset.took = String(Math.round(performance.now() - began)); // ms from the scripts to the answer
  }

  const root = document.getElementById("fb-vram");
  if (root) start(root);
})();
