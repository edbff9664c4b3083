/** Chat as a person would use it: completing words, asking several checkpoints, reading what else could have come. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { PHONE, expectFitsPhone, violations } from './looks.ts';
import { type Visit, button, expectNoTrouble, useSite } from './site.ts';

const PROMPT = 'where does mia live ?';

const site = useSite();

const promptField = (page: Page) => page.getByRole('combobox', { name: 'Prompt' });
const answers = (page: Page) => page.getByRole('log').getByRole('region', { name: /^Answer of / });
const answer = (page: Page, stage: string) => page.getByRole('region', { name: `Answer of ${stage} · micro, shipped` });
const tokens = (page: Page, stage: string) => answer(page, stage).getByRole('group').getByRole('button');

/** The chat, with the shipped models of micro to ask. */
async function open(words = '', first = 'Checkpoint 1'): Promise<Visit> {
  const visited = await site.visit(`preset=micro&seed=1&stage=chat${words}`);
  await visited.page.getByRole('combobox', { name: first }).waitFor({ timeout: 30_000 });
  return visited;
}

/** Sends, and waits until every answer of the newest turn has come. */
async function ask(page: Page, prompt: string): Promise<void> {
  const before = await answers(page).count();
  await promptField(page).fill(prompt);
  await promptField(page).press('Enter');
  await expect.poll(() => answers(page).count()).toBeGreaterThan(before);
  await page.getByRole('log').getByText(prompt).first().waitFor();
  await settle(page);
}

/** Has the page do something in the moment in which an answer's first word shows: no other process is as quick as a small model. */
async function atFirstWord(page: Page, act: () => void): Promise<void> {
  // As a string: the page's policy lets no script make code of one.
  await page.evaluate(`
    const observer = new MutationObserver(() => {
      if (!document.querySelector('[data-state="writing"]')) return;
      observer.disconnect();
      (${act.toString()})();
    });
    observer.observe(document, { subtree: true, childList: true, attributeFilter: ['data-state'] });
  `);
}

async function settle(page: Page): Promise<void> {
  await expect.poll(() => page.locator('[data-state="loading"], [data-state="writing"]').count()).toBe(0);
}

describe('the prompt', () => {
  it('completes words from the vocabulary, by the keys', async () => {
    const visited = await open();
    const { page } = visited;
    const field = promptField(page);
    const options = page.getByRole('listbox', { name: 'Words that fit' }).getByRole('option');

    await field.pressSequentially('where does mia liv');
    await options.first().waitFor();
    await expect.poll(async () => (await options.allInnerTexts()).slice(0, 2)).toEqual(['live', 'lives']);
    // A word that is being typed is not called wrong.
    expect(await page.locator('#chat mark').count()).toBe(0);
    expect(await field.getAttribute('aria-expanded')).toBe('true');
    await field.press('ArrowDown');
    await page.getByRole('listbox').getByRole('option', { name: 'lives', exact: true, selected: true }).waitFor();
    await field.press('ArrowUp');
    expect(await violations(page, '#chat')).toEqual([]);
    await field.press('Tab');
    await expect.poll(() => field.inputValue()).toBe('where does mia live ');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);

    await field.pressSequentially('fo');
    expect(await options.count()).toBeLessThanOrEqual(8);
    await field.press('Escape');
    await expect.poll(() => options.count()).toBe(0);
    await expect.poll(() => page.locator('#chat mark').allInnerTexts()).toEqual(['fo']);
    await field.pressSequentially('o');
    await field.press('Enter');
    await expect.poll(() => field.inputValue()).toBe('where does mia live food ');

    // Nothing to complete: Tab goes on, and Enter sends.
    await field.fill(PROMPT);
    await field.press('Tab');
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(false);
    await field.press('Enter');
    await page.getByRole('log').getByText(PROMPT).waitFor();
    await settle(page);
    await expectNoTrouble(visited);
  });

  it('is marked where it has unknown words or too many', async () => {
    const { page } = await open();
    await promptField(page).fill('where is xqzzkwv ?');
    await expect.poll(() => page.locator('#chat mark').allInnerTexts()).toEqual(['xqzzkwv']);
    expect(await button(page, 'Send').isDisabled()).toBe(true);
    await button(page, 'Leave “xqzzkwv” out').click();
    await expect.poll(() => promptField(page).inputValue()).toBe('where is ?');
    await promptField(page).fill(Array(120).fill('mia').join(' '));
    await page.getByText(/^The prompt has 120 words/).waitFor();
    expect(await button(page, 'Send').isDisabled()).toBe(true);
  });
});

describe('answers', () => {
  it('come from several checkpoints, with what else could have come at each place', async () => {
    const visited = await open();
    const { page } = visited;
    await page.getByRole('slider', { name: 'Temperature' }).fill('0');
    for (const count of [2, 3]) {
      await button(page, 'Ask one more').click();
      await page.getByRole('combobox', { name: `Checkpoint ${count}` }).waitFor();
    }
    await ask(page, PROMPT);
    expect(await answers(page).count()).toBe(3);
    expect(await page.locator('[data-state="failed"]').count()).toBe(0);

    // Greedy: every token is the most probable one of its list.
    const strip = tokens(page, 'Instruction tuning');
    const count = await strip.count();
    expect(count).toBeGreaterThan(2);
    await strip.first().focus();
    const details = page.getByRole('tooltip');
    for (let i = 0; i < count; i++) {
      const rows = details.getByRole('row');
      await expect.poll(() => details.locator('caption').innerText()).toBe(`What could have come as word ${i + 1}`);
      expect(await rows.count()).toBe(6);
      const first = await rows.first().innerText();
      expect(first).toContain(await strip.nth(i).innerText());
      expect(first).toMatch(/taken\s+\d+(\.\d)? %/);
      await page.keyboard.press('ArrowRight');
    }
    expect(await violations(page, '#chat')).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => details.count()).toBe(0);
    await strip.nth(1).hover();
    await details.waitFor();
    await page.mouse.move(0, 0);
    await details.waitFor({ state: 'hidden' });

    // The same again: greedy answers have no noise in them.
    const said = await answer(page, 'Instruction tuning').getByRole('group').innerText();
    await button(page, 'Send').click();
    await expect.poll(() => answers(page).count()).toBe(6);
    await settle(page);
    expect(await answer(page, 'Instruction tuning').first().getByRole('group').innerText()).toBe(said);
    await page.getByRole('button', { name: /^Do not ask Base model/ }).click();
    await expect.poll(() => page.getByRole('combobox', { name: /^Checkpoint/ }).count()).toBe(2);
    await button(page, 'Clear').click();
    await expect.poll(() => answers(page).count()).toBe(0);
    await expectNoTrouble(visited);
  });

  it('are the same for the same seed; another one is asked for by the next', async () => {
    const visited = await open();
    const { page } = visited;
    await page.getByRole('slider', { name: 'Temperature' }).fill('1.5');
    const latest = () => answers(page).first().getByRole('group').innerText();
    const seed = page.getByRole('spinbutton', { name: 'Seed' });
    await ask(page, PROMPT);
    const first = await latest();
    const others = new Set<string>();
    for (let i = 1; i <= 3; i++) {
      await button(page, 'Another answer').click();
      await expect.poll(() => answers(page).count()).toBe(i + 1);
      await expect.poll(() => seed.inputValue()).toBe(String(i));
      await settle(page);
      others.add(await latest());
    }
    expect([...others].some((each) => each !== first)).toBe(true);
    await seed.fill('0');
    await seed.press('Tab');
    await ask(page, PROMPT);
    expect(await latest()).toBe(first);
    await expectNoTrouble(visited);
  });

  it('have Korean beneath their words on demand, also after a reload', async () => {
    const { page } = await open();
    await ask(page, PROMPT);
    expect(await page.locator('#chat rt').count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Korean gloss' }).check();
    const log = page.getByRole('log');
    for (const korean of ['어디', '미아', '살다']) await log.locator('rt').getByText(korean).first().waitFor();
    expect(await violations(page, '#chat')).toEqual([]);
    await page.reload();
    await page.getByRole('combobox', { name: 'Checkpoint 1' }).waitFor();
    await expect.poll(() => page.getByRole('checkbox', { name: 'Korean gloss' }).isChecked()).toBe(true);
    // What the browser remembers is checked.
    await page.evaluate(() => localStorage.setItem('rlhf-playground.gloss', '{'));
    await page.reload();
    await page.getByRole('combobox', { name: 'Checkpoint 1' }).waitFor();
    await expect.poll(() => page.getByRole('checkbox', { name: 'Korean gloss' }).isChecked()).toBe(false);
  });

  it('go on when one of them fails', async () => {
    const { page, context } = await open();
    await context.route('**/micro.sft.safetensors', (route) => route.abort());
    await button(page, 'Ask one more').click();
    await ask(page, PROMPT);
    const failed = answer(page, 'Instruction tuning');
    expect(await failed.getAttribute('data-state')).toBe('failed');
    await failed.getByText('The checkpoint cannot be read.').waitFor();
    expect(await tokens(page, 'PPO').count()).toBeGreaterThan(2);
    await context.unroute('**/micro.sft.safetensors');
    await ask(page, PROMPT);
    expect(await tokens(page, 'Instruction tuning').count()).toBeGreaterThan(2);
  });

  it('come while a run trains, stop on demand, and make room for a new prompt', async () => {
    const visited = await open();
    const { page } = visited;
    await button(page, 'Run the whole pipeline').click();
    const step = async (): Promise<string> => page.getByText(/^step [\d,]+ of/).innerText();
    await expect.poll(step).not.toContain('step 0 ');
    await page.getByRole('slider', { name: 'Temperature' }).fill('2');
    for (let i = 0; i < 3; i++) await button(page, 'Ask one more').click();

    await promptField(page).fill(PROMPT);
    await atFirstWord(page, () =>
      [...document.querySelectorAll('button')].find((each) => each.textContent.includes('Stop answering'))!.click(),
    );
    await promptField(page).press('Enter');
    await page.locator('[data-state="stopped"]').first().waitFor();
    await settle(page);
    await expect.poll(() => button(page, 'Stop answering').isDisabled()).toBe(true);

    // The same once more, and another prompt as it is being answered.
    await atFirstWord(page, () => {
      const field = document.querySelector<HTMLInputElement>('#chat form [role=combobox]')!;
      field.value = 'what does mia like to eat ?';
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.form!.requestSubmit();
    });
    await promptField(page).press('Enter');
    await page.getByRole('log').getByText('what does mia like to eat ?').first().waitFor();
    await settle(page);
    // The newest turn came to its end, the one before was cut off.
    const states = await answers(page).evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset['state']));
    expect(states.slice(0, 4).every((state) => state === 'ended' || state === 'full')).toBe(true);
    expect(states.slice(4, 8)).toContain('stopped');
    const before = await step();
    await expect.poll(step).not.toBe(before);
    await expectNoTrouble(visited);
  });

  it('say by touch what could have come, until one taps elsewhere', async () => {
    const { page } = await site.visit('preset=micro&seed=1&stage=chat', 'en-US', {
      viewport: PHONE,
      hasTouch: true,
      isMobile: true,
    });
    await promptField(page).tap();
    await promptField(page).pressSequentially('where does mia liv');
    // The browser makes a click of a tap a moment later.
    await page.getByRole('listbox').getByRole('option', { name: 'live', exact: true }).tap();
    await expect.poll(() => promptField(page).inputValue()).toBe('where does mia live ');
    await promptField(page).pressSequentially('?');
    await button(page, 'Send').tap();
    await answers(page).first().waitFor();
    await settle(page);
    const details = page.getByRole('tooltip');
    for (const i of [0, 2]) {
      await tokens(page, 'PPO').nth(i).tap();
      await expect.poll(() => details.locator('caption').innerText()).toBe(`What could have come as word ${i + 1}`);
    }
    // Not every browser gives the focus to a button that is tapped, and takes it away again.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await expect.poll(() => details.count()).toBe(0);
    await tokens(page, 'PPO').first().tap();
    await details.waitFor();
    await page.getByRole('log').getByText(PROMPT).first().tap();
    await expect.poll(() => details.count()).toBe(0);
  });

  it('fit a phone, in Korean and in the dark', async () => {
    const { page } = await open('&lang=ko&theme=dark', '체크포인트 1');
    await page.setViewportSize(PHONE);
    await page.getByRole('checkbox', { name: '한국어 풀이' }).check();
    await page.getByRole('button', { name: '하나 더 추가' }).click();
    await page.getByRole('button', { name: '프롬프트 예시' }).click();
    await page.getByRole('button', { name: '보내기' }).click();
    await page.getByRole('log').getByRole('group').first().waitFor();
    await settle(page);
    await expectFitsPhone(page, async () => expect(await violations(page, '#chat')).toEqual([]));
  });
});
