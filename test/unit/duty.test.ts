/** Rests between steps. */
import { describe, expect, it } from 'vitest';
import { mean } from '../../src/core/stats.ts';
import { Duty } from '../../workers/trainer/duty.ts';

/** A clock that only sleeping moves. */
function sleeper(): { slept: number[]; duty: Duty } {
  const slept: number[] = [];
  const duty = new Duty((milliseconds) => {
    slept.push(milliseconds);
    return Promise.resolve();
  });
  return { slept, duty };
}
const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const going = (): boolean => false;

describe('a duty cycle', () => {
  it.each([0.25, 0.5, 0.75])('of %f makes steps that share of the time', async (share) => {
    const { slept, duty } = sleeper();
    duty.set(share);
    for (let i = 0; i < 400; i++) await duty.rest(7, going);
    expect(total(slept)).toBeCloseTo(400 * 7 * (1 / share - 1), -1.5);
    expect(mean(slept)).toBeGreaterThan(15);
  });

  it('of 1 never rests', async () => {
    const { slept, duty } = sleeper();
    for (let i = 0; i < 50; i++) await duty.rest(1000, going);
    expect(slept).toEqual([]);
  });

  it('ends its rest when the run is paused or stopped', async () => {
    const { slept, duty } = sleeper();
    duty.set(0.25);
    await duty.rest(10_000, () => slept.length >= 3);
    expect(slept).toHaveLength(3);
  });

  it('forgets what it owed when another share is set', async () => {
    const { slept, duty } = sleeper();
    duty.set(0.25);
    await duty.rest(10_000, () => true);
    duty.set(1);
    await duty.rest(10, going);
    expect(slept).toEqual([]);
  });

  it.each([0.2, 1.1, 0, -1, NaN])('of %f is refused', (share) => {
    expect(() => new Duty().set(share)).toThrow('expected 0.25 … 1');
  });
});
