/** The door of JSONL files: labels, pairs, demonstrations and blind judgements, and files that a person brings. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlindJudgement, readBlindLines } from '../../src/core/data/blind.ts';
import { type Demonstration, parseDemonstrations, readDemonstrations } from '../../src/core/data/demonstrations.ts';
import { MOST_LINE, MOST_LINES, type ReadLine, formatJsonLines } from '../../src/core/data/json-lines.ts';
import { mergeById } from '../../src/core/data/merge.ts';
import { formatLabels, formatPairs, readPreferenceFile } from '../../src/core/data/preference-files.ts';
import { type Preference, readPreferenceLines } from '../../src/core/data/preferences.ts';
import { Rng } from '../../src/core/rng.ts';
import { createWorld, makeExample } from '../../src/core/world/index.ts';
import { type Kind, readFiles } from '../../src/session/imports.ts';
import { PATIENCE, SOME, anyText, forAny, forAnyAsync, jsonOf, nearly, nearlyText, outcomeOf } from './fuzz.ts';

const example = makeExample(createWorld('micro'), 'qa', 'reward', Rng.fromSeed(1));
const responses = ['yes .', 'no .'].map((text) => ({ text, ended: true }));
const at = '2026-03-02T09:30:00.000Z';
const preference: Preference = {
  version: 2,
  id: 'a1',
  example,
  responses,
  ranks: [0, 1],
  by: 'mia',
  at,
  both_bad: false,
  repeats: null,
  model: 'abc',
};
const demonstration: Demonstration = {
  version: 1,
  id: 'd1',
  world: 'micro',
  task: 'qa',
  prompt: 'say yes',
  response: 'yes .',
  by: 'mia',
  at,
};
const party = { key: 'small-0/ppo.safetensors', hash: 'abc', form: 'instruction' } as const;
const judgement: BlindJudgement = {
  version: 1,
  id: 'b1',
  by: 'mia',
  at,
  a: party,
  b: { ...party, hash: null },
  temperature: 1,
  number: 3,
  example,
  answers: [responses[0]!, responses[1]!],
  swapped: false,
  choice: 'tie',
};
const first = { version: 1, example, responses, ranks: [0, 1], by: 'person' };
const [pair = ''] = formatPairs([preference]).split('\n');

interface Door {
  read: (file: string) => Iterable<ReadLine<{ readonly id: string }>>;
  records: readonly unknown[];
}
const doors: Record<string, Door> = {
  labels: { read: readPreferenceLines, records: [preference, first] },
  'labels and pairs': {
    read: (file) => readPreferenceFile(file, 'mia.jsonl'),
    records: [preference, first, JSON.parse(pair)],
  },
  demonstrations: { read: readDemonstrations, records: [demonstration] },
  'blind judgements': { read: readBlindLines, records: [judgement] },
};

/** Files of a few records, each of them nearly right, or of nearly such a text. */
function nearlyFile(records: readonly unknown[]): fc.Arbitrary<string> {
  const record = fc.oneof(...records.map(nearly));
  const end = fc.constantFrom('\n', '\r\n', '\n\n', ' \n');
  return fc.oneof(
    fc
      .tuple(fc.array(record, { minLength: 1, maxLength: 4 }), end)
      .map(([all, ends]) => all.map((each) => jsonOf(each) + ends).join('')),
    nearlyText(records.map((each) => `${jsonOf(each)}\n`).join('')),
    anyText,
  );
}

describe.each(Object.entries(doors))('%s', (_, { read, records }) => {
  it(
    'are read line by line: a record that comes back as it is, or what is wrong with it',
    () => {
      const seen = { records: 0, problems: 0 };
      forAny(nearlyFile(records), (file) => {
        const lines = [...read(file)];
        for (const { line, record, problem } of lines) {
          expect(line).toBeGreaterThan(0);
          if (problem !== null) {
            seen.problems++;
            expect(problem).toMatch(/^[^\n]{3,600}$/u);
          } else {
            seen.records++;
            // What was accepted is what will be read of the stored file.
            const [again] = read(formatJsonLines([record]));
            expect(again?.problem).toBeNull();
            expect(again?.record).toEqual(record);
          }
        }
      });
      expect(Math.min(seen.records, seen.problems)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );
});

describe('a file', () => {
  const problems = (file: string): string[] => [...readPreferenceLines(file)].flatMap(({ problem }) => problem ?? []);

  it.each([
    ['an empty name behind spaces', { ...first, by: '   ' }],
    ['a name that is too long', { ...first, by: 'x'.repeat(61) }],
    ['a template without end', { ...preference, example: { ...example, template: Infinity } }],
    ['a day that there is not', { ...preference, at: '2026-99-02T09:30:00.000Z' }],
    ['a response that is too long behind its space', { prompt: 'x', chosen: 'y'.repeat(1001), rejected: 'z' }],
  ])('with %s is never taken and then refused', (_, record) => {
    const taken = [...readPreferenceFile(`${jsonOf(record)}\n`, 'x')].flatMap((read) => read.record ?? []);
    expect(problems(formatLabels(taken))).toEqual([]);
  });

  it('names the line that is too long, too deep, or there twice', () => {
    const twin = { ...preference, ranks: [1, 0] };
    const lines = ['x'.repeat(MOST_LINE + 1), '['.repeat(1000), JSON.stringify(preference), JSON.stringify(twin)];
    expect(problems(lines.join('\n'))).toEqual([
      `a line of ${MOST_LINE + 1} characters; at most ${MOST_LINE} are read`,
      'not JSON: nested more than 32 deep',
      'id: the same as in line 3',
    ]);
  });

  it('is read up to a line, and nothing behind it is lost', () => {
    const lines = [...readPreferenceLines('x\n'.repeat(MOST_LINES + 5))];
    expect(lines).toHaveLength(MOST_LINES + 1);
    expect(lines.at(-1)).toMatchObject({ text: 'x\n'.repeat(5), record: null });
  });

  it(
    'says where it is wrong, in an error of one line',
    () => {
      forAny(nearlyFile([demonstration]), (file) => {
        outcomeOf(() => parseDemonstrations(file, 'own.jsonl'), Error, /^own\.jsonl, line \d+: /);
      });
    },
    PATIENCE,
  );
});

describe('records of many people', () => {
  it('stay all there when they are merged, also two of one id', () => {
    const own = [
      { id: 'a', said: 1 },
      { id: 'a', said: 2 },
      { id: '__proto__', said: 3 },
    ];
    const { merged, added, conflicts } = mergeById(
      own,
      [
        { id: 'a', said: 4 },
        { id: 'b', said: 5 },
      ],
      ({ said }) => said,
    );
    expect(merged.slice(0, 3)).toEqual(own);
    expect([added, conflicts.length, merged.length]).toEqual([1, 1, 5]);
  });

  const kind: Kind<Preference> = {
    most: 20,
    read: readPreferenceFile,
    accept: (record) => ({ record, reason: null }),
  };

  it(
    'come from files without an error, and no more than there is room for',
    async () => {
      const any = fc.array(nearlyFile([preference, JSON.parse(pair)]), { maxLength: 3 });
      await forAnyAsync(any, async (texts) => {
        const { records, refused } = await readFiles(
          texts.map((text, i) => new File([text], `${i}.jsonl`)),
          kind,
          [],
        );
        expect(records.length).toBeLessThanOrEqual(60);
        for (const { file } of refused) expect(file).toMatch(/^\d\.jsonl$/);
      });
    },
    PATIENCE,
  );

  it('are not read where a file is too large', async () => {
    const file = new File(['x'], 'huge.jsonl');
    Object.defineProperty(file, 'size', { value: 2 ** 30 });
    file.text = () => Promise.reject(new Error('it was read'));
    const { refused } = await readFiles([file], kind, []);
    expect(refused).toEqual([{ file: 'huge.jsonl', line: null, kind: 'size', bytes: 2 ** 30 }]);
  });
});
