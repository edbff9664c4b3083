/** Examples: one instance of a task, in one of its templates, that belongs to one split. */
import type { Rng } from '../rng.ts';
import { type Piece, piecesOf, render } from './render.ts';
import { splitOf } from './splits.ts';
import { RUDE_OPENINGS } from './style.ts';
import type { Example, Mix, NamePool, Split, TaskDefinition, TaskName, World } from './types.ts';

/** One try in seven or so hits the wanted split; 2000 misses in a row mean that the split has no such prompt. */
const MOST_TRIES = 2000;

export interface ExampleOptions {
  /** Which templates; the held-out ones only in split 'evaluation'. Default 'trained'. */
  templates?: 'trained' | 'held_out';
  /** Share of prompts that open rudely. Default .2. */
  rudeRate?: number;
  /** Split 'evaluation' only: names that only the corpus mentions ('new', default), or those of training. */
  names?: 'familiar' | 'new';
}

/** The definition of a task. Throws a RangeError when this world does not have it. */
export function findTask(world: World, name: TaskName): TaskDefinition {
  const task = world.tasks.find((candidate) => candidate.name === name);
  if (!task)
    throw new RangeError(
      `the ${world.size} world has no task "${name}"; it has ${world.tasks.map((each) => each.name).join(', ')}`,
    );
  return task;
}

/**
 * Draws an example of `task` whose prompt belongs to `split`. Throws a RangeError for held-out templates outside
 * 'evaluation', for a task that this world does not have, and when no prompt of the split is found.
 */
export function makeExample(
  world: World,
  task: TaskName,
  split: Split,
  rng: Rng,
  options: ExampleOptions = {},
): Example {
  const { templates = 'trained', rudeRate = 0.2, names = 'new' } = options;
  const definition = findTask(world, task);
  const heldOut = templates === 'held_out';
  if (heldOut && split !== 'evaluation')
    throw new RangeError(`held-out templates are for split "evaluation", not "${split}"`);
  const first = heldOut ? definition.heldOutFrom : 0;
  const count = heldOut ? definition.templates.length - definition.heldOutFrom : definition.heldOutFrom;
  const pool = split === 'evaluation' && names === 'familiar' ? world.names.reward : world.names[split];
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const template = first + rng.int(count);
    const text = definition.templates[template] as string;
    const instance = definition.draw({ world, pool, names: allNames(pool), template: text, rng });
    const prompt = render(text, instance.slots);
    if (splitOf(world, definition, template, prompt, instance) !== split) continue;
    const rudePrompt = rng.chance(rudeRate);
    return {
      task,
      cluster: definition.cluster,
      template,
      prompt: rudePrompt ? `${rng.choice(RUDE_OPENINGS)} ${prompt}` : prompt,
      answer: instance.answer,
      wrong: instance.wrong,
      unknowable: task === 'stranger',
      known: task === 'qa',
      rudePrompt,
      slots: instance.slots,
    };
  }
  throw new RangeError(`no prompt of task "${task}" for split "${split}" in ${MOST_TRIES} tries`);
}

/** An example's prompt, apart where the template's slots are filled; a rude opening is a piece of its own. */
export function promptPieces(world: World, { task, template, prompt, slots }: Example): Piece[] {
  const pieces = piecesOf(findTask(world, task).templates[template] ?? '', slots);
  const opening = prompt.slice(0, prompt.length - pieces.map(({ text }) => text).join('').length);
  return opening ? [{ text: opening, slot: null }, ...pieces] : pieces;
}

const pools = new WeakMap<NamePool, readonly string[]>();
function allNames(pool: NamePool): readonly string[] {
  let all = pools.get(pool);
  if (!all) pools.set(pool, (all = [...pool.citizens, ...pool.strangers]));
  return all;
}

/** Draws a task by the weights of `mix`, then an example of it. */
export function drawExample(world: World, mix: Mix, split: Split, rng: Rng, options?: ExampleOptions): Example {
  const entries = Object.entries(mix) as [TaskName, number][];
  const task = rng.weighted(
    entries.map(([name]) => name),
    entries.map(([, weight]) => weight),
  );
  return makeExample(world, task, split, rng, options);
}

const MICRO_MIX: Mix = { qa: 4.5, stranger: 1.8, commonsense: 1.5, sentiment: 1, reading: 1.2 };

/** What SFT trains on. Word tasks are the hardest to learn and get the larger weights. */
export function sftMix(world: World): Mix {
  if (world.size === 'micro') return MICRO_MIX;
  return {
    ...{ qa: 4.5, stranger: 1.8, commonsense: 1.5, sentiment: 1, reading: 1.2, korean: 1.5, summary: 1, structure: 1 },
    ...{ replace: 2, nth: 1.2, after: 2, reverse: 1, copy: 0.8 },
  };
}

/** What people compare answers on, and PPO practises: mostly questions, where honesty is at stake. */
export function preferenceMix(world: World): Mix {
  if (world.size === 'micro') return MICRO_MIX;
  return { qa: 5, stranger: 3, commonsense: 1.5, sentiment: 1, reading: 1, korean: 0.5, copy: 0.5, structure: 0.5 };
}
