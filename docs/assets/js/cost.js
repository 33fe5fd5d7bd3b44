// What a day of tokens costs: src/fourbit/vram/cost.py in JavaScript, and the form of docs/tools/cost-vs-cloud.md.
// Keep the two alike; the tests hold both against the same inputs.
globalThis.fourbitCost = (() => {
  const DAYS = 365;
  const HOUR = 3600;

  const kwh = (busy, own) => (busy * own.busy_watts + Math.max(0, own.on - busy) * own.idle_watts) / 1000;

  function check(use, own, cloud) {
    for (const [name, value] of [
      ["tokens a day", use.tokens],
      ["the price of the hardware", own.price],
      ["watts at work", own.busy_watts],
      ["watts while waiting", own.idle_watts],
      ["the price of a kWh", own.power],
      ["the price of a million tokens", cloud.api],
      ["the price of an hour", cloud.rent],
    ]) if (!(value >= 0 && value < 1e15)) throw new RangeError(`${name}: no number from 0 up`);
    for (const [name, value] of [["tokens a second", use.speed], ["years", own.years]])
      if (!(value > 0 && value < 1e15)) throw new RangeError(`${name}: no number above 0`);
    for (const [name, value] of [["hours a day that it is on", own.on], ["hours rented a day", cloud.hours]])
      if (!(value >= 0 && value <= 24)) throw new RangeError(`${name}: not from 0 to 24`);
  }

  function compute(use, own, cloud) {
    check(use, own, cloud);
    const busy = use.tokens / use.speed / HOUR;
    const fixed = own.price / (own.years * DAYS);
    const power = kwh(busy, own) * own.power;
    const api = (use.tokens * cloud.api) / 1e6;
    const rent = cloud.hours * cloud.rent;
    const waiting = fixed + kwh(0, own) * own.power;
    const more = ((own.busy_watts - own.idle_watts) / 1000 / HOUR / use.speed) * own.power;
    const gain = cloud.api / 1e6 - more;
    let even_api = cloud.api && gain > 0 ? waiting / gain : null;
    if (even_api !== null && even_api / use.speed / HOUR > 24) even_api = null;
    let even_rent = cloud.rent ? (fixed + power) / cloud.rent : null;
    if (even_rent !== null && even_rent > 24) even_rent = null;
    const offers = [[api, cloud.api], [rent, cloud.rent]].filter(([, asked]) => asked).map(([price]) => price);
    const saved = offers.length ? Math.min(...offers) - power : 0;
    const months = saved > 0 ? own.price / saved / (DAYS / 12) : null;
    return { busy, fixed, power, api, rent, even_api, even_rent, months, possible: busy <= 24, own: fixed + power };
  }

  return { compute };
})();

(() => {
  const FIELDS = [ // part, name, label, example; an example that is a price stays empty
    ["use", "tokens", "Tokens a day", 200000],
    ["use", "speed", "Tokens a second, all users together", 40],
    ["own", "price", "Price of the hardware, less what it sells for later", ""],
    ["own", "years", "Years of use", 3],
    ["own", "busy_watts", "Watts at work", 350],
    ["own", "idle_watts", "Watts while it waits", 60],
    ["own", "on", "Hours a day that it is on", 24],
    ["own", "power", "Price of a kWh", ""],
    ["cloud", "api", "API: price of a million tokens", ""],
    ["cloud", "rent", "Rented GPU: price of an hour", ""],
    ["cloud", "hours", "Hours rented a day", 8],
  ];
  const NEEDED = ["price", "power"];

  const make = (tag, attributes = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };
  const money = (value) => value.toLocaleString("en", { maximumFractionDigits: 2, minimumFractionDigits: 2 });
  const whole = (value) => Math.round(value).toLocaleString("en");

  function lines(found, cloud) {
    const rows = [["Own hardware", `${money(found.own)} a day: ${money(found.fixed)} for the hardware, ${money(found.power)} for power`]];
    if (cloud.api) rows.push(["API", `${money(found.api)} a day`]);
    if (cloud.rent) rows.push(["Rented GPU", `${money(found.rent)} a day`]);
    if (cloud.api) {
      const text = found.even_api === null ? "never: it cannot make enough tokens in a day, or a token takes more power than the API asks" : `${whole(found.even_api)} tokens a day`;
      rows.push(["Cheaper than the API from", text]);
    }
    if (cloud.rent) rows.push(["Cheaper than renting from", found.even_rent === null ? "never: a whole day costs less" : `${found.even_rent.toFixed(1)} hours rented a day`]);
    if (cloud.api || cloud.rent) {
      const text = found.months === null ? "never" : `${found.months.toFixed(1)} months, against the cheaper of them`;
      rows.push(["Paid back after", text]);
    }
    return rows;
  }

  function start(root) {
    const asked = new URLSearchParams(location.search);
    const boxes = {};
    const parts = { use: "Your use", own: "Own hardware", cloud: "Cloud" };
    const groups = Object.entries(parts).map(([part, title]) => {
      const group = make("fieldset", {}, make("legend", { textContent: title }));
      for (const [of, name, label, example] of FIELDS) {
        if (of !== part) continue;
        const box = make("input", { type: "number", min: 0, step: "any", id: `fb-cost-${name}`, oninput: show });
        box.value = asked.get(name) ?? example;
        boxes[name] = box;
        group.append(make("label", {}, make("span", { textContent: label }), box));
      }
      return group;
    });
    const answer = make("div", { id: "fb-answer" });
    answer.setAttribute("role", "status");

    function show() {
      const inputs = { use: {}, own: {}, cloud: {} };
      for (const [part, name] of FIELDS) inputs[part][name] = boxes[name].value === "" ? 0 : Number(boxes[name].value);
      answer.replaceChildren();
      const query = new URLSearchParams();
      for (const [, name, , example] of FIELDS) if (boxes[name].value !== String(example)) query.set(name, boxes[name].value);
      const text = query.toString();
      history.replaceState(history.state, "", location.pathname + (text ? `?${text}` : "") + location.hash);
      const missing = NEEDED.filter((name) => boxes[name].value === "");
      if (missing.length || !(inputs.cloud.api || inputs.cloud.rent)) {
        answer.append(make("p", { textContent: "Fill in the prices: of the hardware, of a kWh, and of an API or a rented GPU. Any currency, the same for all." }));
        return;
      }
      try {
        const found = globalThis.fourbitCost.compute(inputs.use, inputs.own, inputs.cloud);
        if (!found.possible) {
          answer.append(make("p", {}, make("strong", { textContent: `So many tokens take ${found.busy.toFixed(0)} hours a day. One machine cannot.` })));
          return;
        }
        const body = make("tbody");
        for (const [name, text] of lines(found, inputs.cloud)) {
          const head = make("th", { textContent: name });
          head.scope = "row";
          body.append(make("tr", {}, head, make("td", { textContent: text })));
        }
        answer.append(
          make("p", { textContent: `It works ${found.busy.toFixed(1)} hours a day.` }),
          make("div", { className: "md-typeset__scrollwrap" }, make("div", { className: "md-typeset__table" }, make("table", {}, body))),
        );
      } catch (error) {
        answer.append(make("p", { textContent: error.message[0].toUpperCase() + error.message.slice(1) + "." }));
      }
    }

    root.replaceChildren(...groups, answer);
    root.hidden = false;
    show();
  }

  if (globalThis.document$) {
    document$.subscribe(() => {
      const root = document.getElementById("fb-cost");
      if (root) start(root);
    });
  }
})();
