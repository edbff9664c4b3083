/** Runs one after another on one device leave nothing behind. The long version, with the heap, is `npm run soak`. */
import { expect, test } from 'vitest';
import { soakOnDawn } from '../../tools/soak/dawn.ts';
import { grows } from '../../tools/soak/series.ts';

test('of nano, on Dawn', async () => {
  const [buffers, bytes, tensors] = await soakOnDawn(400, () => undefined);
  expect(buffers!.values.length).toBeGreaterThan(5);
  expect(tensors!.values[0]).toBeLessThan(10);
  expect([buffers!, bytes!, tensors!].filter(grows)).toEqual([]);
});
