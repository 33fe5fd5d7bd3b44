// Python in a worker of its own: Pyodide and NumPy from this site, then fourbit and the snippets of this very version.
const HOME = new URL("../", import.meta.url);
const VENDOR = new URL("vendor/pyodide/", HOME).href;
const ARCHIVE = new URL("built/python/fourbit.zip", HOME).href;
const CACHE = "fourbit-python-314.0.4"; // named by Pyodide's version: others are dropped
const MOST_MEMORY = 1 << 30; // bytes of WebAssembly memory
const MOST_OUTPUT = 100_000; // characters
const SOON = 16; // ms between two messages with output
// Bytes, unpacked: a server may send them smaller and not say how large they get.
const SIZES = {
  "pyodide.asm.mjs": 1249500,
  "pyodide.asm.wasm": 9596386,
  "python_stdlib.zip": 2545198,
  "numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl": 2916023,
};
const TOTAL = Object.values(SIZES).reduce((sum, size) => sum + size, 0);

const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > MOST_MEMORY) throw new RangeError("a page has 1 GiB"); // MemoryError there
  return grow.call(this, pages);
};

let loaded = 0;
let stored = 0; // bytes that came from the cache
let told = 0;
function progress(bytes, cached) {
  loaded += bytes;
  if (cached) stored += bytes;
  if (performance.now() - told < 50 && loaded < TOTAL) return;
  told = performance.now();
  postMessage({ type: "progress", loaded, total: TOTAL, stored });
}

const counted = (response, cached) => {
  const count = new TransformStream({
    transform(chunk, stream) {
      progress(chunk.byteLength, cached);
      stream.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(count), {
    headers: { "content-type": response.headers.get("content-type") ?? "" },
  });
};

// Pyodide asks for its files with fetch: count them, and keep them where the browser does not drop them after minutes.
const plain = self.fetch.bind(self);
self.fetch = async (address, options) => {
  const name = new URL(address.url ?? address, self.location.href).pathname.split("/").pop();
  if (!(name in SIZES)) return plain(address, options);
  const cache = await self.caches?.open(CACHE).catch(() => null);
  const found = await cache?.match(address);
  if (found) return counted(found, true);
  const response = await plain(address, options);
  if (!response.ok) return response;
  const result = counted(response, false);
  cache?.put(address, result.clone()).catch(() => {}); // no room: the next visit loads it again
  return result;
};

async function drop(chosen) {
  const names = (await self.caches?.keys().catch(() => [])) ?? [];
  await Promise.all(names.filter((name) => name.startsWith("fourbit-python") && chosen(name)).map((name) => caches.delete(name)));
}

async function start() {
  drop((name) => name !== CACHE);
  const packed = plain(ARCHIVE, { cache: "no-cache" }); // asks whether it changed
  const { loadPyodide } = await import(`${VENDOR}pyodide.mjs`);
  const python = await loadPyodide({ indexURL: VENDOR });
  progress(SIZES["pyodide.asm.mjs"], stored > 0); // imported, so not counted above
  await python.loadPackage("numpy", { messageCallback() {}, errorCallback() {} });
  const response = await packed;
  if (!response.ok) throw new Error(`${ARCHIVE}: ${response.status}`);
  python.unpackArchive(await response.arrayBuffer(), "zip", { extractDir: "/book" });
  python.runPython("import os, sys; os.chdir('/book'); sys.path.insert(0, '/book')");
  const driver = python.pyimport("fourbit.book.inpage");
  return { python, driver };
}

// edits: [[sections, code], ...] of a snippet; attempt: the reader's code for an exercise.
function run({ python, driver }, { id, file, edits = [], attempt }) {
  let parts = [];
  let length = 0;
  let last = 0;
  const flush = () => {
    if (parts.length) postMessage({ type: "output", id, parts });
    parts = [];
    last = performance.now();
  };
  const write = (kind, text) => {
    if (length >= MOST_OUTPUT) return;
    parts.push([kind, text.slice(0, MOST_OUTPUT - length)]);
    length += text.length;
    if (performance.now() - last > SOON) flush();
  };
  const begun = performance.now();
  const changes = python.toPy(edits);
  const recorded = python.FS.readFile(`/book/${file}`, { encoding: "utf8" });
  const text = attempt === undefined ? recorded : driver.attempt(recorded, attempt);
  const found = driver.run(text, file, changes, write);
  const result = found.toJs({ dict_converter: Object.fromEntries });
  found.destroy();
  changes.destroy();
  flush();
  const cut = length > MOST_OUTPUT ? MOST_OUTPUT : 0;
  postMessage({ type: "done", id, result, cut, ms: performance.now() - begun });
}

const ready = start();
ready.then(
  () => postMessage({ type: "ready", stored: stored > 0 }),
  async (error) => {
    await drop(() => true); // what is kept may be at fault: the next try loads it anew
    postMessage({ type: "failed", message: String(error) });
  },
);
self.onmessage = async ({ data }) => {
  const session = await ready;
  try {
    run(session, data);
  } catch (error) {
    postMessage({ type: "failed", message: String(error) }); // of Pyodide itself, such as a stack that is full
  }
};
