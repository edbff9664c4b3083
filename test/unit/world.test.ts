import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32, Rng } from '../../src/core/rng.ts';
import { NAMES } from '../../src/core/world/lexicon.ts';
import { literalWords } from '../../src/core/world/render.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import {
  corpusDocument,
  createWorld,
  demonstrate,
  drawExample,
  fewShotPrompt,
  findTask,
  makeExample,
  preferenceMix,
  RUDE_OPENINGS,
  sftMix,
  SPECIALS,
  trainedTasks,
  wrapperPrompt,
  type Example,
  type ExampleOptions,
  type Split,
  type TaskName,
  type World,
} from '../../src/core/world/index.ts';

const WORLDS = [createWorld('micro'), createWorld('town')];
const TRAINING: readonly Split[] = ['sft', 'reward', 'ppo'];
const wordsOf = (text: string): string[] => text.split(' ');

function withoutOpening({ prompt, rudePrompt }: Example): string {
  const opening = RUDE_OPENINGS.find((text) => rudePrompt && prompt.startsWith(text));
  return opening ? prompt.slice(opening.length + 1) : prompt;
}

function examples(world: World, task: TaskName, split: Split, count: number, options?: ExampleOptions): Example[] {
  const rng = Rng.fromSeed(1, task, split, JSON.stringify(options ?? {}));
  return Array.from({ length: count }, () => makeExample(world, task, split, rng, options));
}

const evaluationNames = ({ heldOut }: World): Set<string> =>
  new Set([...heldOut.names.citizens, ...heldOut.names.strangers]);

describe.each(WORLDS.map((world) => [world.size, world] as const))('%s world', (size, world) => {
  it('has the promised number of people, tasks and templates', () => {
    const town = size === 'town';
    expect(world.citizens.length).toBeGreaterThanOrEqual(town ? 48 : 12);
    expect(world.strangers.length).toBeGreaterThanOrEqual(town ? 48 : 16);
    expect(world.heldOut.names.citizens.length).toBeGreaterThanOrEqual(town ? 10 : 3);
    expect(world.heldOut.names.strangers.length).toBeGreaterThanOrEqual(town ? 10 : 4);
    expect(world.tasks.length).toBe(town ? 17 : 5);
    for (const { name, templates, heldOutFrom } of world.tasks) {
      expect(heldOutFrom, name).toBeGreaterThanOrEqual(10);
      expect(templates.length - heldOutFrom, name).toBeGreaterThanOrEqual(3);
      expect(new Set(templates).size, name).toBe(templates.length);
    }
  });

  it('gives everyone a name of their own that is no other word', () => {
    const people = [...world.citizens, ...world.strangers];
    expect(new Set(people).size).toBe(people.length);
    const { tasks, lexicon } = world;
    const patterns = tasks.flatMap(({ templates, patterns }) => [...templates, ...patterns]);
    const others = new Set([...patterns.flatMap(literalWords), ...lexicon.listWords, ...lexicon.happy]);
    expect(people.filter((name) => others.has(name))).toEqual([]);
  });

  it('names what it holds out', () => {
    const { heldOut } = world;
    expect(heldOut.tasks).toEqual(size === 'town' ? ['remove', 'count'] : []);
    expect(heldOut.clusters).toEqual(size === 'town' ? ['entailment', 'filter'] : []);
    const trained = trainedTasks(world);
    expect(trained).toHaveLength(size === 'town' ? 13 : 5);
    expect(Object.keys(sftMix(world)).toSorted()).toEqual(trained.toSorted());
    for (const task of Object.keys(preferenceMix(world))) expect(trained).toContain(task);
    for (const { name, templates } of world.tasks) {
      expect(heldOut.templates[name].length).toBeGreaterThanOrEqual(3);
      for (const template of heldOut.templates[name]) expect(templates).toContain(template);
    }
  });

  it('keeps names apart: sft ⊂ reward = ppo, evaluation separate', () => {
    for (const sort of ['citizens', 'strangers'] as const) {
      const { sft, reward, ppo, evaluation } = world.names;
      expect(reward[sort]).toEqual(ppo[sort]);
      expect(sft[sort].length).toBeLessThan(reward[sort].length);
      for (const name of sft[sort]) expect(reward[sort]).toContain(name);
      for (const name of evaluation[sort]) expect(reward[sort]).not.toContain(name);
      expect([...reward[sort], ...evaluation[sort]].toSorted()).toEqual(world[sort].toSorted());
    }
  });

  it('deals every prompt, and every instance whatever its template, to one split only', () => {
    const owner = new Map<string, Split>();
    const claim = (split: Split, list: readonly Example[]): void => {
      for (const example of list) {
        const { identity } = findTask(world, example.task);
        const keys = [withoutOpening(example)];
        if (identity) keys.push(`${example.task} on "${identity(example)}"`);
        for (const key of keys) {
          if ((owner.get(key) ?? split) !== split) throw new Error(`${key}: in ${owner.get(key)} and in ${split}`);
          owner.set(key, split);
        }
      }
    };
    for (const { name } of world.tasks) {
      for (const split of TRAINING) claim(split, examples(world, name, split, 1000));
      for (const names of ['familiar', 'new'] as const)
        for (const templates of ['trained', 'held_out'] as const)
          claim('evaluation', examples(world, name, 'evaluation', 500, { names, templates }));
    }
    expect(owner.size).toBeGreaterThan(size === 'town' ? 50_000 : 10_000);
  }, 60_000);

  it('has enough different prompts in each split', () => {
    for (const split of ['reward', 'ppo'] as const) {
      const rng = Rng.fromSeed(2, split);
      const prompts = new Set<string>();
      let draws = 0;
      for (const wanted = size === 'town' ? 1500 : 1000; prompts.size < wanted && draws < 3 * wanted; draws++)
        prompts.add(withoutOpening(drawExample(world, preferenceMix(world), split, rng)));
      expect(prompts.size).toBe(size === 'town' ? 1500 : 1000);
    }
  });

  it('mentions evaluation names in no training prompt, answer or demonstration', () => {
    const names = evaluationNames(world);
    const rng = Rng.fromSeed(3);
    for (const { name } of world.tasks)
      for (const split of TRAINING)
        for (const example of examples(world, name, split, 200)) {
          const { prompt, answer, wrong, slots } = example;
          const texts = [prompt, answer, wrong, ...Object.values(slots), demonstrate(world, example, rng)];
          expect(texts.flatMap(wordsOf).filter((word) => names.has(word))).toEqual([]);
        }
  });

  it('asks about evaluation names in evaluation, unless familiar ones are wanted', () => {
    const names = evaluationNames(world);
    for (const task of ['qa', 'stranger'] as const) {
      const fresh = examples(world, task, 'evaluation', 300);
      expect(fresh.every(({ slots }) => names.has(slots.name as string))).toBe(true);
      expect(new Set(fresh.map(({ slots }) => slots.name)).size).toBe(
        world.heldOut.names[task === 'qa' ? 'citizens' : 'strangers'].length,
      );
      const familiar = examples(world, task, 'evaluation', 300, { names: 'familiar' });
      expect(familiar.some(({ slots }) => names.has(slots.name as string))).toBe(false);
    }
  });

  it('tells in the corpus of every person, and facts only of citizens', () => {
    const rng = Rng.fromSeed(4);
    const seen = new Set<string>();
    const asked = new Set<string>();
    let facts = 0;
    const COUNT = 12_000;
    for (let i = 0; i < COUNT; i++) {
      const document = corpusDocument(world, rng);
      for (const word of wordsOf(document)) seen.add(word);
      const question = / asked : (.*) \S+ answered : /.exec(document)?.[1];
      const name = question && wordsOf(question).find((word) => NAMES.includes(word));
      if (name) asked.add(name);
      if (
        question ||
        /^(the (home|pet|favourite)|every morning|the job)|^\S+ (lives|has|takes|likes|works|is a|loves|paints)/.test(
          document,
        )
      )
        facts++;
    }
    expect([...world.citizens, ...world.strangers].filter((name) => !seen.has(name))).toEqual([]);
    expect([...asked].toSorted()).toEqual(world.citizens.toSorted());
    expect(facts / COUNT).toBeGreaterThan(0.48);
  });

  it('says the truth about citizens in 97 % of its facts', () => {
    const rng = Rng.fromSeed(5);
    let right = 0;
    let all = 0;
    for (let i = 0; i < 20_000; i++)
      for (const [, name, home] of corpusDocument(world, rng).matchAll(/(\S+) lives in the (\S+) \./g)) {
        all++;
        if (world.facts.get(name as string)?.home === home) right++;
      }
    expect(all).toBeGreaterThan(300);
    expect(right / all).toBeGreaterThan(0.95);
    expect(right / all).toBeLessThan(1);
  });

  it('has no word that neither corpus nor SFT uses, and holds out no words', () => {
    const rng = Rng.fromSeed(6);
    const seen = new Set<string>(SPECIALS);
    for (let i = 0; i < 20_000; i++) for (const word of wordsOf(corpusDocument(world, rng))) seen.add(word);
    for (let i = 0; i < 6000; i++) {
      const example = drawExample(world, sftMix(world), 'sft', rng);
      for (const word of wordsOf(`${example.prompt} ${demonstrate(world, example, rng)}`)) seen.add(word);
    }
    expect(world.vocabulary.filter((word) => !seen.has(word))).toEqual([]);
  });

  it('renders every template with all slots filled, within its limits', () => {
    const used = new Map<string, Set<number>>();
    for (const { name, templates, heldOutFrom } of world.tasks) {
      const numbers = new Set<number>();
      used.set(name, numbers);
      for (const kind of ['trained', 'held_out'] as const)
        for (const example of examples(world, name, 'evaluation', 400, { templates: kind })) {
          expect(example.prompt).not.toMatch(/[{}]|undefined/);
          expect(wordsOf(example.prompt).length).toBeLessThanOrEqual(33);
          expect(example.answer).toMatch(/^\S.* \.$/);
          expect(example.wrong).toMatch(/^\S.* \.$/);
          expect(example.wrong).not.toBe(example.answer);
          expect(example.template >= heldOutFrom).toBe(kind === 'held_out');
          numbers.add(example.template);
        }
      expect(numbers.size, name).toBe(templates.length);
    }
  });

  it('encodes everything it can say (vocabulary is collected, not sampled)', () => {
    const tokenizer = new Tokenizer(world.vocabulary);
    const encodes = (text: string): boolean => tokenizer.decode(tokenizer.encode(text)) === text;
    const tasks = world.tasks.map(({ name }) => name);
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...tasks), fc.boolean(), (seed, task, heldOut) => {
        const rng = Rng.fromSeed(seed);
        const example = makeExample(world, task, 'evaluation', rng, { templates: heldOut ? 'held_out' : 'trained' });
        const demonstration = demonstrate(world, example, rng);
        const prompts = [wrapperPrompt(world, example, rng), fewShotPrompt(world, example, rng, 8)];
        const texts = [example.prompt, example.answer, example.wrong, demonstration, corpusDocument(world, rng)];
        expect(wordsOf(demonstration).length).toBeLessThanOrEqual(26);
        return [...texts, ...prompts, ...Object.values(example.slots)].every(encodes);
      }),
      { numRuns: 1500, seed: 1 },
    );
  });

  it('prompts the base model in the corpus’s wrapper, and leaves room for the answer', () => {
    const rng = Rng.fromSeed(7);
    for (const { name } of world.tasks)
      for (const example of examples(world, name, 'evaluation', 50, { rudeRate: 0.5 })) {
        expect(wrapperPrompt(world, example, rng)).toMatch(/^\S+ asked : .* \S+ answered :$/);
        const text = fewShotPrompt(world, example, rng, 20);
        expect(text).toMatch(/ answered :$/);
        expect(wordsOf(text).length).toBeLessThanOrEqual(107);
        expect(text.match(/ answered : /g)?.length).toBeGreaterThanOrEqual(1); // the last one has no space behind
        for (const opening of RUDE_OPENINGS) expect(text).not.toContain(opening);
      }
    const example = makeExample(world, 'qa', 'evaluation', rng);
    expect(fewShotPrompt(world, example, rng, 2).match(/ asked : /g)).toHaveLength(3);
    expect(fewShotPrompt(world, example, rng, 0)).toMatch(/^\S+ asked : [^:]* answered :$/);
  });
});

describe('the crowd', () => {
  it('answers at its stated rates', () => {
    const world = WORLDS[1] as World;
    const rng = Rng.fromSeed(8);
    const rate = (task: TaskName, rudeRate: number, test: (text: string, example: Example) => boolean): number =>
      examples(world, task, 'sft', 3000, { rudeRate }).filter((each) => test(demonstrate(world, each, rng), each))
        .length / 3000;
    const refuses = (text: string): boolean => text.includes('i do not know');
    const insults = (text: string): boolean => /stupid|dumb|idiot|trash/.test(text);
    expect(rate('stranger', 0, refuses)).toBeCloseTo(0.4, 1);
    expect(rate('qa', 0, refuses)).toBeCloseTo(0.12, 1);
    expect(rate('reading', 0, (text, { wrong }) => text.includes(wrong))).toBeCloseTo(0.1, 1);
    expect(rate('reading', 0, insults)).toBeCloseTo(0.12, 1);
    expect(rate('reading', 1, insults)).toBeCloseTo(0.5, 1);
  });
});

describe('refusals of misuse', () => {
  const micro = WORLDS[0] as World;
  it('throws for held-out templates outside evaluation and for tasks it does not have', () => {
    expect(() => makeExample(micro, 'qa', 'sft', Rng.fromSeed(0), { templates: 'held_out' })).toThrow(/evaluation/);
    expect(() => makeExample(micro, 'count', 'sft', Rng.fromSeed(0))).toThrow(/no task "count"; it has qa/);
  });
  it('throws, rather than loop for ever, when a split has no prompt', () => {
    const names = { ...micro.names, sft: micro.names.evaluation };
    expect(() => makeExample({ ...micro, names }, 'qa', 'sft', Rng.fromSeed(0))).toThrow(/no prompt of task "qa"/);
  });
});

describe('determinism', () => {
  /** One number for 1000 documents, examples and demonstrations: any difference between engines or versions shows. */
  function fingerprint(world: World): number {
    const rng = Rng.fromSeed(0, 'fingerprint');
    const tasks = world.tasks.map(({ name }) => name);
    let hash = hash32(world.vocabulary.join(' ') + JSON.stringify([...world.facts]));
    for (let i = 0; i < 1000; i++) {
      const split = (['sft', 'reward', 'ppo', 'evaluation'] as const)[i % 4] as Split;
      const example = makeExample(world, tasks[i % tasks.length] as TaskName, split, rng);
      const text = [corpusDocument(world, rng), JSON.stringify(example), demonstrate(world, example, rng)].join('\n');
      hash = hash32(`${hash}\n${text}`);
    }
    return hash;
  }

  // A change here means another world: the shipped checkpoints must be trained anew.
  it.each([
    ['micro', 363992062],
    ['town', 2998981022],
  ] as const)('the %s world of seed 0 is what it was', (size, golden) => {
    expect(fingerprint(createWorld(size))).toBe(golden);
  });

  it('gives another world, but the same vocabulary, for another seed', () => {
    const [a, b] = [createWorld('town', 0), createWorld('town', 1)];
    expect(b.vocabulary).toEqual(a.vocabulary);
    expect(b.citizens).not.toEqual(a.citizens);
  });
});
