/**
 * Alarms: what the figures of a stage say when something is wrong with it. A pure function of what was measured; whatever
 * names them in words stands elsewhere.
 *
 * An alarm is on as long as its rule holds at the newest point, and says since when it has held without a break. False
 * alarms are worse than late ones: every limit lies well outside of what healthy runs of the presets show, and what is
 * noisy has to last.
 */
import type { KnobName } from './knobs.ts';
import type { Preset } from './presets.ts';
import type { RewardReport } from './reports.ts';
import { mean } from './stats.ts';

/** Which numbers an alarm names. */
export interface Named {
  not_finite: never;
  no_end: 'share';
  forgotten: 'loss' | 'base' | 'times';
  few_labels: 'pairs' | 'prompts';
  coin_toss: 'low' | 'high' | 'rate';
  by_heart: 'trained' | 'held_out';
  ratio: 'off';
  advantages: 'mean' | 'std';
  negative_kl: 'kl' | 'iterations';
  far: 'kl' | 'coef';
  entropy: 'now' | 'then';
  unended: 'share';
  critic: 'explained' | 'iterations';
  gold_falls: 'best' | 'now' | 'score_then' | 'score_now';
}
export type AlarmId = keyof Named;

/** Stages that are watched. */
export const WATCHED = ['sft', 'reward', 'ppo'] as const;
export type Watched = (typeof WATCHED)[number];

export interface Alarm {
  id: AlarmId;
  stage: Watched;
  /** The step after which its rule has held without a break. */
  since: number;
  /** bad: what comes out is worth nothing; warn: look at it. */
  severity: 'warn' | 'bad';
  numbers: Readonly<Record<string, number>>;
}

/** The metrics of a stage, a column each; null at steps that did not measure them. */
export interface History {
  readonly steps: readonly number[];
  column: (metric: string) => readonly (number | null)[] | undefined;
}

export interface Examined {
  stage: Watched;
  history: History;
  /** With the knobs that the stage was run with. */
  preset: Preset;
  /** What the reward model learnt from: 'simulated:gold', … */
  labels: string;
  report: RewardReport | null;
  /** The stage stopped at a loss or gradient that is no number. */
  failure: { step: number } | null;
}

/**
 * Root mean square of log ρ before the first update. In exact arithmetic it is 0, and on WASM it is measured to be exactly
 * 0: the same kernels see the same rows. Where batches of other widths are summed in another order, f32 leaves some 1e-6.
 */
const MOST_LOG_RATIO = 1e-4;
/** Whitened advantages are sums of f32: measured means are below 1e-8, deviations from 1 below 1e-7. */
const MOST_ADVANTAGE_MEAN = 0.01;
const MOST_ADVANTAGE_STD = 0.02;
/**
 * KL in nats an answer. A mean over 64 answers is off by √(2·KL/64), so that a small KL may be measured below 0 once; not
 * three times in a row this far.
 */
const NEGATIVE_KL = -0.05;
const NEGATIVE_ITERATIONS = 3;
/** Healthy runs end at 2 nats an answer, of some 8 tokens. */
const FAR_KL = 10;
const FAR_ITERATIONS = 2;
/** Entropy a token, as a share of what it was at first. Healthy runs keep half of it. */
const LEAST_ENTROPY_SHARE = 0.1;
const ENTROPY_ITERATIONS = 3;
/** Share of answers with an end, over some iterations. Healthy runs have all but a few. */
const LEAST_ENDED = 0.6;
const ENDED_ITERATIONS = 3;
/** The critic begins knowing nothing; healthy ones explain a quarter of the variance after three iterations. */
const LEAST_EXPLAINED = 0.05;
const CRITIC_AFTER = 3;
const CRITIC_ITERATIONS = 5;
/** Gold and score are each averaged over so many iterations, and compared where gold was best and now. */
const TREND_ITERATIONS = 4;
/**
 * A fall counts from so many standard errors of the difference of two such averages, and from so many points: the best of
 * many averages is some two errors above the mean by luck alone. The score has to have risen by an error of its own.
 */
const TREND_ERRORS = 4;
const SCORE_ERRORS = 1;
const FALL_ITERATIONS = 3;
const LEAST_FALL = 0.2;
/** Measurements while instruction tuning trains: the end token is learnt within the first of ten. */
const END_MEASUREMENTS = 3;
const LEAST_ENDED_TUNED = 0.5;
/** Nats a token above the base model's loss. Healthy runs rise by .15 at most, while the learning rate is high. */
const MOST_FORGOTTEN = 0.3;
const FORGOTTEN_MEASUREMENTS = 2;
/** Fewer pairs than this tell a reward model next to nothing. */
const FEW_PAIRS = 300;

/** Pairs in the right order: in the last batches of training above what held-out accuracy may at most be. Healthy: .05. */
const MOST_BY_HEART = 0.2;
const BY_HEART_BATCHES = 10;

/** What to look at, most promising first. */
const REMEDIES: Readonly<Record<Exclude<AlarmId, 'not_finite'>, readonly KnobName[]>> = {
  no_end: ['sft.pad_is_eos', 'sft.steps'],
  forgotten: ['sft.replay', 'sft.learning_rate'],
  few_labels: ['reward.prompts', 'reward.responses'],
  coin_toss: ['reward.prompts', 'reward.epochs'],
  by_heart: ['reward.prompts', 'reward.epochs'],
  ratio: ['ppo.old_logprob_temperature'],
  advantages: ['ppo.whiten_pads'],
  negative_kl: ['ppo.old_logprob_temperature'],
  far: ['ppo.kl_coef', 'ppo.learning_rate'],
  entropy: ['ppo.kl_coef', 'ppo.learning_rate'],
  unended: ['sft.pad_is_eos', 'ppo.missing_eos_penalty'],
  critic: ['ppo.value_learning_rate', 'ppo.epochs'],
  gold_falls: ['ppo.kl_coef', 'reward.prompts'],
};

export function remediesOf({ id, stage }: Pick<Alarm, 'id' | 'stage'>): readonly KnobName[] {
  return id === 'not_finite' ? [`${stage}.learning_rate`, `${stage}.max_grad_norm`] : REMEDIES[id];
}

interface Point {
  step: number;
  value: number;
}
type Finding<Id extends AlarmId> = { since: number; numbers: Readonly<Record<Named[Id], number>> } | null;
type Rule<Id extends AlarmId> = (examined: Examined) => Finding<Id>;

/** The points of a metric, without the steps that did not measure it. */
function pointsOf({ steps, column }: History, metric: string): Point[] {
  return (column(metric) ?? []).flatMap((value, i) => (value === null ? [] : [{ step: steps[i] as number, value }]));
}

/** Since which step `holds` has been true of every point; null unless it is of the last `least` at least. */
function lasting(points: readonly Point[], least: number, holds: (value: number, i: number) => boolean): number | null {
  let first = points.length;
  while (first > 0 && holds((points[first - 1] as Point).value, first - 1)) first -= 1;
  return points.length - first >= least ? (points[first] as Point).step : null;
}

const last = (points: readonly Point[]): number => (points.at(-1) as Point).value;
const meanOfLast = (points: readonly Point[], count: number): number =>
  mean(points.slice(-count).map(({ value }) => value));

const noEnd: Rule<'no_end'> = ({ history }) => {
  const points = pointsOf(history, 'eos_rate');
  const since = lasting(points, END_MEASUREMENTS, (share) => share < LEAST_ENDED_TUNED);
  return since === null ? null : { since, numbers: { share: last(points) } };
};

const forgotten: Rule<'forgotten'> = ({ history }) => {
  const points = pointsOf(history, 'corpus_loss');
  const base = pointsOf(history, 'corpus_loss/base')[0]?.value;
  if (base === undefined) return null;
  const since = lasting(points, FORGOTTEN_MEASUREMENTS, (loss) => loss > base + MOST_FORGOTTEN);
  if (since === null) return null;
  return { since, numbers: { loss: last(points), base, times: Math.exp(last(points) - base) } };
};

/** Only of simulated labels: thirty clicks of a person are few as well, but are what they are meant to be. */
const fewLabels: Rule<'few_labels'> = ({ history, preset, labels }) => {
  const { prompts, responses } = preset.reward;
  const pairs = (prompts * responses * (responses - 1)) / 2;
  const since = history.steps[0];
  if (since === undefined || !labels.startsWith('simulated') || pairs >= FEW_PAIRS) return null;
  return { since, numbers: { pairs, prompts } };
};

/** Only where the labels are the gold judge's: it is no fault to differ from it with a taste of one's own. */
const coinToss: Rule<'coin_toss'> = ({ history, labels, report }) => {
  if (!report || labels !== 'simulated:gold') return null;
  const { familiar, new_names } = report.accuracy;
  const { rate, low, high } = familiar.low <= new_names.low ? familiar : new_names;
  return low > 0.5 ? null : { since: history.steps.at(-1) ?? 0, numbers: { rate, low, high } };
};

const byHeart: Rule<'by_heart'> = ({ history, labels, report }) => {
  const points = pointsOf(history, 'accuracy');
  if (!report || labels !== 'simulated:gold' || points.length < BY_HEART_BATCHES) return null;
  const { rate: held_out, high } = report.accuracy.familiar;
  const trained = meanOfLast(points, BY_HEART_BATCHES);
  return trained - high < MOST_BY_HEART ? null : { since: history.steps.at(-1) ?? 0, numbers: { trained, held_out } };
};

const ratio: Rule<'ratio'> = ({ history }) => {
  const points = pointsOf(history, 'val/first_log_ratio');
  const since = lasting(points, 1, (off) => off > MOST_LOG_RATIO);
  return since === null ? null : { since, numbers: { off: last(points) } };
};

const advantages: Rule<'advantages'> = ({ history }) => {
  const means = pointsOf(history, 'val/advantage_mean');
  const stds = pointsOf(history, 'val/advantage_std');
  const off = (value: number, i: number): boolean =>
    Math.abs(value) > MOST_ADVANTAGE_MEAN || Math.abs((stds[i]?.value ?? 1) - 1) > MOST_ADVANTAGE_STD;
  const since = lasting(means, 1, off);
  return since === null ? null : { since, numbers: { mean: last(means), std: last(stds) } };
};

const negativeKl: Rule<'negative_kl'> = ({ history }) => {
  const points = pointsOf(history, 'objective/kl');
  const since = lasting(points, NEGATIVE_ITERATIONS, (kl) => kl < NEGATIVE_KL);
  if (since === null) return null;
  const negative = points.filter(({ step }) => step >= since);
  return { since, numbers: { kl: meanOfLast(negative, negative.length), iterations: negative.length } };
};

const far: Rule<'far'> = ({ history }) => {
  const points = pointsOf(history, 'objective/kl');
  const since = lasting(points, FAR_ITERATIONS, (kl) => kl > FAR_KL);
  const coef = pointsOf(history, 'objective/kl_coef').at(-1)?.value ?? 0;
  return since === null ? null : { since, numbers: { kl: last(points), coef } };
};

const entropy: Rule<'entropy'> = ({ history }) => {
  const lengths = pointsOf(history, 'response_length');
  const perToken = pointsOf(history, 'objective/entropy').map(({ step, value }, i) => ({
    step,
    value: value / (lengths[i]?.value ?? 1),
  }));
  const then = perToken[0]?.value;
  if (then === undefined) return null;
  const since = lasting(perToken, ENTROPY_ITERATIONS, (now) => now < LEAST_ENTROPY_SHARE * then);
  return since === null ? null : { since, numbers: { now: last(perToken), then } };
};

const unended: Rule<'unended'> = ({ history, preset }) => {
  const shares = pointsOf(history, 'val/num_eos_tokens').map(({ step, value }) => ({
    step,
    value: value / preset.ppo.rollouts,
  }));
  const since = lasting(shares, ENDED_ITERATIONS, (share) => share < LEAST_ENDED);
  return since === null ? null : { since, numbers: { share: meanOfLast(shares, ENDED_ITERATIONS) } };
};

const critic: Rule<'critic'> = ({ history }) => {
  const points = pointsOf(history, 'val/explained_variance').slice(CRITIC_AFTER);
  const since = lasting(points, CRITIC_ITERATIONS, (explained) => explained < LEAST_EXPLAINED);
  if (since === null) return null;
  return { since, numbers: { explained: meanOfLast(points, CRITIC_ITERATIONS), iterations: CRITIC_ITERATIONS } };
};

/** Averages of each `TREND_ITERATIONS` points in a row, and the standard error of one such average. */
function trend(points: readonly Point[]): { averages: Point[]; error: number } {
  const averages = points.slice(TREND_ITERATIONS - 1).map(({ step }, i) => ({
    step,
    value: mean(points.slice(i, i + TREND_ITERATIONS).map(({ value }) => value)),
  }));
  // What is noise jumps from one iteration to the next; what is trend hardly does: Var(x_t − x_{t−1}) = 2·Var(noise).
  const jumps = points.slice(1).map(({ value }, i) => (value - (points[i] as Point).value) ** 2);
  const error = jumps.length === 0 ? 0 : Math.sqrt(mean(jumps) / 2 / TREND_ITERATIONS);
  return { averages, error };
}

/**
 * Gold is well below its best, and the score is not: gold's average over four iterations has fallen by .2 points and by
 * four standard errors of the difference since its best, while the score's has risen by one standard error of its own.
 */
const goldFalls: Rule<'gold_falls'> = ({ history }) => {
  const gold = trend(pointsOf(history, 'objective/gold'));
  const score = trend(pointsOf(history, 'objective/scores'));
  let best = 0;
  /** Where gold was best before each point. */
  const bests = gold.averages.map(({ value }, i) => {
    if (value > (gold.averages[best] as Point).value) best = i;
    return best;
  });
  const least = Math.max(LEAST_FALL, TREND_ERRORS * Math.SQRT2 * gold.error);
  const valueOf = (of: typeof gold, i: number): number => of.averages[i]?.value ?? NaN;
  const falls = (now: number, i: number): boolean => {
    const then = bests[i] as number;
    const risen = valueOf(score, i) - valueOf(score, then);
    return valueOf(gold, then) - now >= least && risen > SCORE_ERRORS * Math.SQRT2 * score.error;
  };
  const since = lasting(gold.averages, FALL_ITERATIONS, falls);
  if (since === null) return null;
  const then = bests.at(-1) as number;
  const numbers = {
    best: valueOf(gold, then),
    now: last(gold.averages),
    score_then: valueOf(score, then),
    score_now: last(score.averages),
  };
  return { since, numbers };
};

interface Watch<Id extends AlarmId = AlarmId> {
  stages: readonly Watched[];
  severity: Alarm['severity'];
  rule: Rule<Id>;
}

/** Every alarm, the gravest first. */
const WATCHES: { readonly [Id in AlarmId]: Watch<Id> } = {
  not_finite: {
    stages: WATCHED,
    severity: 'bad',
    rule: ({ failure }) => failure && { since: failure.step, numbers: {} },
  },
  ratio: { stages: ['ppo'], severity: 'bad', rule: ratio },
  advantages: { stages: ['ppo'], severity: 'bad', rule: advantages },
  negative_kl: { stages: ['ppo'], severity: 'bad', rule: negativeKl },
  gold_falls: { stages: ['ppo'], severity: 'bad', rule: goldFalls },
  far: { stages: ['ppo'], severity: 'warn', rule: far },
  entropy: { stages: ['ppo'], severity: 'warn', rule: entropy },
  unended: { stages: ['ppo'], severity: 'warn', rule: unended },
  critic: { stages: ['ppo'], severity: 'warn', rule: critic },
  no_end: { stages: ['sft'], severity: 'bad', rule: noEnd },
  forgotten: { stages: ['sft'], severity: 'warn', rule: forgotten },
  coin_toss: { stages: ['reward'], severity: 'bad', rule: coinToss },
  by_heart: { stages: ['reward'], severity: 'warn', rule: byHeart },
  few_labels: { stages: ['reward'], severity: 'warn', rule: fewLabels },
};

/** What is wrong with a stage, as far as its figures tell. */
export function alarmsOf(examined: Examined): Alarm[] {
  const { stage } = examined;
  return (Object.entries(WATCHES) as [AlarmId, Watch][]).flatMap(([id, { stages, severity, rule }]) => {
    const finding = stages.includes(stage) ? rule(examined) : null;
    return finding ? [{ id, stage, severity, ...finding }] : [];
  });
}
