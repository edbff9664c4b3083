/**
 * What is held out, and which split a prompt belongs to.
 *
 * A prompt that mentions an evaluation name, or puts a question into a held-out frame, is for evaluation. Every other
 * prompt is dealt out by a hash of its instance (so that one instance in two templates stays on one side of the
 * split), or of the prompt itself where instances are few. The rude opening plays no part.
 */
import { hash32 } from '../rng.ts';
import type { HeldOut, Instance, NamePool, Split, TaskDefinition, TaskName, World } from './types.ts';

/** Upper bounds of hash % 100. */
const BINS: readonly (readonly [Split, number])[] = [
  ['sft', 50],
  ['reward', 68],
  ['ppo', 85],
  ['evaluation', 100],
];

/** Which share of the prompts each split is dealt by the hash. */
export function splitShares(): { split: Split; share: number }[] {
  return BINS.map(([split, bound], i) => ({ split, share: (bound - (BINS[i - 1]?.[1] ?? 0)) / 100 }));
}

const HELD_OUT_TASKS: readonly TaskName[] = ['remove', 'count'];
const HELD_OUT_CLUSTERS = ['entailment', 'filter'] as const;
const TASK_NAMES: readonly TaskName[] = [
  ...([
    'qa',
    'stranger',
    'commonsense',
    'sentiment',
    'entailment',
    'reading',
    'korean',
    'summary',
    'structure',
  ] as const),
  ...(['replace', 'nth', 'after', 'reverse', 'copy', 'remove', 'filter', 'count'] as const),
];

/** Lists by name what training does not see, for a world with these tasks. */
export function listHeldOut(tasks: readonly TaskDefinition[], evaluationNames: NamePool): HeldOut {
  const templates = Object.fromEntries(TASK_NAMES.map((name) => [name, [] as readonly string[]]));
  for (const task of tasks) templates[task.name] = task.templates.slice(task.heldOutFrom);
  return {
    templates: templates as HeldOut['templates'],
    tasks: HELD_OUT_TASKS.filter((name) => tasks.some((task) => task.name === name)),
    clusters: HELD_OUT_CLUSTERS.filter((name) => tasks.some((task) => task.cluster === name)),
    names: { citizens: [...evaluationNames.citizens], strangers: [...evaluationNames.strangers] },
  };
}

/** The tasks of SFT: all but the held-out ones and those of held-out clusters. */
export function trainedTasks(world: World): TaskName[] {
  const { tasks, clusters } = world.heldOut;
  return world.tasks
    .filter(({ name, cluster }) => !tasks.includes(name) && !clusters.includes(cluster))
    .map(({ name }) => name);
}

/** The split that a prompt (without rude opening) belongs to. */
export function splitOf(
  world: World,
  task: TaskDefinition,
  template: number,
  prompt: string,
  instance: Instance,
): Split {
  const { citizens, strangers } = world.heldOut.names;
  if (prompt.split(' ').some((word) => citizens.includes(word) || strangers.includes(word))) return 'evaluation';
  if (!task.identity && template >= task.heldOutFrom) return 'evaluation';
  const key = task.identity ? task.identity(instance) : prompt;
  const bin = hash32(`${task.name}/${key}`) % 100;
  return (BINS.find(([, bound]) => bin < bound) as (typeof BINS)[number])[0];
}
