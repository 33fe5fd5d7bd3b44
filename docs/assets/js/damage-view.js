// What docs/tools/feel-the-damage.md shows: cards of versions, tokens, strips, tables.

import { level } from "./damage-numbers.js";
import { make } from "./make.js";

export const MB = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
export const nats = (kl) => (kl < 0.0001 ? "0" : kl.toPrecision(2));
const share = (part) => `${Math.round(100 * part)}%`;
const shown = (piece) => piece.replace(/\n/g, "↵").replace(/ /g, "·");
const about = (version) => [MB(version.bytes), version.bits ? `${version.bits.toFixed(1)} bits a weight` : null].filter(Boolean).join(" · ");

// The card of a version: token() as it writes, strip() as it is scored, done() with the figures.
export function card(version, base, prompt) {
  const isBase = version === base;
  const text = make("p", { className: "fb-damage-text", tabIndex: 0, role: "region", "aria-label": `What ${version.name} writes` });
  text.append(make("span", { className: "fb-damage-prompt", textContent: prompt }));
  const cells = make("div", { className: "fb-strip-cells", "aria-hidden": "true" });
  const strip = make("div", { className: "fb-damage-strip", hidden: true }, make("small", { textContent: `On the text of ${base.name}, token by token` }), cells);
  const says = make("p", { className: "fb-damage-says" });
  const rows = make("tbody");
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...["Token", "KL, nats", `${base.name} picks it`].map((name) => make("th", { scope: "col", textContent: name })))),
    rows,
  );
  const numbers = make("details", { className: "fb-damage-numbers", hidden: true }, make("summary", { textContent: "Its tokens in numbers" }), make("div", { className: "fb-damage-scroll", tabIndex: 0, role: "region", "aria-label": `Tokens of ${version.name}` }, table));
  const root = make(
    "article",
    { className: `fb-damage-card${isBase ? " fb-damage-base" : ""}`, "data-version": version.id },
    make("h2", {}, version.name, " ", make("small", { textContent: about(version) })),
    text,
    strip,
    says,
    isBase ? null : numbers,
  );
  let [count, picked] = [0, 0];
  return {
    root,
    token({ piece, picked: wanted, kl }) {
      count += 1;
      picked += wanted ? 1 : 0;
      text.append(make("span", { className: wanted === false ? "fb-damage-other" : "", textContent: piece }));
      if (kl === undefined || isBase) return;
      rows.append(make("tr", {}, make("td", { textContent: shown(piece) }), make("td", { textContent: nats(kl) }), make("td", { textContent: wanted ? "yes" : "no" })));
      numbers.hidden = false;
    },
    scored(kl) {
      strip.hidden = false;
      cells.append(make("i", { className: `fb-k${level(kl)}`, title: `${nats(kl)} nats` }));
    },
    done(found) {
      if (isBase) says.textContent = "The others are measured against this one.";
      else if (!found) says.textContent = `Another vocabulary than that of ${base.name}: its tokens cannot be compared.`;
      else {
        says.append(
          make("b", { textContent: `${picked} of ${count}` }), ` tokens as ${base.name} would have picked them. On the text of ${base.name}: mean KL `,
          make("b", { className: "fb-damage-kl", textContent: nats(found.kl) }), " nats, the same first choice for ", make("b", { textContent: share(found.top1) }), " of the tokens.",
        );
      }
      Object.assign(root.dataset, found ? { kl: found.kl, top1: found.top1, picked } : {});
    },
    failed(message) {
      says.textContent = message;
      says.classList.add("fb-damage-wrong");
    },
  };
}

// The table of a text's perplexity: a row a version, filled as it is measured.
export function measured(base) {
  const rows = make("tbody");
  const head = ["Version", "Size", "Perplexity", `Times ${base.name}`, "Mean KL, nats", "Same first choice"];
  const note = make("p", { className: "fb-damage-says" });
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col", textContent: name })))), rows);
  return {
    root: make("div", {}, make("div", { className: "md-typeset__scrollwrap", tabIndex: 0, role: "region", "aria-label": "Perplexities" }, make("div", { className: "md-typeset__table" }, table)), note),
    row(version, found, reference) {
      const compared = found.kl !== undefined;
      const cells = [
        MB(version.bytes), found.perplexity.toFixed(2), reference && (compared || version === base) ? (found.perplexity / reference.perplexity).toFixed(3) : "—",
        compared ? nats(found.kl) : "—", compared ? share(found.top1) : "—",
      ];
      const data = { "data-version": version.id, "data-perplexity": found.perplexity, "data-kl": found.kl };
      rows.append(make("tr", data, make("th", { scope: "row", textContent: version.name }), ...cells.map((textContent) => make("td", { textContent }))));
      if (version === base) note.textContent = `${found.tokens} tokens scored${found.cut ? `; the last ${found.cut} are left out, since the model sees ${found.tokens + 1} at a time` : ""}.`;
    },
    failed(version, message) {
      rows.append(make("tr", {}, make("th", { scope: "row", textContent: version.name }), make("td", { colSpan: 5, className: "fb-damage-wrong", textContent: message })));
    },
  };
}
