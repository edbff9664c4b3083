/** Tasks about a short text: sentiment, entailment, reading, summary, and structure to text. */
import { render } from '../render.ts';
import type { DrawContext, Instance, TaskDefinition } from '../types.ts';

const SENTIMENT = [
  'is this positive or negative ? {text}',
  'is this text positive or negative ? {text}',
  '{text} is that positive or negative ?',
  'say if the feeling is positive or negative : {text}',
  'decide , positive or negative : {text}',
  'what is the feeling in this text , positive or negative ? {text}',
  '{text} positive or negative ?',
  '{text} is this feeling positive or negative ?',
  'positive or negative : {text}',
  'is the feeling positive or negative ? {text}',
  'read this text and say positive or negative : {text}',
  '{text} what is the feeling , positive or negative ?',
];
const SENTIMENT_HELD_OUT = [
  'decide if this text is positive or negative : {text}',
  '{text} is the feeling positive or negative ?',
  'what is this , positive or negative ? {text}',
];
const FEELING_TEXTS = [
  '{name} was {feeling} at the {place} .',
  '{name} felt {feeling} .',
  'so {name} was very {feeling} .',
];
const DAY_TEXT = '{name} had a {day} day at the {place} .';

function drawSentiment({ world, names, rng }: DrawContext): Instance {
  const positive = rng.chance(0.5);
  const name = rng.choice(names);
  const text = render(rng.choice([...FEELING_TEXTS, DAY_TEXT]), {
    name,
    feeling: rng.choice(positive ? world.lexicon.happy : world.lexicon.unhappy),
    place: rng.choice(world.lexicon.places),
    day: positive ? 'good' : 'bad',
  });
  const [answer, wrong] = positive ? ['positive .', 'negative .'] : ['negative .', 'positive .'];
  return { slots: { text, name }, answer: answer, wrong: wrong };
}

const ENTAILMENT = [
  '{text} is it true that {claim} ?',
  'text : {text} question : is it true that {claim} ?',
  '{text} can we say that {claim} ? yes or no .',
  'yes or no : {text} so {claim} ?',
  'read this : {text} does it mean that {claim} ?',
  '{text} so {claim} ? yes or no .',
  '{text} does it mean that {claim} ?',
  'text : {text} can we say that {claim} ?',
  'read this text . {text} is it true that {claim} ?',
  'yes or no : {text} is it true that {claim} ?',
];
const ENTAILMENT_HELD_OUT = [
  'text : {text} does it mean that {claim} ?',
  'read this : {text} can we say that {claim} ?',
  '{text} is it true that {claim} ? yes or no .',
];
const GIFT = '{name} gave the {colour} {object} to {other} .';
const VISIT = '{name} went to the {place} .';
const HAS = '{name} has the {object}';
const WAS_AT = '{name} was at the {place}';

function drawEntailment({ world, names, rng }: DrawContext): Instance {
  const { objects, places, colours } = world.lexicon;
  const [name, other] = rng.sample(names, 2) as [string, string];
  const [object, otherObject] = rng.sample(objects, 2) as [string, string];
  const [place, otherPlace] = rng.sample(places, 2) as [string, string];
  const yes = rng.chance(0.5);
  let text: string, claim: string;
  if (rng.chance(0.5)) {
    text = render(GIFT, { name, other, object, colour: rng.choice(colours) });
    if (yes) claim = render(HAS, { name: other, object });
    else claim = render(HAS, rng.chance(0.5) ? { name, object } : { name: other, object: otherObject });
  } else {
    text = render(VISIT, { name, place });
    claim = render(WAS_AT, { name, place: yes ? place : otherPlace });
  }
  return { slots: { text, claim, name }, answer: yes ? 'yes .' : 'no .', wrong: yes ? 'no .' : 'yes .' };
}

const READING = [
  '{text} {question}',
  'text : {text} question : {question}',
  'read this : {text} now answer : {question}',
  '{question} {text}',
  'answer from the text . {text} {question}',
  'here is a story : {text} {question}',
  'story : {text} question : {question}',
  'read this text . {text} {question}',
  'question : {question} text : {text}',
  'here is a text : {text} now answer : {question}',
  'answer this : {question} {text}',
  '{text} please answer : {question}',
];
const READING_HELD_OUT = [
  'read this story : {text} {question}',
  'text : {text} now answer : {question}',
  'read this : {text} question : {question}',
  'question : {question} story : {text}',
];
const GIFT_AT = '{name} gave the {colour} {object} to {other} at the {place} .';
const READING_QUESTIONS = ['where was it ?', 'what did {other} get ?', 'who gave it ?'];

function drawReading({ world, names, rng }: DrawContext): Instance {
  const { objects, places, colours } = world.lexicon;
  const [name, other] = rng.sample(names, 2) as [string, string];
  const [object, otherObject] = rng.sample(objects, 2) as [string, string];
  const [place, otherPlace] = rng.sample(places, 2) as [string, string];
  const text = render(GIFT_AT, { name, other, object, place, colour: rng.choice(colours) });
  const answers = [
    [`at the ${place} .`, `at the ${otherPlace} .`],
    [`the ${object} .`, `the ${otherObject} .`],
    [`${name} .`, `${other} .`],
  ] as const;
  const kind = rng.int(3);
  const [answer, wrong] = answers[kind] as readonly [string, string];
  return { slots: { text, question: render(READING_QUESTIONS[kind] as string, { other }), name }, answer, wrong };
}

const SUMMARY = [
  'summarise : {text}',
  'summarise this : {text}',
  'make this short : {text}',
  '{text} in short ?',
  'give a short version : {text}',
  'write a summary : {text}',
  'tell me the main point : {text}',
  'please summarise : {text}',
  'summary please : {text}',
  'say this in short : {text}',
  'what is the main point ? {text}',
  'short version please : {text}',
];
const SUMMARY_HELD_OUT = [
  'please make this short : {text}',
  'give a summary : {text}',
  'write a short version : {text}',
  '{text} what is the main point ?',
];
const LONG_TEXT =
  'one day {name} went to the {place} . {name} saw a {colour} {animal} . so {name} was very {feeling} .';
const SHORT_TEXT = '{name} was {feeling} at the {place} .';

/** A name, a place and a feeling, and others for the wrong answer. */
function drawMoment({
  world,
  names,
  rng,
}: DrawContext): Record<'name' | 'place' | 'feeling' | 'answer' | 'wrong', string> {
  const feelings = [...world.lexicon.happy, ...world.lexicon.unhappy];
  const name = rng.choice(names);
  const [place, otherPlace] = rng.sample(world.lexicon.places, 2) as [string, string];
  const [feeling, otherFeeling] = rng.sample(feelings, 2) as [string, string];
  return {
    name,
    place,
    feeling,
    answer: render(SHORT_TEXT, { name, place, feeling }),
    wrong: render(SHORT_TEXT, { name, place: otherPlace, feeling: otherFeeling }),
  };
}

function drawSummary(context: DrawContext): Instance {
  const { world, rng } = context;
  const { name, place, feeling, answer, wrong } = drawMoment(context);
  const colour = rng.choice(world.lexicon.colours);
  const text = render(LONG_TEXT, { name, place, feeling, colour, animal: rng.choice(world.lexicon.animals) });
  return { slots: { text, name }, answer, wrong };
}

const STRUCTURE = [
  'write a sentence : {data}',
  'make a sentence from this : {data}',
  'turn this into text : {data}',
  '{data} as a sentence ?',
  'use this in a sentence : {data}',
  'text for this : {data}',
  'make a sentence : {data}',
  'write this as a sentence : {data}',
  'write text from this : {data}',
  'please write a sentence : {data}',
  'turn this into a sentence : {data}',
  'say this as a sentence : {data}',
];
const STRUCTURE_HELD_OUT = [
  'please make a sentence : {data}',
  'write a sentence from this : {data}',
  'make this into text : {data}',
  '{data} in a sentence ?',
];

function drawStructure(context: DrawContext): Instance {
  const { name, place, feeling, answer, wrong } = drawMoment(context);
  const fields = context.rng.shuffle([`name = ${name}`, `place = ${place}`, `feeling = ${feeling}`]);
  return { slots: { data: fields.join(' ; '), name }, answer, wrong };
}

const byText = ({ slots }: Instance): string => slots.text as string;

export const TEXT_TASKS: readonly TaskDefinition[] = [
  {
    name: 'sentiment',
    cluster: 'sentiment',
    templates: [...SENTIMENT, ...SENTIMENT_HELD_OUT],
    heldOutFrom: SENTIMENT.length,
    patterns: [...FEELING_TEXTS, DAY_TEXT, 'good bad positive negative .'],
    identity: byText,
    draw: drawSentiment,
  },
  {
    name: 'entailment',
    cluster: 'entailment',
    templates: [...ENTAILMENT, ...ENTAILMENT_HELD_OUT],
    heldOutFrom: ENTAILMENT.length,
    patterns: [GIFT, VISIT, HAS, WAS_AT, 'yes no .'],
    identity: byText,
    draw: drawEntailment,
  },
  {
    name: 'reading',
    cluster: 'reading',
    templates: [...READING, ...READING_HELD_OUT],
    heldOutFrom: READING.length,
    patterns: [GIFT_AT, ...READING_QUESTIONS, 'at the .'],
    identity: byText,
    draw: drawReading,
  },
  {
    name: 'summary',
    cluster: 'summary',
    templates: [...SUMMARY, ...SUMMARY_HELD_OUT],
    heldOutFrom: SUMMARY.length,
    patterns: [LONG_TEXT, SHORT_TEXT],
    identity: byText,
    draw: drawSummary,
  },
  {
    name: 'structure',
    cluster: 'structure',
    templates: [...STRUCTURE, ...STRUCTURE_HELD_OUT],
    heldOutFrom: STRUCTURE.length,
    patterns: [SHORT_TEXT, 'name = place = feeling = ;'],
    identity: ({ answer }) => answer,
    draw: drawStructure,
  },
];
