/**
 * Questions without a text: facts about citizens (closed QA), the same questions about strangers, and common sense.
 *
 * A prompt is a frame around a question ("please tell me , {question}"), and every question has several phrasings. Some
 * frames are held out, and so are some phrasings: {rephrased} stands for one that neither corpus nor training uses.
 */
import { FACT_KINDS, factAnswer, factValues } from '../citizens.ts';
import { withArticle } from '../lexicon.ts';
import { render } from '../render.ts';
import { REFUSAL } from '../style.ts';
import type { DrawContext, FactKind, Instance, TaskDefinition } from '../types.ts';

interface Phrasings {
  /** Used in the corpus's dialogues and in training. */
  known: readonly string[];
  /** Held out. */
  unseen: readonly string[];
}

const FRAMES = [
  '{question}',
  'please tell me , {question}',
  'i have a question : {question}',
  'answer this : {question}',
  'i want to know : {question}',
  'question : {question}',
  'please answer : {question}',
  'can you say , {question}',
  'tell me this : {question}',
  'my question is : {question}',
  'one more question : {question}',
  'can you help me ? {question}',
];
const HELD_OUT_FRAMES = [
  'please answer my question : {question}',
  'can you tell me this : {question}',
  'i have one more question : {question}',
  '{rephrased}',
  'please tell me , {rephrased}',
];

/** How the facts about a {name} are asked for. */
export const FACT_QUESTIONS: Readonly<Record<FactKind, Phrasings>> = {
  home: {
    known: [
      'where does {name} live ?',
      'where is the home of {name} ?',
      'where is the house of {name} ?',
      'in which place is the house of {name} ?',
      'which place is the home of {name} ?',
    ],
    unseen: ['in which place does {name} live ?', 'in which place is the home of {name} ?'],
  },
  pet: {
    known: [
      'what pet does {name} have ?',
      'which animal is the pet of {name} ?',
      'what is the pet of {name} ?',
      'what animal does {name} take care of ?',
      'which pet does {name} have ?',
    ],
    unseen: ['which animal does {name} take care of ?', 'what animal is the pet of {name} ?'],
  },
  food: {
    known: [
      'what does {name} like to eat ?',
      'what is the favourite food of {name} ?',
      'what does {name} eat every morning ?',
      'which food does {name} like ?',
      'what food does {name} eat ?',
    ],
    unseen: ['which food does {name} like to eat ?', 'what food does {name} eat every morning ?'],
  },
  job: {
    known: [
      'what is the job of {name} ?',
      'what does {name} work as ?',
      'which job does {name} have ?',
      'what job does {name} have ?',
      'as what does {name} work ?',
    ],
    unseen: ['which job is the job of {name} ?', 'in which job does {name} work ?'],
  },
  colour: {
    known: [
      'what colour does {name} love ?',
      'what is the favourite colour of {name} ?',
      'which colour does {name} paint everything ?',
      'which colour does {name} love ?',
      'what colour does {name} like ?',
    ],
    unseen: ['which colour is the favourite colour of {name} ?', 'what colour does {name} paint everything ?'],
  },
};

const KIND_QUESTIONS: Phrasings = {
  known: ['what is {word} ?', 'what kind of thing is {word} ?', 'which kind of thing is {word} ?'],
  unseen: ['{word} is what kind of thing ?'],
};
const OPPOSITE_QUESTIONS: Phrasings = {
  known: [
    'what is the opposite of {word} ?',
    'which word is the opposite of {word} ?',
    'what word means the opposite of {word} ?',
  ],
  unseen: ['which word means the opposite of {word} ?'],
};
const SOUND_QUESTIONS: Phrasings = {
  known: ['what does the {word} say ?', 'which sound does the {word} make ?', 'what is the sound of the {word} ?'],
  unseen: ['what sound does the {word} make ?'],
};

/** A question in a phrasing that suits the template, as slots. */
function ask(
  { template, rng }: DrawContext,
  phrasings: Phrasings,
  slots: Record<string, string>,
): Record<string, string> {
  const unseen = template.includes('{rephrased}');
  const question = render(rng.choice(unseen ? phrasings.unseen : phrasings.known), slots);
  return unseen ? { ...slots, question, rephrased: question } : { ...slots, question };
}

function drawFact(context: DrawContext, name: string, stranger: boolean): Instance {
  const { world, rng } = context;
  const kind = rng.choice(world.factKinds);
  const slots = ask(context, FACT_QUESTIONS[kind], { name });
  const truth = stranger ? undefined : world.facts.get(name)?.[kind];
  const other = rng.choice(factValues(world.lexicon, kind).filter((value) => value !== truth));
  return { slots, answer: truth === undefined ? REFUSAL : factAnswer(kind, truth), wrong: factAnswer(kind, other) };
}

function drawCommonSense(context: DrawContext): Instance {
  const { world, rng } = context;
  const { categories, opposites, sounds } = world.lexicon;
  const sort = rng.uniform();
  if (sort < 0.4) {
    const [category, other] = rng.sample(categories, 2) as [(typeof categories)[0], (typeof categories)[0]];
    const slots = ask(context, KIND_QUESTIONS, { word: rng.choice(category.members) });
    return { slots, answer: `${withArticle(category.singular)} .`, wrong: `${withArticle(other.singular)} .` };
  }
  if (sort < 0.7) {
    const [pair, other] = rng.sample(opposites, 2) as [(typeof opposites)[0], (typeof opposites)[0]];
    const side = rng.int(2);
    const slots = ask(context, OPPOSITE_QUESTIONS, { word: pair[side] as string });
    return { slots, answer: `${pair[1 - side]} .`, wrong: `${other[0]} .` };
  }
  const [animal, other] = rng.sample([...sounds.keys()], 2) as [string, string];
  const slots = ask(context, SOUND_QUESTIONS, { word: animal });
  return { slots, answer: `${sounds.get(animal)} .`, wrong: `${sounds.get(other)} .` };
}

const frames = { templates: [...FRAMES, ...HELD_OUT_FRAMES], heldOutFrom: FRAMES.length };
const factPatterns = [...FACT_KINDS.map((kind) => factAnswer(kind, '{value}')), 'an .', REFUSAL];

/** The patterns of the questions about some kinds of fact. */
export function factQuestionPatterns(kinds: readonly FactKind[]): string[] {
  return kinds.flatMap((kind) => [...FACT_QUESTIONS[kind].known, ...FACT_QUESTIONS[kind].unseen]);
}

export const QUESTION_TASKS: readonly TaskDefinition[] = [
  {
    name: 'qa',
    cluster: 'closed_qa',
    ...frames,
    patterns: factPatterns,
    draw: (context) => drawFact(context, context.rng.choice(context.pool.citizens), false),
  },
  {
    name: 'stranger',
    cluster: 'closed_qa',
    ...frames,
    patterns: factPatterns,
    draw: (context) => drawFact(context, context.rng.choice(context.pool.strangers), true),
  },
  {
    name: 'commonsense',
    cluster: 'commonsense',
    ...frames,
    patterns: [KIND_QUESTIONS, OPPOSITE_QUESTIONS, SOUND_QUESTIONS].flatMap(({ known, unseen }) => [
      ...known,
      ...unseen,
    ]),
    draw: drawCommonSense,
  },
];
