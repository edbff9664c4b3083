import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Outbox } from '../../workers/trainer/outbox.ts';

it('is empty when the last batch, and every one before it, has been taken', async () => {
  const taken: number[] = [];
  let before: Promise<unknown> = Promise.resolve();
  // A page that takes its time.
  const outbox = new Outbox<number>(
    (events) => (before = before.then(() => sleep(150)).then(() => taken.push(...events))),
  );
  outbox.add(1);
  outbox.add(2);
  // By then these two are on their way.
  await sleep(120);
  outbox.add(3);
  await outbox.flush();
  expect(taken).toEqual([1, 2, 3]);
  outbox.add(4);
  await sleep(120);
  await outbox.flush();
  expect(taken).toEqual([1, 2, 3, 4]);
});
