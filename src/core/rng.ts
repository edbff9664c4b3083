/**
 * Seeded random numbers with a state that can be stored.
 *
 * Every random choice of the project goes through an `Rng` that is handed in. Independent streams come from a
 * seed and a path ("sft", step 12), so that work which is cut off anywhere can be taken up from its step number
 * alone. The generator is xoroshiro128+ (pure-rand); only integer arithmetic decides `uniform`, `int` and what is
 * built on them, so that every JavaScript engine draws the same numbers.
 */
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** FNV-1a over the UTF-16 code units of `text`, then murmur3's finaliser: a 32-bit hash, the same everywhere. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export class Rng {
  #generator: RandomGenerator;

  private constructor(generator: RandomGenerator) {
    this.#generator = generator;
  }

  /** The stream that belongs to `seed` and `path`; different paths give independent streams. */
  static fromSeed(seed: number, ...path: (string | number)[]): Rng {
    return new Rng(xoroshiro128plus(hash32([seed, ...path].join('/')) | 0));
  }

  /** Continues where `state()` was taken. Throws a RangeError when `state` is not four integers. */
  static fromState(state: readonly number[]): Rng {
    if (state.length !== 4 || !state.every(Number.isInteger))
      throw new RangeError(`random state: expected 4 integers, got ${JSON.stringify(state)}`);
    return new Rng(xoroshiro128plusFromState(state));
  }

  /** Four 32-bit integers. */
  state(): number[] {
    return [...this.#generator.getState()];
  }

  /** A 32-bit unsigned integer. */
  bits(): number {
    return this.#generator.next() >>> 0;
  }

  /** Uniform in [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.bits() / 0x100000000;
  }

  /** Uniform integer in 0 … n − 1, unbiased (rejection). Throws a RangeError unless 1 ≤ n ≤ 2^32. */
  int(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 0x100000000)) throw new RangeError(`int(${n}): expected 1 … 2^32`);
    const limit = 0x100000000 - (0x100000000 % n);
    for (;;) {
      const bits = this.bits();
      if (bits < limit) return bits % n;
    }
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  choice<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T;
  }

  /** One of `items`, with probability proportional to its weight (≥ 0, not all 0). */
  weighted<T>(items: readonly T[], weights: readonly number[]): T {
    let total = 0;
    for (const weight of weights) total += weight;
    if (items.length === 0 || items.length !== weights.length || !(total > 0))
      throw new RangeError(`weighted: ${items.length} items, weights ${JSON.stringify(weights)}`);
    let left = this.uniform() * total;
    for (let i = 0; i < items.length; i++) {
      left -= weights[i] as number;
      if (left < 0) return items[i] as T;
    }
    return items[weights.findLastIndex((weight) => weight > 0)] as T;
  }

  /** A new array with the items in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    return this.sample(items, items.length);
  }

  /** `count` different items, in random order. Throws a RangeError when there are fewer. */
  sample<T>(items: readonly T[], count: number): T[] {
    if (count > items.length) throw new RangeError(`sample: ${count} of ${items.length} items`);
    const pool = [...items];
    for (let i = 0; i < count; i++) {
      const j = i + this.int(pool.length - i);
      [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
    }
    return pool.slice(0, count);
  }

  /** Standard normal (Box–Muller; one of the pair, so that the state alone says what comes next). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Standard Gumbel: argmax of log-probabilities plus Gumbel noise is a sample (Gumbel-max). */
  gumbel(): number {
    return -Math.log(-Math.log(this.uniform() + 2 ** -33));
  }
}
