/**
 * Tasks on a list of words: replace, nth, after, reverse, copy, remove, count, and filter.
 *
 * Every template ends in " : {list}". Held-out templates put an opening or a verb of one trained template together
 * with another's: new sentences out of known parts.
 */
import { NUMBERS, ORDINALS } from '../lexicon.ts';
import type { DrawContext, Instance, TaskDefinition, TaskName, ClusterName } from '../types.ts';

const REPLACE = [
  'replace {old} with {new} : {list}',
  'please replace {old} with {new} : {list}',
  'in this list replace {old} with {new} : {list}',
  'replace the word {old} with {new} : {list}',
  'change {old} to {new} : {list}',
  'please change {old} to {new} : {list}',
  'change the word {old} to {new} : {list}',
  'swap {old} for {new} : {list}',
  'in this list swap {old} for {new} : {list}',
  'put {new} in place of {old} : {list}',
  'please put {new} in place of {old} : {list}',
  'use {new} and not {old} : {list}',
];
const REPLACE_HELD_OUT = [
  'in this list change {old} to {new} : {list}',
  'please swap {old} for {new} : {list}',
  'in this list put {new} in place of {old} : {list}',
  'swap the word {old} for {new} : {list}',
];
const NTH = [
  'what is the {ordinal} word : {list}',
  'say the {ordinal} word : {list}',
  'give me the {ordinal} word : {list}',
  'find the {ordinal} word : {list}',
  'in this list what is the {ordinal} word : {list}',
  'which word is {ordinal} : {list}',
  'please say the {ordinal} word : {list}',
  'the {ordinal} word please : {list}',
  'in this list find the {ordinal} word : {list}',
  'tell me the {ordinal} word : {list}',
  'i want the {ordinal} word : {list}',
  'only the {ordinal} word : {list}',
];
const NTH_HELD_OUT = [
  'please give me the {ordinal} word : {list}',
  'in this list which word is {ordinal} : {list}',
  'i want to know the {ordinal} word : {list}',
  'please find the {ordinal} word : {list}',
];
const AFTER = [
  'which word comes after {word} : {list}',
  'say the word after {word} : {list}',
  'what follows {word} : {list}',
  'find the word after {word} : {list}',
  'give me the word after {word} : {list}',
  'please say the word after {word} : {list}',
  'in this list what follows {word} : {list}',
  'which word follows {word} : {list}',
  'what comes after {word} : {list}',
  'tell me what comes after {word} : {list}',
  'the word after {word} please : {list}',
  'what comes next after {word} : {list}',
];
const AFTER_HELD_OUT = [
  'in this list what comes after {word} : {list}',
  'please find the word after {word} : {list}',
  'tell me which word follows {word} : {list}',
  'tell me the word after {word} : {list}',
];
const REVERSE = [
  'reverse : {list}',
  'reverse this list : {list}',
  'please reverse : {list}',
  'say it backwards : {list}',
  'say this list backwards : {list}',
  'write it backwards : {list}',
  'backwards please : {list}',
  'turn the order around : {list}',
  'turn this list around : {list}',
  'read it from the end : {list}',
  'read this list backwards : {list}',
  'start from the end : {list}',
];
const REVERSE_HELD_OUT = [
  'please say it backwards : {list}',
  'reverse the order : {list}',
  'write this list backwards : {list}',
  'please turn this list around : {list}',
];
const COPY = [
  'repeat : {list}',
  'repeat this list : {list}',
  'please repeat : {list}',
  'say this again : {list}',
  'say the same words : {list}',
  'copy : {list}',
  'copy this list : {list}',
  'write the same words : {list}',
  'echo : {list}',
  'once more : {list}',
  'write this again : {list}',
  'please copy : {list}',
];
const COPY_HELD_OUT = [
  'please say this again : {list}',
  'repeat the same words : {list}',
  'copy this again : {list}',
  'repeat this once more : {list}',
];
const REMOVE = [
  'remove {word} : {list}',
  'please remove {word} : {list}',
  'in this list remove {word} : {list}',
  'remove the word {word} : {list}',
  'leave out {word} : {list}',
  'please leave out {word} : {list}',
  'drop {word} : {list}',
  'drop the word {word} : {list}',
  'say all but {word} : {list}',
  'take {word} away : {list}',
  'write this list without {word} : {list}',
  'say all words without {word} : {list}',
];
const REMOVE_HELD_OUT = [
  'please drop {word} : {list}',
  'in this list leave out {word} : {list}',
  'write all but {word} : {list}',
];
const FILTER = [
  'list the {category} : {list}',
  'which of these are {category} : {list}',
  'find all {category} : {list}',
  'say only the {category} : {list}',
  'give me the {category} : {list}',
  'pick the {category} : {list}',
  'please list the {category} : {list}',
  'in this list find the {category} : {list}',
  'only the {category} please : {list}',
  'tell me the {category} : {list}',
  'write only the {category} : {list}',
  'which words are {category} : {list}',
];
const FILTER_HELD_OUT = [
  'please pick the {category} : {list}',
  'in this list which words are {category} : {list}',
  'find only the {category} : {list}',
];
const COUNT = [
  'how many {category} : {list}',
  'count the {category} : {list}',
  'say the number of {category} : {list}',
  'how many of these are {category} : {list}',
  'please count the {category} : {list}',
  'in this list count the {category} : {list}',
  'what is the number of {category} : {list}',
  'tell me how many {category} : {list}',
  'count all {category} : {list}',
  'how many words are {category} : {list}',
  'give me the number of {category} : {list}',
  'find how many are {category} : {list}',
];
const COUNT_HELD_OUT = [
  'please say how many {category} : {list}',
  'in this list how many are {category} : {list}',
  'tell me the number of {category} : {list}',
];

const sentence = (words: readonly string[]): string => `${words.join(' ')} .`;

/** `least` … `most` different words. */
function drawList({ world, rng }: DrawContext, least: number, most: number): string[] {
  return rng.sample(world.lexicon.listWords, least + rng.int(most - least + 1));
}

function drawReplace(context: DrawContext): Instance {
  const list = drawList(context, 3, 4);
  const old = context.rng.choice(list);
  const replacement = context.rng.choice(context.world.lexicon.listWords.filter((word) => !list.includes(word)));
  const replaced = list.map((word) => (word === old ? replacement : word));
  return { slots: { old, new: replacement, list: list.join(' ') }, answer: sentence(replaced), wrong: sentence(list) };
}

function drawNth(context: DrawContext): Instance {
  const list = drawList(context, 4, 5);
  const i = context.rng.int(ORDINALS.length);
  const wrong = list[(i + 1) % ORDINALS.length] as string;
  return {
    slots: { ordinal: ORDINALS[i] as string, list: list.join(' ') },
    answer: `${list[i]} .`,
    wrong: `${wrong} .`,
  };
}

function drawAfter(context: DrawContext): Instance {
  const list = drawList(context, 4, 6);
  const i = context.rng.int(list.length - 1);
  const wrong = list.at(i - 1) as string;
  return { slots: { word: list[i] as string, list: list.join(' ') }, answer: `${list[i + 1]} .`, wrong: `${wrong} .` };
}

function drawReverse(context: DrawContext): Instance {
  const list = drawList(context, 3, 4);
  return { slots: { list: list.join(' ') }, answer: sentence(list.toReversed()), wrong: sentence(list) };
}

function drawCopy(context: DrawContext): Instance {
  const list = drawList(context, 3, 5);
  return { slots: { list: list.join(' ') }, answer: sentence(list), wrong: sentence(list.slice(0, -1)) };
}

function drawRemove(context: DrawContext): Instance {
  const list = drawList(context, 4, 4);
  const word = context.rng.choice(list);
  const rest = list.filter((other) => other !== word);
  return { slots: { word, list: list.join(' ') }, answer: sentence(rest), wrong: sentence(list) };
}

/** Five words, some of them (`least` … `most`) of one category; and those, in the list's order. */
function drawMixed({ world, rng }: DrawContext, least: number, most: number) {
  const category = rng.choice(world.lexicon.categories);
  const members = rng.sample(category.members, least + rng.int(most - least + 1));
  const others = world.lexicon.listWords.filter((word) => !category.members.includes(word));
  const list = rng.shuffle([...members, ...rng.sample(others, 5 - members.length)]);
  return { category: category.plural, list, members: list.filter((word) => members.includes(word)) };
}

function drawFilter(context: DrawContext): Instance {
  const { category, list, members } = drawMixed(context, 1, 3);
  const wrong = list.filter((word) => !members.includes(word)).slice(0, 2);
  return { slots: { category, list: list.join(' ') }, answer: sentence(members), wrong: sentence(wrong) };
}

function drawCount(context: DrawContext): Instance {
  const { category, list, members } = drawMixed(context, 0, 4);
  const [answer, wrong] = [NUMBERS[members.length], NUMBERS[(members.length + 1) % NUMBERS.length]];
  return { slots: { category, list: list.join(' ') }, answer: `${answer} .`, wrong: `${wrong} .` };
}

function define(
  name: TaskName,
  trained: readonly string[],
  heldOut: readonly string[],
  draw: TaskDefinition['draw'],
  patterns: readonly string[] = [],
  cluster: ClusterName = 'words',
): TaskDefinition {
  const templates = [...trained, ...heldOut];
  const identity = ({ slots }: Instance): string => slots.list as string;
  return { name, cluster, templates, heldOutFrom: trained.length, patterns: [...patterns, '.'], identity, draw };
}

export const WORD_TASKS: readonly TaskDefinition[] = [
  define('replace', REPLACE, REPLACE_HELD_OUT, drawReplace),
  define('nth', NTH, NTH_HELD_OUT, drawNth, ORDINALS),
  define('after', AFTER, AFTER_HELD_OUT, drawAfter),
  define('reverse', REVERSE, REVERSE_HELD_OUT, drawReverse),
  define('copy', COPY, COPY_HELD_OUT, drawCopy),
  define('remove', REMOVE, REMOVE_HELD_OUT, drawRemove),
  define('filter', FILTER, FILTER_HELD_OUT, drawFilter, [], 'filter'),
  define('count', COUNT, COUNT_HELD_OUT, drawCount, NUMBERS),
];
