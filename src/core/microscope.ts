/**
 * The token microscope: what one iteration of PPO knew of every token of its rollout, as it was used in the update, and
 * what follows from it for one token. Arrays without padding: responses one after another. No tensors, so that the
 * page can say with numbers why a token was pushed or left alone.
 */
import type { Verdict } from './world/gold.ts';
import { type Example, judgeResponse } from './world/index.ts';

/** What a response was asked for, as far as judging it needs it. */
export type Asked = Pick<Example, 'task' | 'prompt' | 'answer' | 'unknowable'>;

/** What holds for all tokens of an iteration. */
export interface IterationSettings {
  /** β of this iteration. */
  kl_coef: number;
  missing_eos_penalty: number;
  gamma: number;
  lambda: number;
  cliprange: number;
  /** null: values are not clipped. */
  cliprange_value: number | null;
  /** Score = (reward model's score − mean) / std. */
  calibration: { mean: number; std: number };
}

/** One pass of updates over the rollout; every minibatch as it was just before its own update. */
export interface EpochRecord {
  /** [n]: which minibatch of the pass a response was in, from 0. */
  minibatch: Int32Array;
  /** [M]: log π. */
  logprobs: Float32Array;
  /** [M]: V. */
  values: Float32Array;
}

export interface IterationRecord extends PerToken {
  /** From 1. */
  iteration: number;
  /** Where its point lies on the curves. */
  step: number;
  settings: IterationSettings;
  /** n prompts. */
  asked: readonly Asked[];
  /** [n]: the reward model's score, and the same standardised. */
  rawScores: Float32Array;
  scores: Float32Array;
  /** n: whether a response ended by itself. */
  ended: readonly boolean[];
  /** [n + 1]: response b has the tokens starts[b] … starts[b + 1] − 1. */
  starts: Int32Array;
  /** [M]: ids. */
  tokens: Int32Array;
  epochs: readonly EpochRecord[];
  /** [M]: log π and V after all updates of the iteration. */
  after: { logprobs: Float32Array; values: Float32Array };
}

/** [M] each; log-probabilities at the temperature of the samples. */
interface PerToken {
  /** log π_old and log π_ref. */
  oldLogprobs: Float32Array;
  refLogprobs: Float32Array;
  rewards: Float32Array;
  /** V_old. */
  values: Float32Array;
  advantages: Float32Array;
  whitened: Float32Array;
  returns: Float32Array;
}

/** Columns of `PerToken` by name, in the order in which they are stored. */
export const PER_TOKEN = [
  'oldLogprobs',
  'refLogprobs',
  'rewards',
  'values',
  'advantages',
  'whitened',
  'returns',
] as const satisfies readonly (keyof PerToken)[];

/** At most so many iterations of a run are recorded, with at most so many responses together. */
export const MOST_ITERATIONS = 200;
const MOST_RESPONSES = 25_600;

/** Every how many iterations one is recorded: each of the usual runs, fewer of very long or very broad ones. */
export function recordEvery(iterations: number, rollouts: number): number {
  return Math.ceil(Math.max(1, iterations / MOST_ITERATIONS, (iterations * rollouts) / MOST_RESPONSES));
}

/** Whether iteration `iteration`, from 1, is recorded: the first, the last, and every n-th. */
export function isRecorded(iteration: number, iterations: number, rollouts: number): boolean {
  return iteration === 1 || iteration === iterations || iteration % recordEvery(iterations, rollouts) === 0;
}

/** First token of a response in the columns, and the one after its last. */
export function spanOf({ starts }: Pick<IterationRecord, 'starts'>, response: number): [start: number, end: number] {
  return [starts[response] as number, starts[response + 1] as number];
}

/** Score − penalty without an end token: what is added to the last token's reward. */
export function finalScore({ scores, ended, settings }: IterationRecord, response: number): number {
  return (scores[response] as number) - (ended[response] ? 0 : settings.missing_eos_penalty);
}

/** max(−Aρ, −A·clip(ρ, 1 ± ε)) of a token. */
export interface PolicyTerms {
  ratio: number;
  unclipped: number;
  clipped: number;
  /** The clipped loss is the larger one: its slope is 0. */
  isClipped: boolean;
  loss: number;
}

export function policyTerms(logprob: number, oldLogprob: number, advantage: number, cliprange: number): PolicyTerms {
  const ratio = Math.exp(logprob - oldLogprob);
  const unclipped = -advantage * ratio;
  const clipped = -advantage * Math.min(1 + cliprange, Math.max(1 - cliprange, ratio));
  return { ratio, unclipped, clipped, isClipped: clipped > unclipped, loss: Math.max(unclipped, clipped) };
}

/** ½ max((V − R)², (clip(V, V_old ± ε) − R)²) of a token; `cliprange` null leaves the clip out. */
export function valueTerms(
  value: number,
  oldValue: number,
  target: number,
  cliprange: number | null,
): { loss: number; isClipped: boolean } {
  const unclipped = (value - target) ** 2;
  const near = cliprange === null ? value : oldValue + Math.min(cliprange, Math.max(-cliprange, value - oldValue));
  const clipped = (near - target) ** 2;
  return { loss: Math.max(unclipped, clipped) / 2, isClipped: clipped > unclipped };
}

/** What an update does to a token by itself. */
export type Effect =
  /** Its probability is raised, lowered, or left alone because nothing was better or worse than expected. */
  | 'raised'
  | 'lowered'
  | 'neutral'
  /** It has moved against its advantage so far that it is outside the clip; it is brought back nonetheless. */
  | 'raised_back'
  | 'lowered_back'
  /** It has moved with its advantage beyond the clip: left alone. */
  | 'clipped_above'
  | 'clipped_below';

export function effectOf({ ratio, isClipped }: PolicyTerms, advantage: number, cliprange: number): Effect {
  if (advantage === 0) return 'neutral';
  if (advantage > 0) return isClipped ? 'clipped_above' : ratio < 1 - cliprange ? 'raised_back' : 'raised';
  return isClipped ? 'clipped_below' : ratio > 1 + cliprange ? 'lowered_back' : 'lowered';
}

/** All that is known of one token, in one pass of updates. */
export interface TokenFigures extends PolicyTerms {
  id: number;
  oldLogprob: number;
  refLogprob: number;
  /** log π_old − log π_ref. */
  kl: number;
  reward: number;
  oldValue: number;
  advantage: number;
  whitened: number;
  return: number;
  /** Just before the update of its minibatch: log π, V, and the critic's loss. */
  logprob: number;
  value: number;
  valueLoss: number;
  /** After the iteration: log π, V and ρ. */
  logprobAfter: number;
  valueAfter: number;
  ratioAfter: number;
}

/** The token at `index` of the columns, in the pass `epoch` from 0. */
export function tokenAt(record: IterationRecord, index: number, epoch: number): TokenFigures {
  const { settings, after } = record;
  const { logprobs, values } = record.epochs[epoch] as EpochRecord;
  const at = (column: ArrayLike<number>): number => column[index] as number;
  const [oldLogprob, refLogprob, oldValue] = [at(record.oldLogprobs), at(record.refLogprobs), at(record.values)];
  return {
    ...policyTerms(at(logprobs), oldLogprob, at(record.whitened), settings.cliprange),
    id: at(record.tokens),
    oldLogprob,
    refLogprob,
    kl: oldLogprob - refLogprob,
    reward: at(record.rewards),
    oldValue,
    advantage: at(record.advantages),
    whitened: at(record.whitened),
    return: at(record.returns),
    logprob: at(logprobs),
    value: at(values),
    valueLoss: valueTerms(at(values), oldValue, at(record.returns), settings.cliprange_value).loss,
    logprobAfter: at(after.logprobs),
    valueAfter: at(after.values),
    ratioAfter: Math.exp(at(after.logprobs) - oldLogprob),
  };
}

/** The tokens of a response. */
export function tokensOf(record: IterationRecord, response: number, epoch: number): TokenFigures[] {
  const [start, end] = spanOf(record, response);
  return Array.from({ length: end - start }, (_, i) => tokenAt(record, start + i, epoch));
}

/** What a list of responses shows and sorts by. */
export interface ResponseFigures {
  score: number;
  /** Σ log π_old − log π_ref. */
  kl: number;
  /** The largest size of a raw advantage. */
  advantage: number;
  /** Clipped tokens of all epochs. */
  clipped: number;
}

export function responseFigures(record: IterationRecord, response: number): ResponseFigures {
  const [start, end] = spanOf(record, response);
  const figures: ResponseFigures = { score: finalScore(record, response), kl: 0, advantage: 0, clipped: 0 };
  for (let i = start; i < end; i++) {
    figures.kl += (record.oldLogprobs[i] as number) - (record.refLogprobs[i] as number);
    figures.advantage = Math.max(figures.advantage, Math.abs(record.advantages[i] as number));
    for (const { logprobs } of record.epochs) {
      const [logprob, old, advantage] = [logprobs, record.oldLogprobs, record.whitened].map((of) => of[i] as number);
      if (policyTerms(logprob!, old!, advantage!, record.settings.cliprange).isClipped) figures.clipped += 1;
    }
  }
  return figures;
}

/** The gold judge on a response of which `text` is what was said, without the end token. */
export function verdictOf({ asked, ended }: IterationRecord, response: number, text: string): Verdict {
  return judgeResponse(asked[response] as Asked, text, ended[response] as boolean);
}

/**
 * Mean and deviation by which advantages were whitened: Â = (A − mean)/std. Solved from the two tokens whose advantages
 * are farthest apart, so that it is what was done, whatever it was done over. Null where all advantages are equal.
 */
export function whiteningOf({ advantages, whitened }: IterationRecord): { mean: number; std: number } | null {
  let [low, high] = [0, 0];
  advantages.forEach((advantage, i) => {
    if (advantage < (advantages[low] as number)) low = i;
    if (advantage > (advantages[high] as number)) high = i;
  });
  const [from, to] = [low, high].map((i) => ({ raw: advantages[i] as number, white: whitened[i] as number }));
  if (!from || !to || from.white === to.white) return null;
  const std = (to.raw - from.raw) / (to.white - from.white);
  return { mean: to.raw - to.white * std, std };
}
