/** The command line on a full disk: it waits between two tries, and says what is not stored where it is told to end. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { waitForRoom } from '../../tools/full-disk.ts';

const full = { message: 'sft.safetensors: the disk has no room for it' };
const soon = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('waits'), 30));

it('waits; told to end, lets the run try once more, and fails where that was in vain', async () => {
  const abort = new AbortController();
  const waited = waitForRoom(full, abort.signal);
  expect(await Promise.race([waited, soon()])).toBe('waits');
  abort.abort();
  await waited;
  await expect(waitForRoom(full, abort.signal)).rejects.toThrow(full.message);
});

it.each(['pipeline', 'pretrain'])('whoever trains in a folder waits so: %s', (tool) => {
  const source = readFileSync(`tools/${tool}.ts`, 'utf8');
  expect(source).toContain("if (event.kind === 'storage_full') await waitForRoom(event");
});
