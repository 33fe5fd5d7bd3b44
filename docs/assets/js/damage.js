// docs/tools/feel-the-damage.md: the form, and what its buttons do. Nothing is loaded before one is pressed.

import { ENGINE_BYTES, Model, Refusal, Stopped, closeAll, download, engineIsThere, examine, isKept, loadEngine, supported } from "./damage-model.js";
import { perplexity, sameVocabulary, scoreOn, writeBase, writeVersion } from "./damage-run.js";
import { MB, card, measured } from "./damage-view.js";
import { make } from "./make.js";

const ASSETS = new URL("../", import.meta.url);
const MOST = 4; // versions beside the one they are measured against
const FIRST = ["q4_k", "q2_k", "rtn2"];
const PRESETS = { docs: "Documentation", code: "Code", greedy: "Likeliest tokens" };

async function main(root) {
  const answer = await fetch(new URL("built/models/models.json", ASSETS)).catch(() => null);
  if (!answer?.ok) throw new Refusal("The list of models could not be read. The recorded runs below show what they do.");
  const manifest = await answer.json();
  const versions = manifest.versions.map((one) => {
    const url = new URL(one.file, ASSETS).href;
    return { ...one, download: { url, key: `${url}?${one.sha256.slice(0, 16)}`, bytes: one.bytes } };
  });
  let base = versions[0];
  const chosen = new Set(FIRST.map((id) => versions.find((one) => one.id === id)));
  let work = null; // AbortController of what runs

  // Fields

  const field = (label, element, hint) => {
    element.id = `fb-damage-${label.toLowerCase().replace(/\W+/g, "-")}`;
    return make("div", { className: "fb-damage-field" }, make("label", { htmlFor: element.id, textContent: label }), element, hint ? make("small", { textContent: hint }) : null);
  };
  const select = (options, value) => {
    const box = make("select", {}, ...options.map(([id, text]) => make("option", { value: id, textContent: text })));
    box.value = value;
    return box;
  };
  const prompt = make("textarea", { rows: 2, spellcheck: false });
  const temperature = select([0, 0.3, 0.6, 0.8, 1].map((t) => [t, t ? String(t) : "0, no dice"]), 0.6);
  const seed = make("input", { type: "number", min: 0, max: 4294967295, step: 1, inputMode: "numeric" });
  const tokens = select([24, 36, 48, 72, 96].map((n) => [n, String(n)]), 36);
  const example = select(manifest.presets.map((one) => [one.id, PRESETS[one.id]]), "docs");
  const against = select([], "");
  const setExample = () => {
    const one = manifest.presets.find((preset) => preset.id === example.value);
    [prompt.value, temperature.value, seed.value, tokens.value] = [one.prompt, String(one.temperature), one.seed, String(one.tokens)];
  };
  example.addEventListener("change", setExample);
  setExample();
  const fields = make(
    "div",
    { className: "fb-damage-fields" },
    field("Example", example), field("Temperature", temperature), field("Seed", seed), field("Tokens", tokens), field("Measured against", against),
  );

  // Versions

  const chips = make("div", { className: "fb-damage-chips" });
  const opened = make("input", { type: "file", accept: ".gguf", className: "fb-damage-file", id: "fb-damage-open" });
  const said = make("p", { className: "fb-damage-wrong", role: "alert", id: "fb-damage-said" });
  function showVersions() {
    chips.replaceChildren(
      ...versions.map((one) => {
        const box = make("input", { type: "checkbox", value: one.id });
        box.addEventListener("change", () => {
          if (box.checked) chosen.add(one);
          else chosen.delete(one);
          showChosen();
        });
        return make("label", { className: "fb-damage-chip" }, box, make("b", { textContent: one.name }), make("small", { textContent: `${one.bits ? `${one.bits.toFixed(1)} bits, ` : ""}${MB(one.bytes)}` }));
      }),
    );
    against.replaceChildren(...versions.map((one) => make("option", { value: one.id, textContent: one.name })));
    against.value = base.id;
    showChosen();
  }
  function showChosen() {
    const boxes = chips.querySelectorAll("input");
    for (const [place, one] of versions.entries()) {
      boxes[place].checked = one === base || chosen.has(one);
      boxes[place].disabled = one === base || (chosen.size >= MOST && !chosen.has(one));
    }
    name();
  }
  against.addEventListener("change", () => {
    chosen.add(base);
    base = versions.find((one) => one.id === against.value);
    chosen.delete(base);
    for (const one of chosen) if (chosen.size > MOST) chosen.delete(one);
    showChosen();
  });
  const listed = () => [base, ...versions.filter((one) => chosen.has(one) && one !== base)];

  async function add(file) {
    said.textContent = "";
    try {
      await examine(file);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      said.textContent = error.message;
      return;
    }
    const old = versions.findIndex((one) => one.blob && one.name === file.name);
    const one = { id: `own-${file.name}`, name: file.name, bytes: file.size, blob: file };
    if (old >= 0) chosen.delete(versions.splice(old, 1, one)[0]);
    else versions.push(one);
    if (chosen.size >= MOST) chosen.delete([...chosen].at(-1));
    chosen.add(one);
    showVersions();
  }
  opened.addEventListener("change", () => {
    if (opened.files[0]) add(opened.files[0]);
    opened.value = "";
  });
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    root.classList.add("fb-damage-over");
  });
  root.addEventListener("dragleave", () => root.classList.remove("fb-damage-over"));
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("fb-damage-over");
    if (event.dataTransfer.files[0]) add(event.dataTransfer.files[0]);
  });

  // Work

  const run = make("button", { type: "button", className: "md-button md-button--primary", id: "fb-damage-run" });
  const stop = make("button", { type: "button", className: "md-button", id: "fb-damage-stop", textContent: "Stop", hidden: true });
  const measure = make("button", { type: "button", className: "md-button", id: "fb-damage-measure" });
  const status = make("p", { className: "fb-damage-status", role: "status", id: "fb-damage-status" });
  const bar = make("progress", { max: 1, value: 0, hidden: true, "aria-label": "Progress" });
  const cards = make("div", { className: "fb-damage-cards", id: "fb-damage-cards" });
  const table = make("div", { id: "fb-damage-table" });
  const pasted = make("textarea", { rows: 6, spellcheck: false, value: manifest.sample });

  const missing = async () => {
    let bytes = engineIsThere() ? 0 : ENGINE_BYTES;
    for (const one of listed()) if (!one.blob && !(await isKept(one.download))) bytes += one.bytes;
    return bytes;
  };
  async function name() {
    const bytes = await missing();
    const load = bytes ? `, loads ${MB(bytes)}` : "";
    run.textContent = `Run ${listed().length} version${listed().length > 1 ? "s" : ""}${load}`;
    measure.textContent = `Measure it with ${listed().length} version${listed().length > 1 ? "s" : ""}${load}`;
    root.dataset.ready = "true";
  }

  async function load(signal) {
    const total = await missing();
    let got = 0;
    const seen = (count) => {
      got += count;
      bar.value = Math.min(got / total, 1);
      status.textContent = `Loading: ${MB(got)} of ${MB(total)}`;
    };
    bar.value = 0;
    await loadEngine(seen, signal);
    for (const one of listed()) one.blob ??= await download(one.download, seen, signal);
  }

  // Does a job with the base model open; each(model, version, base model or null) for every other version, one at a time.
  async function withModels(first, each, failed, signal) {
    const reference = await Model.open(base.blob, base.name);
    await first(reference);
    for (const version of listed().slice(1)) {
      if (signal.aborted) throw new Stopped();
      let model;
      try {
        model = await Model.open(version.blob, version.name);
        await each(model, version, (await sameVocabulary(reference, model)) ? reference : null);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        failed(version, error.message);
      }
      await model?.close();
    }
    await reference.close();
  }

  async function job(doing) {
    said.textContent = "";
    work = new AbortController();
    const { signal } = work;
    for (const element of root.querySelectorAll("button, input, select, textarea")) element.disabled = true;
    stop.disabled = stop.hidden = bar.hidden = false;
    root.dataset.busy = "true";
    const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Stopped())));
    aborted.catch(() => null);
    try {
      await Promise.race([load(signal).then(() => doing(signal)), aborted]);
      status.textContent = "Done.";
    } catch (error) {
      if (error instanceof Stopped || signal.aborted) status.textContent = "Stopped.";
      else {
        status.textContent = "";
        said.textContent = error instanceof Refusal ? error.message : `Something failed that should not: ${error.message ?? error}`;
        if (!(error instanceof Refusal)) console.error(error);
      }
    }
    closeAll();
    for (const element of root.querySelectorAll("button, input, select, textarea")) element.disabled = false;
    stop.hidden = bar.hidden = true;
    showChosen();
    root.dataset.busy = "false";
  }

  run.addEventListener("click", () =>
    job(async (signal) => {
      const how = { prompt: prompt.value, tokens: Number(tokens.value), temperature: Number(temperature.value), seed: Number(seed.value) >>> 0 };
      const steps = listed().length * how.tokens * 2 - how.tokens;
      let step = 0;
      const move = () => (bar.value = ++step / steps);
      cards.replaceChildren();
      const shown = (version) => {
        const one = card(version, base, how.prompt);
        cards.append(one.root);
        status.textContent = `${version.name} writes…`;
        return one;
      };
      let written;
      await withModels(
        async (model) => {
          const one = shown(base);
          written = await writeBase(model, how, (told) => (one.token(told), move()), signal);
          one.done();
        },
        async (model, version, reference) => {
          const one = shown(version);
          await writeVersion(model, reference, how, (told) => (one.token(told), move()), signal);
          one.done(reference ? await scoreOn(model, written, (kl) => (one.scored(kl), move()), signal) : null);
        },
        (version, message) => (cards.querySelector(`[data-version="${CSS.escape(version.id)}"]`)?.remove(), shown(version).failed(message)),
        signal,
      );
    }),
  );

  measure.addEventListener("click", () =>
    job(async (signal) => {
      const found = measured(base);
      table.replaceChildren(found.root);
      let reference;
      const show = (version) => (done, of) => {
        bar.value = done / of;
        if (done % 16 === 1) status.textContent = `${version.name}: token ${done} of ${of}`;
      };
      await withModels(
        async (model) => {
          reference = await perplexity(model, pasted.value, null, show(base), signal);
          found.row(base, reference, reference);
        },
        async (model, version, same) => found.row(version, await perplexity(model, pasted.value, same && reference, show(version), signal), same && reference),
        (version, message) => found.failed(version, message),
        signal,
      );
    }),
  );
  stop.addEventListener("click", () => work.abort());
  addEventListener("pagehide", closeAll);

  root.append(
    field("Prompt", prompt),
    fields,
    make("fieldset", {}, make("legend", { textContent: `Versions, up to ${MOST} beside the one they are measured against` }), chips),
    make("p", { className: "fb-damage-open" }, make("label", { htmlFor: opened.id, className: "md-button", textContent: "Add a GGUF file of yours" }), opened, make("small", { textContent: "or drop it here: it is read in this browser and sent nowhere" })),
    make("div", { className: "fb-damage-actions" }, run, stop, bar, status),
    said,
    cards,
    make("div", { className: "fb-damage-own" }, field("Perplexity of a text of yours", pasted), make("div", { className: "fb-damage-actions" }, measure), table),
  );
  root.hidden = false;
  showVersions();
}

const root = document.getElementById("fb-damage");
const refuse = (message) => {
  root.remove();
  const note = document.getElementById("fb-damage-instead");
  note.textContent = message;
  note.hidden = false;
};
if (!supported()) refuse("This browser does not run WebAssembly, so the models cannot run here. Below is what they wrote when they were recorded.");
else main(root).catch((error) => refuse(error instanceof Refusal ? error.message : `The tool could not start: ${error.message}`));
