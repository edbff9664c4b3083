/** Writes down what an iteration of PPO knows of every token, for the page's microscope. Nothing is learnt from it. */
import type { ResponseBatch } from '../../src/core/data/batches.ts';
import {
  type EpochRecord,
  type IterationRecord,
  type IterationSettings,
  PER_TOKEN,
  isRecorded,
} from '../../src/core/microscope.ts';
import type { Example } from '../../src/core/world/index.ts';
import type { Estimates, Rollout } from '../algorithms/ppo.ts';
import type { StageContext } from './stage.ts';

/** Whether an iteration is to be recorded; `step`: how many steps are done after it. */
export function recordingDue(
  { preset, sampleEvery }: StageContext,
  { iteration, step }: Pick<IterationRecord, 'iteration' | 'step'>,
): boolean {
  const { iterations, rollouts } = preset.ppo;
  return sampleEvery > 0 && step % sampleEvery === 0 && isRecorded(iteration, iterations, rollouts);
}

/** Which iteration it is, and what holds for all of its tokens. */
type Head = Pick<IterationRecord, 'iteration' | 'step' | 'settings'>;

/** What was sampled and scored, and what follows from it. Flat arrays are [B·R]. */
interface Sampled {
  batch: ResponseBatch;
  rollout: Rollout;
  examples: readonly Example[];
  /** [B] */
  rawScores: Float32Array;
  estimates: Estimates;
}

export class IterationRecorder {
  readonly #head: Head;
  readonly #sampled: Sampled;
  /** [B + 1]: first token of each response among those without padding. */
  readonly #starts: Int32Array;
  readonly #epochs: EpochRecord[] = [];

  constructor(head: Head, sampled: Sampled) {
    this.#head = head;
    this.#sampled = sampled;
    const { mask, time } = sampled.rollout;
    const lengths = sampled.examples.map((_, b) => mask.subarray(b * time, (b + 1) * time).reduce((a, x) => a + x, 0));
    this.#starts = new Int32Array(lengths.length + 1);
    lengths.forEach((length, b) => (this.#starts[b + 1] = (this.#starts[b] as number) + length));
  }

  /**
   * Rows of one minibatch in pass `epoch`, as policy and critic scored them just before their update: [b·time] each.
   * Minibatches come in order.
   */
  before(epoch: number, rows: readonly number[], logprobs: Float32Array, values: Float32Array, time: number): void {
    this.#epochs[epoch] ??= {
      minibatch: new Int32Array(this.#starts.length - 1).fill(-1),
      logprobs: this.#column(),
      values: this.#column(),
    };
    const { minibatch, logprobs: ofPolicy, values: ofCritic } = this.#epochs[epoch];
    const number = 1 + minibatch.reduce((most, each) => Math.max(most, each), -1);
    rows.forEach((b, i) => {
      minibatch[b] = number;
      this.#take(ofPolicy, b, logprobs, i * time);
      this.#take(ofCritic, b, values, i * time);
    });
  }

  /** `logprobs` and `values` [B·R] after all updates. */
  done(logprobs: Float32Array, values: Float32Array): IterationRecord {
    const { batch, rollout, examples, rawScores, estimates } = this.#sampled;
    const { oldLogprobs, refLogprobs, oldValues, scores, ended } = rollout;
    const { rewards, advantages, whitened, returns } = estimates;
    const padded = { oldLogprobs, refLogprobs, rewards, values: oldValues, advantages, whitened, returns };
    const columns = PER_TOKEN.map((name) => [name, this.#unpadded(padded[name])] as const);
    return {
      ...(Object.fromEntries(columns) as Record<(typeof PER_TOKEN)[number], Float32Array>),
      ...this.#head,
      asked: examples.map(({ task, prompt, answer, unknowable }) => ({ task, prompt, answer, unknowable })),
      rawScores: rawScores.slice(),
      scores: scores.slice(),
      ended,
      starts: this.#starts,
      tokens: Int32Array.from(this.#unpadded(Float32Array.from(batch.targets))),
      epochs: this.#epochs,
      after: { logprobs: this.#unpadded(logprobs), values: this.#unpadded(values) },
    };
  }

  #column(): Float32Array {
    return new Float32Array(this.#starts.at(-1) as number);
  }

  #unpadded(padded: Float32Array): Float32Array {
    const column = this.#column();
    const { time } = this.#sampled.rollout;
    this.#sampled.examples.forEach((_, b) => this.#take(column, b, padded, b * time));
    return column;
  }

  /** The tokens of response `b`, which begin at `from`, into their place. */
  #take(column: Float32Array, b: number, padded: Float32Array, from: number): void {
    const [start, end] = [this.#starts[b] as number, this.#starts[b + 1] as number];
    column.set(padded.subarray(from, from + end - start), start);
  }
}

/** What holds for all tokens of the iteration that is about to be made. */
export function settingsOf(
  { preset }: StageContext,
  { kl_coef, calibration }: Pick<IterationSettings, 'kl_coef' | 'calibration'>,
): IterationSettings {
  const { missing_eos_penalty, gamma, lambda, cliprange, cliprange_value } = preset.ppo;
  return { kl_coef, missing_eos_penalty, gamma, lambda, cliprange, cliprange_value, calibration };
}
