/** The shapes of the pocket world: no code, so that every file of this folder can import it without cycles. */
import type { Rng } from '../rng.ts';

/** micro: 12 citizens, 5 tasks, small word lists. town: 48 citizens, all 17 tasks. */
export type WorldSize = 'micro' | 'town';
/** Which stage may see a prompt. The four sets of prompts are disjoint. */
export type Split = 'sft' | 'reward' | 'ppo' | 'evaluation';
export type FactKind = 'home' | 'pet' | 'food' | 'job' | 'colour';

export type TaskName =
  | 'qa'
  | 'stranger'
  | 'commonsense'
  | 'sentiment'
  | 'entailment'
  | 'reading'
  | 'korean'
  | 'summary'
  | 'structure'
  | 'replace'
  | 'nth'
  | 'after'
  | 'reverse'
  | 'copy'
  | 'remove'
  | 'filter'
  | 'count';

export type ClusterName =
  | 'closed_qa'
  | 'commonsense'
  | 'sentiment'
  | 'entailment'
  | 'reading'
  | 'translation'
  | 'summary'
  | 'structure'
  | 'words'
  | 'filter';

/** A kind of thing and its members: animal, animals, [cat, dog, …]. */
export interface Category {
  singular: string;
  plural: string;
  members: readonly string[];
}

/** The closed word lists of one world. */
export interface Lexicon {
  animals: readonly string[];
  foods: readonly string[];
  places: readonly string[];
  colours: readonly string[];
  jobs: readonly string[];
  objects: readonly string[];
  /** Feelings that are positive, and those that are negative. */
  happy: readonly string[];
  unhappy: readonly string[];
  opposites: readonly (readonly [string, string])[];
  /** animal → what it says */
  sounds: ReadonlyMap<string, string>;
  categories: readonly Category[];
  /** animals, foods and objects */
  things: readonly string[];
  /** what word lists are made of */
  listWords: readonly string[];
  /** English → Korean; empty in the micro world */
  korean: ReadonlyMap<string, string>;
  koreanVerbs: ReadonlyMap<string, string>;
}

/** Citizens (facts are known) and strangers (nothing is), each list without repetition. */
export interface NamePool {
  citizens: readonly string[];
  strangers: readonly string[];
}

/** What is kept out of training, by name. */
export interface HeldOut {
  /** Every task has some templates that training never uses (empty for tasks which the world does not have). */
  templates: Record<TaskName, readonly string[]>;
  /** Whole tasks of clusters that are trained. */
  tasks: readonly TaskName[];
  /** Whole clusters. */
  clusters: readonly ClusterName[];
  /** Names that the corpus tells of and no later stage mentions. */
  names: { citizens: string[]; strangers: string[] };
}

export interface World {
  readonly size: WorldSize;
  readonly seed: number;
  readonly citizens: readonly string[];
  readonly strangers: readonly string[];
  /** All five facts of every citizen. The corpus tells, and the tasks ask, only those in `factKinds`. */
  readonly facts: ReadonlyMap<string, Readonly<Record<FactKind, string>>>;
  readonly factKinds: readonly FactKind[];
  readonly tasks: readonly TaskDefinition[];
  readonly heldOut: HeldOut;
  /** Names that each split may mention: sft ⊂ reward = ppo, evaluation separate. */
  readonly names: Readonly<Record<Split, NamePool>>;
  readonly lexicon: Lexicon;
  /** Every word, specials first: <pad> <bos> <user> <bot> <eos>. */
  readonly vocabulary: readonly string[];
}

/** One instance of a task before it is put into a template. */
export interface Instance {
  slots: Record<string, string>;
  answer: string;
  wrong: string;
}

export interface DrawContext {
  world: World;
  pool: NamePool;
  /** citizens and strangers of the pool together */
  names: readonly string[];
  /** the template that the instance is for */
  template: string;
  rng: Rng;
}

export interface TaskDefinition {
  name: TaskName;
  cluster: ClusterName;
  /** Trained templates first, then the held-out ones; slots in {braces}. */
  templates: readonly string[];
  /** Index of the first held-out template. */
  heldOutFrom: number;
  /** Everything else that the task's texts are made of, for the vocabulary. */
  patterns: readonly string[];
  /** What two instances share if they must be on one side of the split. Absent: the prompt itself is partitioned. */
  identity?: (instance: Instance) => string;
  draw(context: DrawContext): Instance;
}

export interface Example {
  task: TaskName;
  cluster: ClusterName;
  /** index into the task's `templates` */
  template: number;
  prompt: string;
  /** the right answer, in plain style */
  answer: string;
  /** a plausible wrong (or, about a stranger, made-up) answer */
  wrong: string;
  /** about a stranger: the right answer is "i do not know ." */
  unknowable: boolean;
  /** a fact about a citizen, which the corpus tells */
  known: boolean;
  /** the prompt opens rudely */
  rudePrompt: boolean;
  /** what fills the template's {slots}; also `name` and `question` where they apply */
  slots: Record<string, string>;
}

export type Mix = Partial<Record<TaskName, number>>;
