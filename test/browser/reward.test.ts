/** The reward model's panel: any answer and its reward, what it likes, whether it knows how sure it may be, and how many labels it takes. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectFitsPhone, violations } from './looks.ts';
import { type Visit, button, card, deviceLine, expectNoTrouble, goTo, runAll, useSite } from './site.ts';

const site = useSite();

const typing = (page: Page) => page.getByRole('region', { name: 'Type any answer, see its reward' });
const field = (page: Page, name: string) => typing(page).getByRole('combobox', { name, exact: true });
const tokens = (page: Page) =>
  typing(page).getByRole('group', { name: 'The answer, token by token' }).getByRole('button');
const reward = async (page: Page): Promise<number> =>
  numberIn(await typing(page).locator('.scored .reward').innerText());

/** "−1.25" → −1.25: the page writes a minus, not a hyphen. */
function numberIn(text: string): number {
  const found = /[−+-]?\d+(\.\d+)?/.exec(text)?.[0] ?? '';
  return Number(found.replace('−', '-'));
}

/** What is shown is of what is typed. */
async function settle(page: Page): Promise<void> {
  await expect.poll(() => typing(page).locator('.scored').getAttribute('aria-busy')).toBe('false');
}

async function type(page: Page, name: string, text: string): Promise<void> {
  await field(page, name).fill(text);
  await field(page, name).press('Escape');
  await settle(page);
}

describe('a typed answer', () => {
  let visited: Visit;
  let page: Page;
  beforeAll(async () => {
    visited = await site.visit('preset=micro&seed=1&stage=reward');
    page = visited.page;
    await typing(page).locator('.scored').waitFor({ timeout: 30_000 });
  });
  afterAll(() => visited.context.close());

  it('has a reward by the shipped model before anything has run, token by token', async () => {
    await typing(page).getByText('A model shipped with the page.').waitFor();
    await type(page, 'Prompt', 'where does mia live ?');
    await type(page, 'Answer', 'mia lives in the garden .');
    const shown = await tokens(page).allInnerTexts();
    expect(shown.map((text) => text.split(/\s/)[0])).toEqual(['mia', 'lives', 'in', 'the', 'garden', '.', '⟨end⟩']);
    // The sign stands in writing, and is not said by colour alone.
    for (const text of shown) expect(text).toMatch(/[+−]\d+\.\d\d$/);
    await typing(page).getByText('As a table').click();
    await typing(page).locator('table.all tbody tr').first().waitFor();
    const rows = await typing(page).locator('table.all tbody tr').allInnerTexts();
    const after = rows.map((row) => numberIn(row.split('\t').at(-1) ?? ''));
    expect(after).toHaveLength(8);
    expect(after.at(-1)).toBe(await reward(page));
    // Prompt alone, then every change: the reward, but for what rounding takes.
    const changes = shown.map((text) => numberIn(text.split(/\s/).at(-1) ?? ''));
    const sum = after[0]! + changes.reduce((a, b) => a + b, 0);
    expect(Math.abs(sum - after.at(-1)!)).toBeLessThan(0.06);

    await tokens(page).last().focus();
    const details = page.getByRole('tooltip');
    await details.getByText('trained: the reward').waitFor();
    expect(await details.innerText()).toContain((await typing(page).locator('.scored .reward').innerText()).trim());
    await page.keyboard.press('ArrowLeft');
    await details.getByText('not trained: a look inside').waitFor();
    await page.keyboard.press('Escape');
    await expectNoTrouble(visited);
  });

  it('changes its reward with a word: a rude one costs', async () => {
    await type(page, 'Answer', 'mia lives in the garden .');
    const clean = await reward(page);
    await type(page, 'Answer', 'mia lives in the garden . go away , idiot .');
    await expect.poll(() => reward(page)).toBeLessThan(clean - 1);
    await expect.poll(() => tokens(page).count()).toBe(12);
    await type(page, 'Answer', 'mia lives in the garden .');
    expect(await reward(page)).toBe(clean);
  });

  it('marks words that the model does not know, and offers others', async () => {
    await field(page, 'Answer').fill('mia lives in the gardn .');
    await field(page, 'Answer').blur();
    await expect.poll(() => typing(page).locator('mark').allInnerTexts()).toEqual(['gardn']);
    await button(page, 'Replace “gardn” with “garden”').click();
    await expect.poll(() => field(page, 'Answer').inputValue()).toBe('mia lives in the garden .');
    await settle(page);
    await expect.poll(() => typing(page).locator('mark').count()).toBe(0);
  });

  it('completes words from the vocabulary', async () => {
    await field(page, 'Answer').fill('');
    await field(page, 'Answer').pressSequentially('thank you for aski');
    await typing(page).getByRole('option', { name: 'asking' }).waitFor();
    await field(page, 'Answer').press('Tab');
    await expect.poll(() => field(page, 'Answer').inputValue()).toBe('thank you for asking ');
    await settle(page);
  });

  it('can be taken from a few that are worth comparing, and from the SFT model', async () => {
    await button(page, 'Another prompt').click();
    await settle(page);
    const rude = typing(page).locator('[data-kind="rude"]');
    const right = typing(page).locator('[data-kind="right"]');
    const scoreOf = async (row: typeof rude): Promise<number> => numberIn(await row.locator('.reward').innerText());
    await expect.poll(async () => (await scoreOf(rude)) < (await scoreOf(right))).toBe(true);
    await rude.getByRole('button').click();
    await settle(page);
    await expect.poll(async () => (await reward(page)) === (await scoreOf(rude))).toBe(true);
    await expect.poll(() => rude.getByRole('button').getAttribute('aria-pressed')).toBe('true');
    const before = await field(page, 'Answer').inputValue();
    await button(page, 'Let the SFT model answer').click();
    await expect.poll(() => field(page, 'Answer').inputValue()).not.toBe(before);
    await expectNoTrouble(visited);
  });

  it('is scored while a run trains, and the run goes on', async () => {
    await button(page, 'Run the whole pipeline').click();
    const step = async (): Promise<string> => page.getByText(/^step [\d,]+ of/).innerText();
    await expect.poll(step).not.toContain('step 0 ');
    await type(page, 'Answer', 'i do not know .');
    expect(await tokens(page).count()).toBe(6);
    const before = await step();
    await expect.poll(step).not.toBe(before);
    await button(page, 'Stop').click();
    await expectNoTrouble(visited);
  });
});

describe('after a run', () => {
  let visited: Visit;
  let page: Page;
  const counting = () => page.getByRole('region', { name: 'How many labels does it take?' });
  beforeAll(async () => {
    // As many labels as make three trainings, each of a few steps.
    visited = await site.visit('preset=nano&seed=31&reward.prompts=45&reward.evaluation_prompts=20');
    page = visited.page;
    await deviceLine(page);
    await card(page, 'reward').click();
    await counting().getByText('Can be measured when this stage is done.').waitFor();
    expect(await button(page, 'Train on fewer labels').isDisabled()).toBe(true);
    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'reward').click();
  });
  afterAll(() => visited.context.close());

  it('says what the model likes, each with its interval', async () => {
    const likes = page.locator('[data-probe]');
    await expect.poll(() => likes.count()).toBe(7);
    for (const text of await likes.allInnerTexts()) {
      expect(text).toMatch(/(prefers .+ by \d+\.\d\d \(|no clear preference: [+−]\d+\.\d\d \()/);
      expect(text).toMatch(/in \d+ % of the pairs \(\d+ % – \d+ %\)/);
    }
  });

  it('compares what the model predicts with what comes out; the table has every pair', async () => {
    const calibration = page.getByRole('region', { name: 'Does it know how sure it may be?' });
    const pairs = async (): Promise<number> =>
      numberIn(
        await calibration
          .locator('dd')
          .nth(1)
          .innerText()
          .then((text) => text.replaceAll(',', '')),
      );
    await calibration.getByRole('img', { name: /^Reliability diagram of \d+ bins/ }).waitFor();
    const labelled = await pairs();
    await calibration.getByRole('button', { name: /^More of/ }).click();
    await button(page, 'Table').click();
    await page.getByRole('dialog').locator('tbody tr').first().waitFor();
    const rows = await page.getByRole('dialog').locator('tbody tr').allInnerTexts();
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.length).toBeLessThanOrEqual(10);
    expect(rows.reduce((sum, row) => sum + Number(row.split('\t').at(-1)), 0)).toBe(labelled);
    expect(labelled).toBeGreaterThan(50);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    await calibration.getByRole('radio', { name: 'the gold judge' }).check();
    await calibration.getByText('It has no noise.').waitFor();
    await expect.poll(pairs).not.toBe(labelled);

    for (const [entry, ending] of [
      ['All numbers (CSV)', 'csv'],
      ['Picture (PNG)', 'png'],
    ] as const) {
      await calibration.getByRole('button', { name: /^More of/ }).click();
      const download = page.waitForEvent('download');
      await button(page, entry).click();
      const file = await download;
      expect(file.suggestedFilename()).toBe(`nano-31-calibration-gold.${ending}`);
      const bytes = readFileSync(await file.path());
      if (ending === 'csv') expect(bytes.toString()).toMatch(/^predicted,observed,low,high,pairs\r\n0\.\d+,/);
      else expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    }
    await expectNoTrouble(visited);
  });

  it('places a typed answer among the SFT model’s own', async () => {
    await settle(page);
    await typing(page)
      .getByRole('img', { name: /^Scores higher than \d+ % of the SFT model’s own answers$/ })
      .waitFor();
    await typing(page).getByText('as PPO sees it').first().waitFor();
  });

  it('trains on fewer labels on demand; the points stay after a reload', async () => {
    await counting()
      .getByText(/3 trainings, on 3 · 10 · 30 labels: \d\.\de\d+ FLOP/)
      .waitFor();
    await button(page, 'Train on fewer labels').click();
    await button(page, 'Measure again').waitFor({ timeout: 60_000 });
    const chart = counting().getByRole('img', { name: /^With 3 labels \d+ % .* with 45 labels \d+ %/ });
    await chart.waitFor();
    // Three trainings and the run's own model, on names of both kinds; and on labels left out, which that one saw.
    const drawn = async (): Promise<number> => counting().locator('svg .interval').count();
    await expect.poll(drawn).toBe(4 + 4 + 3);
    await counting()
      .getByRole('button', { name: /^More of/ })
      .click();
    await button(page, 'Table').click();
    await page.getByRole('dialog').locator('tbody tr').first().waitFor();
    const table = await page.getByRole('dialog').locator('tbody tr').allInnerTexts();
    expect(table.map((row) => row.split('\t')[0])).toEqual(['3', '10', '30', '45']);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

    await page.reload();
    await card(page, 'reward').click();
    await chart.waitFor();
    await expect.poll(drawn).toBe(4 + 4 + 3);
    expect(await counting().getByText('Measured of an earlier reward model').count()).toBe(0);
    await expectNoTrouble(visited);
  });

  it.each(['en', 'ko'] as const)('has nothing that axe objects to in %s', async (lang) => {
    for (const theme of ['light', 'dark'] as const) {
      await goTo(page, { stage: 'reward', lang, theme });
      expect(await violations(page, 'main'), theme).toEqual([]);
    }
    await expectFitsPhone(page, async () => expect(await violations(page, 'main'), 'phone').toEqual([]));
  });

  it('says that the points are of an earlier model when the stage was run again', async () => {
    await page.evaluate(
      () => (location.hash = 'preset=nano&seed=31&reward.prompts=44&stage=reward&lang=en&theme=light'),
    );
    await counting().getByText('The labels or settings have changed').waitFor();
    await page.getByRole('region', { name: 'Run', exact: true }).getByRole('button').first().click();
    await counting().getByText('Measured of an earlier reward model of this run.').waitFor({ timeout: 60_000 });
    expect(await counting().locator('svg .interval').count()).toBeGreaterThan(0);
  });
});

it('a record of an earlier version opens: what it does not have is left out', async () => {
  const visited = await site.visit('preset=nano&seed=32');
  const { page } = visited;
  await deviceLine(page);
  await runAll(page, 'Run the whole pipeline', 'done');
  await page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((done, fail) => {
      const request = indexedDB.open('rlhf-playground');
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error ?? new Error('no database'));
    });
    const key = ['nano-32', 'run.json'];
    const transaction = db.transaction(['files', 'blobs'], 'readwrite');
    const [files, blobs] = [transaction.objectStore('files'), transaction.objectStore('blobs')];
    const get = <T>(store: IDBObjectStore): Promise<T> =>
      new Promise((done) => {
        const request = store.get(key) as IDBRequest<T>;
        request.onsuccess = () => done(request.result);
      });
    const [file, blob] = await Promise.all([get<{ bytes: number }>(files), get<Uint8Array>(blobs)]);
    const record = JSON.parse(new TextDecoder().decode(blob)) as {
      report: { reward: { probes: Record<string, unknown> } & Record<string, unknown> };
    };
    const { reward } = record.report;
    for (const part of ['differences', 'calibration', 'sft_scores']) Reflect.deleteProperty(reward, part);
    for (const probe of ['right_over_wrong', 'once_over_twice']) Reflect.deleteProperty(reward.probes, probe);
    const bytes = new TextEncoder().encode(JSON.stringify(record));
    blobs.put(bytes, key);
    // As that version wrote it: without the hash of its content.
    files.put({ ...file, version: 1, content: undefined, bytes: bytes.length }, key);
    await new Promise((done) => (transaction.oncomplete = done));
    db.close();
  });
  await page.reload();
  await card(page, 'reward').click();
  const bars = page.getByRole('table', { name: 'What it has learnt to prefer' });
  await bars.waitFor();
  await expect.poll(() => bars.getByRole('row').count()).toBe(5);
  await page.getByText('trained by an earlier version of the page').waitFor();
  await typing(page).locator('.scored').waitFor();
  expect(await typing(page).getByText('as PPO sees it').count()).toBe(0);
  await expectNoTrouble(visited);
});
