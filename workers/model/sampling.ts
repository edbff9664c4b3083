/**
 * Sampling from logits: temperature, top-k, top-p (Holtzman et al. 2020), Gumbel-max (Gumbel 1954).
 *
 * The noise is counter-based: it is a hash of (seed, row, position, token), so a sample depends on nothing else, no
 * matter how rows are batched or where a run was cut off.
 */

export interface SamplingOptions {
  /** 0 takes the most probable token. */
  temperature: number;
  /** Keep the k most probable tokens; default all. */
  topK?: number;
  /** Keep a token while the mass before it is below p; default 1, all. */
  topP?: number;
}

/** PCG4D (Jarzynski & Olano, "Hash Functions for GPU Rendering", JCGT 2020), first output word. */
function pcg4d(x: number, y: number, z: number, w: number): number {
  let a = (Math.imul(x, 1664525) + 1013904223) | 0;
  let b = (Math.imul(y, 1664525) + 1013904223) | 0;
  let c = (Math.imul(z, 1664525) + 1013904223) | 0;
  let d = (Math.imul(w, 1664525) + 1013904223) | 0;
  for (let round = 0; round < 2; round++) {
    a = (a + Math.imul(b, d)) | 0;
    b = (b + Math.imul(c, a)) | 0;
    c = (c + Math.imul(a, b)) | 0;
    d = (d + Math.imul(b, c)) | 0;
    if (round === 0) {
      a ^= a >>> 16;
      b ^= b >>> 16;
      c ^= c >>> 16;
      d ^= d >>> 16;
    }
  }
  return a >>> 0;
}

/** Standard Gumbel noise of one token of one row at one position. */
function gumbel(seed: number, row: number, position: number, token: number): number {
  const uniform = (pcg4d(token, position, row, seed) + 0.5) / 0x100000000;
  return -Math.log(-Math.log(uniform));
}

/** Ids that stay after top-k and top-p, in falling order of probability. logits: [V], already divided by T. */
export function keptTokens(logits: ArrayLike<number>, topK = Infinity, topP = 1): number[] {
  const order = Array.from({ length: logits.length }, (_, i) => i);
  order.sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b);
  const top = order.slice(0, Math.min(topK, order.length));
  if (topP >= 1) return top;
  const largest = logits[order[0] as number] as number;
  const weights = order.map((id) => Math.exp((logits[id] as number) - largest));
  const total = weights.reduce((a, b) => a + b, 0);
  let before = 0;
  let kept = 0;
  while (kept < top.length && (kept === 0 || before < topP * total)) before += weights[kept++] as number;
  return top.slice(0, kept);
}

/** The next token of one row from its logits [V]. */
export function sampleToken(
  logits: ArrayLike<number>,
  { temperature, topK, topP }: SamplingOptions,
  seed: number,
  row: number,
  position: number,
): number {
  const filtered = temperature > 0 && (topK !== undefined || (topP ?? 1) < 1);
  const candidates = filtered
    ? keptTokens(
        Array.from(logits, (x) => x / temperature),
        topK,
        topP,
      )
    : undefined;
  let best = -1;
  let bestScore = -Infinity;
  const count = candidates?.length ?? logits.length;
  for (let i = 0; i < count; i++) {
    const id = candidates ? (candidates[i] as number) : i;
    const logit = logits[id] as number;
    const score = temperature > 0 ? logit / temperature + gumbel(seed, row, position, id) : logit;
    if (score > bestScore) {
      bestScore = score;
      best = id;
    }
  }
  if (best < 0) throw new Error(`row ${row}, position ${position}: no finite logit to sample from`);
  return best;
}

/** Log-probability of `id` under softmax(logits / temperature), logits [V]; under softmax(logits) at temperature 0. */
export function tokenLogprob(logits: ArrayLike<number>, id: number, temperature: number): number {
  const scale = temperature > 0 ? 1 / temperature : 1;
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i] as number);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(((logits[i] as number) - largest) * scale);
  return ((logits[id] as number) - largest) * scale - Math.log(total);
}
