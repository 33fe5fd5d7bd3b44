// Tables of hardware and of models that a page shows: read from the page, filtered, sorted, compared, asked.
// Without this file they are tables. `read` and `judge` are what the tests hold against fourbit.vram.
globalThis.fourbitHardware = (() => {
  const KIND = { GPU: "GPU", Mac: "Mac", APU: "APU", CPU: "CPU" };
  const CLASSES = ["under 300", "300 to 600", "600 to 1200", "1200 to 3000", "3000 to 10000", "used", "data center"];
  const number = (text) => Number(text.replace(/[^0-9.]/g, ""));

  function read(table, names) {
    return [...table.tBodies[0].rows].map((row) => {
      const cells = [...row.cells].map((cell) => cell.textContent.trim());
      return Object.assign({ row }, names(cells));
    });
  }

  const cards = (table) =>
    read(table, ([name, kind, memory, usable, bandwidth, price, since, largest]) => ({
      name, kind, memory: number(memory), usable: number(usable), bandwidth: number(bandwidth), price,
      since: number(since), largest,
    }));

  const needs = (table) =>
    read(table, ([model, quant, chat, chatMost, long, longMost, team, teamMost, ram, reads]) => ({
      model, quant, ram: number(ram), reads: number(reads),
      use: {
        chat: [number(chat), number(chatMost)],
        long: [number(long), number(longMost)],
        team: [number(team), number(teamMost)],
      },
    }));

  // What a model does on a card: a verdict, and tokens a second at most (at 8,192 tokens) where it fits.
  function judge(card, need, use = "chat") {
    const [size, most] = card.kind === KIND.CPU && use === "chat" ? [need.ram, need.ram] : need.use[use];
    if (size > card.usable) return { verdict: "too small", speed: 0 };
    return { verdict: most > card.usable ? "tight" : "fits", speed: card.bandwidth / need.reads };
  }

  const say = ({ verdict, speed }) => {
    if (!speed) return "—";
    const rate = speed < 10 ? speed.toFixed(1) : Math.round(speed).toLocaleString("en");
    return verdict === "tight" ? `${rate}, tight` : rate;
  };

  return { KIND, CLASSES, cards, needs, judge, say };
})();

(() => {
  const { KIND, CLASSES, cards, needs, judge, say } = globalThis.fourbitHardware;
  const MOST = 4;
  const LISTED = 12;

  const make = (tag, attributes = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };

  function select(label, options, change) {
    const box = make("select", { onchange: change });
    for (const [value, text] of options) box.append(make("option", { value, textContent: text }));
    return [make("label", {}, make("span", { textContent: label }), box), box];
  }

  const table = (head, rows) => {
    const line = (cells, tag) =>
      make("tr", {}, ...cells.map((text, place) => {
        const cell = make(place ? tag : "th", { textContent: text });
        if (!place || tag === "th") cell.scope = place || tag === "th" ? "col" : "row";
        return cell;
      }));
    const whole = make("table", {}, make("thead", {}, line(head, "th")), make("tbody", {}, ...rows.map((r) => line(r, "td"))));
    for (const row of whole.tBodies[0].rows) row.cells[0].scope = "row";
    return make("div", { className: "md-typeset__scrollwrap" }, make("div", { className: "md-typeset__table" }, whole));
  };

  const modelOptions = (models) => models.map((need, place) => [place, `${need.model}, ${need.quant}`]);

  function remember(values) {
    const found = new URLSearchParams();
    for (const [key, value] of Object.entries(values)) if (value) found.set(key, value);
    const query = found.toString();
    history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : "") + location.hash);
  }

  // compare-hardware: filters above the table, a column for the chosen model, up to four cards side by side
  function compare(root) {
    const body = document.querySelector("#fb-cards table");
    const all = cards(body);
    const models = needs(document.querySelector("#fb-needs table"));
    const asked = new URLSearchParams(location.search);
    const picked = new Set((asked.get("cards") ?? "").split("|").filter((name) => all.some((card) => card.name === name)));
    let order = { place: -1, down: true };

    const text = make("input", { type: "search", placeholder: "4090, Mac, A100", oninput: () => show() });
    const textLabel = make("label", {}, make("span", { textContent: "Name" }), text);
    const [kindLabel, kind] = select("Kind", [["", "All"], ...Object.keys(KIND).map((k) => [k, k])], () => show());
    const [priceLabel, price] = select("Price class, $", [["", "All"], ...CLASSES.map((c) => [c, c])], () => show());
    const [modelLabel, model] = select("Model", modelOptions(models), () => show());
    const fits = make("input", { type: "checkbox", onchange: () => show() });
    const fitsLabel = make("label", { className: "fb-check" }, fits, " only what holds it");
    const count = make("p", { className: "fb-count" });
    count.setAttribute("role", "status");
    const beside = make("div", { id: "fb-beside" });

    const speed = make("th", { textContent: "At most, tok/s" });
    body.tHead.rows[0].insertBefore(speed, body.tHead.rows[0].cells[1]);
    for (const card of all) {
      card.speed = make("td", { className: "fb-speed" });
      card.row.insertBefore(card.speed, card.row.cells[1]);
      card.box = make("input", { type: "checkbox", checked: picked.has(card.name), onchange: () => pick(card) });
      card.row.cells[0].replaceChildren(make("label", { className: "fb-check" }, card.box, ` ${card.name}`));
    }

    [...body.tHead.rows[0].cells].forEach((cell, place) => {
      const button = make("button", { type: "button", textContent: cell.textContent, onclick: () => sort(place) });
      cell.replaceChildren(button);
    });

    function pick(card) {
      if (card.box.checked) picked.add(card.name);
      else picked.delete(card.name);
      while (picked.size > MOST) {
        const [first] = picked;
        picked.delete(first);
        all.find((one) => one.name === first).box.checked = false;
      }
      show();
    }

    function sort(place) {
      order = { place, down: order.place === place ? !order.down : place > 0 };
      const value = (card) => {
        const said = card.row.cells[place].textContent.trim();
        if (place === 0) return said.toLowerCase();
        if (place === 1) return judge(card, models[model.value]).speed;
        const known = CLASSES.indexOf(said);
        const size = said.match(/^([\d,.]+)B?(?:$|, )/);
        const found = known >= 0 ? known : said === "—" ? -1 : size ? Number(size[1].replace(/,/g, "")) : NaN;
        return Number.isNaN(found) ? said.toLowerCase() : found;
      };
      const sorted = all.map((card) => [value(card), card]);
      const less = ([a], [b]) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
      sorted.sort((a, b) => (order.down ? less(b, a) : less(a, b)));
      body.tBodies[0].append(...sorted.map(([, card]) => card.row));
      [...body.tHead.rows[0].cells].forEach((cell, at) => {
        if (at === place) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      });
    }

    function show() {
      const need = models[model.value];
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const card of all) {
        const found = judge(card, need);
        card.speed.textContent = say(found);
        const name = card.name.toLowerCase();
        const keep =
          words.every((word) => name.includes(word) || card.kind.toLowerCase() === word) &&
          (!kind.value || card.kind === kind.value) &&
          (!price.value || card.price === price.value) &&
          (!fits.checked || found.speed > 0);
        card.row.hidden = !keep;
        shown += keep;
      }
      count.textContent = `${shown} of ${all.length}. Check up to four to see them side by side.`;
      const chosen = [...picked].map((name) => all.find((card) => card.name === name));
      beside.replaceChildren();
      if (chosen.length) {
        const facts = [
          ["Memory, GiB", (card) => card.memory],
          ["Usable, GiB", (card) => card.usable],
          ["Bandwidth, GB/s", (card) => card.bandwidth.toLocaleString("en")],
          ["Price class, $", (card) => card.price],
          ["Since", (card) => card.since],
        ].map(([name, value]) => [name, ...chosen.map(value)]);
        const rates = models.filter((one) => one.quant !== "Q8_0").map((one) => [`${one.model}, ${one.quant}`, ...chosen.map((card) => say(judge(card, one)))]);
        beside.append(
          make("h3", { textContent: "Side by side" }),
          table(["", ...chosen.map((card) => card.name)], [...facts, ...rates]),
          make("p", { className: "fb-count", textContent: "Models: tokens a second at most, 8,192 tokens of context. —: does not fit whole." }),
        );
      }
      const changed = Number(model.value) !== start ? need.model + "," + need.quant : "";
      remember({ name: text.value.trim(), kind: kind.value, price: price.value, fits: fits.checked ? 1 : "", model: changed, cards: [...picked].join("|") });
    }

    const start = 2;
    const wanted = models.findIndex((one) => `${one.model},${one.quant}` === asked.get("model"));
    model.value = wanted < 0 ? start : wanted;
    text.value = asked.get("name") ?? "";
    kind.value = asked.get("kind") ?? "";
    price.value = asked.get("price") ?? "";
    for (const box of [kind, price]) if (box.selectedIndex < 0) box.value = "";
    fits.checked = asked.has("fits");
    root.replaceChildren(make("div", { className: "fb-controls" }, textLabel, kindLabel, priceLabel, modelLabel, fitsLabel), beside, count);
    root.hidden = false;
    show();
  }

  // choose-gpu: three questions, one list
  function choose(root) {
    const all = cards(document.querySelector("#fb-cards table"));
    const models = needs(document.querySelector("#fb-needs table"));
    const asked = new URLSearchParams(location.search);
    const uses = [["chat", "8,192 tokens, one user"], ["long", "32,768 tokens, one user"], ["team", "four users, 8,192 tokens each"]];
    const budgets = [["", "any"], ...CLASSES.map((c) => [c, c]), ["own", "I have a machine"]];
    const [modelLabel, model] = select("1. Which model?", modelOptions(models), show);
    const [useLabel, use] = select("2. How much context, for how many?", uses, show);
    const [budgetLabel, budget] = select("3. What may it cost, $?", budgets, show);
    const names = [...all].sort((a, b) => a.name.localeCompare(b.name)).map((card) => [card.name, card.name]);
    const [ownLabel, own] = select("Which machine?", names, show);
    const answer = make("div", { id: "fb-answer" });
    answer.setAttribute("role", "status");

    const rate = (card, need) => say(judge(card, need, use.value));

    function show() {
      const need = models[model.value];
      ownLabel.hidden = budget.value !== "own";
      answer.replaceChildren();
      const [size, most] = need.use[use.value];
      answer.append(make("p", { textContent: `It takes ${size.toFixed(1)} GiB on a GPU, at most ${most.toFixed(1)}.` }));
      if (budget.value === "own") {
        const card = all.find((one) => one.name === own.value);
        const rows = models.map((one) => [`${one.model}, ${one.quant}`, one.use[use.value][0].toFixed(1), rate(card, one)]);
        const { verdict } = judge(card, need, use.value);
        const said = { fits: "holds it", tight: "holds it, but tightly", "too small": "does not hold it whole" }[verdict];
        answer.append(
          make("p", {}, make("strong", { textContent: `${card.name} ${said}.` })),
          table(["Model", "Takes, GiB", "At most, tok/s a user"], rows),
        );
      } else {
        const fit = all.filter((card) => card.kind !== KIND.CPU && judge(card, need, use.value).verdict === "fits" && (!budget.value || card.price === budget.value));
        const rank = (card) => CLASSES.indexOf(card.price);
        fit.sort((a, b) => rank(a) - rank(b) || b.bandwidth - a.bandwidth || a.name.localeCompare(b.name));
        const listed = fit.slice(0, LISTED);
        const told = fit.length
          ? `${fit.length} of the table hold it with room to spare${fit.length > LISTED ? `; the first ${LISTED}, cheapest class and fastest first` : ""}.`
          : "Nothing of this class holds it. Take a smaller model, fewer bits or less context, or two cards.";
        answer.append(make("p", {}, make("strong", { textContent: told })));
        if (listed.length) {
          answer.append(table(
            ["Card", "Class, $", "Usable, GiB", "GB/s", "At most, tok/s a user"],
            listed.map((card) => [card.name, card.price, card.usable, card.bandwidth.toLocaleString("en"), rate(card, need)]),
          ));
        }
      }
      remember({ model: `${need.model},${need.quant}`, use: use.value, budget: budget.value, own: budget.value === "own" ? own.value : "" });
    }

    const wanted = models.findIndex((one) => `${one.model},${one.quant}` === asked.get("model"));
    model.value = wanted < 0 ? 2 : wanted;
    use.value = uses.some(([key]) => key === asked.get("use")) ? asked.get("use") : "chat";
    budget.value = budgets.some(([key]) => key === asked.get("budget")) ? asked.get("budget") : "";
    if (all.some((card) => card.name === asked.get("own"))) own.value = asked.get("own");
    root.replaceChildren(make("div", { className: "fb-controls fb-questions" }, modelLabel, useLabel, budgetLabel, ownLabel), answer);
    root.hidden = false;
    show();
  }

  if (globalThis.document$) {
    document$.subscribe(() => {
      for (const [id, begin] of [["fb-compare", compare], ["fb-choose", choose]]) {
        const root = document.getElementById(id);
        if (root) begin(root);
      }
    });
  }
})();
