/** The arena: a person labels by a rule, trains, and sees the model follow it; rankings, undo, repeats. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Preference } from '../../src/core/data/preferences.ts';
import { POLITE_PHRASES } from '../../src/core/world/index.ts';
import { violations } from './looks.ts';
import { type Visit, atRest, button, card, expectNoTrouble, useSite } from './site.ts';

const TRAINING = 600_000;

const site = useSite();

/** Opens the arena; the shipped SFT model of micro writes the answers. */
async function enter(seed: number): Promise<Visit> {
  const visited = await site.visit(`preset=micro&seed=${seed}&stage=reward&backend=wasm&lang=en`);
  await button(visited.page, 'Show me two answers').click({ timeout: 60_000 });
  await visited.page.locator('.arena [aria-busy=false] .answer').first().waitFor({ timeout: 60_000 });
  return visited;
}

/** The question on the screen, as the person reads it: its prompt, then its answers in the order of their numbers. */
async function question(page: Page): Promise<{ prompt: string; answers: string[] }> {
  const prompt = await page.locator('.arena .asking > .prompt').innerText();
  const answers = await page.locator('.arena .answer').evaluateAll((all) =>
    all
      .map((each) => [each.querySelector('kbd')?.textContent ?? '', each.querySelector('.mono')?.textContent ?? ''])
      .sort(([a], [b]) => (a! < b! ? -1 : 1))
      .map(([, text]) => text!.trim()),
  );
  return { prompt, answers };
}

/** Presses a key that is meant for the arena, and waits until the next question is there. */
async function answer(page: Page, ...keys: string[]): Promise<void> {
  const ready = page.locator('.arena [aria-busy=false]');
  await ready.waitFor({ timeout: 30_000 });
  const said = page.locator('.arena p.said');
  const before = await said.innerText();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (const key of keys) await page.keyboard.press(key);
  await expect.poll(() => said.innerText()).not.toBe(before);
  await ready.waitFor({ timeout: 30_000 });
}

/** What the browser keeps of a run's preferences, read past the page. */
async function stored(page: Page, run: string): Promise<Preference[]> {
  const text = await page.evaluate(
    (name) =>
      new Promise<string>((resolve, reject) => {
        const opening = indexedDB.open('rlhf-playground');
        opening.onerror = () => reject(new Error('no database'));
        opening.onsuccess = () => {
          const found = opening.result.transaction('blobs').objectStore('blobs').get([name, 'preferences.jsonl']);
          found.onsuccess = () => {
            opening.result.close();
            resolve(new TextDecoder().decode(found.result as BufferSource));
          };
        };
      }),
    run,
  );
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Preference);
}

const wordsIn = (text: string): number => text.split(' ').length;
const isPolite = (text: string): boolean => POLITE_PHRASES.some((phrase) => text.includes(phrase));

describe('train on my taste', () => {
  it.each([
    { said: 'shorter', seed: 11, rule: 'short', worth: (text: string) => -wordsIn(text) },
    { said: 'politer', seed: 12, rule: 'polite', worth: (text: string) => Number(isPolite(text)) },
  ])(
    'thirty pairs by $said raise the share of answers that the rule prefers',
    { timeout: 2 * TRAINING },
    async ({ seed, rule, worth }) => {
      const visited = await enter(seed);
      const { page } = visited;
      const done = page.getByText('30 of 30 comparisons');
      const goesOn = /^(\d+) of 30/;
      for (let presses = 0; !(await done.isVisible()); presses++) {
        expect(presses, 'presses for thirty comparisons').toBeLessThan(80);
        const { answers } = await question(page);
        const [first, second] = answers.map(worth) as [number, number];
        await answer(page, first > second ? '1' : first < second ? '2' : '0');
        expect(await page.getByText(goesOn).innerText()).toMatch(goesOn);
      }
      await page.getByText('That is enough to teach a taste.').waitFor();
      await page.getByText(`“${rule}” fits what you said best (100 %)`).waitFor();
      const consistent = page.getByRole('row', { name: /^The same answer twice/ });
      await expect.poll(() => consistent.innerText()).toMatch(/100 % of [3-9]$/);

      const begun = Date.now();
      await button(page, 'Train on my taste').click();
      await card(page, 'ppo').filter({ hasText: 'done' }).waitFor({ timeout: TRAINING });
      const trained = (Date.now() - begun) / 1000;
      const shares = page.getByRole('table', { name: 'The rule prefers it to another answer of SFT' });
      await shares.waitFor({ timeout: TRAINING });
      console.log(
        `"${rule}": reward model and PPO in ${trained.toFixed(0)} s, all in ${(Date.now() - begun) / 1000} s`,
      );
      expect(await page.getByLabel('Your rule').inputValue()).toBe(rule);
      const read = async (name: string): Promise<number> => {
        const row = await shares.getByRole('row', { name }).innerText();
        return Number(/(\d+) % \(\d+ % – \d+ %\)$/.exec(row)?.[1]) / 100;
      };
      const [before, after] = [await read('Before, SFT'), await read('After, PPO')];
      console.log(`"${rule}": ${before} → ${after}`);
      expect(before).toBeGreaterThan(0.35);
      expect(before).toBeLessThan(0.65);
      expect(after - before).toBeGreaterThanOrEqual(0.25);
      expect(await card(page, 'judge').innerText()).toContain('not started');
      expect(await violations(page, '.arena')).toEqual([]);

      // One more choice makes what was learnt from them stale; taken back, it is not.
      const { answers } = await question(page);
      await answer(page, worth(answers[0]!) > worth(answers[1]!) ? '1' : '2');
      await card(page, 'reward').filter({ hasText: 'stale' }).waitFor();
      await answer(page, 'z');
      await card(page, 'reward').filter({ hasText: 'done' }).waitFor();
      await expectNoTrouble(visited);
    },
  );
});

describe('labelling', () => {
  it('pairs by keys, also where Hangul is typed, and taken back, also after a reload', async () => {
    const visited = await enter(13);
    const { page } = visited;
    const first = await question(page);
    await answer(page, '1');
    const second = await question(page);
    expect(second).not.toEqual(first);
    await answer(page, '2');
    await answer(page, '0');
    await answer(page, '-');
    await answer(page, 'NumpadSubtract');
    await page.getByText('2 of 30 comparisons').waitFor();
    const said = (await stored(page, 'micro-13')).map(({ ranks, both_bad }) => [...ranks, both_bad]);
    expect(said).toEqual([
      [0, 1, false],
      [1, 0, false],
      [0, 0, false],
      [0, 0, true],
      [0, 0, true],
    ]);
    await page.evaluate(() =>
      window.dispatchEvent(new KeyboardEvent('keydown', { key: 'ㅋ', code: 'KeyZ', bubbles: true })),
    );
    await page.getByText('Taken back. 4 are stored.').waitFor();

    await page.reload();
    await button(page, 'Undo').click();
    await page.getByText('Taken back. 3 are stored.').waitFor();
    await answer(page, 'Control+z');
    await answer(page, 'Backspace');
    expect(await question(page)).toEqual(second);
    await page.getByText('1 of 30 comparisons').waitFor();
    await answer(page, 'z');
    expect(await question(page)).toEqual(first);
    await expect.poll(() => button(page, 'Undo').isDisabled()).toBe(true);
    await answer(page, '2');
    expect((await stored(page, 'micro-13')).map(({ ranks }) => ranks)).toEqual([[1, 0]]);
    expect(await violations(page, '.arena')).toEqual([]);
    await expectNoTrouble(visited);
  });

  it('shows a pair again, sides swapped, and counts it', async () => {
    const visited = await enter(14);
    const { page } = visited;
    const seen = new Map<string, string[]>();
    for (let i = 0; i < 8; i++) {
      const { prompt, answers } = await question(page);
      seen.set(prompt, answers);
      await answer(page, '1');
    }
    const again = await question(page);
    expect(again.answers.toReversed()).toEqual(seen.get(again.prompt));
    const row = page.getByRole('row', { name: /^The same answer twice/ });
    await expect.poll(() => row.innerText()).toMatch(/–$/);
    await answer(page, '1');
    await expect.poll(() => row.innerText()).toMatch(/0 % of 1$/);
    await page.getByText('8 of 30 comparisons').waitFor();
    await answer(page, 'z');
    expect(await question(page)).toEqual(again);
    await answer(page, '2');
    await expect.poll(() => row.innerText()).toMatch(/100 % of 1$/);
    const list = await stored(page, 'micro-14');
    expect(list).toHaveLength(9);
    expect(list.filter(({ repeats }) => repeats !== null).map(({ repeats }) => repeats)).toEqual([
      list.find(({ example }) => example.prompt === again.prompt)?.id,
    ]);
    await expectNoTrouble(visited);
  });

  it('four by keys, by arrows and by drag', async () => {
    const visited = await enter(15);
    const { page } = visited;
    await page.getByRole('radio', { name: 'four answers' }).check();
    const items = page.locator('.arena li[data-answer]');
    await items.nth(3).waitFor({ timeout: 30_000 });
    const order = (): Promise<string[]> =>
      items.evaluateAll((all) => all.map((each) => each.querySelector('kbd')?.textContent ?? ''));

    // 4 best, 2 as good, then 1; 3 falls into place.
    const shown = await question(page);
    expect(shown.answers).toHaveLength(4);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (const key of ['4', '1', 'Backspace', '=', '2', '1']) await page.keyboard.press(key);
    await expect.poll(order).toEqual(['4', '2', '1', '3']);
    expect(await violations(page, '.arena')).toEqual([]);
    await answer(page, 'Enter');
    expect((await question(page)).answers).not.toEqual(shown.answers);

    // ↓ on a focused answer; the focus goes with it.
    await items.nth(3).waitFor();
    await items.first().locator('.answer').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect.poll(order).toEqual(['2', '3', '1', '4']);
    await expect.poll(() => page.evaluate(() => document.activeElement?.querySelector('kbd')?.textContent)).toBe('1');
    await page.keyboard.press('Enter');
    await page.getByText('No. 2: ranking stored.').waitFor();

    // The last one dragged to the top, by the mouse, once all have gone to their places.
    await page.locator('.arena ol[aria-busy=false]').waitFor();
    await items.nth(3).waitFor();
    await page.getByRole('heading', { name: 'Which answer is better?' }).evaluate((each) => each.scrollIntoView());
    await atRest(page);
    const [from, to] = [await items.nth(3).boundingBox(), await items.first().boundingBox()];
    const [x, top] = [from!.x + 200, to!.y + from!.height / 2];
    await page.mouse.move(x, from!.y + from!.height / 2);
    await page.mouse.down();
    for (let i = 1; i <= 20; i++)
      await page.mouse.move(x, from!.y + from!.height / 2 + ((to!.y - from!.y) * i) / 20, { steps: 2 });
    // The others make room first, as a person sees before letting go.
    let nudge = 0;
    const held = async (): Promise<string[]> => {
      await page.mouse.move(x, top + (nudge = 1 - nudge));
      return order();
    };
    await expect.poll(held).toEqual(['4', '1', '2', '3']);
    await page.mouse.up();
    await expect.poll(order).toEqual(['4', '1', '2', '3']);
    await button(page, 'Store this order').click();
    await page.getByText('No. 3: ranking stored.').waitFor();

    await items.first().waitFor();
    await answer(page, '-');
    const list = await stored(page, 'micro-15');
    expect(list.map(({ ranks, both_bad }) => [ranks, both_bad])).toEqual([
      [[1, 0, 2, 0], false],
      [[2, 0, 1, 3], false],
      [[1, 2, 3, 0], false],
      [[0, 0, 0, 0], true],
    ]);
    expect(list[0]?.responses.map(({ text }) => text)).toEqual(shown.answers);
    await page.reload();
    await page.getByText('3 of 30 comparisons').waitFor();
    await expectNoTrouble(visited);
  });
});
