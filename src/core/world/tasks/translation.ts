/** Translation to Korean: a coloured thing, or a sentence whose particles (이/가, 을/를) depend on the noun before them. */
import { koreanSentence, KOREAN_PARTICLES } from '../lexicon.ts';
import type { DrawContext, Instance, TaskDefinition } from '../types.ts';

const TEMPLATES = [
  'translate to korean : {text}',
  'say this in korean : {text}',
  '{text} in korean ?',
  'how do you say {text} in korean ?',
  'give the korean for this : {text}',
  'korean please : {text}',
  'write this in korean : {text}',
  'translate this to korean : {text}',
  'please translate to korean : {text}',
  'what is {text} in korean ?',
  'in korean please : {text}',
  'tell me this in korean : {text}',
];
const HELD_OUT = [
  'please say this in korean : {text}',
  'how do you write {text} in korean ?',
  'please translate this to korean : {text}',
  'give this in korean : {text}',
];

function draw({ world, rng }: DrawContext): Instance {
  const { things, colours, korean, koreanVerbs } = world.lexicon;
  const [a, b, other] = rng.sample(things, 3) as [string, string, string];
  if (rng.chance(0.5)) {
    const colour = rng.choice(colours);
    const say = (thing: string): string => `${korean.get(colour)} ${korean.get(thing)} .`;
    return { slots: { text: `the ${colour} ${a}` }, answer: say(a), wrong: say(b) };
  }
  const verb = rng.choice([...koreanVerbs.keys()]);
  const say = (object: string): string => `${koreanSentence(world.lexicon, a, verb, object)} .`;
  return { slots: { text: `the ${a} ${verb} the ${b}` }, answer: say(b), wrong: say(other) };
}

export const TRANSLATION_TASKS: readonly TaskDefinition[] = [
  {
    name: 'korean',
    cluster: 'translation',
    templates: [...TEMPLATES, ...HELD_OUT],
    heldOutFrom: TEMPLATES.length,
    patterns: ['the .', ...KOREAN_PARTICLES],
    identity: ({ slots }) => slots.text as string,
    draw,
  },
];
