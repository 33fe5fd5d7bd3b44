// A text field with a list below it: type to narrow, arrows to move, Enter to take, Escape to leave (ARIA combobox).
"use strict";
globalThis.fourbitChoose = ({ id, label, entries, free, take }) => {
  const { make } = globalThis.fourbitVramView;
  const MOST = 500; // rows shown at once
  const plain = (text) => text.toLowerCase().replace(/[^a-z0-9.]+/g, " ").trim();
  const rows = entries.map((entry) => ({ ...entry, words: plain(`${entry.text} ${entry.value} ${entry.more ?? ""}`), tight: plain(`${entry.text} ${entry.value}`).replaceAll(" ", "") }));
  const input = make("input", { id, type: "text", autocomplete: "off", spellcheck: false, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list` });
  const list = make("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
  let shown = [];
  let active = -1;
  let current = "";

  function found(text) {
    const words = plain(text).split(" ").filter(Boolean);
    const all = rows.filter((row) => words.every((word) => row.words.includes(word) || row.tight.includes(word)));
    return all.sort((a, b) => b.words.startsWith(words[0] ?? "") - a.words.startsWith(words[0] ?? "")).slice(0, MOST);
  }
  function open(text) {
    shown = found(text);
    active = -1;
    list.replaceChildren(
      ...shown.map((row, i) => {
        const item = make("li", { id: `${id}-${i}`, role: "option", "aria-selected": String(row.value === current) }, make("span", { textContent: row.text }), make("small", { textContent: row.more ?? "" }));
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          choose(row.value);
        });
        return item;
      }),
    );
    if (!shown.length) list.append(make("li", { className: "fb-vram-none", role: "option", "aria-disabled": "true", "aria-selected": "false", textContent: free ?? "Nothing by this name" }));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }
  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function mark(next) {
    if (!shown.length) return;
    list.children[active]?.classList.remove("fb-vram-active");
    active = (next + shown.length) % shown.length;
    const item = list.children[active];
    item.classList.add("fb-vram-active");
    item.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", item.id);
  }
  const textOf = (value) => rows.find((row) => row.value === value)?.text ?? value;
  function set(value) {
    current = value;
    input.value = textOf(value);
  }
  function choose(value) {
    set(value);
    close();
    take(value);
  }
  // What was typed, when no row was chosen: the row of that name, the only row left, or the text itself.
  function settle() {
    const text = input.value.trim();
    close();
    if (text === textOf(current)) return;
    const same = rows.find((row) => plain(row.text) === plain(text) || row.value === text);
    const left = text ? found(text) : [];
    if (same || left.length === 1) choose((same ?? left[0]).value);
    else if (free && /^$|^\d+(\.\d+)?\s*gi?b?(\s*@.*)?$/i.test(text)) choose(text);
    else set(current);
  }
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && open(""));
  input.addEventListener("input", () => open(input.value));
  input.addEventListener("blur", settle);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open("");
      mark(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const row = shown[active] ?? (input.value && input.value !== textOf(current) ? shown[0] : null);
      if (!list.hidden && row) choose(row.value);
      else settle();
    } else if (event.key === "Escape" && !list.hidden) {
      set(current);
      close();
    }
  });
  const box = make("div", { className: "fb-vram-choose" }, make("label", { htmlFor: id, textContent: label }), input, list);
  return { box, set };
};
