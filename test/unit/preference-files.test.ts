import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadLine } from '../../src/core/data/json-lines.ts';
import { formatLabels, formatPairs, readPreferenceFile } from '../../src/core/data/preference-files.ts';
import {
  MOST_PREFERENCES,
  type Preference,
  mergePreferences,
  pairsOf,
  personSource,
  trainingRankings,
} from '../../src/core/data/preferences.ts';
import { MOST_BYTES } from '../../src/core/data/refusals.ts';
import { PRESETS } from '../../src/core/presets.ts';
import { Rng } from '../../src/core/rng.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld, makeExample } from '../../src/core/world/index.ts';
import { readFiles } from '../../src/session/imports.ts';
import { preferenceImport } from '../../src/session/preference-import.ts';

const world = createWorld('town');
const tokenizer = new Tokenizer(world.vocabulary);
const example = makeExample(world, 'qa', 'reward', Rng.fromSeed(1));

function preference(changes: Partial<Preference> = {}): Preference {
  return {
    version: 2,
    id: 'a1',
    example,
    responses: ['a fox .', 'sure , my friend . a fox .'].map((text) => ({ text, ended: true })),
    ranks: [1, 0],
    by: '가영',
    at: '2026-03-02T09:30:00.000Z',
    both_bad: false,
    repeats: null,
    model: 'abc',
    ...changes,
  };
}

const four = preference({
  id: 'four',
  responses: ['a fox .', 'a cat .', '', 'a dog .'].map((text, i) => ({ text, ended: i !== 1 })),
  ranks: [2, 0, 1, 1],
});
const line = (changes: object = {}): string =>
  JSON.stringify({ prompt: 'say yes', chosen: ' yes .', rejected: ' no .', ...changes });

const read = (file: string, name = 'mia.jsonl'): (Preference | string)[] =>
  Array.from(readPreferenceFile(file, name), ({ record, problem }: ReadLine<Preference>) => record ?? problem);
const records = (file: string): Preference[] => read(file).filter((each) => typeof each !== 'string');

/** Any record that may be stored. */
const text = (most: number) => fc.string({ unit: 'binary', minLength: 1, maxLength: most }).map((all) => all.trim());
const name = (most: number) => text(most).filter((all) => all !== '');
const anyPreference: fc.Arbitrary<Preference> = fc
  .record({
    id: name(40),
    by: name(20),
    prompt: name(60),
    isExample: fc.boolean(),
    said: fc.array(
      fc.record({ text: fc.string({ unit: 'binary', maxLength: 30 }), ended: fc.boolean(), rank: fc.nat(15) }),
      { minLength: 2, maxLength: 6 },
    ),
    at: fc.option(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })),
    isTie: fc.boolean(),
    isBad: fc.boolean(),
    repeats: fc.option(name(40)),
    model: fc.option(text(20)),
  })
  .map(({ prompt, isExample, said, at, isTie, isBad, ...rest }) => ({
    ...rest,
    version: 2,
    example: isExample ? { ...example, prompt } : { prompt },
    responses: said.map(({ text: response, ended }) => ({ text: response, ended })),
    ranks: said.map(({ rank }) => (isTie ? 0 : rank)),
    both_bad: isTie && isBad,
    at: at?.toISOString() ?? null,
  }));
const anyList = fc.uniqueArray(anyPreference, { selector: ({ id }) => id, maxLength: 12 });

describe('the file of labels', () => {
  it('gives every record back, whatever it says', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        expect(read(formatLabels(list))).toEqual(list);
      }),
    );
  });

  it('takes records of the first version', () => {
    const { responses, ranks } = preference();
    const old = JSON.stringify({ version: 1, example, responses, ranks, by: 'person' });
    expect(read(old)).toMatchObject([{ version: 2, by: 'person', at: null, ranks }]);
  });
});

describe('the file of pairs', () => {
  it('is what TRL reads: strings that are joined as they stand', () => {
    const [pair, ...more] = formatPairs([preference()])
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each) as unknown);
    expect(more).toEqual([]);
    expect(pair).toEqual({
      prompt: example.prompt,
      chosen: ' sure , my friend . a fox .',
      rejected: ' a fox .',
      id: 'a1',
      by: '가영',
      at: '2026-03-02T09:30:00.000Z',
      responses: preference().responses,
      ranks: [1, 0],
    });
  });

  it('has a line for each pair that a ranking tells apart, and none for ties', () => {
    const tie = preference({ id: 'tie', ranks: [0, 0] });
    const lines = formatPairs([four, tie]).trim().split('\n');
    const said = lines.map((each) => JSON.parse(each) as { chosen: string; rejected: string });
    expect(said.map(({ chosen, rejected }) => [chosen, rejected])).toEqual([
      [' a cat .', ' a fox .'],
      [' a cat .', ''],
      [' a cat .', ' a dog .'],
      ['', ' a fox .'],
      [' a dog .', ' a fox .'],
    ]);
    // A ranking comes back once, and whole.
    const back = { ...four, example: { prompt: example.prompt }, model: null };
    expect(read(lines.join('\n'))).toEqual([back]);
    expect(read(lines.slice(3).join('\n'))).toEqual([back]);
  });

  it('never has anything but strings in the three columns, and gives the same training pairs back', () => {
    const pairs = (list: readonly Preference[]): unknown =>
      list.flatMap((each) => pairsOf(each).map((pair) => [each.example.prompt, pair]));
    fc.assert(
      fc.property(anyList, (list) => {
        const file = formatPairs(list);
        for (const each of file.split('\n').filter(Boolean)) {
          const { prompt, chosen, rejected } = JSON.parse(each) as Record<string, unknown>;
          expect([typeof prompt, typeof chosen, typeof rejected]).toEqual(['string', 'string', 'string']);
        }
        const back = read(file) as Preference[];
        // What was said again of the same answers is no pair more.
        expect(pairs(back)).toEqual(pairs(list.filter(({ repeats }) => repeats === null)));
        expect(personSource(trainingRankings(back))).toBe(personSource(trainingRankings(list)));
        // Beside the labels themselves it adds nothing.
        expect(mergePreferences(list, back)).toMatchObject({ added: 0, conflicts: [] });
      }),
    );
  });
});

describe('lines that were made elsewhere', () => {
  it('are of whoever the file is named after, and the same the next time', () => {
    const [first, second] = read(`${line()}\n${line({ chosen: 'no .', rejected: 'yes .' })}\n`) as Preference[];
    expect(first).toMatchObject({ by: 'mia', example: { prompt: 'say yes' }, ranks: [0, 1], at: null });
    expect(first?.responses.map((response) => response.text)).toEqual(['yes .', 'no .']);
    expect(first?.id).not.toBe(second?.id);
    expect(read(line({ score_chosen: 4.5 }))).toEqual([first]);
    expect(read(line(), 'mia (1).jsonl')).toEqual([first]);
    expect(read(line(), 'tom.jsonl')).toMatchObject([{ by: 'tom' }]);
    expect((read(line(), 'tom.jsonl') as Preference[])[0]?.id).not.toBe(first?.id);
    expect(read(line(), ' .jsonl')).toMatchObject([{ by: 'anonymous' }]);
    expect(read(line({ by: 'eun', id: 'x', at: '2026-03-02T09:30:00.000Z' }))).toMatchObject([
      { by: 'eun', id: 'x', at: '2026-03-02T09:30:00.000Z' },
    ]);
  });

  it.each([
    ['not JSON', '{'],
    ['version', '[]'],
    ['version', '{}'],
    ['prompt', line({ prompt: ' ' })],
    ['prompt', line({ prompt: [{ role: 'user', content: 'say yes' }] })],
    ['rejected', line({ rejected: null })],
    ['record: chosen and rejected', line({ rejected: 'yes .' })],
    ['at', line({ at: 'yesterday' })],
    ['ranks.0', line({ responses: four.responses, ranks: [-1, 0, 1, 2] })],
    ['record: as many', line({ responses: four.responses })],
    ['record: the ranks', line({ responses: four.responses, ranks: four.ranks })],
  ])('say what is wrong: %s', (problem, wrong) => {
    expect(read(wrong)).toEqual([expect.stringMatching(new RegExp(`^${problem}`))]);
  });

  it('never throw: neither random bytes nor lines with something changed', () => {
    const decoder = new TextDecoder();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        read(decoder.decode(bytes));
      }),
    );
    const lines = (formatLabels([preference(), four]) + formatPairs([preference(), four]) + line()).split('\n');
    const change = (value: unknown, path: number, to: unknown): unknown => {
      if (typeof value !== 'object' || value === null) return to;
      const keys = Object.keys(value);
      const key = keys[path % (keys.length + 1)];
      if (key === undefined) return to;
      const inner = change((value as Record<string, unknown>)[key], Math.floor(path / (keys.length + 1)), to);
      return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...lines),
        fc.nat(),
        fc.jsonValue(),
        fc.nat(),
        fc.string(),
        (one, path, to, at, cut) => {
          const changed = JSON.stringify(change(JSON.parse(one), path, to));
          const torn = one.slice(0, at % one.length) + cut + one.slice((at % one.length) + 1);
          for (const result of [...readPreferenceFile(changed, 'a'), ...readPreferenceFile(torn, 'a')]) {
            // What is taken is as good as any: it survives the next exchange.
            if (result.record) expect(records(formatLabels([result.record]))).toEqual([result.record]);
            else expect(result.problem).not.toBe('');
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('files of other people', () => {
  const file = (fileName: string, content: string): File => new File([content], fileName);
  const kind = preferenceImport(tokenizer, PRESETS.small.max_new_tokens);

  it('are taken in the form of the world; what the models cannot read is named with file, line and reason', async () => {
    const responses = (...texts: string[]) => texts.map((each) => ({ text: each, ended: true }));
    const labels = formatLabels([
      preference({ example: { prompt: 'Is a FOX an animal?' }, responses: responses('Yes.', 'no .') }),
      preference({ id: 'b', responses: responses('a blorb .', 'a fox .') }),
      preference({ id: 'c', example: { prompt: 'is a blorb an animal ?' } }),
      preference({ id: 'd', responses: responses('a fox .', 'fox '.repeat(21)) }),
      preference({ id: 'e', example: { prompt: 'fox '.repeat(61).trim() } }),
      // A model that has learnt little wrote its specials, and never came to an end.
      preference({
        id: 'f',
        responses: [
          { text: `<bot>${' fox'.repeat(20)}`, ended: false },
          { text: '', ended: true },
        ],
      }),
    ]);
    const { records: taken, refused } = await readFiles(
      [
        file('a.jsonl', `${labels}oops\n`),
        file('b.jsonl', ' \n'),
        file('c.jsonl', 'x'.repeat(MOST_BYTES + 1)),
        file('d.jsonl', `${line()}\n${line({ chosen: 'Blorb' })}`),
      ],
      kind,
      [],
    );
    expect(taken.map(({ id, by, example: { prompt } }) => [id.slice(0, 4), by, prompt])).toEqual([
      ['a1', '가영', 'is a fox an animal ?'],
      ['f', '가영', example.prompt],
      ['pair', 'd', 'say yes'],
    ]);
    expect(taken[0]?.responses[0]?.text).toBe('yes .');
    expect(taken[1]?.responses.map((each) => each.text)).toEqual([`<bot>${' fox'.repeat(20)}`, '']);
    expect(refused).toMatchObject([
      { file: 'a.jsonl', line: 2, kind: 'words', fault: { kind: 'unknown', part: 'response' } },
      {
        file: 'a.jsonl',
        line: 3,
        kind: 'words',
        fault: { kind: 'unknown', part: 'prompt', words: [{ word: 'blorb' }] },
      },
      { file: 'a.jsonl', line: 4, kind: 'words', fault: { kind: 'long', part: 'response', words: 21, most: 20 } },
      { file: 'a.jsonl', line: 5, kind: 'words', fault: { kind: 'long', part: 'prompt', words: 61, most: 60 } },
      { file: 'a.jsonl', line: 7, kind: 'line', message: expect.stringMatching(/^not JSON/) as string },
      { file: 'b.jsonl', line: null, kind: 'nothing' },
      { file: 'c.jsonl', line: null, kind: 'size' },
      { file: 'd.jsonl', line: 2, kind: 'words', fault: { kind: 'unknown', part: 'response' } },
    ]);
  });

  it('that are no text are refused in one word; one broken line of text is told of alone', async () => {
    const zip = `PK\x03\x04\0\0${'\ufffd\n'.repeat(50)}`;
    const [first, second] = ['a', 'b'].map((id) => formatLabels([preference({ id })]));
    const { records, refused } = await readFiles(
      [file('all.zip', zip), file('a.jsonl', `${first}\0\n${second}`)],
      kind,
      [],
    );
    expect(records.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(refused).toMatchObject([
      { file: 'all.zip', line: null, kind: 'binary' },
      { file: 'a.jsonl', line: 2, kind: 'line' },
    ]);
  });

  it('fill the list up to its end', async () => {
    const here = Array.from({ length: MOST_PREFERENCES - 1 }, (_, i) => preference({ id: `h${i}` }));
    const labels = formatLabels(['h7', 'n1', 'n2'].map((id) => preference({ id })));
    const { records: taken, refused } = await readFiles([file('a.jsonl', labels)], kind, here);
    expect(taken.map(({ id }) => id)).toEqual(['h7', 'n1']);
    expect(refused).toEqual([{ file: 'a.jsonl', line: 3, kind: 'full', most: MOST_PREFERENCES }]);
  });

  it('are read again however many a full list has: both exports stay below the limit', () => {
    const full = Array.from({ length: MOST_PREFERENCES }, (_, i) => ({
      ...four,
      id: i.toString(36).padStart(20, '0'),
      responses: four.responses.map((_, k) => ({ text: `${'animal '.repeat(19)}${k}`, ended: true })),
      ranks: [0, 1, 2, 3],
    }));
    for (const exported of [formatLabels(full), formatPairs(full)])
      expect(new TextEncoder().encode(exported).length).toBeLessThan(MOST_BYTES);
  });
});
