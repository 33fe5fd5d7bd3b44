// One block of code that a reader runs, edits and checks: what it shows and what its buttons do.
import { make } from "./make.js";
import { exercise, solved, tried } from "./progress.js";
import { python, Stopped } from "./run-python.js";

const HOME = new URL("../../", import.meta.url);
const MB = 1e6;
const DOWNLOAD = "about 9 MB to download once";
const blocks = []; // of this page

// A recorded output ends before the line of results that tests read; so does the reader's.
function visible(text) {
  const lines = text.trimEnd().split("\n");
  if (lines.at(-1).startsWith("{")) {
    try {
      JSON.parse(lines.at(-1));
      lines.pop();
    } catch {
      return text.trimEnd();
    }
  }
  return lines.join("\n").trimEnd();
}

export class Block {
  constructor(bar, code, { run, edit, status }) {
    this.bar = bar;
    this.check = "check" in bar.dataset;
    this.file = bar.dataset.check ?? bar.dataset.run;
    this.sections = bar.dataset.sections ? bar.dataset.sections.split(" ") : [];
    this.pre = code.parentElement;
    this.original = code.textContent.replace(/\n$/, "");
    this.text = this.original;
    this.buttons = { run, edit };
    this.status = status;
    const next = bar.nextElementSibling;
    this.recorded = next?.classList.contains("fb-output") ? next : null;
    this.#build();
    blocks.push(this);
    const kept = this.check && exercise(this.file);
    if (kept?.code && kept.code !== this.original) this.edit(kept.code, false);
    if (kept?.solved) this.#say(`Solved on ${kept.solved}.`);
  }

  get changed() {
    return this.text !== this.original;
  }

  #build() {
    const button = (name, label, click) => {
      const element = make("button", { type: "button", textContent: label, className: `fb-run-${name}`, hidden: true });
      element.addEventListener("click", click);
      this.buttons[name] = element;
      return element;
    };
    const reset = button("reset", "Reset", () => this.reset());
    const stop = button("stop", "Stop", () => python.stop());
    this.status.before(reset, stop);
    this.meter = make("progress", { max: 1, value: 0, hidden: true });
    this.meter.setAttribute("aria-label", "Loading Python");
    this.status.before(this.meter);
    this.shown = make("code");
    this.after = make("div", { className: "fb-run-after", hidden: true });
    this.back = make("button", { type: "button", className: "fb-run-back" });
    this.back.addEventListener("click", () => this.#show(this.panel.hidden));
    this.pane = make("pre", { tabIndex: 0 }, this.shown);
    this.pane.setAttribute("role", "region");
    this.pane.setAttribute("aria-label", "Output of your run");
    this.panel = make("div", { className: "fb-run-panel", hidden: true }, this.pane, this.after);
    this.bar.after(this.panel);
    if (this.recorded) this.bar.append(this.back);
    this.back.hidden = true;
  }

  /** What the file that runs takes from the reader: this block's text, and that of other blocks of the same file. */
  #edits() {
    return blocks
      .filter((one) => one.file === this.file && !one.check && one.changed)
      .map((one) => [one.sections, one.text]);
  }

  async run() {
    if (this.buttons.run.disabled) return;
    this.buttons.run.disabled = true;
    this.buttons.stop.hidden = false;
    this.after.replaceChildren();
    this.after.hidden = true;
    this.shown.replaceChildren();
    this.panel.classList.remove("fb-run-failed");
    const edits = this.check ? [] : this.#edits();
    const attempt = this.check ? this.text : undefined;
    let out = "";
    try {
      const done = await python.run(
        { file: `snippets/${this.file}`, edits, attempt },
        { state: (state) => this.#progress(state), output: (parts) => (out += this.#print(parts)) },
      );
      this.#finish(done, out, edits);
      this.#show(true);
    } catch (error) {
      if (error instanceof Stopped) this.#say("Stopped. The next run starts Python anew.");
      else this.#say(`Python did not start here (${error.message}). Run it on your machine: python snippets/${this.file}`);
      if (!out) this.#show(false);
    }
    this.meter.hidden = true;
    this.buttons.run.disabled = false;
    if (this.buttons.stop === document.activeElement) this.buttons.run.focus();
    this.buttons.stop.hidden = true;
  }

  #progress({ phase, loaded = 0, total = 0, stored = 0 }) {
    this.meter.hidden = phase !== "loading";
    if (phase === "waiting") this.#say("Waiting for the run before…");
    if (phase === "running") this.#say("Running…");
    if (phase !== "loading") return;
    this.meter.value = total ? loaded / total : 0;
    const read = Math.floor(loaded / MB / 4) * 4; // in steps, as a screen reader reads each of them out
    const size = total ? `${read} of ${(total / MB).toFixed(0)} MB, ` : "";
    this.#say(stored ? "Starting Python from this browser's cache…" : `Loading Python: ${size}${DOWNLOAD}.`);
  }

  #print(parts) {
    for (const [kind, text] of parts) {
      if (this.shown.lastChild?.className !== `fb-run-${kind}`) {
        this.shown.append(make("span", { className: `fb-run-${kind}` }));
      }
      this.shown.lastChild.append(text);
    }
    this.#show(true);
    return parts.map(([kind, text]) => (kind === "out" ? text : "")).join("");
  }

  #finish({ result, cut, ms }, out, edits) {
    const text = visible(out);
    if (!cut && text !== out.trimEnd()) this.#strip();
    const took = `${(ms / 1000).toFixed(2)} s`;
    const cached = python.stored ? "" : " Python stays in this browser's cache.";
    if (cut) this.#tell(`Output cut after ${cut.toLocaleString("en")} characters.`);
    if (this.check) return this.#judge(result, took);
    if (result.error) {
      this.#fail(result);
      return this.#say(`Ended with an error after ${took}.`);
    }
    if (!text && !this.shown.textContent) this.#tell("No output.");
    const others = edits.filter(([sections]) => sections.join() !== this.sections.join()).length;
    const note = others ? ` With your changes to ${others} other block${others > 1 ? "s" : ""} of this file.` : "";
    const same = !edits.length && this.recorded && this.recorded.textContent.trim() === text.trim();
    return this.#say(`Done in ${took}${same ? ", with the recorded output" : ""}.${note}${cached}`);
  }

  /** Keep of the standard output what a recorded output has of it. */
  #strip() {
    const last = [...this.shown.children].filter((one) => one.className === "fb-run-out").at(-1);
    const line = last.textContent.trimEnd().split("\n");
    line.pop();
    last.textContent = line.length ? `${line.join("\n").trimEnd()}\n` : "";
  }

  #judge(result, took) {
    const page = document.location.pathname.slice(HOME.pathname.length);
    if (!result.error) {
      solved(this.file, this.text, page);
      this.panel.classList.add("fb-run-right");
      return this.#say(`Right. All checks passed in ${took}.`);
    }
    this.panel.classList.remove("fb-run-right");
    tried(this.file, this.text, page);
    if (result.assert && result.section === "check") {
      this.#tell(make("strong", { textContent: "Not yet. " }), result.message || "A check failed.");
      return this.#say("Not yet. A hint is below.");
    }
    this.#fail(result);
    return this.#say("Not yet: your code raised an error.");
  }

  #fail(result) {
    this.panel.classList.add("fb-run-failed");
    this.shown.append(make("span", { className: "fb-run-error", textContent: result.error }));
    const own = this.sections.indexOf(result.section);
    if (own === 0 || !this.sections.length) this.#tell(`Line ${result.inside ?? result.line} of this block.`);
    else if (result.assert && own < 0 && result.line) {
      this.#tell("The line is in another part of the file. It claims something that no longer holds with your change.");
    } else if (own < 0 && result.line) this.#tell("The line is in another part of the file.");
    if (/^No module named/.test(result.message)) {
      this.#tell("In the page there are the standard library, NumPy and what fourbit has that needs no more.");
    }
    if (result.entry) {
      const { slug, title } = result.entry;
      this.#tell("This error has an entry: ", make("a", { href: new URL(`errors/${slug}/`, HOME).href, textContent: title }));
    }
  }

  #tell(...parts) {
    this.after.append(make("p", {}, ...parts));
    this.after.hidden = false;
  }

  #say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** Shows the reader's output, or what was recorded. */
  #show(own) {
    this.panel.hidden = !own;
    this.pane.hidden = !this.shown.textContent.trim();
    if (!this.recorded) return;
    this.recorded.hidden = own;
    this.back.hidden = false;
    this.back.textContent = own ? "Show the recorded output" : "Show your output";
  }

  async edit(text = this.text, focus = true) {
    this.buttons.edit.disabled = true;
    try {
      const { Editor } = await import("./run-editor.js");
      this.editor ??= new Editor(this.pre, {
        label: `Code of ${this.file}`,
        change: (now) => this.#edited(now),
        run: () => this.run(),
        leave: () => this.buttons.run.focus(),
      });
      this.editor.open(text);
      this.buttons.edit.hidden = true;
      this.buttons.reset.hidden = false;
      if (focus) {
        this.editor.focus();
        this.#say("Ctrl or ⌘ with Enter runs. Escape leaves the editor. Each run starts anew.");
      }
    } catch {
      this.#say("The editor did not load. Try again.");
    }
    this.buttons.edit.disabled = false;
  }

  #edited(text) {
    this.text = text;
    this.bar.classList.toggle("fb-run-changed", this.changed);
  }

  reset() {
    if (!this.buttons.stop.hidden) python.stop();
    this.editor?.close();
    this.#edited(this.original);
    this.shown.replaceChildren();
    this.after.replaceChildren();
    this.#show(false);
    this.back.hidden = true;
    this.buttons.edit.hidden = false;
    this.buttons.reset.hidden = true;
    this.buttons.edit.focus();
    this.#say("The code is as it was.");
  }
}
