// Find the entry that a pasted message belongs to: src/fourbit/kb/match.py in JavaScript, and the box on docs/errors.
// Keep the two alike; the tests hold both against the same pastes.
globalThis.fourbitErrors = (() => {
  const ANY = "…";
  const COLOR = /\x1b\[[0-9;?]*[A-Za-z]/g;
  const PATH =
    /(?:(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,15}:\/\/|(?<![A-Za-z0-9_])(?:[A-Za-z]:[\\/]|~?[\\/]|\.{1,2}[\\/]))[^\s"'`<>|,;()[\]{}\u2018-\u201f\u00ab\u00bb\u2039\u203a]*/g;
  const LONGEST = 200000;
  const NARROWEST = 60;
  const SKIP = 0.1;
  const AROUND = 8;
  const GAP = 24;
  const REGIONS = 40;
  const ENOUGH = 4;

  function unwrap(text) {
    const lines = text.split("\n");
    const lengths = lines.map((line) => Array.from(line).length);
    const width = lengths.reduce((most, length) => Math.max(most, length), 0);
    if (width < NARROWEST || lengths.filter((length) => length === width).length < 2) return text;
    return lines.map((line, number) => (lengths[number] === width ? line : `${line}\n`)).join("");
  }

  function words(text) {
    const plain = unwrap(text.slice(-LONGEST).replace(COLOR, "").replaceAll("\r", "")).replace(PATH, " ");
    return (plain.match(/[A-Za-z0-9_]+/g) ?? [])
      .map((word) => word.replace(/^_+|_+$/g, "").toLowerCase())
      .filter((word) => word.length > 1 && !/^[0-9]/.test(word));
  }

  const needed = (total) => Math.min(ENOUGH, total * (total < 2.5 ? 0.9 : 0.7));
  const reach = (part) =>
    AROUND + part.length + Math.floor(part.length / 2) + GAP * part.filter((word) => word === ANY).length;

  function regions(pattern, anchors, places) {
    const spans = [];
    for (const word of anchors) {
      const before = reach(pattern.slice(0, pattern.lastIndexOf(word)));
      const after = reach(pattern.slice(pattern.indexOf(word) + 1));
      for (const place of places.get(word) ?? []) spans.push([Math.max(0, place - before), place + 1 + after]);
    }
    spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const merged = [];
    for (const [start, stop] of spans) {
      const last = merged.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(stop, last[1]);
      else merged.push([start, stop]);
    }
    return merged.slice(-REGIONS);
  }

  function align(pattern, there, weights) {
    const none = { score: 0, last: -1, before: null };
    let best = none;
    let at = Array(pattern.length + 1).fill(none);
    for (const word of there) {
      const now = [];
      for (let index = 0; index <= pattern.length; index++) {
        let stay = at[index];
        if (stay.last >= 0 && pattern[index - 1] !== ANY) {
          const score = stay.score - SKIP;
          stay = score > 0 ? { ...stay, score } : none;
        }
        if (index) {
          if (now[index - 1].score > stay.score) stay = now[index - 1];
          if (pattern[index - 1] === word) {
            const before = at[index - 1];
            const score = before.score + weights[word];
            if (score > stay.score) stay = { score, last: index - 1, before: before.last >= 0 ? before : null };
          }
        }
        now.push(stay);
      }
      at = now;
      if (at[pattern.length].score > best.score) best = at[pattern.length];
    }
    return best;
  }

  function bestOf(pattern, there, places, weights) {
    const own = pattern.filter((word) => word !== ANY);
    const total = own.reduce((sum, word) => sum + weights[word], 0);
    const need = needed(total);
    const sorted = [...new Set(own)].sort((a, b) => weights[b] - weights[a] || (a < b ? -1 : 1));
    const anchors = [];
    let rest = total;
    for (const word of sorted) {
      if (rest < need) break;
      anchors.push(word);
      rest -= weights[word] * own.filter((one) => one === word).length;
    }
    let best = null;
    for (const [start, stop] of regions(pattern, anchors, places)) {
      const got = align(pattern, there.slice(start, stop), weights);
      if (!best || got.score > best.score) best = got;
    }
    if (!best || Number(best.score.toFixed(6)) < Number(need.toFixed(6))) return null;
    const found = [];
    for (let step = best; step && step.last >= 0; step = step.before) found.unshift(pattern[step.last]);
    return { score: Number(best.score.toFixed(3)), words: found };
  }

  function find(index, text, most = 3) {
    const there = words(text);
    const places = new Map();
    there.forEach((word, place) => {
      if (!places.has(word)) places.set(word, []);
      places.get(word).push(place);
    });
    const raw = text.slice(-LONGEST).toLowerCase();
    const found = [];
    index.entries.forEach((entry, number) => {
      if (entry.where.length && !entry.where.some((name) => raw.includes(name))) return;
      let best = null;
      for (const pattern of entry.patterns) {
        const got = bestOf(pattern, there, places, index.words);
        if (got && (!best || got.score > best.score)) best = got;
      }
      if (best) found.push({ slug: entry.slug, general: entry.general, number, ...best });
    });
    found.sort((a, b) => a.general - b.general || b.score - a.score || a.number - b.number);
    return found.slice(0, most).map(({ slug, score, words: own }) => ({ slug, score, words: own }));
  }

  return { words, find };
})();

(() => {
  const SOON = 250; // ms after the last key
  const REPORT = "issues/new?template=error-report.yml&message=";
  const MOST = 6000; // characters of a message that an address can carry

  const make = (tag, attributes = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };

  // The repository, as far as the page can tell: the theme's link to it, else the one behind GitHub Pages.
  function repository() {
    const link = document.querySelector("a.md-source, link[rel=code-repository]");
    if (link) return `${link.href.replace(/\/$/, "")}/`;
    const owner = location.hostname.match(/^([\w-]+)\.github\.io$/)?.[1];
    const name = location.pathname.split("/")[1];
    return owner && name ? `https://github.com/${owner}/${name}/` : null;
  }

  function select(label, values, change) {
    const box = make("select", { onchange: change }, make("option", { value: "", textContent: "All" }));
    for (const [value, text] of values) box.append(make("option", { value, textContent: text }));
    return [make("label", {}, `${label} `, box), box];
  }

  function start(root) {
    const index = JSON.parse(document.getElementById("fb-errors-index").textContent);
    const items = [...document.querySelectorAll("article [data-slug]")].map((link) => ({
      link,
      slug: link.dataset.slug,
      tools: link.dataset.tools.split(" "),
      category: link.dataset.category,
      row: link.closest("li"),
    }));
    const bySlug = new Map(items.map((item) => [item.slug, item]));
    const sections = [...new Set(items.map((item) => item.category))].map((name) => {
      const heading = document.getElementById(name);
      return { name, heading, text: heading.firstChild.textContent.trim() };
    });

    const field = make("textarea", { id: "fb-errors-text", rows: 8, spellcheck: false });
    field.placeholder = "Traceback (most recent call last): …";
    const result = make("div", { id: "fb-errors-result" });
    result.setAttribute("role", "status");

    function show() {
      const text = field.value;
      const found = text.trim() ? fourbitErrors.find(index, text) : [];
      result.replaceChildren();
      if (!text.trim()) return;
      if (!found.length) {
        const home = repository();
        const where = home
          ? make("a", { href: home + REPORT + encodeURIComponent(text.slice(-MOST)), textContent: "Report it" })
          : "Report it in the repository of this site";
        result.append(
          make("p", {}, make("strong", { textContent: "Nothing matches." }), " No entry explains this message. "),
        );
        result.lastChild.append(where, ", and it may get one.");
      }
      found.forEach(({ slug, words }, place) => {
        const { link } = bySlug.get(slug);
        const line = make("p", { className: place ? "fb-errors-also" : "fb-errors-first" });
        if (place) line.append("Also in it: ");
        line.append(make("a", { href: link.href, textContent: link.textContent }));
        const told = make("span", { className: "fb-errors-words" }, "matched: ");
        words.forEach((word, number) => told.append(...(number ? [" "] : []), make("mark", { textContent: word })));
        line.append(told);
        result.append(line);
      });
    }

    let timer;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, SOON);
    });

    const filter = () => {
      const shown = items.filter(
        (item) =>
          (!tool.value || item.tools.includes(tool.value)) && (!category.value || item.category === category.value),
      );
      for (const item of items) item.row.hidden = !shown.includes(item);
      for (const { name, heading } of sections) heading.hidden = !shown.some((item) => item.category === name);
      count.textContent = `${shown.length} of ${items.length} entries`;
    };
    const tools = [...new Set(items.flatMap((item) => item.tools))].sort().map((name) => [name, name]);
    const [toolLabel, tool] = select("Tool", tools, filter);
    const categories = sections.map(({ name, text }) => [name, text]);
    const [categoryLabel, category] = select("Category", categories, filter);
    const count = make("span");
    count.setAttribute("role", "status");

    const label = make("label", { htmlFor: field.id, textContent: "Message or whole log" });
    root.replaceChildren(label, field, result, make("div", { className: "fb-errors-filters" }));
    root.lastChild.append(toolLabel, categoryLabel, count);
    root.hidden = false;
    filter();
  }

  if (globalThis.document$) {
    document$.subscribe(() => {
      const root = document.getElementById("fb-errors");
      if (root) start(root);
    });
  }
})();
