// The arithmetic of docs/tools/feel-the-damage.md: dice that all versions share, and distances between predictions.
// The same as snippets/damage/dice.py; the tests hold one against the other.

function mix(x) {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

// Gumbel noise, a number for each of `count` tokens: it depends on the seed, the place and the token, on nothing else.
export function dice(seed, place, count) {
  const start = mix((mix(seed >>> 0) + place) >>> 0);
  return Float64Array.from({ length: count }, (_, token) => {
    const chance = (mix((start + token) >>> 0) + 0.5) / 2 ** 32;
    return -Math.log(-Math.log(chance));
  });
}

// A token drawn with probability ~ exp(logp / temperature); at 0 the most likely one.
export function choose(logp, temperature, seed, place) {
  const noise = temperature ? dice(seed, place, logp.length) : null;
  let best = 0;
  let most = -Infinity;
  for (let token = 0; token < logp.length; token++) {
    const score = noise ? logp[token] + temperature * noise[token] : logp[token];
    if (score > most) [best, most] = [token, score];
  }
  return best;
}

// KL divergence of q from p in nats, both log-probabilities.
export function divergence(p, q) {
  let sum = 0;
  for (let token = 0; token < p.length; token++) sum += Math.exp(p[token]) * (p[token] - q[token]);
  return Math.max(sum, 0);
}

export const top = (logp) => choose(logp, 0, 0, 0);
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// The color of a token, from 0 to 6; the bounds are those of fourbit.book.strip.
export const BOUNDS = [0.01, 0.05, 0.2, 0.5, 1, 2];
export const level = (kl) => BOUNDS.filter((bound) => kl >= bound).length;
