/** Labels of several people: files out and in, agreement and its lack, and the same state after everything was lost. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type Unit, unitsOf } from '../../src/core/data/judgements.ts';
import { formatLabels, formatPairs } from '../../src/core/data/preference-files.ts';
import { type Preference, pairsOf, readPreferenceLines } from '../../src/core/data/preferences.ts';
import { en } from '../../src/i18n/en.ts';
import { expectFitsPhone, violations } from './looks.ts';
import { button, card, expectNoTrouble, goTo, runAll, useSite } from './site.ts';

const site = useSite();

const section = (page: Page) => page.getByRole('region', { name: 'Labels of several people' });
const result = (page: Page) => page.getByRole('region', { name: 'Result of the import' });
const who = (page: Page) => section(page).getByRole('region', { name: 'Who' }).getByRole('table');
const count = (page: Page, n: number) =>
  section(page)
    .getByText(en.people.count(String(n)))
    .waitFor();
/** "α 0.42 …" and its like. */
const figures = (page: Page) =>
  section(page).getByRole('region', { name: 'How far they agree' }).locator('dl').innerText();
/** The hash of what the reward model would get. */
const sign = (page: Page) => section(page).locator('code').innerText();

const FOX = 'a fox .';
const POLITE = 'sure , my friend . a fox .';
const CAT = 'a cat .';
const ANIMALS = ['bear', 'cat', 'dog', 'fox', 'frog', 'horse', 'owl', 'robot', 'lamp', 'kite'];

function preference(by: string, animal: string, texts: string[], ranks: number[], hour = 9): Preference {
  return {
    version: 2,
    id: `${by}-${animal}-${hour}`,
    example: { prompt: `what is a ${animal} ?` },
    responses: texts.map((text) => ({ text, ended: true })),
    ranks,
    by,
    at: `2026-03-02T${String(hour).padStart(2, '0')}:30:00.000Z`,
    both_bad: false,
    repeats: null,
    model: null,
  };
}

/** The two answers about an animal, in the order in which they are compared. */
function answers(animal: string): readonly [string, string] {
  const [unit] = unitsOf([preference('nobody', animal, [FOX, POLITE], [0, 0])]);
  return (unit as Unit).responses;
}

/** Two people, ten pairs. Of the answers that are compared, both choose the first of four, the second of three: κ .4, α .42. */
const [MIA, TOM] = (['mia', 'tom'] as const).map((by) =>
  ANIMALS.map((animal, i) => {
    const isFirst = by === 'mia' ? i < 5 : i < 4 || i > 7;
    // Not on the same side of the screen.
    const [first, second] = answers(animal);
    return by === 'mia'
      ? preference(by, animal, [first, second], isFirst ? [0, 1] : [1, 0])
      : preference(by, animal, [second, first], isFirst ? [1, 0] : [0, 1]);
  }),
) as [Preference[], Preference[]];
/** A ranking, a tie and a pair of which neither is good. */
const SUE = [
  preference('sue', 'bear', [CAT, ...answers('bear')], [2, 0, 1]),
  preference('sue', 'cat', [FOX, POLITE], [0, 0]),
  { ...preference('sue', 'fox', [FOX, POLITE], [0, 0], 11), both_bad: true },
];

const file = (name: string, text: string) => ({ name, mimeType: 'application/jsonl', buffer: Buffer.from(text) });

async function importFiles(page: Page, ...files: ReturnType<typeof file>[]): Promise<void> {
  await section(page).getByLabel('Import and merge files').setInputFiles(files);
  await result(page).waitFor();
}

/** The file that a button saves: its name and its text. */
async function exported(page: Page, label: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), button(section(page), label).click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

async function wipe(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase('rlhf-playground');
        request.onsuccess = () => resolve();
        request.onerror = () => reject(new Error('not deleted'));
      }),
  );
  await page.reload();
}

/** Puts a line into the stored file that is no record. */
async function damage(page: Page, run: string): Promise<void> {
  await page.evaluate(
    async (key) => {
      const settled = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(new Error('not read'));
        });
      const db = await settled(indexedDB.open('rlhf-playground'));
      const transaction = db.transaction(['files', 'blobs'], 'readwrite');
      const [files, blobs] = [transaction.objectStore('files'), transaction.objectStore('blobs')];
      const bytes = (await settled(blobs.get(key))) as Uint8Array;
      const damaged = new Uint8Array([...bytes, ...new TextEncoder().encode('oops\n')]);
      await settled(blobs.put(damaged, key));
      // A record of version 1 has no hash of its content.
      const record = { ...((await settled(files.get(key))) as object), version: 1, content: undefined };
      await settled(files.put({ ...record, bytes: damaged.length }, key));
      db.close();
    },
    [run, 'preferences.jsonl'],
  );
}

describe('files of several people', () => {
  it('are merged: who said how much, how far they agree, and who differs where', async () => {
    const visited = await site.visit('preset=nano&seed=31&stage=reward&lang=en');
    const { page } = visited;
    await count(page, 0);
    expect(await button(section(page), 'Export labels').isDisabled()).toBe(true);
    await importFiles(page, file('mia.jsonl', formatLabels(MIA)), file('tom.jsonl', formatPairs(TOM)));
    await count(page, 20);
    await expect.poll(() => who(page).getByRole('rowheader').allInnerTexts()).toEqual(['mia', 'tom']);
    await expect
      .poll(() => figures(page))
      .toMatch(/α\s+0\.42\s+10 pairs\s+say the same\s+70 %\s+40 % – 89 %, n = 10\s+Cohen’s κ\s+0\.40\s+10 pairs$/);
    await section(page).getByText('Below 0.667 Krippendorff calls it too weak').waitFor();
    const differences = section(page).getByRole('region', { name: 'Who differs where' });
    await differences.getByText('3 of 10 pairs that several people judged').waitFor();
    const shown = await differences.getByRole('listitem').allInnerTexts();
    expect(shown.map((each) => each.split(/\n+/))).toEqual(
      [
        ['frog', 'mia', 'tom'],
        ['lamp', 'tom', 'mia'],
        ['kite', 'tom', 'mia'],
      ]
        .toSorted()
        .map(([animal = '', one, other]) => {
          const [first, second] = answers(animal);
          return [`what is a ${animal} ?`, first, `better for 1: ${one}`, second, `better for 1: ${other}`];
        }),
    );

    // A third person, dropped from the file manager.
    const dropped = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'sue.jsonl'));
      return transfer;
    }, formatLabels(SUE));
    await section(page).dispatchEvent('dragover', { dataTransfer: dropped });
    await section(page).getByText('Let go to import').waitFor();
    await section(page).dispatchEvent('drop', { dataTransfer: dropped });
    await count(page, 23);
    const sue = who(page).getByRole('row').filter({ hasText: 'sue' });
    expect((await sue.getByRole('cell').allInnerTexts()).slice(1, 7).map((each) => each.split('\n')[0])).toEqual([
      ...['3', '0', '1', '1', '1'],
      '33 %',
    ]);
    const kappas = section(page).getByRole('table', { name: /κ of every two people/ });
    await expect.poll(() => kappas.getByRole('row').last().innerText()).toMatch(/^tom\s+0\.40\s+10\s+0\.00\s+3\s*$/);
    // Of the three pairs that all judged, two are two to one now.
    await differences.getByText('5 of 10 pairs').waitFor();
    await differences.getByText('neither is better for 1: sue').first().waitFor();
    for (const lang of ['ko', 'en'] as const) {
      await goTo(page, { lang });
      expect(await violations(page, '.reward')).toEqual([]);
    }
    await expectFitsPhone(page, async () => expect(await violations(page, '.reward')).toEqual([]));

    await button(section(page), 'Delete the labels of tom').click();
    await count(page, 13);
    // The focus is where one can go on.
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent.trim())).toBe('Undo');
    await page.keyboard.press('Enter');
    await count(page, 23);
    await expectNoTrouble(visited);
  });

  it('are taken line by line: what was known, what differs, and why a line was refused', async () => {
    const visited = await site.visit('preset=nano&seed=32&stage=reward&lang=en');
    const { page } = visited;
    await importFiles(page, file('mia.jsonl', formatLabels(MIA)));
    const [known, other, unknown, late] = [
      MIA[0] as Preference,
      { ...(MIA[1] as Preference), ranks: [1, 0] },
      preference('tom', 'blorb', [FOX, CAT], [0, 1]),
      { ...preference('tom', 'bear', [FOX, CAT], [0, 1]), at: 'today' },
    ];
    const elsewhere = '{"prompt":"what is a dog ?","chosen":"an animal .","rejected":"a cat ."}';
    await importFiles(
      page,
      file('b.jsonl', `${formatLabels([known, other, unknown, late] as Preference[])}nonsense\n`),
      file('eun.jsonl', `${elsewhere}\n{"prompt":"what is a dog ?","chosen":null,"rejected":"a cat ."}\n`),
    );
    await result(page).getByText('b.jsonl, line 3').waitFor();
    await result(page).getByText('Prompt: not in the vocabulary: “blorb”').waitFor();
    await result(page).getByText('b.jsonl, line 4').waitFor();
    await result(page).getByText(/^at: /).waitFor();
    await result(page).getByText('b.jsonl, line 5').waitFor();
    await result(page)
      .getByText(/^not JSON: /)
      .waitFor();
    await result(page).getByText('eun.jsonl, line 2').waitFor();
    await result(page)
      .getByText(/^chosen: /)
      .waitFor();
    await expect
      .poll(async () => (await result(page).getByRole('definition').allInnerTexts()).slice(0, 4))
      .toEqual(['1', '1', '1', '4']);
    await count(page, 12);
    await who(page).getByRole('rowheader', { name: 'eun' }).waitFor();
    // The same file again changes nothing.
    await importFiles(page, file('eun.jsonl', elsewhere));
    await expect
      .poll(async () => (await result(page).getByRole('definition').allInnerTexts()).slice(0, 2))
      .toEqual(['0', '1']);
    await count(page, 12);

    // A line that something else damaged stays where it is, and is named.
    await damage(page, 'nano-32');
    await page.reload();
    await section(page).getByText('Stored lines that cannot be read: 1.').click();
    await section(page)
      .getByText(/^line 13: not JSON: /)
      .waitFor();
    await count(page, 12);
    await button(section(page), 'Delete the labels of eun').click();
    await count(page, 11);
    await page.reload();
    await section(page).getByText('Stored lines that cannot be read: 1.').waitFor();
    await expectNoTrouble(visited);
  });
});

describe('one’s own labels', () => {
  it('bear a name, leave as files, and with those of others come back as they were when all was lost', async () => {
    const visited = await site.visit('preset=nano&seed=33&lang=en');
    const { page } = visited;
    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'reward').click();
    await section(page).getByLabel('Your name').fill('Min-ji Kim');
    await button(page, 'Show me two answers').click();
    const answers = page.getByRole('button', { name: /Choose this one/ });
    for (const [i, key] of ['1', '2', '0', '1'].entries()) {
      await answers.first().waitFor();
      await page.locator('.arena [aria-busy=false]').waitFor();
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.keyboard.press(key);
      await count(page, i + 1);
    }
    // Alone there is nobody to compare with.
    expect(await who(page).count()).toBe(0);

    const own = await exported(page, 'Export labels');
    expect(own.name).toMatch(/^labels-nano-33-Min-ji-Kim-\d{4}-\d\d-\d\d\.jsonl$/);
    const mine = Array.from(readPreferenceLines(own.text), ({ record }) => record as Preference);
    expect(mine.map(({ by }) => by)).toEqual(new Array(4).fill('Min-ji Kim'));
    expect(mine.map(({ ranks }) => ranks.join())).toEqual(['0,1', '1,0', '0,0', '0,1']);
    const pairs = await exported(page, 'Export pairs for TRL');
    expect(pairs.name).toMatch(/^pairs-nano-33-Min-ji-Kim-/);
    expect(
      pairs.text
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each) as unknown),
    ).toMatchObject(
      mine.flatMap((each) =>
        pairsOf(each).map(({ chosen, rejected }) => ({
          prompt: each.example.prompt,
          chosen: chosen.text && ` ${chosen.text}`,
          rejected: rejected.text && ` ${rejected.text}`,
          id: each.id,
          by: 'Min-ji Kim',
        })),
      ),
    );

    // Somebody who saw the same answers and chose otherwise, and a third one, from whom nothing is to be learnt.
    const contrary = mine.map((each, i) => ({
      ...each,
      ...{ id: `bo-${i}`, by: 'bo', ranks: [each.ranks[1] as number, each.ranks[0] as number] },
    }));
    await importFiles(page, file('bo.jsonl', formatLabels([...contrary, ...SUE])));
    await count(page, 11);
    const all = await sign(page);
    await page.getByLabel('Learn from sue').uncheck();
    await expect.poll(() => sign(page)).not.toBe(all);
    const chosen = await sign(page);
    const before = { who: await who(page).innerText(), figures: await figures(page) };
    const everything = await exported(page, 'Export labels');

    // Whom the reward model learnt from goes with the run.
    await button(page, 'Train on my taste').click();
    await card(page, 'judge').filter({ hasText: 'stale' }).waitFor();
    await card(page, 'ppo').filter({ hasText: 'done', hasNotText: 'stale' }).waitFor({ timeout: 60_000 });
    await page.reload();
    await count(page, 11);
    await expect.poll(() => page.getByLabel('Learn from sue').isChecked()).toBe(false);
    await expect.poll(() => page.getByLabel('Learn from bo').isChecked()).toBe(true);
    await expect.poll(() => sign(page)).toBe(chosen);
    expect(await card(page, 'reward').innerText()).not.toContain('stale');
    // Learning from all would be another model.
    await page.getByLabel('Learn from sue').check();
    await card(page, 'reward').filter({ hasText: 'stale' }).waitFor();
    await expect.poll(() => sign(page)).toBe(all);

    await wipe(page);
    await count(page, 0);
    await importFiles(page, file(everything.name, everything.text));
    await count(page, 11);
    await expect.poll(() => sign(page)).toBe(all);
    await page.getByLabel('Learn from sue').uncheck();
    await expect.poll(() => sign(page)).toBe(chosen);
    await expect.poll(async () => ({ who: await who(page).innerText(), figures: await figures(page) })).toEqual(before);
    expect((await exported(page, 'Export labels')).text).toBe(everything.text);
    await expectNoTrouble(visited);
  });
});
