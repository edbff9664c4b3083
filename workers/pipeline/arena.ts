/** The arena: a few answers of the SFT model to one prompt, for a person to compare. */
import { choosePair, distinctResponses } from '../../src/core/data/pair-choice.ts';
import type { Response } from '../../src/core/data/labellers.ts';
import type { Proposal, ProposalRequest } from '../../src/core/protocol.ts';
import { Rng } from '../../src/core/rng.ts';
import { type Example, drawExample, preferenceMix } from '../../src/core/world/index.ts';
import type { Engine } from '../engine/engine.ts';
import { Model } from '../model/model.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Checkpoints } from './checkpoints.ts';
import { contextOf } from './context.ts';
import { respond } from './respond.ts';
import { scoreRows, scoredRow } from './scoring.ts';
import type { StageContext } from './stage.ts';
import type { RunStore } from './store.ts';

/** Answers sampled a prompt, of which the few to be compared are chosen. */
const CANDIDATES = 16;
/** Prompts tried before giving up on a model that says one thing only. */
const MOST_PROMPTS = 20;

export interface ArenaOptions {
  engine: Engine;
  store: RunStore;
  loadShipped: (name: string) => Promise<Uint8Array>;
}

/**
 * Different answers to a prompt of the reward model's split: two for a comparison, up to `count` for a ranking. The same
 * request gives the same answers as long as the models are the same. Null without an SFT model, own or shipped, and
 * where it always says the same.
 */
export async function propose(
  { engine, store, loadShipped }: ArenaOptions,
  { preset, seed, number, count }: ProposalRequest,
): Promise<Proposal | null> {
  const context = contextOf({ preset, seed, labels: 'person' }, engine);
  const checkpoints = new Checkpoints(store, loadShipped, preset, context.config);
  const sft = (await checkpoints.own('sft')) ?? (await checkpoints.shipped('sft').catch(() => null));
  if (!sft) return null;
  const reward = count === 2 ? await checkpoints.own('reward') : null;
  const open = (checkpoint: Checkpoint): Model => new Model(engine, checkpoint.config, checkpoint.weights);
  const writer = open(sft);
  const critic = reward && open(reward);
  try {
    for (let attempt = 0; attempt < MOST_PROMPTS; attempt++) {
      const draw = number * MOST_PROMPTS + attempt;
      const rng = Rng.fromSeed(seed, 'arena', count, draw);
      const { example, candidates } = await candidatesOf(context, writer, draw, rng);
      const chosen =
        count === 2
          ? choosePair(candidates, rng, critic ? await scoresOf(context, critic, example, candidates) : undefined)
          : rng.sample(candidates, Math.min(count, candidates.length));
      if (chosen && chosen.length >= 2)
        return { example, responses: chosen, model: sft.hash, by: critic ? 'reward_model' : 'difference' };
    }
    return null;
  } finally {
    writer.dispose();
    critic?.dispose();
  }
}

async function candidatesOf(
  context: StageContext,
  writer: Model,
  draw: number,
  rng: Rng,
): Promise<{ example: Example; candidates: Response[] }> {
  const { world, tokenizer, preset } = context;
  const example = drawExample(world, preferenceMix(world), 'reward', rng);
  const prompts = Array<number[]>(CANDIDATES).fill(tokenizer.promptIds(example.prompt));
  const options = { temperature: preset.temperature, stream: 'arena', firstRow: draw * CANDIDATES };
  return { example, candidates: distinctResponses(await respond(context, writer, prompts, options)) };
}

function scoresOf(
  context: StageContext,
  reward: Model,
  { prompt }: Example,
  responses: readonly Response[],
): Promise<Float32Array> {
  return scoreRows(
    context,
    reward,
    responses.map(({ text }) => scoredRow(context.tokenizer, prompt, text)),
  );
}
