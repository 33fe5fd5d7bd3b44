// What a reader has done, kept in this browser and nowhere else: {quiz: {...}, exercises: {file: {...}}} under one key.
import { make } from "./make.js";

const KEY = "fourbit.progress";
const CACHES = "fourbit-python"; // first part of the names of caches that run-worker.js makes

export function read() {
  try {
    return { quiz: {}, exercises: {}, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return { quiz: {}, exercises: {} }; // no storage, or not ours
  }
}

export function write(progress) {
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // private windows of some browsers keep nothing
  }
}

export const exercise = (file) => read().exercises[file];

/** A try that was not right: counts it and keeps the code. */
export function tried(file, code, page) {
  const progress = read();
  const before = progress.exercises[file] ?? { tries: 0 };
  progress.exercises[file] = { ...before, tries: before.tries + 1, code, page };
  write(progress);
}

export function solved(file, code, page) {
  tried(file, code, page);
  const progress = read();
  progress.exercises[file].solved ??= new Date().toISOString().slice(0, 10);
  write(progress);
}

/** Joins a file that was exported into what is here; a finished exercise stays finished. Throws when it is no such file. */
export function merge(text) {
  const told = JSON.parse(text);
  const plain = (value) => value && typeof value === "object" && !Array.isArray(value);
  if (!plain(told) || !plain(told.quiz) || !plain(told.exercises)) throw new Error("not a file of progress");
  const here = read();
  for (const [file, entry] of Object.entries(told.exercises)) {
    if (plain(entry) && !here.exercises[file]?.solved) here.exercises[file] = entry;
  }
  write({ ...here, quiz: { ...told.quiz, ...here.quiz } });
}

export async function erase() {
  try {
    localStorage.removeItem(KEY);
    for (const name of (await globalThis.caches?.keys()) ?? []) if (name.startsWith(CACHES)) await caches.delete(name);
  } catch {
    // nothing was kept
  }
}

function panel(root) {
  const button = (label, click) => {
    const element = make("button", { type: "button", textContent: label, className: "md-button" });
    element.addEventListener("click", click);
    return element;
  };
  const status = make("p", { className: "fb-progress-status" });
  status.setAttribute("role", "status");
  const list = make("ul");
  const file = make("input", { type: "file", accept: ".json,application/json", hidden: true });
  const home = new URL("../../", import.meta.url);

  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  function show(said = "") {
    const { quiz, exercises } = read();
    const done = Object.entries(exercises);
    const right = done.filter(([, entry]) => entry.solved).length;
    const answered = Object.keys(quiz).length;
    const told = [`${count(right, "exercise")} solved`, `${count(done.length - right, "exercise")} tried`];
    status.textContent = `${said}${told.join(", ")}, ${count(answered, "self-test question")} answered.`;
    list.replaceChildren(
      ...done.map(([name, { page, solved: date, tries }]) => {
        const link = make("a", { href: new URL(page ?? "learn/", home).href, textContent: name });
        return make("li", {}, link, date ? `: solved on ${date}` : `: ${count(tries, "try").replace("trys", "tries")}`);
      }),
    );
  }

  const save = button("Save as a file", () => {
    const address = URL.createObjectURL(new Blob([JSON.stringify(read(), null, 1)], { type: "application/json" }));
    make("a", { href: address, download: "fourbit-progress.json" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });
  const load = button("Load a file", () => file.click());
  file.addEventListener("change", async () => {
    try {
      merge(await file.files[0].text());
      show("Loaded. ");
    } catch {
      show("That file has no progress in it. ");
    }
    file.value = "";
  });
  let sure = false;
  const drop = button("Erase", async () => {
    sure = !sure;
    if (sure) {
      drop.textContent = "Erase everything, really";
      return;
    }
    drop.textContent = "Erase";
    await erase();
    show("Erased. ");
  });
  drop.addEventListener("blur", () => {
    sure = false;
    drop.textContent = "Erase";
  });
  root.replaceChildren(status, list, make("div", { className: "fb-progress-buttons" }, save, load, drop, file));
  root.hidden = false;
  show();
}

const root = globalThis.document?.getElementById("fb-progress");
if (root) panel(root);
