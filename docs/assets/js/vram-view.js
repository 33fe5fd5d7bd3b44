// The answer as elements: verdict, bars, one line a part with its formula, what to change.
"use strict";
globalThis.fourbitVramView = (() => {
  const { M, fourbitVram } = { M: globalThis.fourbit, fourbitVram: globalThis.fourbitVram };
  const { size, total } = M["vram.lines"];
  const PARTS = { weights: "weights", cache: "cache", compute: "buffers", output: "buffers", work: "buffers", runtime: "runtime" };

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name in element && name !== "list" && name !== "role") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }
  const sum = (lines, key = "bytes") => lines.reduce((all, line) => all + line[key], 0);

  function bar(title, lines, room) {
    const used = sum(lines);
    const scale = 100 / Math.max(used, room, 1);
    const parts = new Map();
    for (const line of lines) parts.set(PARTS[line.part], (parts.get(PARTS[line.part]) ?? 0) + line.bytes);
    const words = [...parts].map(([name, bytes]) => `${name} ${size(bytes)}`).join(", ");
    const of = room ? `${size(used)} of ${size(room)}` : size(used);
    const track = make("div", { className: "fb-vram-track", role: "img", "aria-label": `${title}: ${of}: ${words}` });
    for (const [name, bytes] of parts) {
      const cell = make("span", { className: `fb-vram-cell fb-vram-${name}`, title: `${name} ${size(bytes)}` });
      cell.style.width = `${bytes * scale}%`;
      track.append(cell);
    }
    const [low, high] = [sum(lines, "low"), sum(lines, "high")];
    if (room && used > room) {
      const edge = make("span", { className: "fb-vram-edge" });
      edge.style.left = `${room * scale}%`;
      track.append(edge);
    }
    const span = make("div", { className: "fb-vram-span" });
    if (high > low) {
      const mark = make("span", { title: `from ${size(low)} to ${size(high)}` });
      mark.style.left = `${Math.min(100, low * scale)}%`;
      mark.style.width = `${Math.max(0.4, Math.min(100, high * scale) - Math.min(100, low * scale))}%`;
      span.append(mark);
    }
    const over = room && used > room ? make("strong", { className: "fb-vram-over", textContent: ` ${size(used - room)} too much` }) : null;
    const label = make("div", { className: "fb-vram-label" }, make("span", { textContent: title }), make("span", {}, of, over));
    return make("div", { className: "fb-vram-bar" }, label, track, span);
  }

  function legend(lines) {
    const parts = new Map();
    for (const line of lines) parts.set(PARTS[line.part], (parts.get(PARTS[line.part]) ?? 0) + line.bytes);
    const list = make("ul", { className: "fb-vram-legend" });
    for (const [name, bytes] of parts) list.append(make("li", {}, make("i", { className: `fb-vram-${name}` }), `${name} ${size(bytes)}`));
    return list;
  }

  function verdict(found, state) {
    const { placement } = found;
    if (!placement) return ["Memory of quantizing", "", "plain"];
    const count = found.model.dims.layers.length;
    const hasRoom = state.gpu || state.ram;
    if (!hasRoom) return ["Choose a card or an amount of RAM", "", "plain"];
    if (placement.verdict === "fits") {
      return ["Fits", placement.tight ? "but the upper end of the range does not" : "", placement.tight ? "tight" : "fits"];
    }
    if (placement.verdict === "does not fit") return ["Does not fit", "", "not"];
    const text = placement.experts_in_ram
      ? `with the experts of ${placement.experts_in_ram} of ${count} layers in RAM (--n-cpu-moe ${placement.experts_in_ram})`
      : `with ${placement.on_gpu} of ${count + 1} layers on the GPU (-ngl ${placement.on_gpu})`;
    return ["Fits with offload", text, "tight"];
  }

  const rate = (x) => (x >= 100 ? Math.round(x).toLocaleString("en-US") : x.toFixed(x < 10 ? 2 : 1));

  function speed(found) {
    const at = found.placement?.speed;
    if (!at?.decode) return null;
    const numbers = make("p", { className: "fb-vram-speed" }, found.placement.verdict === "does not fit" ? "With enough memory as fast, at most " : "At most ", make("strong", { textContent: `${rate(at.decode)} tokens/s` }));
    if (at.prefill) numbers.append(", prompts ", make("strong", { textContent: `${rate(at.prefill)} tokens/s` }));
    numbers.append(". Real runs stay below.");
    return make("div", {}, numbers, explained("Why", [at.formula, at.reference]));
  }

  function explained(title, [formula, reference, reason]) {
    const body = make("div", { className: "fb-vram-why" }, make("p", {}, "= ", formula));
    if (reason) body.append(make("p", {}, "Range: ", reason, "."));
    body.append(make("p", { className: "fb-vram-from" }, "From: ", reference));
    return make("details", {}, make("summary", { textContent: title }), body);
  }

  function row(line) {
    const range = line.exact ? "exact" : `${size(line.low)} to ${size(line.high)}`;
    const place = line.where === "gpu" ? "GPU" : "RAM";
    const head = make(
      "summary",
      {},
      make("i", { className: `fb-vram-${PARTS[line.part]}` }),
      make("span", { className: "fb-vram-name", textContent: line.name }),
      make("span", { className: "fb-vram-where", textContent: place }),
      make("span", { className: "fb-vram-size", textContent: size(line.bytes), title: `${line.bytes.toLocaleString("en-US")} bytes` }),
      make("span", { className: "fb-vram-range", textContent: range }),
    );
    const bytes = make("p", { textContent: `${line.bytes.toLocaleString("en-US")} bytes: ${line.formula}` });
    const body = make("div", { className: "fb-vram-why" }, bytes);
    if (line.reason) body.append(make("p", { textContent: `It is a range because of: ${line.reason}.` }));
    body.append(make("p", { className: "fb-vram-from", textContent: `From: ${line.reference}` }));
    return make("details", { className: "fb-vram-line" }, head, body);
  }

  function lines(found) {
    const all = found.lines;
    const button = make("button", { type: "button", className: "fb-vram-all", textContent: "Explain all" });
    const rows = all.map(row);
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") !== "true";
      for (const one of rows) one.open = open;
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? "Explain less" : "Explain all";
    });
    const sums = ["gpu", "ram"].map((where) => ({ where, expected: total(all, "bytes", where), low: total(all, "low", where), high: total(all, "high", where) }));
    const whole = sums.filter(({ high }) => high).map(({ where, expected, low, high }) =>
      `${size(expected)} ${where.toUpperCase()}${low < high ? ` (${size(low)} to ${size(high)})` : ""}`).join(" + ");
    return make("div", { className: "fb-vram-lines" }, make("div", { className: "fb-vram-head" }, make("h2", { textContent: "Part by part" }), button), ...rows,
      make("p", { className: "fb-vram-total" }, make("span", { textContent: "Total" }), make("span", { textContent: whole })));
  }

  // "--context 26880: with Q4_K_M, that fits whole" becomes a sentence and a button that does it.
  function advice(found, apply) {
    const list = make("ul");
    for (const text of found.advice) {
      const option = text.match(/^--(context|quant|cache) (\S+): (.*)$/);
      const most = text.match(/^up to ([\d,]+) tokens of context/);
      const item = make("li");
      if (option) {
        const [, name, value, why] = option;
        const shown = name === "context" ? Number(value).toLocaleString("en-US") : value;
        const button = make("button", { type: "button", className: "fb-vram-do", textContent: `${{ context: "Context", quant: "Quantization", cache: "Cache" }[name]} ${shown}` });
        button.addEventListener("click", () => apply({ [name]: name === "context" ? Number(value) : value }));
        item.append(button, ` ${why}.`);
      } else if (most) {
        const button = make("button", { type: "button", className: "fb-vram-do", textContent: `Context ${most[1]}` });
        button.addEventListener("click", () => apply({ context: Number(most[1].replaceAll(",", "")) }));
        item.append(button, ` is the most that fits with ${found.weights.quant}.`);
      } else item.append(`${text[0].toUpperCase()}${text.slice(1)}.`);
      list.append(item);
    }
    if (!found.advice.length) return null;
    const title = found.placement.verdict === "fits" ? "What more fits" : "To make it fit";
    return make("div", { className: "fb-vram-advice" }, make("h2", { textContent: title }), list);
  }

  function show(root, found, state) {
    const [title, text, kind] = verdict(found, state);
    const gpus = found.gpus.filter((device) => device.kind !== "cpu");
    const room = gpus.reduce((all, device) => all + device.memory, 0);
    const name = gpus.length > 1 ? `${gpus.length} x ${gpus[0].name}` : gpus[0]?.name;
    const [onGpu, inRam] = ["gpu", "ram"].map((where) => found.lines.filter((line) => line.where === where));
    const ram = found.gpus.length && !gpus.length ? found.gpus[0].memory : found.ram;
    const w = found.weights;
    root.replaceChildren(
      make("p", { className: `fb-vram-verdict fb-vram-is-${kind}` }, make("strong", { textContent: title }), text ? ` ${text}` : ""),
      make("p", { className: "fb-vram-what", textContent:
        `${found.model.name}: ${(found.model.parameters / 1e9).toFixed(2)} billion weights, ${w.quant === "file" ? "as the file has them" : w.quant}, ${w.bits.toFixed(2)} bits each; ${found.settings.context.toLocaleString("en-US")} tokens of context` }),
      ...(onGpu.length && gpus.length ? [bar(name, onGpu, room)] : []),
      ...(inRam.length ? [bar(found.gpus.length && !gpus.length ? found.gpus[0].name : "RAM", inRam, ram)] : []),
      legend(found.lines),
      ...[speed(found)].filter(Boolean),
      make("div", { className: "fb-vram-more" }),
      ...found.warnings.map((said) => make("p", { className: "fb-vram-warning", textContent: `${said[0].toUpperCase()}${said.slice(1)}.` })),
      ...[...new Set(found.gpus.map((device) => device.note))].filter(Boolean).map((note) => make("p", { className: "fb-vram-note", textContent: `${note[0].toUpperCase()}${note.slice(1)}.` })),
      lines(found),
    );
    return `${title}${text ? ` ${text}` : ""}`;
  }
  const more = (root, found, apply) => root.querySelector(".fb-vram-more").replaceChildren(...[advice(found, apply)].filter(Boolean));
  const wrong = (root, message) => root.replaceChildren(make("p", { className: "fb-vram-verdict fb-vram-is-not fb-vram-wrong", textContent: message }));

  return { make, show, more, wrong };
})();
