/** The base stage: prompting the shipped model at once, and noise that becomes words. */
import { describe, expect, it } from 'vitest';
import { card, expectNoTrouble, useSite } from './site.ts';

const site = useSite();

describe('prompting', () => {
  it('has the shipped base model answer one question in three forms, and the tuned model beside it', async () => {
    const visited = await site.visit('preset=micro&seed=0&stage=base');
    const { page } = visited;
    const forms = page.getByRole('region', { name: /^Prompting/ }).locator('li[data-form]');
    const ask = page.getByRole('button', { name: 'Ask', exact: true });
    await expect.poll(() => ask.isEnabled()).toBe(true);
    const question = await page.getByLabel('Question', { exact: true }).inputValue();

    // What each model is given stands there before anything is asked.
    await expect.poll(() => forms.locator('.given').count()).toBe(4);
    const given = await forms.locator('.given').allInnerTexts();
    const [plain = '', wrapper = '', fewShot = '', instruction = ''] = given;
    expect(plain).toBe(question);
    expect(wrapper).toMatch(/^\w+ asked : .* \w+ answered :$/);
    expect(fewShot.endsWith('answered :')).toBe(true);
    expect(fewShot.match(/ asked : /g)?.length).toBeGreaterThan(2);
    expect(instruction).toBe(question);

    await ask.click();
    const answers = forms.locator('.answer.there');
    await expect.poll(() => answers.count()).toBe(4);
    for (const answer of await answers.allInnerTexts()) expect(answer).toMatch(/\w/);
    // Each is judged, because the world knows the right answer.
    await expect.poll(() => forms.getByText(/^gold -?[\d.]+$/).count()).toBe(4);

    // Another question takes the answers away: they were not to this one.
    await page.getByRole('button', { name: 'Another question' }).click();
    await expect.poll(() => page.getByLabel('Question', { exact: true }).inputValue()).not.toBe(question);
    await expect.poll(() => answers.count()).toBe(0);
    await expectNoTrouble(visited);
  });

  it('takes a question of one’s own, in words that the model knows', async () => {
    const visited = await site.visit('preset=micro&seed=0&stage=base');
    const { page } = visited;
    const ask = page.getByRole('button', { name: 'Ask', exact: true });
    await expect.poll(() => ask.isEnabled()).toBe(true);
    const question = page.getByLabel('Question', { exact: true });
    await question.fill('where does mia liive ?');
    await expect.poll(() => ask.isDisabled()).toBe(true);
    await page.getByRole('button', { name: /“liive”.*“live”/ }).click();
    await expect.poll(() => question.inputValue()).toBe('where does mia live ?');
    await question.press('Enter');
    const answers = page.locator('li[data-form] .answer.there');
    await expect.poll(() => answers.count()).toBe(4);
    // Nobody judges it.
    expect(await page.locator('li[data-form]').getByText(/^gold/).count()).toBe(0);
    await expectNoTrouble(visited);
  });
});

describe('pretraining', () => {
  it('shows what the model writes, from its first step on, and lets one look back', async () => {
    const visited = await site.visit('preset=nano&seed=5&base=train&stage=base');
    const { page } = visited;
    await page.getByText('Texts appear here').waitFor();
    await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
    await card(page, 'base').filter({ hasText: 'done' }).waitFor({ timeout: 60_000 });
    await card(page, 'base').click();
    const texts = page.getByRole('region', { name: 'What comes out' });
    await texts.getByText('after step 12').waitFor();
    const last = await texts.getByRole('listitem').allInnerTexts();
    expect(last.length).toBeGreaterThanOrEqual(3);
    await page.getByLabel('Look back').press('Home');
    await texts.getByText('after step 1', { exact: true }).waitFor();
    expect(await texts.getByRole('listitem').allInnerTexts()).not.toEqual(last);
    // log V, and where the loss is now.
    await page.getByText(/log 236 = 5\.46 nats/).waitFor();
    await page.getByText(/^Now 5\.\d\d: as unsure as among \d+ words/).waitFor();
    await expectNoTrouble(visited);
  });
});
