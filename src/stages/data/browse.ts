/** The tasks of a world with what is held out of them: what the lists show, search and filter. */
import { literalWords } from '../../core/world/render.ts';
import {
  type ClusterName,
  RUDE_OPENINGS,
  type TaskName,
  type World,
  piecesOf,
  trainedTasks,
} from '../../core/world/index.ts';

/** What instruction tuning sees of a template; the kinds of generalisation that FLAN tells apart. */
export const EXPOSURES = ['trained', 'unseen_templates', 'unseen_tasks', 'unseen_clusters'] as const;
export type Exposure = (typeof EXPOSURES)[number];

export interface TemplateRow {
  /** Index into the task's templates. */
  index: number;
  text: string;
  exposure: Exposure;
}

export interface TaskRow {
  name: TaskName;
  cluster: ClusterName;
  /** Of the task: 'trained', 'unseen_tasks' or 'unseen_clusters'. */
  exposure: Exposure;
  /** All templates, or those that a filter left. */
  templates: readonly TemplateRow[];
}

export interface Filter {
  cluster: ClusterName | 'all';
  exposure: Exposure | 'all';
  /** Words or slots that a template holds, in any order. */
  search: string;
}

export function listTasks(world: World): TaskRow[] {
  const trained = trainedTasks(world);
  return world.tasks.map(({ name, cluster, templates, heldOutFrom }) => {
    const exposure: Exposure = trained.includes(name)
      ? 'trained'
      : world.heldOut.clusters.includes(cluster)
        ? 'unseen_clusters'
        : 'unseen_tasks';
    const rows = templates.map((text, index): TemplateRow => ({
      index,
      text,
      exposure: exposure === 'trained' && index >= heldOutFrom ? 'unseen_templates' : exposure,
    }));
    return { name, cluster, exposure, templates: rows };
  });
}

/** The tasks with a template that the filter leaves, and only those templates. */
export function filterTasks(tasks: readonly TaskRow[], { cluster, exposure, search }: Filter): TaskRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return tasks
    .filter((task) => cluster === 'all' || task.cluster === cluster)
    .map((task) => ({
      ...task,
      templates: task.templates.filter(
        (template) =>
          (exposure === 'all' || template.exposure === exposure) && words.every((word) => template.text.includes(word)),
      ),
    }))
    .filter(({ templates }) => templates.length > 0);
}

/** What a prompt has of what is held out; training on it would make the evaluation look better than it is. */
export interface Contamination {
  names: readonly string[];
  /** The held-out template that it is an instance of, or one of a held-out task. */
  template: string | null;
}

/** `prompt`: words separated by single spaces. */
export function contaminationOf(world: World, prompt: string): Contamination {
  const { citizens, strangers } = world.heldOut.names;
  const names = prompt.split(' ').filter((word) => citizens.includes(word) || strangers.includes(word));
  const opening = RUDE_OPENINGS.find((text) => prompt.startsWith(`${text} `));
  const plain = opening ? prompt.slice(opening.length + 1) : prompt;
  // Several templates can fit, "{text} positive or negative ?" and a longer one: the most particular one is meant.
  const meant = patternsOf(world).find(({ pattern }) => pattern.test(plain))?.template;
  return { names: [...new Set(names)], template: meant && meant.exposure !== 'trained' ? meant.text : null };
}

interface Pattern {
  template: TemplateRow;
  pattern: RegExp;
}

const patterns = new WeakMap<World, readonly Pattern[]>();

/** Of all templates of a world, those with the most words of their own first. */
function patternsOf(world: World): readonly Pattern[] {
  let found = patterns.get(world);
  if (!found) {
    found = listTasks(world)
      .flatMap(({ templates }) => templates)
      .toSorted((a, b) => literalWords(b.text).length - literalWords(a.text).length)
      .flatMap((template) => {
        const pattern = patternOf(template.text);
        return pattern ? [{ template, pattern }] : [];
      });
    patterns.set(world, found);
  }
  return found;
}

/** Slots that several words fill; the others are filled by one. */
const LONG_SLOTS: ReadonlySet<string> = new Set(['text', 'claim', 'question', 'data', 'list']);

/** Null where a template has too little of its own: held-out phrasings of questions fill {rephrased}. */
function patternOf(template: string): RegExp | null {
  if (template.includes('{rephrased}') || literalWords(template).length === 0) return null;
  const pattern = piecesOf(template).map(({ text, slot }) => {
    if (slot === null) return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return LONG_SLOTS.has(slot) ? '.+' : '\\S+';
  });
  return new RegExp(`^${pattern.join('')}$`);
}
