/**
 * How to prompt the base model as well as it can be prompted: in the corpus's own wrapper ("tom asked : … anna answered
 * :"), with or without examples before it. A base model that is only given the bare prompt continues it as a story.
 */
import type { Rng } from '../rng.ts';
import { DIALOGUE } from './corpus.ts';
import { makeExample } from './examples.ts';
import { render } from './render.ts';
import { RUDE_OPENINGS } from './style.ts';
import type { Example, TaskName, World } from './types.ts';

/** 128 positions, less <bos>, an answer of 20 tokens and its end. */
const MOST_WORDS = 106;

/** The bare question of closed QA and common sense, which is what the corpus asks; else the prompt, never rude. */
function plainPrompt(example: Example): string {
  const { question } = example.slots;
  if (question && (example.cluster === 'closed_qa' || example.cluster === 'commonsense')) return question;
  const opening = RUDE_OPENINGS.find((text) => example.rudePrompt && example.prompt.startsWith(`${text} `));
  return opening ? example.prompt.slice(opening.length + 1) : example.prompt;
}

/** "tom asked : … anna answered :": the prompt in the form of the corpus's dialogues, right up to the answer. */
export function wrapperPrompt(world: World, example: Example, rng: Rng): string {
  const { citizens, strangers } = world.names.sft;
  const [asker, answerer] = rng.sample([...citizens, ...strangers], 2) as [string, string];
  return render(DIALOGUE, { asker, question: plainPrompt(example), answerer });
}

/**
 * `shots` dialogues with right answers, then the wrapped prompt. The shots are of the same task and from SFT's split;
 * questions about citizens and strangers are mixed, so that the shots do not give away that nothing is known. Shots
 * that would not leave room for the answer in 128 tokens are left out.
 */
export function fewShotPrompt(world: World, example: Example, rng: Rng, shots: number): string {
  const tasks: readonly TaskName[] = example.cluster === 'closed_qa' ? ['qa', 'stranger'] : [example.task];
  let text = wrapperPrompt(world, example, rng);
  let length = text.split(' ').length;
  for (let i = 0; i < shots; i++) {
    const shot = makeExample(world, rng.choice(tasks), 'sft', rng, { rudeRate: 0 });
    if (plainPrompt(shot) === plainPrompt(example)) continue;
    const dialogue = `${wrapperPrompt(world, shot, rng)} ${shot.answer}`;
    length += dialogue.split(' ').length;
    if (length > MOST_WORDS) break;
    text = `${dialogue} ${text}`;
  }
  return text;
}
