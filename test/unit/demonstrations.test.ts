import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Demonstration,
  MOST_DEMONSTRATIONS,
  demonstrationsHash,
  faultsOf,
  inWorldForm,
  mergeDemonstrations,
  parseDemonstrations,
  readDemonstrations,
} from '../../src/core/data/demonstrations.ts';
import { formatJsonLines } from '../../src/core/data/json-lines.ts';
import { MOST_BYTES } from '../../src/core/data/refusals.ts';
import { Rng } from '../../src/core/rng.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { piecesOf, createWorld, makeExample, trainedTasks } from '../../src/core/world/index.ts';
import { demonstrationImport } from '../../src/session/demonstration-import.ts';
import { readFiles } from '../../src/session/imports.ts';
import { contaminationOf, filterTasks, listTasks } from '../../src/stages/data/browse.ts';
import type * as storage from '../../src/storage/index.ts';

const town = createWorld('town');
const tokenizer = new Tokenizer(town.vocabulary);

function demonstration(changes: Partial<Demonstration> = {}): Demonstration {
  return {
    version: 1,
    id: 'a1',
    world: 'town',
    task: 'own',
    prompt: 'say yes',
    response: 'yes .',
    by: '가영',
    at: '2026-03-02T09:30:00.000Z',
    ...changes,
  };
}

describe('the format', () => {
  it('comes back as it was written, a record a line', () => {
    const list = [demonstration(), demonstration({ id: 'a2', prompt: 'translate to korean : the cat' })];
    const text = formatJsonLines(list);
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    expect(parseDemonstrations(text, 'mine.jsonl')).toEqual(list);
    expect(parseDemonstrations(`\uFEFF\r\n${text.replaceAll('\n', '\r\n')}`, 'windows.jsonl')).toEqual(list);
    expect(parseDemonstrations('', 'empty.jsonl')).toEqual([]);
  });

  it.each([
    ['version', { version: 2 }],
    ['world', { world: 'city' }],
    ['prompt', { prompt: '  ' }],
    ['response', { response: 7 }],
    ['by', { by: 'x'.repeat(61) }],
    ['at', { at: 'yesterday' }],
  ])('names file, line and field where %s is wrong', (field, wrong) => {
    const text = `${formatJsonLines([demonstration()])}\n${JSON.stringify({ ...demonstration(), ...wrong })}`;
    expect(() => parseDemonstrations(text, 'class.jsonl')).toThrow(`class.jsonl, line 3: ${field}: `);
  });

  it('says where there is no JSON, and reads the other lines', () => {
    const text = `{"version": 1,\n${formatJsonLines([demonstration()])}`;
    expect(() => parseDemonstrations(text, 'class.jsonl')).toThrow(/^class\.jsonl, line 1: not JSON: /);
    expect([...readDemonstrations(text)].map((read) => [read.line, read.record?.id])).toEqual([
      [1, undefined],
      [2, 'a1'],
    ]);
  });
});

describe('a merge', () => {
  const own = [demonstration()];

  it('adds what is new, knows what is there, and keeps both of two texts under one id', () => {
    const other = demonstration({ response: 'no .' });
    const merge = mergeDemonstrations(own, [demonstration(), demonstration({ id: 'b1' }), other]);
    expect(merge).toMatchObject({ added: 1, known: 1 });
    expect(merge.conflicts).toHaveLength(1);
    expect(merge.merged.map(({ id, response }) => [id.split('~')[0], response])).toEqual([
      ['a1', 'yes .'],
      ['b1', 'yes .'],
      ['a1', 'no .'],
    ]);
    expect(new Set(merge.merged.map(({ id }) => id)).size).toBe(3);
    expect(own).toEqual([demonstration()]);
  });

  it('changes nothing the second time, and its ids stay readable', () => {
    const id = 'x'.repeat(100);
    const others = [demonstration({ id, response: 'no .' }), demonstration({ id: 'b1' })];
    const first = mergeDemonstrations([demonstration({ id })], others);
    expect(mergeDemonstrations(first.merged, others)).toEqual({
      merged: first.merged,
      added: 0,
      known: 2,
      conflicts: [],
    });
    expect(parseDemonstrations(formatJsonLines(first.merged), 'merged.jsonl')).toEqual(first.merged);
  });
});

describe('the hash', () => {
  const list = [demonstration(), demonstration({ id: 'a2', prompt: 'say no' })];

  it('is 0 for nothing, the same in every order, and minds the texts alone', () => {
    expect(demonstrationsHash([])).toBe(0);
    expect(demonstrationsHash(list)).not.toBe(0);
    expect(demonstrationsHash(list.toReversed())).toBe(demonstrationsHash(list));
    expect(demonstrationsHash(list.map((each) => ({ ...each, id: `${each.id}!`, by: 'b' })))).toBe(
      demonstrationsHash(list),
    );
    const changed = list.map((each, i) => (i === 0 ? { ...each, response: 'no .' } : each));
    expect(demonstrationsHash(changed)).not.toBe(demonstrationsHash(list));
    expect(demonstrationsHash([...list, demonstration({ id: 'a3' })])).not.toBe(demonstrationsHash(list));
  });
});

describe('what can be trained on', () => {
  it('is in the vocabulary, not empty and not too long', () => {
    expect(faultsOf(tokenizer, 'prompt', 'Say yes')).toEqual([]);
    expect(faultsOf(tokenizer, 'prompt', ' ')).toEqual([{ kind: 'empty', part: 'prompt' }]);
    expect(faultsOf(tokenizer, 'prompt', 'yes '.repeat(61))).toEqual([
      { kind: 'long', part: 'prompt', words: 61, most: 60 },
    ]);
    expect(faultsOf(tokenizer, 'response', 'yes '.repeat(20))).toEqual([]);
    expect(faultsOf(tokenizer, 'response', 'yes '.repeat(21))).toMatchObject([{ kind: 'long', most: 20 }]);
    const [fault] = faultsOf(tokenizer, 'response', 'a blorb <eos>');
    expect(fault).toMatchObject({ kind: 'unknown', words: [{ word: 'blorb' }, { word: '<eos>' }] });
  });

  it('is brought into the form of the world', () => {
    expect(inWorldForm(tokenizer, ' Say  YES, please.')).toBe('say yes , please .');
  });
});

describe('files of other people', () => {
  const file = (name: string, text: string): File => new File([text], name);

  it('are read beside what is refused in them, with file, line and reason', async () => {
    const { records, refused } = await readFiles(
      [
        file('a.jsonl', formatJsonLines([demonstration({ prompt: 'Say YES' })])),
        file(
          'b.jsonl',
          formatJsonLines([
            demonstration({ id: 'b1', world: 'micro' }),
            demonstration({ id: 'b2', response: 'blorb .' }),
            demonstration({ id: 'b3' }),
          ]) + 'oops\n',
        ),
        file('c.jsonl', ' \n'),
        file('d.jsonl', 'x'.repeat(MOST_BYTES + 1)),
      ],
      demonstrationImport('town', tokenizer),
      [],
    );
    expect(records.map(({ id, prompt }) => [id, prompt])).toEqual([
      ['a1', 'say yes'],
      ['b3', 'say yes'],
    ]);
    expect(refused).toMatchObject([
      { file: 'b.jsonl', line: 1, kind: 'world', world: 'micro' },
      { file: 'b.jsonl', line: 2, kind: 'words', fault: { kind: 'unknown', part: 'response' } },
      { file: 'b.jsonl', line: 4, kind: 'line' },
      { file: 'c.jsonl', line: null, kind: 'nothing' },
      { file: 'd.jsonl', line: null, kind: 'size' },
    ]);
  });

  it('fill the list up to its end, and known ids still pass', async () => {
    const here = Array.from({ length: MOST_DEMONSTRATIONS - 1 }, (_, i) => demonstration({ id: `h${i}` }));
    const text = formatJsonLines(['h7', 'n1', 'h8', 'n2', 'n3'].map((id) => demonstration({ id })));
    const { records, refused } = await readFiles([file('a.jsonl', text)], demonstrationImport('town', tokenizer), here);
    expect(records.map(({ id }) => id)).toEqual(['h7', 'n1', 'h8']);
    expect(refused).toEqual([{ file: 'a.jsonl', line: 4, kind: 'full', most: MOST_DEMONSTRATIONS }]);
  });
});

describe('in the browser’s storage', () => {
  beforeEach(() => {
    vi.stubGlobal('indexedDB', new IDBFactory());
  });
  async function freshPage(): Promise<typeof storage> {
    vi.resetModules();
    return import('../../src/storage/index.ts');
  }

  it('are there after a reload, a list a world', async () => {
    const before = await freshPage();
    await before.demonstrationFiles.town.change(() => [demonstration()]);
    const { demonstrationFiles } = await freshPage();
    expect(await demonstrationFiles.town.load()).toEqual({ list: [demonstration()], damaged: [] });
    expect(await demonstrationFiles.micro.load()).toEqual({ list: [], damaged: [] });
  });

  it('lose nothing when several changes are under way', async () => {
    const { demonstrationFiles } = await freshPage();
    const ids = ['a', 'b', 'c', 'd'];
    await Promise.all(ids.map((id) => demonstrationFiles.town.change((list) => [...list, demonstration({ id })])));
    expect((await demonstrationFiles.town.load()).list.map(({ id }) => id)).toEqual(ids);
  });

  it('are read again where another tab has written', async () => {
    const { demonstrationFiles } = await freshPage();
    const other = await freshPage();
    await demonstrationFiles.town.change(() => [demonstration()]);
    await other.demonstrationFiles.town.change((list) => [...list, demonstration({ id: 'b' })]);
    await demonstrationFiles.town.change((list) => [...list, demonstration({ id: 'c' })]);
    expect((await other.demonstrationFiles.town.load()).list.map(({ id }) => id)).toEqual(['a1', 'b', 'c']);
  });

  it('name a damaged line, read the others, and leave it in the file', async () => {
    const { StoredRun, demonstrationFiles } = await freshPage();
    const good = formatJsonLines([demonstration()]);
    const newer = JSON.stringify({ ...demonstration({ id: 'n' }), version: 2 });
    const text = `{"half\n${good}${newer}\n`;
    const file = new StoredRun('demonstrations');
    await file.write('town.jsonl', new TextEncoder().encode(text));
    const { list, damaged } = await demonstrationFiles.town.load();
    expect(list).toEqual([demonstration()]);
    expect(damaged).toMatchObject([
      { line: 1, text: '{"half' },
      { line: 3, text: newer },
    ]);
    expect(damaged[1]?.problem).toMatch(/^version: /);

    await demonstrationFiles.town.change((own) => [...own, demonstration({ id: 'b1' })]);
    const fresh = await freshPage();
    expect((await fresh.demonstrationFiles.town.load()).damaged).toEqual(
      (await demonstrationFiles.town.load()).damaged,
    );
    const stored = new TextDecoder().decode((await file.read('town.jsonl')) ?? undefined);
    expect(stored.split('\n')).toContain('{"half');
    expect(stored.split('\n')).toContain(newer);
    expect((await demonstrationFiles.town.load()).list.map(({ id }) => id)).toEqual(['a1', 'b1']);
  });
});

describe('browsing', () => {
  const tasks = listTasks(town);

  it('sorts every template into what instruction tuning sees of it', () => {
    const of = (name: string) => tasks.find((task) => task.name === name);
    const copy = of('copy')?.templates ?? [];
    expect(copy.filter(({ exposure }) => exposure === 'unseen_templates').map(({ text }) => text)).toEqual(
      town.heldOut.templates.copy,
    );
    expect(of('remove')?.templates.every(({ exposure }) => exposure === 'unseen_tasks')).toBe(true);
    expect(of('filter')?.templates.every(({ exposure }) => exposure === 'unseen_clusters')).toBe(true);
    expect(tasks.filter(({ exposure }) => exposure === 'trained').map(({ name }) => name)).toEqual(trainedTasks(town));
  });

  it('filters by cluster, exposure and words of a template', () => {
    const all = { cluster: 'all', exposure: 'all', search: '' } as const;
    expect(filterTasks(tasks, all)).toEqual(tasks);
    expect(filterTasks(tasks, { ...all, cluster: 'closed_qa' }).map(({ name }) => name)).toEqual(['qa', 'stranger']);
    expect(filterTasks(tasks, { ...all, exposure: 'unseen_tasks' }).map(({ name }) => name)).toEqual([
      'remove',
      'count',
    ]);
    const backwards = filterTasks(tasks, { ...all, exposure: 'unseen_templates', search: 'Backwards say' });
    expect(backwards.map(({ name, templates }) => [name, templates.length])).toEqual([['reverse', 1]]);
    expect(filterTasks(tasks, { ...all, search: 'zebra' })).toEqual([]);
  });

  it('takes templates and prompts apart at their slots', () => {
    expect(piecesOf('swap {old} for {new}')).toEqual([
      { text: 'swap ', slot: null },
      { text: 'old', slot: 'old' },
      { text: ' for ', slot: null },
      { text: 'new', slot: 'new' },
    ]);
    for (const { name } of town.tasks) {
      const example = makeExample(town, name, 'evaluation', Rng.fromSeed(1, name), { rudeRate: 0 });
      const template = town.tasks.find((task) => task.name === name)?.templates[example.template] ?? '';
      const text = piecesOf(template, example.slots).map((piece) => piece.text);
      expect(text.join('')).toBe(example.prompt);
    }
  });

  it('recognises prompts of what is held out, and lets those of training pass', () => {
    const rng = Rng.fromSeed(2, 'contamination');
    for (const name of trainedTasks(town)) {
      for (let i = 0; i < 20; i++) {
        const trained = makeExample(town, name, 'sft', rng);
        expect(contaminationOf(town, trained.prompt), trained.prompt).toEqual({ names: [], template: null });
        const unseen = makeExample(town, name, 'evaluation', rng, { templates: 'held_out', names: 'familiar' });
        // A question in words of its own has no template that could be recognised.
        if (!unseen.slots.rephrased)
          expect(contaminationOf(town, unseen.prompt).template, unseen.prompt).not.toBeNull();
      }
    }
    for (const name of [...town.heldOut.tasks, 'entailment', 'filter'] as const)
      expect(contaminationOf(town, makeExample(town, name, 'sft', rng).prompt).template).not.toBeNull();
    const [name = ''] = town.heldOut.names.citizens;
    expect(contaminationOf(town, `where does ${name} live ?`).names).toEqual([name]);
  });
});
