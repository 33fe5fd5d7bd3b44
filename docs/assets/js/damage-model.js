// A GGUF file in llama.cpp, compiled to WebAssembly (wllama), one thread, in a worker. Files come from the page's own
// site, once: the browser keeps them.

const ENGINE = new URL("../vendor/wllama/", import.meta.url);
const STORE = "fourbit-models";
export const LLAMA_CPP = "b7179";
export const ENGINE_BYTES = 2_400_000; // wllama.min.js and wllama.wasm
export const CONTEXT = 512; // tokens that a model sees; the tiny one was trained with as many
export const LARGEST = 1_900_000_000; // bytes of a file; WebAssembly addresses 4 GiB, and the weights are not all
const LEAST = Math.log(1e-45); // of a probability that float32 rounds to zero

export const supported = () => typeof WebAssembly === "object" && typeof WebAssembly.instantiate === "function" && typeof Worker === "function";

// What a person can act on; anything else that is thrown is a defect.
export class Refusal extends Error {}
export class Stopped extends Error {}

const kept = async () => ("caches" in self ? caches.open(STORE).catch(() => null) : null);

export async function isKept(file) {
  return Boolean(await (await kept())?.match(file.key));
}

// The bytes of a file {url, key, bytes}, as a Blob. seen(bytes) is told of each piece that arrives.
export async function download(file, seen, signal) {
  const store = await kept();
  const found = await store?.match(file.key);
  if (found) return found.blob();
  const answer = await fetch(file.url, { signal }).catch((error) => {
    throw signal.aborted ? new Stopped() : new Refusal(`${file.url.split("/").pop()} could not be fetched: ${error.message}. Are you online?`);
  });
  if (!answer.ok) throw new Refusal(`${file.url.split("/").pop()}: the server answered ${answer.status}.`);
  const parts = [];
  const reader = answer.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw signal.aborted ? new Stopped() : new Refusal("The connection broke. Try again.");
    });
    if (done) break;
    parts.push(value);
    seen(value.length);
  }
  const blob = new Blob(parts);
  if (file.bytes && blob.size !== file.bytes) throw new Refusal(`${file.url.split("/").pop()} came with ${blob.size} of ${file.bytes} bytes. Try again.`);
  await store?.put(file.key, new Response(blob)).catch(() => null); // a full disk is no error
  return blob;
}

const WASM = new URL("wllama.wasm", ENGINE).href;
let Wllama; // its class, loaded once a page

// The worker of each model asks for the WebAssembly itself, and gets it from the browser's cache.
export async function loadEngine(seen, signal) {
  if (Wllama) return;
  const answer = await fetch(WASM, { signal }).catch(() => null);
  if (!answer?.ok) throw signal.aborted ? new Stopped() : new Refusal("llama.cpp (wllama.wasm) could not be fetched. Are you online?");
  seen((await answer.arrayBuffer()).byteLength);
  ({ Wllama } = await import(new URL("wllama.min.js", ENGINE).href));
}

export const engineIsThere = () => Boolean(Wllama);

const quiet = { debug() {}, log() {}, warn() {}, error() {} };
const running = new Set();

export class Model {
  // Load a Blob that is a GGUF file; Refusal when llama.cpp cannot.
  static async open(blob, name) {
    const model = new Model();
    model.inner = new Wllama({ "single-thread/wllama.wasm": WASM }, { suppressNativeLog: true, logger: quiet });
    running.add(model);
    try {
      await model.inner.loadModel([blob], { n_ctx: CONTEXT, n_threads: 1, n_batch: 64, seed: 1 });
    } catch (error) {
      await model.close();
      throw new Refusal(
        `${name}: llama.cpp ${LLAMA_CPP}, which runs in this page, cannot load it (${String(error.message ?? error).slice(0, 120)}). ` +
          "It may be damaged, larger than the browser's memory, or of a newer architecture. On your machine, fourbit inspect FILE says what is in it.",
      );
    }
    const about = model.inner.getLoadedContextInfo();
    model.size = about.n_vocab;
    model.limit = Math.min(about.n_ctx, about.n_ctx_train || about.n_ctx);
    return model;
  }

  async tokens(text) {
    const ids = await this.inner.tokenize(text, true);
    const bos = this.inner.getBOS();
    if (this.inner.mustAddBosToken() && bos >= 0 && ids[0] !== bos) ids.unshift(bos);
    return ids;
  }

  // Log-probabilities of the token that follows the text; `ids` come after what was read before.
  async read(ids) {
    await this.inner.decode(ids, {});
    const logp = new Float32Array(this.size).fill(LEAST);
    for (const { token, p } of await this.inner.getLogits(-1)) logp[token] = Math.max(Math.log(p), LEAST);
    if (Number.isNaN(logp[0])) throw new Refusal("The model computes no numbers (NaN): its weights are damaged.");
    return logp;
  }

  clear() {
    return this.inner.kvClear();
  }

  ends(token) {
    return this.inner.isTokenEOG(token);
  }

  // The bytes that a token adds to the text.
  bytes(token) {
    return this.inner.detokenize([token]);
  }

  async close() {
    running.delete(this);
    const worker = this.inner.proxy?.worker;
    await Promise.race([this.inner.exit().catch(() => null), new Promise((done) => setTimeout(done, 2000))]);
    worker?.terminate();
  }
}

// Let go of everything at once, also of what is in the middle of its work.
export function closeAll() {
  for (const model of running) model.inner.proxy?.worker?.terminate();
  running.clear();
}

// What is wrong with a reader's file before llama.cpp sees it; Refusal says so.
export async function examine(file) {
  const start = new Uint8Array(await file.slice(0, 24).arrayBuffer());
  const text = new TextDecoder("latin1").decode(start);
  const refuse = (why) => {
    throw new Refusal(`${file.name}: ${why}`);
  };
  if (!file.size) refuse("it is empty.");
  if (!text.startsWith("GGUF")) {
    if (/^\s*[<{]/.test(text)) refuse("no GGUF file but text: a web page or JSON was saved in its place.");
    refuse("no GGUF file: it does not begin with the letters GGUF. Other formats are converted with: fourbit gguf MODEL.");
  }
  if (file.size > LARGEST) refuse(`${(file.size / 1e9).toFixed(1)} GB are more than a page can hold; the limit here is ${LARGEST / 1e9} GB.`);
  const version = new DataView(start.buffer).getUint32(4, true);
  if (version < 2 || version > 3) refuse(`GGUF version ${version}; llama.cpp ${LLAMA_CPP} reads 2 and 3.`);
}
