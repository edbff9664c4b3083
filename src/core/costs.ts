/**
 * What a run costs before it is run: parameters of a preset's models, and the tokens and operations of each stage as
 * the stages charge them (6·N a trained token, 2·N one that is read or generated, padding included).
 *
 * How long rows come out is chance; what is counted here is what is to be expected.
 */
import { MOST_LEFT_OUT, labelCountsFor } from './label-counts.ts';
import type { Preset } from './presets.ts';
import type { StageName } from './reports.ts';
import { createWorld, trainedTasks } from './world/index.ts';
import type { WorldSize } from './world/types.ts';

export interface ExpectedCosts {
  tokens: number;
  flop: number;
}

/** Counts of a world that costs and presets' descriptions depend on. */
export interface WorldCounts {
  citizens: number;
  tasks: number;
  /** Tasks that instruction tuning never sees. */
  unseenTasks: number;
  vocabulary: number;
}

const counted = new Map<WorldSize, WorldCounts>();

export function countsOf(size: WorldSize): WorldCounts {
  let found = counted.get(size);
  if (!found) {
    const world = createWorld(size);
    const tasks = world.tasks.length;
    found = {
      citizens: world.citizens.length,
      tasks,
      unseenTasks: tasks - trainedTasks(world).length,
      vocabulary: world.vocabulary.length,
    };
    counted.set(size, found);
  }
  return found;
}

/** Parameters of the language model: two embeddings, the layers, the last norm; the head is tied to the embedding. */
export function parametersOf({ world, n_layer, n_embd: d, n_positions }: Preset): number {
  const layer = 12 * d * d + 13 * d;
  return (countsOf(world).vocabulary + n_positions) * d + n_layer * layer + 2 * d;
}

/** Tokens of rows as they are drawn: about normal, and cut off at `most`. Both worlds are alike in this. */
interface Length {
  mean: number;
  deviation: number;
  most?: number;
}

const PROMPT: Length = { mean: 15.8, deviation: 4.3 };
/** The same as instruction tuning measures the base model on it: in the corpus's form, and after three examples. */
const WRAPPED: Length = { mean: 18.2, deviation: 5.4 };
const FEW_SHOT: Length = { mean: 74, deviation: 13 };
/** A demonstration, or an answer of a tuned model; its end token included. */
const ANSWER: Length = { mean: 8.8, deviation: 4.5 };
const PROMPT_AND_ANSWER: Length = { mean: 24.4, deviation: 6.2 };
const DOCUMENT: Length = { mean: 18.8, deviation: 8.7, most: 40 };

/** Rows a batch of generation and of scoring. */
const BATCH = 64;
/** Batches of instruction tuning that are formed together, by length. */
const BUCKET = 8;
/** Exact match is measured roughly so often while instruction tuning trains, on one batch of prompts. */
const QUICK_MEASUREMENTS = 10;
/** Pairs of answers that the reward model is probed with, of seven kinds. */
const PROBES = 7 * 120;
/** Share of sampled answers that differ from the others to the same prompt, and of prompts that tell two answers apart. */
const DISTINCT = 0.8;

/** The longest of `rows`: what all of them are padded to. */
function longest({ mean, deviation, most = Infinity }: Length, rows: number): number {
  // The expected greatest of n normal variables, to a few per cent.
  const spread = Math.max(0, Math.sqrt(2 * Math.log(Math.max(1, rows))) - 0.55);
  return Math.min(most, mean + deviation * spread);
}

/** Adds up the tokens of a stage, and what they cost with `parameters` parameters. */
class Account {
  tokens = 0;
  flop = 0;
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  train(tokens: number): void {
    this.tokens += tokens;
    this.flop += 6 * this.#parameters * tokens;
  }

  read(tokens: number): void {
    this.tokens += tokens;
    this.flop += 2 * this.#parameters * tokens;
  }

  /** `rows` rows of a kind, read in batches as they come. */
  readRows(row: Length, rows: number): void {
    this.read(rows * longest(row, Math.min(rows, BATCH)));
  }

  /** Answers to `rows` prompts, written `batch` at a time: every row waits for the longest. */
  write(prompt: Length, answer: Length, rows: number, batch = BATCH): void {
    const together = Math.min(rows, batch);
    this.read(rows * (longest(prompt, together) + longest(answer, together)));
  }

  get costs(): ExpectedCosts {
    return { tokens: Math.round(this.tokens), flop: this.flop };
  }
}

/** What each stage of a run is expected to cost; a shipped base model costs nothing. */
export function expectedCosts(preset: Preset, base: 'shipped' | 'train'): Record<StageName, ExpectedCosts> {
  const parameters = parametersOf(preset);
  const account = (work: (account: Account) => void, head = 0): ExpectedCosts => {
    const opened = new Account(parameters + head);
    work(opened);
    return opened.costs;
  };
  const head = preset.n_embd;
  return {
    base: account((costs) => base === 'train' && chargeBase(costs, preset)),
    sft: account((costs) => chargeSft(costs, preset)),
    reward: account((costs) => chargeReward(costs, preset), head),
    ppo: account((costs) => chargePpo(costs, preset), head / 2),
    judge: account((costs) => chargeJudge(costs, preset)),
  };
}

/** The sum of all stages. */
export function totalCosts(stages: Record<StageName, ExpectedCosts>): ExpectedCosts {
  return Object.values(stages).reduce(
    (sum, each) => ({ tokens: sum.tokens + each.tokens, flop: sum.flop + each.flop }),
    { tokens: 0, flop: 0 },
  );
}

function chargeBase(costs: Account, { base }: Preset): void {
  for (const length of base.row_tokens) {
    const rows = Math.max(1, Math.floor(base.step_tokens / length));
    costs.train((base.steps / base.row_tokens.length) * rows * length);
  }
}

function answerOf({ max_new_tokens }: Preset): Length {
  return { ...ANSWER, most: max_new_tokens };
}

/** A base model knows no end: some row of every batch writes all that it may. */
function unendedAnswer({ max_new_tokens }: Preset): Length {
  return { mean: max_new_tokens, deviation: 0 };
}

function chargeSft(costs: Account, preset: Preset): void {
  const { steps, batch_size, replay, evaluation_prompts } = preset.sft;
  const mix = (field: 'mean' | 'deviation'): number =>
    replay * DOCUMENT[field] + (1 - replay) * PROMPT_AND_ANSWER[field];
  // Sorted by length, only the last batch of a bucket is padded far beyond the mean.
  const spread = Math.sqrt(2 * Math.log(BUCKET * batch_size)) / BUCKET;
  costs.train(steps * batch_size * (mix('mean') + mix('deviation') * spread));

  const { tasks, unseenTasks } = countsOf(preset.world);
  const trained = (tasks - unseenTasks) * evaluation_prompts;
  const asked = 2 * trained + unseenTasks * evaluation_prompts;
  costs.write(PROMPT, answerOf(preset), asked);
  const measurements = Math.ceil(steps / Math.ceil(steps / QUICK_MEASUREMENTS)) - 1;
  costs.write(PROMPT, answerOf(preset), measurements * Math.min(asked, BATCH));
  for (const form of [PROMPT, WRAPPED, FEW_SHOT]) costs.write(form, unendedAnswer(preset), trained);
}

function chargeReward(costs: Account, preset: Preset): void {
  const { prompts, responses, evaluation_prompts, batch_size, epochs, min_steps } = preset.reward;
  const heldOut = 2 * evaluation_prompts;
  costs.write(PROMPT, answerOf(preset), prompts * responses);
  costs.write(PROMPT, answerOf(preset), heldOut * responses);
  const rows = Math.min(batch_size, prompts) * (1 + DISTINCT * (responses - 1));
  const steps = Math.max(min_steps, Math.ceil((prompts * epochs) / batch_size));
  costs.train(steps * rows * longest(PROMPT_AND_ANSWER, rows));
  costs.readRows(PROMPT_AND_ANSWER, heldOut * responses);
  costs.readRows(PROMPT_AND_ANSWER, 2 * PROBES);
}

/**
 * What measuring a reward model by its number of labels costs (label-counts.ts), of `total` labels: a simulated
 * labeller's are drawn again, people's are there.
 */
export function labelCountCosts(preset: Preset, total: number, from: 'simulated' | 'person'): ExpectedCosts {
  const { responses, evaluation_prompts, batch_size, epochs, min_steps } = preset.reward;
  const costs = new Account(parametersOf(preset) + preset.n_embd);
  const counts = labelCountsFor(total);
  const largest = counts.at(-1) ?? 0;
  const needed = Math.min(total, largest + MOST_LEFT_OUT);
  const heldOut = 2 * evaluation_prompts * responses;
  if (from === 'simulated') costs.write(PROMPT, answerOf(preset), needed * responses);
  costs.write(PROMPT, answerOf(preset), heldOut);
  const answers = from === 'simulated' ? responses : 2;
  for (const count of counts) {
    const rows = Math.min(batch_size, count) * (1 + DISTINCT * (answers - 1));
    const steps = Math.max(min_steps, Math.ceil((count * epochs) / batch_size));
    costs.train(steps * rows * longest(PROMPT_AND_ANSWER, rows));
    costs.readRows(PROMPT_AND_ANSWER, heldOut + (needed - largest) * answers);
  }
  return costs.costs;
}

function chargePpo(costs: Account, preset: Preset): void {
  const { iterations, rollouts, epochs, minibatch_size, ptx_coef, ptx_rows, calibration_prompts } = preset.ppo;
  costs.write(PROMPT, answerOf(preset), calibration_prompts, calibration_prompts);
  costs.readRows(PROMPT_AND_ANSWER, calibration_prompts);

  // Sampled by the policy, scored by the reward model; read by policy, reference and critic.
  const together = longest(PROMPT_AND_ANSWER, rollouts);
  costs.write(PROMPT, answerOf(preset), iterations * rollouts, rollouts);
  costs.readRows(PROMPT_AND_ANSWER, iterations * rollouts);
  costs.read(3 * iterations * rollouts * together);

  const updates = iterations * epochs * Math.ceil(rollouts / minibatch_size);
  const rows = Math.min(minibatch_size, rollouts);
  // Policy and critic both learn from every minibatch; the policy from pretraining text beside it.
  costs.train(2 * iterations * epochs * rollouts * longest(PROMPT_AND_ANSWER, rows));
  if (ptx_coef > 0 && ptx_rows > 0) costs.train(updates * ptx_rows * longest(DOCUMENT, ptx_rows));
}

function chargeJudge(costs: Account, preset: Preset): void {
  const { known, strangers, others } = preset.judge;
  const prompts = known + strangers + others;
  // At the preset's temperature, and greedily.
  for (let i = 0; i < 2; i++) {
    costs.write(PROMPT, unendedAnswer(preset), prompts);
    costs.write(WRAPPED, unendedAnswer(preset), prompts);
    costs.write(PROMPT, answerOf(preset), 2 * prompts);
  }
  // How far PPO went: its answers read by it and by the SFT model.
  costs.readRows(PROMPT_AND_ANSWER, 2 * prompts);
  // As many corpus documents, read by three models.
  costs.readRows(DOCUMENT, 3 * prompts);
}
