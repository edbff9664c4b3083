/** Two command lines in one folder: the second one is refused, unless the first one is dead. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aloneIn } from '../../tools/folder-lock.ts';
import { folderStore } from '../../tools/node-store.ts';

let folder = '';
let lock = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rlhf-lock-'));
  lock = path.join(folder, 'training.part');
});
afterEach(() => rm(folder, { recursive: true }));

it('lets nobody else in until the work is done, well or not', async () => {
  const second = (): Promise<never> => aloneIn(folder, () => expect.unreachable());
  const done = aloneIn(folder, async () => {
    await expect(second()).rejects.toThrow(`${folder}: process ${process.pid} trains this run; nothing was changed`);
    // It is none of the run's files.
    expect(await folderStore(folder).keys()).toEqual([]);
    throw new Error('the work fails');
  });
  await expect(done).rejects.toThrow('the work fails');
  expect(await readdir(folder)).toEqual([]);
  await aloneIn(folder, () => Promise.resolve());
});

it('takes over from a process that was killed', async () => {
  const other = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
  await once(other, 'spawn');
  await writeFile(lock, String(other.pid));
  await expect(aloneIn(folder, () => Promise.resolve())).rejects.toThrow(`process ${other.pid} trains this run`);
  other.kill('SIGKILL');
  await once(other, 'close');
  expect(await aloneIn(folder, () => readFile(lock, 'utf8'))).toMatch(new RegExp(`^${process.pid} `));
});

it('takes over from a process that had the same number in an earlier life', async () => {
  for (const text of [`${process.pid} ${performance.timeOrigin - 1}`, String(process.pid)]) {
    await writeFile(lock, text);
    expect(await aloneIn(folder, () => Promise.resolve('in'))).toBe('in');
  }
});

it('is careful with a lock that names no process', async () => {
  for (const text of ['', 'me', '-1', '1e3', '1 2 3']) {
    await writeFile(lock, text);
    await expect(aloneIn(folder, () => Promise.resolve())).rejects.toThrow(`process unknown trains this run`);
    await expect(aloneIn(folder, () => Promise.resolve())).rejects.toThrow(`delete ${lock}`);
  }
});
