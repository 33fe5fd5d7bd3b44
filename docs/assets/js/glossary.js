// The box that filters the glossary. Without it the page is a plain list.
(() => {
  const box = document.getElementById("fb-glossary");
  if (!box) return;

  // An entry is a term's heading and all that follows up to the next one.
  const entries = [];
  const letters = [];
  for (const element of box.parentElement.children) {
    if (element.tagName === "H2") letters.push({ heading: element, entries: [] });
    else if (element.tagName === "H3") {
      entries.push({ parts: [], text: "" });
      letters.at(-1).entries.push(entries.at(-1));
    }
    if (/^(H3|P)$/.test(element.tagName)) entries.at(-1)?.parts.push(element);
  }
  const plain = (text) => text.toLowerCase().replace(/[\s-]+/g, " ").trim();
  for (const entry of entries) {
    const [heading, definition] = entry.parts;
    const also = /Also: (.*?)\.\s/.exec(entry.parts.at(-1).textContent)?.[1] ?? "";
    entry.name = plain(`${heading.firstChild.textContent} ${also}`);
    entry.text = plain(definition.textContent);
  }

  const field = Object.assign(document.createElement("input"), { type: "search", id: "fb-glossary-text" });
  field.autocomplete = "off";
  const label = Object.assign(document.createElement("label"), { htmlFor: field.id, textContent: "Find a term" });
  const count = document.createElement("span");
  count.setAttribute("role", "status");

  function show() {
    const wanted = plain(field.value);
    let shown = 0;
    for (const letter of letters) {
      let any = false;
      for (const entry of letter.entries) {
        const fits = entry.name.includes(wanted) || entry.text.includes(wanted);
        for (const part of entry.parts) part.hidden = !fits;
        if (fits) shown++;
        any ||= fits;
      }
      letter.heading.hidden = !any;
    }
    count.textContent = `${shown} of ${entries.length} terms`;
  }

  field.addEventListener("input", show);
  box.replaceChildren(label, field, count);
  show();
})();
