/** Timing subjects against each other, and the check that they compute the same. */
import type { Subject } from './subject.ts';

/** Subjects by name to what was measured, one entry a sample. */
export type Samples = Record<string, number[]>;

/** Losses of the first steps may differ by this much: float32 in another order, and AdamW's division by small moments. */
const LOSS_TOLERANCE = 1e-3;
const CHECKED_STEPS = 4;

const now = (): number => performance.now();

/** A subject's first steps, which warm it up too: their losses, and how long the first took (libraries compile in it). */
export async function firstSteps(subject: Subject): Promise<{ losses: number[]; first_ms: number }> {
  const start = now();
  const losses = [await subject.step()];
  const first_ms = now() - start;
  while (losses.length < CHECKED_STEPS) losses.push(await subject.step());
  return { losses, first_ms };
}

/** Throws an Error that names the subject and the step where losses differ or do not fall. */
export function checkLosses(losses: Readonly<Samples>): void {
  const [[reference, expected] = ['', []], ...others] = Object.entries(losses);
  for (const [name, values] of others)
    values.forEach((loss, step) => {
      const wanted = expected[step] ?? NaN;
      // Written so that NaN fails too.
      if (!(Math.abs(loss - wanted) <= LOSS_TOLERANCE))
        throw new Error(`step ${step}: ${name} has loss ${loss}, ${reference} ${wanted}; they must compute the same`);
    });
  for (const [name, values] of Object.entries(losses))
    if (!(values.at(-1)! < values[0]!)) throw new Error(`${name}: the loss does not fall: ${values.join(', ')}`);
}

type Tasks = Readonly<Record<string, () => Promise<unknown>>>;

/**
 * `rounds` rounds in which each task runs once, in turn, so that a slow spell of the machine strikes all: milliseconds.
 * Yields after each round its number, from 0.
 */
export async function* interleaved(tasks: Tasks, rounds: number): AsyncGenerator<number, Samples> {
  const samples: Samples = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const entries = Object.entries(tasks);
    // Each round begins with another task: what runs after the slowest one finds other caches.
    for (let k = 0; k < entries.length; k++) {
      const [name, task] = entries[(k + round) % entries.length]!;
      const start = now();
      await task();
      samples[name]!.push(now() - start);
    }
    yield round;
  }
  return samples;
}

/** The same in one go. */
export async function interleave(
  tasks: Tasks,
  rounds: number,
  onRound: (round: number) => void = () => undefined,
): Promise<Samples> {
  const running = interleaved(tasks, rounds);
  for (;;) {
    const next = await running.next();
    if (next.done === true) return next.value;
    onRound(next.value);
  }
}

/** The steps of subjects as tasks of `interleave`. */
export function steps(subjects: readonly Subject[]): Record<string, () => Promise<number>> {
  return Object.fromEntries(subjects.map((subject) => [subject.name, () => subject.step()]));
}
