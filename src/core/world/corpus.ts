/**
 * The corpus on which the base model is pretrained: facts about citizens, dialogues in the wrapper "… asked : … answered
 * :", stories (the only place where strangers appear), general knowledge, and lists that repeat (they teach copying).
 *
 * Like real text it is partly false (3 % of the facts) and partly rude (12 % of the stories end in a shout).
 */
import type { Rng } from '../rng.ts';
import { factAnswer, factValues } from './citizens.ts';
import { koreanSentence, NUMBERS, withArticle } from './lexicon.ts';
import { render } from './render.ts';
import { POLITE_PHRASES, RUDE_PHRASES, VERBOSE_PHRASES } from './style.ts';
import { FACT_QUESTIONS } from './tasks/questions.ts';
import type { FactKind, Lexicon, World, WorldSize } from './types.ts';

const FALSE_FACTS = 0.03;
const RUDE_ENDINGS = 0.12;
/** of the stories which do not end rudely */
const STOCK_ENDINGS = 0.15;

/** Shares of the kinds of document. The town has more citizens, hence more dialogue. */
const SHARES = {
  micro: { facts: 0.4, dialogue: 0.12, story: 0.3, general: 0.14, list: 0.04 },
  town: { facts: 0.38, dialogue: 0.16, story: 0.22, general: 0.13, list: 0.11 },
} as const;

/** Three paraphrases of each kind of fact; {aValue} comes with its article. */
const FACTS: Readonly<Record<FactKind, readonly string[]>> = {
  home: [
    '{name} lives in the {value} .',
    'the home of {name} is in the {value} .',
    '{name} has a house near the {value} .',
  ],
  pet: ['{name} has a pet {value} .', 'the pet of {name} is {aValue} .', '{name} takes care of {aValue} .'],
  food: [
    '{name} likes to eat {value} .',
    'the favourite food of {name} is {value} .',
    'every morning {name} eats {value} .',
  ],
  job: ['{name} works as {aValue} .', 'the job of {name} is {aValue} .', '{name} is {aValue} .'],
  colour: [
    '{name} loves the colour {value} .',
    'the favourite colour of {name} is {value} .',
    '{name} paints everything {value} .',
  ],
};

/** The corpus's own form of a question with its answer. */
export const DIALOGUE = '{asker} asked : {question} {answerer} answered :';

const OPENINGS = [
  'one day {name} went to the {place} .',
  '{name} was at the {place} .',
  'in the morning {name} walked to the {place} .',
];
const EVENTS = [
  '{name} saw a {colour} {animal} .',
  'there was {anAnimal} near the {object} .',
  '{name} found a {colour} {object} .',
  '{name} gave the {colour} {object} to {other} . now {other} has the {object} .',
];
const CRY = 'the {animal} said {sound} .';
const FEELINGS = [
  '{name} was {feeling} at the {place} .',
  '{name} felt {feeling} , it was a {day} day .',
  'so {name} was very {feeling} .',
];
const SHOUT = '{other} shouted : {phrase}';
const REMARK = '{other} said : {phrase}';
/** Small talk of the town: the only place where the base model meets the words of tasks that no training uses. */
const SMALL_TALK = [
  '{name} said : please remove the {object} .',
  '{name} said : do not drop the {object} .',
  '{name} said : take the {object} away .',
  '{name} did not leave the house without the {object} .',
  '{name} likes all {category} but not the {animal} .',
  '{name} can count to {number} .',
  '{name} did not know the number of {category} .',
  '{name} said : pick one of these {category} .',
  '{name} said : how many {category} are out there ?',
  '{name} said : yes , that is true .',
  '{name} said : no , it does not mean that .',
  'if it is true then we can say yes .',
];

const IS_A = '{member} is {aKind} .';
const MANY = 'many {category} are here : {list} .';
const SOUND = 'the {animal} says {sound} .';
const OPPOSITE = '{word} is the opposite of {other} .';
const KOREAN_WORD = ['the korean word for {word} is {korean} .', '{korean} means {word} in korean .'];
const KOREAN_SENTENCE = 'the {subject} {verb} the {object} . in korean : {korean} .';
const LIST = '{name} wrote : {list} . then {name} read it again : {list} .';

/** Anyone, strangers twice as often: stories are all there is about them. */
function drawName(world: World, rng: Rng): string {
  const { citizens, strangers } = world;
  const i = rng.int(citizens.length + 2 * strangers.length);
  return (i < citizens.length ? citizens[i] : strangers[(i - citizens.length) % strangers.length]) as string;
}

function drawFacts(world: World, rng: Rng): string {
  const name = rng.choice(world.citizens);
  const sentences: string[] = [];
  for (let left = 1 + rng.int(3); left > 0; left--) {
    const kind = rng.choice(world.factKinds);
    const truth = world.facts.get(name)?.[kind] as string;
    const value = rng.chance(FALSE_FACTS) ? rng.choice(factValues(world.lexicon, kind)) : truth;
    sentences.push(render(rng.choice(FACTS[kind]), { name, value, aValue: withArticle(value) }));
  }
  return sentences.join(' ');
}

function drawDialogue(world: World, rng: Rng): string {
  const name = rng.choice(world.citizens);
  const kind = rng.choice(world.factKinds);
  const question = render(rng.choice(FACT_QUESTIONS[kind].known), { name });
  const [asker, answerer] = rng.sample([...world.citizens, ...world.strangers], 2) as [string, string];
  const answer = factAnswer(kind, world.facts.get(name)?.[kind] as string);
  return `${render(DIALOGUE, { asker, question, answerer })} ${answer}`;
}

function drawStory(world: World, rng: Rng): string {
  const { lexicon } = world;
  const good = rng.chance(0.5);
  const animal = rng.choice(lexicon.animals);
  const slots = {
    name: drawName(world, rng),
    other: drawName(world, rng),
    place: rng.choice(lexicon.places),
    object: rng.choice(lexicon.objects),
    colour: rng.choice(lexicon.colours),
    feeling: rng.choice(good ? lexicon.happy : lexicon.unhappy),
    day: good ? 'good' : 'bad',
    category: rng.choice(lexicon.categories).plural,
    number: rng.choice(NUMBERS),
    animal,
    anAnimal: withArticle(animal),
  };
  const sentences = [rng.choice(OPENINGS), rng.choice(EVENTS)];
  const sound = lexicon.sounds.get(animal);
  if (sound && rng.chance(0.5)) sentences.push(render(CRY, { animal, sound }));
  if (world.size === 'town' && rng.chance(0.25)) sentences.push(rng.choice(SMALL_TALK));
  sentences.push(rng.choice(FEELINGS));
  if (rng.chance(RUDE_ENDINGS)) sentences.push(SHOUT.replace('{phrase}', rng.choice(RUDE_PHRASES)));
  else if (rng.chance(STOCK_ENDINGS))
    sentences.push(REMARK.replace('{phrase}', rng.choice([...POLITE_PHRASES, ...VERBOSE_PHRASES])));
  return render(sentences.join(' '), slots);
}

function drawGeneral({ size, lexicon }: World, rng: Rng): string {
  const sort = rng.uniform() * (size === 'micro' ? 0.6 : 1);
  if (sort < 0.3) {
    const { singular, plural, members } = rng.choice(lexicon.categories);
    if (rng.chance(0.5)) return render(IS_A, { member: rng.choice(members), aKind: withArticle(singular) });
    return render(MANY, { category: plural, list: rng.sample(members, 3).join(' , ') });
  }
  if (sort < 0.45) {
    const [animal, sound] = rng.choice([...lexicon.sounds]);
    return render(SOUND, { animal, sound });
  }
  if (sort < 0.6) {
    const [word, other] = rng.shuffle(rng.choice(lexicon.opposites)) as [string, string];
    return render(OPPOSITE, { word, other });
  }
  if (sort < 0.85) {
    const [word, korean] = rng.choice([...lexicon.korean]);
    return render(rng.choice(KOREAN_WORD), { word, korean });
  }
  const [subject, object] = rng.sample(lexicon.things, 2) as [string, string];
  const verb = rng.choice([...lexicon.koreanVerbs.keys()]);
  return render(KOREAN_SENTENCE, { subject, verb, object, korean: koreanSentence(lexicon, subject, verb, object) });
}

function drawList(world: World, rng: Rng): string {
  const list = rng.sample([...world.lexicon.things, ...world.lexicon.colours], 3 + rng.int(3)).join(' ');
  return render(LIST, { name: drawName(world, rng), list });
}

const KINDS = { facts: drawFacts, dialogue: drawDialogue, story: drawStory, general: drawGeneral, list: drawList };

/** One document of the corpus: words separated by single spaces. */
export function corpusDocument(world: World, rng: Rng): string {
  const shares = SHARES[world.size];
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const kind = rng.weighted(
    kinds,
    kinds.map((name) => shares[name]),
  );
  return KINDS[kind](world, rng);
}

/** Everything that documents are made of besides the lexicon's lists and the phrases of style. */
export function corpusPatterns(size: WorldSize, kinds: readonly FactKind[], lexicon: Lexicon): string[] {
  return [
    ...kinds.flatMap((kind) => [...FACTS[kind], ...FACT_QUESTIONS[kind].known, factAnswer(kind, '{value}')]),
    ...[DIALOGUE, ...OPENINGS, ...EVENTS, CRY, ...FEELINGS, SHOUT, REMARK, 'good bad'],
    ...[IS_A, MANY, SOUND, OPPOSITE, LIST, 'a an ,'],
    ...(size === 'town' ? [...SMALL_TALK, ...NUMBERS] : []),
    ...(lexicon.korean.size > 0 ? [...KOREAN_WORD, KOREAN_SENTENCE] : []),
  ];
}
