/** Who lives in the world, and what is true about them. */
import { Rng } from '../rng.ts';
import { NAMES, withArticle } from './lexicon.ts';
import type { FactKind, Lexicon, NamePool, Split, WorldSize } from './types.ts';

export const FACT_KINDS: readonly FactKind[] = ['home', 'pet', 'food', 'job', 'colour'];

/** How many names of each sort; of the training names SFT sees only some, so that RM and PPO meet new ones. */
const COUNTS = {
  micro: { citizens: 12, strangers: 16, evaluation: [3, 4], sft: [8, 10] },
  town: { citizens: 48, strangers: 56, evaluation: [10, 12], sft: [30, 36] },
} as const;

/** The kinds of fact that a world of this size tells. */
export function factKindsFor(size: WorldSize): readonly FactKind[] {
  return size === 'micro' ? FACT_KINDS.slice(0, 3) : FACT_KINDS;
}

/** The possible values of a kind of fact. */
export function factValues(lexicon: Lexicon, kind: FactKind): readonly string[] {
  return {
    home: lexicon.places,
    pet: lexicon.animals,
    food: lexicon.foods,
    job: lexicon.jobs,
    colour: lexicon.colours,
  }[kind];
}

/** The plain answer to a question about a fact of this kind: "in the forest .", "an owl .", "rice .". */
export function factAnswer(kind: FactKind, value: string): string {
  if (kind === 'home') return `in the ${value} .`;
  return kind === 'pet' || kind === 'job' ? `${withArticle(value)} .` : `${value} .`;
}

/** Deals the names out by the seed: citizens, strangers, and which split may mention whom. */
export function namesFor(size: WorldSize, seed: number): NamePool & { splits: Record<Split, NamePool> } {
  const { citizens: citizenCount, strangers: strangerCount, evaluation, sft } = COUNTS[size];
  const dealt = Rng.fromSeed(seed, 'names', size).shuffle(NAMES.slice(0, citizenCount + strangerCount));
  const citizens = dealt.slice(0, citizenCount);
  const strangers = dealt.slice(citizenCount);
  const training = { citizens: citizens.slice(0, -evaluation[0]), strangers: strangers.slice(0, -evaluation[1]) };
  return {
    citizens,
    strangers,
    splits: {
      sft: { citizens: training.citizens.slice(0, sft[0]), strangers: training.strangers.slice(0, sft[1]) },
      reward: training,
      ppo: training,
      evaluation: { citizens: citizens.slice(-evaluation[0]), strangers: strangers.slice(-evaluation[1]) },
    },
  };
}

/** The facts of every citizen, by the seed. */
export function factsFor(
  citizens: readonly string[],
  lexicon: Lexicon,
  seed: number,
): ReadonlyMap<string, Readonly<Record<FactKind, string>>> {
  const rng = Rng.fromSeed(seed, 'facts');
  const facts = new Map<string, Readonly<Record<FactKind, string>>>();
  for (const name of citizens)
    facts.set(name, {
      home: rng.choice(lexicon.places),
      pet: rng.choice(lexicon.animals),
      food: rng.choice(lexicon.foods),
      job: rng.choice(lexicon.jobs),
      colour: rng.choice(lexicon.colours),
    });
  return facts;
}
