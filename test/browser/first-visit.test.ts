/** The first visit: one button, and something moves; how much has to be loaded for it. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { card, expectNoTrouble, useSite } from './site.ts';

const MOST_BYTES = 150_000;

const site = useSite();

it('greets, trains at one press, and does not greet again', async () => {
  const visited = await site.visit('');
  const { page } = visited;
  await page.getByRole('heading', { name: 'Train a language model' }).waitFor();
  expect(await page.getByRole('navigation', { name: 'Stages', exact: true }).count()).toBe(0);
  await page.getByRole('button', { name: 'Start training' }).click();
  await card(page, 'sft').filter({ hasText: 'running' }).waitFor({ timeout: 30_000 });
  await page.getByRole('img', { name: /^Loss: now \d/ }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();
  await page.goto('about:blank');
  await page.goto(site.url);
  await card(page, 'sft').filter({ hasText: 'stopped' }).waitFor();
  await expectNoTrouble(visited);
});

it('can be looked around before anything runs', async () => {
  const visited = await site.visit('lang=ko');
  const { page } = visited;
  await page.getByRole('button', { name: '먼저 둘러보기' }).click();
  await page.getByRole('heading', { name: '데이터', level: 2 }).waitFor();
  await expectNoTrouble(visited);
});

it('needs little code until something trains, the workers left out', () => {
  const assets = join('dist', 'assets');
  const names = readdirSync(assets);
  const html = readFileSync(join('dist', 'index.html'), 'utf8');
  const size = (name: string): number => gzipSync(readFileSync(join(assets, name))).length;
  const languages = names.filter((name) => /^first-.*\.js$/.test(name)).sort((a, b) => size(b) - size(a));
  expect(languages).toHaveLength(2);
  // What index.html asks for, the longer language, and the stage that runs first; with all that these import at once.
  const pending = [
    ...[...html.matchAll(/assets\/([\w-]+\.(?:js|css))/g)].map((match) => match[1] as string),
    ...languages.slice(0, 1),
    ...names.filter((name) => /^Sft-.*\.(js|css)$/.test(name)),
  ];
  expect(pending.length).toBeGreaterThan(4);
  const loaded = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (loaded.has(name)) continue;
    loaded.add(name);
    if (!name.endsWith('.js')) continue;
    const text = readFileSync(join(assets, name), 'utf8');
    pending.push(
      ...[...text.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)].map((match) => match[1] as string),
    );
  }
  const bytes = [...loaded].reduce((sum, name) => sum + size(name), 0);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});
