// What the page does with models: one writes, the base model follows and says what it would have written.

import { choose, divergence, mean, top } from "./damage-numbers.js";
import { Refusal, Stopped } from "./damage-model.js";

const KEPT = 25_000_000; // probabilities of the base model that are kept, 100 MB
const PROBE = 'A text to compare vocabularies: {"naïve": 3.14}\n\tdef f(x):';

// Text of tokens that come one by one: a character may span several.
export class Pieces {
  constructor(model) {
    this.model = model;
    this.decoder = new TextDecoder();
  }
  async add(token) {
    return this.decoder.decode(await this.model.bytes(token), { stream: true });
  }
}

export const sameVocabulary = async (a, b) =>
  a.size === b.size && String(await a.tokens(PROBE)) === String(await b.tokens(PROBE));

async function start(model, prompt, room) {
  const ids = await model.tokens(prompt);
  if (!ids.length) throw new Refusal("The prompt is empty: write a few words for the models to continue.");
  if (ids.length + room > model.limit) throw new Refusal(`The prompt has ${ids.length} tokens; with ${room} to write, ${model.limit - room} fit.`);
  await model.clear();
  return ids;
}

const check = (signal) => {
  if (signal.aborted) throw new Stopped();
};

// The base model writes. how: {prompt, tokens, temperature, seed}; show(piece) for each token.
// Returns {prompt: ids, ids, logps}: its predictions are kept, the others are measured against them.
export async function writeBase(base, how, show, signal) {
  const prompt = await start(base, how.prompt, how.tokens);
  const [ids, logps, pieces] = [[], [], new Pieces(base)];
  let logp = await base.read(prompt);
  while (ids.length < how.tokens) {
    check(signal);
    const token = choose(logp, how.temperature, how.seed, ids.length);
    if (base.ends(token)) break;
    ids.push(token);
    logps.push(logp);
    show({ piece: await pieces.add(token), picked: true, kl: 0 });
    if (ids.length < how.tokens) logp = await base.read([token]);
  }
  if (!ids.length) throw new Refusal("The model ends the text at once. Try another prompt.");
  return { prompt, ids, logps };
}

// A version writes with the same dice while the base model reads along: show({piece, picked, kl}) for each token.
// base: null when the vocabularies differ; then picked and kl are undefined.
export async function writeVersion(model, base, how, show, signal) {
  const prompt = await start(model, how.prompt, how.tokens);
  if (base) await base.clear();
  const pieces = new Pieces(model);
  let next = prompt;
  for (let place = 0; place < how.tokens; place++) {
    check(signal);
    const [logp, theirs] = await Promise.all([model.read(next), base?.read(next)]);
    const token = choose(logp, how.temperature, how.seed, place);
    if (model.ends(token)) break;
    const told = { piece: await pieces.add(token) };
    if (base) Object.assign(told, { picked: choose(theirs, how.temperature, how.seed, place) === token, kl: divergence(theirs, logp) });
    show(told);
    next = [token];
  }
}

// How far a version's predictions are from the base model's, on the text that the base model wrote.
export async function scoreOn(model, written, show, signal) {
  await model.clear();
  const found = { kl: [], same: [] };
  let next = written.prompt;
  for (const [place, logp] of written.logps.entries()) {
    check(signal);
    const ours = await model.read(next);
    found.kl.push(divergence(logp, ours));
    found.same.push(top(logp) === top(ours));
    show(found.kl.at(-1));
    next = [written.ids[place]];
  }
  return { kl: mean(found.kl), top1: mean(found.same.map(Number)), each: found.kl };
}

// Perplexity of a text; with `base` (what this gave for the base model) also the distance from it.
// Returns {tokens, cut, perplexity, logps, kl, top1}. show(done, of) after each token.
export async function perplexity(model, text, base, show, signal) {
  let ids = await model.tokens(text);
  const all = ids.length;
  ids = ids.slice(0, Math.min(model.limit, Math.max(32, Math.floor(KEPT / model.size))));
  if (ids.length < 2) throw new Refusal("The text is too short: perplexity needs two tokens or more.");
  await model.clear();
  const [losses, logps, kls, same] = [[], [], [], []];
  for (let place = 0; place < ids.length - 1; place++) {
    check(signal);
    const logp = await model.read([ids[place]]);
    losses.push(-logp[ids[place + 1]]);
    if (base) {
      kls.push(divergence(base.logps[place], logp));
      same.push(Number(top(base.logps[place]) === top(logp)));
    } else {
      logps.push(logp);
    }
    show(place + 1, ids.length - 1);
  }
  const found = { tokens: losses.length, cut: all - ids.length, perplexity: Math.exp(mean(losses)), logps };
  return base ? Object.assign(found, { kl: mean(kls), top1: mean(same) }) : found;
}
