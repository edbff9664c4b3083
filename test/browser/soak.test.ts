/** Runs one after another through the page leave nothing behind. The long version, with the heaps, is `npm run soak`. */
import { expect, it } from 'vitest';
import { soakInChromium } from '../../tools/soak/chromium.ts';
import { grows } from '../../tools/soak/series.ts';

it('the page and its worker hold after the last run what they held after the third', async () => {
  const series = await soakInChromium({ preset: 'nano', minutes: 0, log: () => undefined });
  const [tensors, buffers, elements] = series;
  expect(tensors!.values.length).toBeGreaterThanOrEqual(5);
  // V8 learns in so few runs: its heaps say nothing yet.
  expect([tensors!, buffers!, elements!].filter(grows)).toEqual([]);
});
