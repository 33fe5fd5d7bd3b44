// Pictures of the explorer on canvases. Shapes differ beside colors: rounding is a square, GPTQ a disk, AWQ a triangle.

export const METHODS = { rtn: "Rounding", gptq: "GPTQ", awq: "AWQ" };

/** The colors of the page's scheme, from the CSS. */
export function palette(root) {
  const style = getComputedStyle(root);
  const read = (name) => style.getPropertyValue(`--fb-ex-${name}`).trim();
  return { rtn: read("rtn"), gptq: read("gptq"), awq: read("awq"), ink: read("ink"), soft: read("soft"), line: read("line"), paper: read("paper"), less: read("less"), more: read("more") };
}

/** The context of a canvas as large as it is shown, and its size in CSS pixels. */
export function sheet(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = Math.min(devicePixelRatio || 1, 2);
  const [across, down] = [Math.max(Math.round(width * ratio), 1), Math.max(Math.round(height * ratio), 1)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  return { context, width, height };
}

const channels = (color) => color.match(/\w\w/g).map((pair) => parseInt(pair, 16));
const ramps = new Map();

/** 255 colors from less over paper to more, as 32-bit pixels. */
function ramp({ less, paper, more }) {
  const key = less + paper + more;
  if (!ramps.has(key)) {
    const [low, middle, high] = [less, paper, more].map(channels);
    const found = new Uint32Array(255);
    for (let i = -127; i <= 127; i++) {
      const share = (Math.abs(i) / 127) ** 0.7; // small differences show
      const end = i < 0 ? low : high;
      const [r, g, b] = middle.map((one, at) => Math.round(one + share * (end[at] - one)));
      found[i + 127] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
    ramps.set(key, found);
  }
  return ramps.get(key);
}

const spare = typeof document === "undefined" ? null : document.createElement("canvas");

/**
 * Differences (n, rows) as a picture of the rows from `top` on: one step of the grid is the full color. order: input of
 * each column of the picture; count: columns that the sweep has done; row, column: what the reader looks at.
 */
export function heat(canvas, colors, { values, n, rows, top, tall, step, order, count = n, row, column }) {
  const { context, width, height } = sheet(canvas);
  const lut = ramp(colors);
  [spare.width, spare.height] = [n, tall];
  const ink = spare.getContext("2d");
  const image = ink.createImageData(n, tall);
  const pixels = new Uint32Array(image.data.buffer);
  for (let t = 0; t < n; t++) {
    const from = (order ? order[t] : t) * rows + top;
    for (let r = 0; r < tall; r++) {
      const share = values[from + r] / step;
      pixels[r * n + t] = lut[(share > 1 ? 127 : share < -1 ? -127 : Math.round(share * 127)) + 127];
    }
  }
  ink.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(spare, 0, 0, width, height);
  if (count < n) {
    context.fillStyle = colors.ink;
    context.fillRect((count / n) * width - 1, 0, 2, height);
  }
  if (column !== undefined) {
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    const [left, right] = [column.from / n, Math.min((column.from + column.count) / n, 1)].map((share) => share * width);
    context.strokeRect(left + 0.75, ((row - top) / tall) * height, right - left - 1.5, height / tall);
  }
}

/** What each column ahead takes over of the next error, as bars on a middle line; the strongest fill the height. */
export function handed(canvas, colors, { shares, n, count }) {
  const { context, width, height } = sheet(canvas);
  const most = shares.reduce((best, one) => Math.max(best, Math.abs(one)), 0.05);
  const wide = width / n;
  context.fillStyle = colors.line;
  context.fillRect(0, height / 2 - 0.5, width, 1);
  for (let t = count + 1; t < n; t++) {
    const tall = (shares[t] / most) * (height / 2 - 1);
    context.fillStyle = tall > 0 ? colors.more : colors.less;
    context.fillRect(t * wide, tall > 0 ? height / 2 - tall : height / 2, Math.max(wide - 0.5, 1), Math.abs(tall));
  }
  context.fillStyle = colors.ink;
  if (count < n) context.fillRect(count * wide, 0, Math.max(wide, 2), height);
}

const LEFT = 44;
const BOTTOM = 20;
const TOP = 8;

function frame(context, width, height, colors) {
  context.strokeStyle = colors.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(LEFT + 0.5, TOP);
  context.lineTo(LEFT + 0.5, height - BOTTOM + 0.5);
  context.lineTo(width, height - BOTTOM + 0.5);
  context.stroke();
  context.fillStyle = colors.soft;
}

function mark(context, method, x, y, size, color, hollow) {
  context.beginPath();
  if (method === "rtn") context.rect(x - size, y - size, 2 * size, 2 * size);
  else if (method === "awq") {
    context.moveTo(x, y - 1.25 * size);
    context.lineTo(x + 1.2 * size, y + size);
    context.lineTo(x - 1.2 * size, y + size);
    context.closePath();
  } else context.arc(x, y, 1.15 * size, 0, 7);
  context.lineWidth = 1.5;
  context.strokeStyle = context.fillStyle = color;
  if (hollow) context.stroke();
  else context.fill();
}

/**
 * Weights of one row on their grid. W and the results hold (n, rows); moved: differences during the sweep, with
 * done(column) saying which are final. Returns the columns' places for a pointer.
 */
export function dots(canvas, colors, { W, n, rows, row, from, count, results, methods, moved, done }) {
  const { context, width, height } = sheet(canvas);
  const last = Math.min(from + count, n);
  const grid = results.rtn ?? results.gptq;
  const value = (method, j) => (method === "gptq" && moved ? W[j * rows + row] + moved[j * rows + row] : results[method].values[j * rows + row]);
  let low = Infinity;
  let high = -Infinity;
  for (let j = from; j < last; j++) {
    for (const w of [W[j * rows + row], ...methods.filter((one) => results[one]).map((one) => results[one].values[j * rows + row])]) {
      low = Math.min(low, w);
      high = Math.max(high, w);
    }
  }
  const pad = (high - low || 1) * 0.08;
  [low, high] = [low - pad, high + pad];
  frame(context, width, height, colors);
  const wide = (width - LEFT) / count;
  const y = (w) => TOP + ((high - w) / (high - low)) * (height - TOP - BOTTOM);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks(low, high, 5)) context.fillText(tick.toFixed(2), LEFT - 6, y(tick));
  context.textAlign = "center";
  context.textBaseline = "top";
  const every = Math.max(Math.ceil(34 / wide / 8) * 8, 8);
  for (let j = Math.ceil(from / every) * every; j < last; j += every) context.fillText(String(j), LEFT + (j - from + 0.5) * wide, height - BOTTOM + 5);
  if (grid) {
    context.lineWidth = 1;
    for (let j = from; j < last; j++) {
      const g = grid.groupOf[j] * rows + row;
      const [scale, zero] = [grid.scales[g], grid.zeros[g]];
      if (Math.abs(y(0) - y(scale)) < 3) continue; // too fine to be seen
      context.strokeStyle = colors.line;
      for (let code = 0; code < 2 ** grid.bits; code++) {
        const at = Math.round(y((code - zero) * scale)) + 0.5;
        if (at < TOP || at > height - BOTTOM) continue;
        context.beginPath();
        context.moveTo(LEFT + (j - from) * wide + 1, at);
        context.lineTo(LEFT + (j - from + 1) * wide - 1, at);
        context.stroke();
      }
    }
  }
  const size = Math.min(Math.max(wide * 0.16, 2), 4);
  const shift = { rtn: methods.length > 1 ? -0.24 : 0, gptq: methods.length > 1 ? 0 : 0, awq: 0.24 };
  for (let j = from; j < last; j++) {
    const x = LEFT + (j - from + 0.5) * wide;
    const w = y(W[j * rows + row]);
    context.strokeStyle = colors.soft;
    for (const method of methods) {
      if (!results[method]) continue;
      const final = method !== "gptq" || !moved || done(j);
      const to = y(value(method, j));
      context.lineWidth = 1;
      context.strokeStyle = colors[method];
      context.beginPath();
      context.moveTo(x + shift[method] * wide, w);
      context.lineTo(x + shift[method] * wide, to);
      context.stroke();
      mark(context, method, x + shift[method] * wide, to, size, colors[method], !final);
    }
    context.fillStyle = colors.ink;
    context.fillRect(x - wide * 0.4, Math.round(w) - 0.75, wide * 0.8, 1.5);
  }
}

/** Round numbers between low and high. */
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + 1e-12; tick += step) found.push(Math.abs(tick) < step / 2 ? 0 : tick);
  return found;
}

/** Error of each column, in the order of the picture: thin as it is, thick as a moving mean. lines: {method: (n,)}. */
export function curves(canvas, colors, { lines, n, order, count = n, format }) {
  const { context, width, height } = sheet(canvas);
  frame(context, width, height, colors);
  const top = Math.max(...Object.values(lines).map((line) => percentile(line, 0.995))) * 1.1 || 1;
  const x = (t) => LEFT + ((t + 0.5) / n) * (width - LEFT);
  const y = (one) => TOP + (1 - Math.min(one / top, 1)) * (height - TOP - BOTTOM);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of ticks(0, top, 3)) context.fillText(format(tick), LEFT - 6, y(tick));
  context.textAlign = "center";
  context.textBaseline = "top";
  for (let t = 0; t < n; t += n / 8) if (t) context.fillText(String(t), x(t), height - BOTTOM + 5);
  const half = n / 32;
  for (const [method, line] of Object.entries(lines)) {
    const sorted = Float32Array.from({ length: n }, (_, t) => line[order ? order[t] : t]);
    context.strokeStyle = colors[method];
    for (const smooth of [false, true]) {
      context.globalAlpha = smooth ? 1 : 0.22;
      context.lineWidth = smooth ? 2 : 1;
      context.beginPath();
      for (let t = 0; t < n; t++) {
        let one = sorted[t];
        if (smooth) {
          const near = sorted.subarray(Math.max(t - half, 0), Math.min(t + half + 1, n));
          one = near.reduce((sum, part) => sum + part, 0) / near.length;
        }
        if (t) context.lineTo(x(t), y(one));
        else context.moveTo(x(t), y(one));
      }
      context.stroke();
    }
    context.globalAlpha = 1;
  }
  if (count < n) {
    context.fillStyle = colors.ink;
    context.fillRect(LEFT + (count / n) * (width - LEFT) - 1, TOP, 2, height - TOP - BOTTOM);
  }
}

function percentile(line, share) {
  const sorted = Float32Array.from(line).sort();
  return sorted[Math.floor(share * (sorted.length - 1))];
}
