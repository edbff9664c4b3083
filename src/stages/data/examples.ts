/** Examples and demonstrations drawn for the screen: the world's own, from a stream of random numbers of the page. */
import { Rng } from '../../core/rng.ts';
import { slices } from '../../core/slices.ts';
import {
  type Example,
  type Piece,
  type TaskName,
  type Verdict,
  type World,
  demonstrate,
  findTask,
  judgeResponse,
  makeExample,
  promptPieces,
} from '../../core/world/index.ts';
import type { TaskRow } from './browse.ts';

/** A task has at most 17 templates: to miss one so often has a probability below 1e-9. */
const MOST_TRIES = 400;

export interface DrawnExample {
  example: Example;
  pieces: readonly Piece[];
  /** Whose prompt it is. */
  split: 'sft' | 'evaluation';
}

/** The `number`-th example of a task, in the template with this index, or in any of those that `task` lists. */
export function drawExample(world: World, task: TaskRow, template: number | null, number: number): DrawnExample {
  const rng = Rng.fromSeed(world.seed, 'page', 'example', task.name, number);
  const trained = task.templates.filter(({ exposure }) => exposure === 'trained');
  // The first one is nothing that is held out where there is a choice: people start a demonstration from it.
  const any = number === 0 && trained.length > 0 ? trained : task.templates;
  const wanted = task.templates.find(({ index }) => index === template) ?? rng.choice(any);
  const split = wanted.exposure === 'trained' ? 'sft' : 'evaluation';
  const templates = wanted.index >= findTask(world, task.name).heldOutFrom ? 'held_out' : 'trained';
  let example = makeExample(world, task.name, split, rng, { templates });
  for (let tries = 1; example.template !== wanted.index && tries < MOST_TRIES; tries++)
    example = makeExample(world, task.name, split, rng, { templates });
  return { example, pieces: promptPieces(world, example), split };
}

export interface Demonstrated {
  example: Example;
  responses: readonly { text: string; verdict: Verdict }[];
}

/** The `number`-th example of a trained task that the crowd answers, with `count` different responses or fewer. */
export function drawDemonstrated(world: World, task: TaskName, number: number, count: number): Demonstrated {
  const example = makeExample(world, task, 'sft', Rng.fromSeed(world.seed, 'page', 'demonstrated', task, number));
  return { example, responses: respond(world, example, count) };
}

/** What the crowd answers to a drawn example; nothing to those of the evaluation. */
export function demonstrationsOf(world: World, { example, split }: DrawnExample, count: number): Demonstrated | null {
  return split === 'sft' ? { example, responses: respond(world, example, count) } : null;
}

function respond(world: World, example: Example, count: number): Demonstrated['responses'] {
  const rng = Rng.fromSeed(world.seed, 'page', 'crowd', example.prompt);
  const texts = new Set<string>();
  for (let tries = 0; tries < 5 * count && texts.size < count; tries++) texts.add(demonstrate(world, example, rng));
  return Array.from(texts, (text) => ({ text, verdict: judgeResponse(example, text, true) }));
}

/** Of the content, one of them each; then of the style. */
const QUALITIES = ['correct', 'fabrication', 'refusal', 'wrong', 'rude', 'polite', 'verbose'] as const;
export type Quality = (typeof QUALITIES)[number];

/** What the gold judge finds in `count` demonstrations of a trained task, as shares; what never occurs is left out. */
export async function crowdShares(
  world: World,
  task: TaskName,
  count: number,
): Promise<{ quality: Quality; share: number }[]> {
  const breathe = slices();
  const rng = Rng.fromSeed(world.seed, 'page', 'crowd', task);
  const counts = new Map<Quality, number>();
  const add = (quality: Quality): void => void counts.set(quality, (counts.get(quality) ?? 0) + 1);
  for (let i = 0; i < count; i++) {
    await breathe();
    const example = makeExample(world, task, 'sft', rng);
    const verdict = judgeResponse(example, demonstrate(world, example, rng), true);
    // An honest "i do not know" about a stranger is right, and no failure to answer.
    if (verdict.correct) add('correct');
    else if (verdict.fabrication) add('fabrication');
    else add(verdict.refusal ? 'refusal' : 'wrong');
    for (const style of ['rude', 'polite', 'verbose'] as const) if (verdict[style]) add(style);
  }
  return QUALITIES.map((quality) => ({ quality, share: (counts.get(quality) ?? 0) / count })).filter(
    ({ share }) => share > 0,
  );
}
