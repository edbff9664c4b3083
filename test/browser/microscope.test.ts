/** The token microscope in the page: chosen by keyboard, its formulas right, its sums those of the curves, kept. */
import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectFitsPhone, violations } from './looks.ts';
import { type Visit, card, expectNoTrouble, goTo, runAll, useSite } from './site.ts';

const WORDS =
  'preset=nano&seed=41&ppo.iterations=4&ppo.epochs=2&ppo.learning_rate=0.02&ppo.value_learning_rate=0.01&ppo.gamma=0.9';

const site = useSite();
let visited: Visit;
let page: Page;
let microscope: Locator;
beforeAll(async () => {
  visited = await site.visit(`${WORDS}&stage=ppo&lang=en`);
  page = visited.page;
  microscope = page.getByRole('region', { name: 'Token microscope' });
  await page.getByText('Every iteration is recorded here').waitFor();
  await runAll(page, 'Run the whole pipeline', 'done');
});

const iteration = (): Locator => microscope.getByRole('slider', { name: 'Iteration' });
const responses = (): Locator => microscope.getByRole('listbox', { name: 'Responses' });
const tokens = (): Locator => microscope.getByRole('group', { name: 'Tokens of the response' }).getByRole('button');
const table = (): Locator => microscope.getByRole('table', { name: 'All figures of the tokens' });

const numberOf = (text: string): number => Number(text.replaceAll(',', '').replaceAll('−', '-'));

/** The numbers of a step of the computation: those that go in, and the one that comes out. */
async function formula(name: string): Promise<number[]> {
  const line = microscope.getByRole('group', { name, exact: true });
  const numbers = await line.locator('math').evaluateAll((all) =>
    all
      .slice(1)
      .map((math) => [...math.querySelectorAll('mn')].map((number) => number.textContent))
      .flat(),
  );
  return numbers.map(numberOf);
}

/** From numbers that are written with four digits. */
const isAbout = (found: number | undefined, expected: number): void => {
  expect(found).toBeDefined();
  expect(Math.abs(found! - expected)).toBeLessThan(4e-4 * Math.max(1, Math.abs(expected)));
};

describe('the token microscope', () => {
  it('chooses iteration, response and token by keyboard', async () => {
    await card(page, 'ppo').click();
    await microscope.getByText('Iteration 4', { exact: true }).waitFor();
    await microscope.getByText('the newest').waitFor();
    await iteration().focus();
    await page.keyboard.press('Home');
    await microscope.getByText('Iteration 1', { exact: true }).waitFor();
    await page.keyboard.press('ArrowRight');
    await microscope.getByText('Iteration 2', { exact: true }).waitFor();

    await expect.poll(() => responses().getByRole('option').count()).toBe(8);
    const first = await tokens().locator('.word').allInnerTexts();
    await responses().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const third = responses().getByRole('option').nth(2);
    await expect.poll(() => third.getAttribute('aria-selected')).toBe('true');
    const words = await tokens().locator('.word').allInnerTexts();
    expect(words).not.toEqual(first);
    expect(await third.innerText()).toContain(words.filter((word) => word !== '<eos>').join(' '));

    await tokens().first().focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    const place = words.length - 2;
    await expect.poll(() => table().locator('tr.chosen th').innerText()).toBe(words[place]);
    await expect.poll(() => table().getByRole('row').count()).toBe(words.length + 1);
    await microscope.getByText(`Token ${place + 1} of ${words.length}: ${words[place]}`).waitFor();
    await expectNoTrouble(visited);
  });

  it('sorts the responses by what it says of them', async () => {
    for (const [order, figure] of [
      ['highest score', 'score'],
      ['most KL', 'KL'],
      ['largest advantage', 'max |A|'],
      ['most clipped', 'clipped'],
    ] as const) {
      await microscope.getByLabel('Order').selectOption(order);
      const texts = await responses().locator('.figures').allInnerTexts();
      const values = texts.map((text) => numberOf(text.replaceAll('\n', ' ').split(`${figure} `)[1]!.split(' ')[0]!));
      expect(values, order).toEqual([...values].sort((a, b) => b - a));
    }
    await microscope.getByLabel('Order').selectOption('as sampled');
  });

  it('explains the update with numbers that follow from each other, at the last token and before it', async () => {
    await tokens().last().click();
    const [kl_coef, old, ref, final, reward] = (await formula('Reward of the token')) as [
      number,
      number,
      number,
      number,
      number,
    ];
    isAbout(reward, -kl_coef * (old - ref) + final);
    const [raw, mean, std] = (await formula('Score of the answer')) as [number, number, number];
    const ended = (await tokens().locator('.word').last().innerText()) === '<eos>';
    isAbout(final, (raw - mean) / std - (ended ? 0 : 1));

    const later = await formula('Advantage');
    await tokens()
      .nth((await tokens().count()) - 2)
      .click();
    const [price, before, reference, penalty] = (await formula('Reward of the token')) as [
      number,
      number,
      number,
      number,
    ];
    isAbout(penalty, -price * (before - reference));
    const [earned, gamma, next, value, surprise] = (await formula('Surprise of the critic')) as [
      number,
      number,
      number,
      number,
      number,
    ];
    expect(gamma).toBe(0.9);
    isAbout(surprise, earned + gamma * next - value);
    const [own, decay, following, advantage] = (await formula('Advantage')) as [number, number, number, number];
    isAbout(decay, 0.9 * 0.95);
    isAbout(following, later.at(-1)!);
    isAbout(advantage, own + decay * following);
    isAbout((await formula('Return, which the critic is to learn')).at(-1), advantage + value);
    const [, centre, deviation, whitened] = (await formula('Advantage, whitened')) as [number, number, number, number];
    isAbout(whitened, (advantage - centre) / deviation);
    await expectNoTrouble(visited);
  });

  it('says why a token is clipped, and why another is not', async () => {
    await microscope.getByRole('radio', { name: '2', exact: true }).check({ force: true });
    await microscope.getByLabel('Order').selectOption('most clipped');
    await responses().getByRole('option').first().click();
    const seen = new Set<string>();
    for (let i = 0; i < (await tokens().count()); i++) {
      await tokens().nth(i).click();
      const [now, before, ratio] = (await formula('Ratio just before its update')) as [number, number, number];
      isAbout(ratio, Math.exp(now - before));
      const [whitened, , unclipped] = (await formula('Loss, not clipped')) as [number, number, number];
      const [, bounded, clipped] = (await formula('Loss, clipped')) as [number, number, number];
      isAbout(unclipped, -whitened * ratio);
      isAbout(bounded, Math.min(1.2, Math.max(0.8, ratio)));
      isAbout(clipped, -whitened * bounded);
      isAbout((await formula('The larger one counts')).at(-1), Math.max(unclipped, clipped));
      const isClipped = clipped > unclipped;
      const said = await microscope.locator('.effect').innerText();
      expect(said.startsWith(isClipped ? 'Clipped.' : 'Not clipped.')).toBe(true);
      expect(said.includes('its slope is 0')).toBe(isClipped);
      expect(await table().locator('tr.chosen td').nth(9).innerText()).toBe(isClipped ? 'yes' : 'no');
      seen.add(String(isClipped));
    }
    expect([...seen].sort()).toEqual(['false', 'true']);
    await microscope.getByRole('button', { name: 'Source: Advantage, whitened' }).click();
    await page.getByRole('dialog').getByText('workers/algorithms/gae.ts').waitFor();
    await page.keyboard.press('Escape');
    await expectNoTrouble(visited);
  });

  it('adds the tokens up to the points of the curves', async () => {
    await microscope.getByText('16 of 16 equal the curves').click();
    const rows = await microscope.getByRole('table', { name: 'The tokens, added up' }).getByRole('row').allInnerTexts();
    const sums = rows.slice(1).map((row) => row.split('\t'));
    expect(sums).toHaveLength(16);
    for (const [metric, , sum, curve, equal] of sums) {
      expect(Math.abs(numberOf(sum!) - numberOf(curve!)), metric).toBeLessThan(
        2e-4 * Math.max(1, Math.abs(numberOf(curve!))),
      );
      expect(equal).toContain('✓');
    }
    expect(sums.map(([metric]) => metric)).toContain('loss/policy_avg');
    // The curve of the page itself, where its table writes the point.
    const chart = page.getByRole('slider', { name: 'Cursor: Distance from the SFT model' });
    await chart.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const kl = numberOf(sums.find(([metric]) => metric === 'objective/kl')![2]!);
    await expect.poll(() => chart.getAttribute('aria-valuetext')).toBe(`step 3: ${kl.toFixed(2)}`);
  });

  it('exports the iteration', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      microscope.getByRole('button', { name: 'This iteration (CSV)' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('nano-41-ppo-iteration-2.csv');
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(lines[0]).toContain('epoch_2_ratio');
    const counts = await responses().getByRole('option').count();
    expect(new Set(lines.slice(1).map((line) => line.split(',')[1])).size).toBe(counts);
  });

  it('shows the same after a reload', async () => {
    const look = async (): Promise<string[]> => {
      await iteration().focus();
      await page.keyboard.press('Home');
      await microscope.getByText('Iteration 1', { exact: true }).waitFor();
      return [await table().innerText(), await responses().innerText()];
    };
    const before = await look();
    await page.reload();
    await microscope.getByText('Iteration 4', { exact: true }).waitFor();
    await microscope.getByRole('radio', { name: '2', exact: true }).check({ force: true });
    await microscope.getByLabel('Order').selectOption('most clipped');
    await iteration().focus();
    await page.keyboard.press('Home');
    await responses().getByRole('option').first().click();
    await iteration().focus();
    const again = await look();
    expect(again[1]).toBe(before[1]);
    await microscope.getByText('16 of 16 equal the curves').waitFor();
    await expectNoTrouble(visited);
  });

  it.each(['en', 'ko'] as const)('in %s it has no violation, and fits a phone', async (lang) => {
    for (const theme of ['light', 'dark'] as const) {
      await goTo(page, { lang, theme });
      await microscopeIn(lang)
        .locator('details')
        .evaluate((details) => ((details as HTMLDetailsElement).open = true));
      expect(await violations(page), theme).toEqual([]);
    }
    await expectFitsPhone(page, async () => expect(await violations(page)).toEqual([]));
  });

  const microscopeIn = (lang: string): Locator =>
    page.getByRole('region', { name: lang === 'ko' ? '토큰 현미경' : 'Token microscope' });
});
