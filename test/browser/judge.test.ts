/** The judge: InstructGPT's figure and what stands under it, a person's blind judgement, many checkpoints at once. */
import { readFile } from 'node:fs/promises';
import type { Download, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wilson } from '../../src/core/stats.ts';
import { expectFitsPhone, violations } from './looks.ts';
import { type Visit, button, card, deviceLine, expectNoTrouble, runAll, useSite } from './site.ts';

const site = useSite();

/** What an entry of a chart's menu saves. */
async function save(page: Page, chart: string, entry: string): Promise<Download> {
  await button(page, `More of “${chart}”`).click();
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, entry).click()]);
  return download;
}

async function csv(download: Download): Promise<Record<string, string>[]> {
  const text = await readFile(await download.path(), 'utf8');
  const [names = [], ...rows] = text.trimEnd().split('\r\n').map(cellsOf);
  for (const row of rows) expect(row).toHaveLength(names.length);
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? ''])));
}

/** The cells of a line after RFC 4180. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

/** Width and height of a PNG, and how many colours it has as the browser draws it. */
async function picture(page: Page, download: Download): Promise<{ width: number; height: number; colours: number }> {
  const bytes = await readFile(await download.path());
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  return page.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
    return { width: image.width, height: image.height, colours: new Set(pixels).size };
  }, bytes.toString('base64'));
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

describe('the report of a run', () => {
  let visited: Visit;
  let page: Page;
  beforeAll(async () => {
    visited = await site.visit('preset=nano&seed=8&lang=en&stage=judge');
    page = visited.page;
    await deviceLine(page);
    await runAll(page, 'Run the whole pipeline', 'done');
    await card(page, 'judge').click();
    await page.getByRole('heading', { name: 'Before and after PPO' }).waitFor();
  });
  afterAll(() => visited.context.close());

  const figure = (): Locator => page.getByRole('img', { name: /^Win rate against SFT\./ });

  it('shows InstructGPT’s figure first: four models against SFT, at T = 1 and greedily', async () => {
    const headings = await page.locator('main').getByRole('heading', { level: 3 }).allInnerTexts();
    expect(headings.map((text) => text.trim())).toEqual([
      'Win rate against SFT',
      'Win rate',
      'Before and after PPO',
      'Model by model',
      'Judge blind',
      'Many checkpoints',
      'Figures',
    ]);
    const name = (await figure().getAttribute('aria-label'))!;
    const told = [...name.matchAll(/(Base, prompted|Base|PPO), (T = 1|greedy): (\d+ %)/g)];
    expect(told.map(([, model, how]) => `${model}, ${how}`)).toEqual(
      ['Base', 'Base, prompted', 'PPO'].flatMap((model) => [`${model}, T = 1`, `${model}, greedy`]),
    );
    // Told apart without colour: circles and diamonds, three each and one in the key.
    expect(await figure().locator('circle').count()).toBe(4);
    expect(await figure().locator('path.greedy').count()).toBe(4);

    await button(page, 'More of “Win rate against SFT”').click();
    await button(page, 'Table').click();
    const rows = page.getByRole('dialog').getByRole('row');
    await rows.first().waitFor();
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/^Model\s+T = 1\s+greedy$/),
      expect.stringMatching(/^Base\s+\d+ % \(\d+ % – \d+ %\), n = 24\s+\d+ % .*n = 24$/),
      expect.stringMatching(/^Base, prompted\s+\d+ %/),
      expect.stringMatching(/^SFT\s+50 %\s+50 %$/),
      expect.stringMatching(/^PPO\s+\d+ %/),
    ]);
    const [, , , , ppo = ''] = await rows.allInnerTexts();
    const wins = await page.getByRole('table', { name: 'Win rate', exact: true }).getByRole('row').first().innerText();
    expect(ppo).toContain(/\d+ % \(.*\)/.exec(wins)![0]);
    await button(page, 'Close').click();
  });

  it('says of every figure whether PPO made it better or worse', async () => {
    const table = page.getByRole('table', { name: 'Before and after PPO' });
    const rows = await table.getByRole('row').allInnerTexts();
    expect(rows).toHaveLength(9);
    for (const row of rows.slice(1)) expect(row).toMatch(/better|worse|more|less|no clear difference/);
    expect(rows.at(-1)).toMatch(/^Corpus perplexity\s+\d+\.\d\d → \d+\.\d\d\s+× \d\.\d{3}/);
  });

  it('saves the figure and all numbers', async () => {
    const image = await save(page, 'Win rate against SFT', 'Picture (PNG)');
    expect(image.suggestedFilename()).toBe('nano-8-judge-win-rate.png');
    const { width, height, colours } = await picture(page, image);
    expect([width, height > 600]).toEqual([1280, true]);
    expect(colours).toBeGreaterThan(20);

    const points = await csv(await save(page, 'Win rate against SFT', 'All numbers (CSV)'));
    expect(points).toHaveLength(6);
    const numbers = await csv(await save(page, 'All figures of the judge', 'All numbers (CSV)'));
    const ofFile = numbers.filter(({ figure, against }) => figure === 'win_rate' && against === 'sft');
    for (const { model, decoding, win_rate_against_sft, low, high } of points)
      expect(ofFile).toContainEqual(
        expect.objectContaining({ model, decoding, value: win_rate_against_sft, low, high, n: '24' }),
      );
    const bars = await picture(page, await save(page, 'All figures of the judge', 'Picture (PNG)'));
    expect(bars.width).toBe(1280);
    expect(bars.height).toBeGreaterThan(1500);
    expect(bars.colours).toBeGreaterThan(20);
    await expectNoTrouble(visited);
  });

  it.each(['en', 'ko'])('has no violation in %s, at a desk and on a phone', async (lang) => {
    await page.getByRole('radio', { name: lang === 'ko' ? '한국어' : 'English' }).check();
    await page.locator(`html[lang=${lang}]`).waitFor();
    expect(await violations(page, 'main')).toEqual([]);
    await expectFitsPhone(page, async () => expect(await violations(page, 'main')).toEqual([]));
    await page.getByRole('radio', { name: 'English' }).check();
  });

  it('still shows what an earlier version of the page stored', async () => {
    await page.evaluate(async () => {
      const database = await new Promise<IDBDatabase>((done) => {
        const request = indexedDB.open('rlhf-playground');
        request.onsuccess = () => done(request.result);
      });
      const stores = database.transaction(['files', 'blobs'], 'readwrite');
      const key = ['nano-8', 'run.json'];
      const get = <T>(store: string): Promise<T> =>
        new Promise((done) => {
          const request = stores.objectStore(store).get(key);
          request.onsuccess = () => done(request.result as T);
        });
      const bytes = await get<Uint8Array>('blobs');
      const record = JSON.parse(new TextDecoder().decode(bytes)) as { report: { judge: Record<string, unknown> } };
      const { models, win_rate, kl, prompts } = record.report.judge;
      record.report.judge = { models, win_rate, kl, prompts };
      const written = new TextEncoder().encode(JSON.stringify(record));
      const file = await get<{ bytes: number }>('files');
      stores.objectStore('blobs').put(written, key);
      // As that version wrote it: without the hash of its content.
      stores.objectStore('files').put({ ...file, version: 1, content: undefined, bytes: written.length }, key);
      await new Promise((done) => (stores.oncomplete = done));
      database.close();
    });
    await page.reload();
    await card(page, 'judge').filter({ hasText: 'done' }).waitFor();
    await page.getByText('An earlier version of this page judged this run').waitFor();
    expect(await figure().getAttribute('aria-label')).toMatch(
      /^Win rate against SFT\. Base, prompted, T = 1: \d+ %; PPO, T = 1: \d+ %$/,
    );
    const gold = page.getByRole('table', { name: 'Gold score' }).getByRole('row');
    await expect.poll(() => gold.count()).toBe(4);
    for (const row of await gold.allInnerTexts()) expect(row).toMatch(/-?\d\.\d\d$/);
    expect((await csv(await save(page, 'All figures of the judge', 'All numbers (CSV)'))).length).toBe(9 * 4 + 3);
    await expectNoTrouble(visited);
  });
});

describe('blind judging', () => {
  let visited: Visit;
  let page: Page;
  beforeAll(async () => {
    visited = await site.visit('preset=micro&seed=9&lang=en&stage=judge');
    page = visited.page;
    await deviceLine(page);
    await button(page, 'Start judging').waitFor();
  });
  afterAll(() => visited.context.close());

  interface Seen {
    prompt: string;
    first: string;
    second: string;
  }
  const region = (): Locator => page.getByRole('region', { name: 'Judge blind' });
  const pair = (): Locator => page.getByRole('group', { name: 'Pair to judge' });

  /** The pair that can be judged now. */
  async function seen(count: number): Promise<Seen> {
    await region().getByText(`${count} of 20 pairs judged`).waitFor();
    await pair().locator('[aria-busy=false]').waitFor({ timeout: 30_000 });
    const text = async (place: Locator): Promise<string> => (await place.innerText()).trim();
    const answers = pair().locator('[aria-busy] button .mono');
    const prompt = (await text(pair().locator('p.prompt'))).replace(/^Prompt:\s*/, '');
    return { prompt, first: await text(answers.nth(0)), second: await text(answers.nth(1)) };
  }

  /** The rule: the shorter answer; of two that are as long, neither, and both are bad where they are long. */
  function choice({ first, second }: Seen): '1' | '2' | '0' | '-' {
    const [a, b] = [first.split(' ').length, second.split(' ').length];
    if (a !== b) return a < b ? '1' : '2';
    return a > 4 ? '-' : '0';
  }

  const CODES = { '1': 'Digit1', '2': 'Digit2', '0': 'Digit0', '-': 'Minus' };
  const judged: Seen[] = [];
  async function judge(to: number): Promise<void> {
    for (let i = judged.length; i < to; i++) {
      const now = await seen(i);
      judged.push(now);
      const key = choice(now);
      // As where an input method keeps the letter to itself.
      if (i === 3) await page.dispatchEvent('body', 'keydown', { key: 'Process', code: CODES[key] });
      else await page.keyboard.press(key);
    }
  }

  it('takes a choice back, and goes on after a reload where it was', async () => {
    expect(await page.getByLabel('Model A').locator('option:checked').innerText()).toBe('PPO · micro, shipped');
    expect(await page.getByLabel('Model B').locator('option:checked').innerText()).toBe(
      'Instruction tuning · micro, shipped',
    );
    await button(page, 'Start judging').click();
    await judge(8);
    const next = await seen(8);
    await page.keyboard.press('1');
    await seen(9);
    await pair().getByRole('button', { name: 'Undo' }).click();
    expect(await seen(8)).toEqual(next);
    expect(await violations(page, 'main')).toEqual([]);

    await page.reload();
    await button(page, 'Go on after 8 pairs').click();
    await expect.poll(() => seen(8)).toEqual(next);
  });

  it('judges twenty pairs by keyboard after a rule, and has exactly its win rate and interval', async () => {
    await judge(20);
    await region().getByText('20 pairs judged', { exact: true }).waitFor();
    // Until now nothing says who wrote what.
    expect(await region().innerText()).not.toContain('PPO');
    await button(page, 'Stop and reveal').click();
    const table = page.getByRole('table', { name: 'PPO · micro, shipped over Instruction tuning · micro, shipped' });
    await table.waitFor();

    // Who wrote what is in the file; what was chosen is what this test saw and pressed.
    const rows = await csv(await save(page, 'Judge blind', 'All numbers (CSV)'));
    const shown = rows.filter(({ shown_first }) => shown_first !== 'none: the same');
    const same = rows.filter(({ a_answer, b_answer }) => a_answer === b_answer);
    expect([shown.length, same.length]).toEqual([20, rows.length - 20]);
    const sides = new Set(shown.map(({ shown_first }) => shown_first));
    expect([...sides].sort()).toEqual(['a', 'b']);
    let points = same.length / 2;
    for (const [i, row] of shown.entries()) {
      const { prompt, first, second } = judged[i]!;
      expect(row['prompt']).toBe(prompt);
      const firstIsA = row['shown_first'] === 'a';
      expect([row['a_answer'], row['b_answer']]).toEqual(firstIsA ? [first, second] : [second, first]);
      const said = choice(judged[i]!);
      const wanted = said === '0' ? 'tie' : said === '-' ? 'both_bad' : (said === '1') === firstIsA ? 'a' : 'b';
      expect(row['choice']).toBe(wanted);
      points += wanted === 'a' ? 1 : wanted === 'b' ? 0 : 0.5;
    }
    const rateText = (won: number): string => {
      const { low, high } = wilson(won, rows.length);
      return `${percent(won / rows.length)} (${percent(low)} – ${percent(high)})`;
    };
    const gold = rows.reduce((sum, row) => sum + Number(row['gold_points_of_a']), 0);
    expect(await table.getByRole('row').allInnerTexts()).toEqual([
      expect.stringMatching(new RegExp(`^You\\s+${rateText(points).replaceAll(/[()]/g, '\\$&')}$`)),
      expect.stringMatching(new RegExp(`^Gold judge\\s+${rateText(gold).replaceAll(/[()]/g, '\\$&')}$`)),
    ]);
    await region().getByText(`20 pairs judged, and ${same.length} more that were the same word for word`).waitFor();
    await region().getByText('Pair by pair').click();
    await expect.poll(() => region().getByRole('listitem').count()).toBe(20);
    expect(await violations(page, 'main')).toEqual([]);
    expect((await picture(page, await save(page, 'Judge blind', 'Picture (PNG)'))).colours).toBeGreaterThan(10);
    await expectNoTrouble(visited);
  });

  it('compares many checkpoints, with what the person said beside it', async () => {
    const group = page.getByRole('group', { name: /^Who takes part: 3/ });
    await expect.poll(() => group.getByRole('checkbox', { checked: true }).count()).toBe(3);
    await page.getByLabel('Prompts', { exact: true }).selectOption('100');
    await button(page, 'Compare them').click();
    await button(page, 'Cancel').click();
    await button(page, 'Compare them').click();
    const strengths = page.getByRole('table', { name: 'Strength' });
    await strengths.waitFor({ timeout: 90_000 });
    const rows = await strengths.getByRole('row').allInnerTexts();
    expect(rows).toEqual([
      expect.stringMatching(/^PPO · micro, shipped\s+\+\d+ \([+−]\d+ to \+\d+\)$/),
      expect.stringMatching(/^Instruction tuning · micro, shipped\s+[+−]\d+ \(/),
      expect.stringMatching(/^Base model · micro, shipped \(in the corpus’s form\)\s+−\d+ \(−\d+ to [+−]\d+\)$/),
    ]);
    const matrix = page.getByRole('table', { name: 'How often the row wins over the column; a tie counts half.' });
    const cells = (await matrix.getByRole('row').allInnerTexts()).slice(1).map((row) => [...row.matchAll(/(\d+) %/g)]);
    expect(cells.map((row) => row.length)).toEqual([2, 2, 2]);
    expect(Number(cells[0]![0]![1]) + Number(cells[1]![0]![1])).toBeGreaterThanOrEqual(99);
    expect(Number(cells[0]![0]![1]) + Number(cells[1]![0]![1])).toBeLessThanOrEqual(101);

    const person = page.getByRole('table', { name: 'Your blind judgements of these pairs' }).getByRole('row');
    await expect.poll(() => person.count()).toBe(2);
    expect(await person.last().innerText()).toMatch(/n = \d\d\s+\d+ % \(\d+ % – \d+ %\), n = 100$/);
    const numbers = await csv(await save(page, 'Strength', 'All numbers (CSV)'));
    const counts = ['bradley_terry_points', 'gold_win_rate', 'person_win_rate'].map(
      (name) => numbers.filter(({ figure }) => figure === name).length,
    );
    expect(counts).toEqual([3, 6, 1]);
    expect((await picture(page, await save(page, 'Strength', 'Picture (PNG)'))).width).toBe(1280);
    expect(await violations(page, 'main')).toEqual([]);
    await expectFitsPhone(page, async () => expect(await violations(page, 'main')).toEqual([]));
    await expectNoTrouble(visited);
  });
});
