/**
 * Memory for the arrays that programmes make and forget. Programmes run one after another, so all share one pool; within
 * a programme two arrays share a buffer when one is dead before the other is made. Whole buffers, because WebGPU lets no
 * buffer be read and written in one dispatch, not even in different parts.
 */
import type { Gpu } from './gpu.ts';
import type { Run } from './kernel.ts';
import type { Plan, Scratch } from './plan.ts';

interface Entry {
  readonly buffer: GPUBuffer;
  users: number;
}

export class ScratchPool {
  readonly #gpu: Gpu;
  readonly #entries: Entry[] = [];

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /**
   * A buffer for every scratch array of `plan`, sized for `capacity`. `kept` live to the end. `release` them when the
   * programme is done with. Throws an OutOfMemoryError before anything is allocated.
   */
  assign(plan: Plan, capacity: Run, kept: readonly Scratch[], what: string): Map<Scratch, GPUBuffer> {
    const last = lastUses(plan, kept);
    const free = new Set(this.#entries);
    // First on paper: which entry each array gets, and how large the new ones have to be.
    const planned: { bytes: number; entry: Entry | null }[] = [];
    const spare: { bytes: number; entry: Entry | null }[] = [];
    const given = new Map<Scratch, { bytes: number; entry: Entry | null }>();
    const take = (bytes: number): { bytes: number; entry: Entry | null } => {
      const fitting = spare.filter((each) => each.bytes >= bytes);
      const best = smallest(fitting);
      if (best) {
        spare.splice(spare.indexOf(best), 1);
        return best;
      }
      const entry = smallest([...free].filter(({ buffer }) => buffer.size >= bytes).map((each) => sized(each)))?.entry;
      if (entry) free.delete(entry);
      const fresh = entry ? sized(entry) : { bytes: Math.ceil(bytes / 256) * 256, entry: null };
      planned.push(fresh);
      return fresh;
    };
    plan.calls.forEach(({ places }, i) => {
      const used = scratchesOf(places);
      for (const scratch of used)
        if (!given.has(scratch)) given.set(scratch, take(Math.max(16, scratch.bytes(capacity))));
      for (const scratch of used) if (last.get(scratch) === i) spare.push(given.get(scratch)!);
    });
    const fresh = planned.filter(({ entry }) => entry === null).map(({ bytes }) => bytes);
    this.#gpu.expect(
      fresh.reduce((a, b) => a + b, 0),
      Math.max(0, ...fresh),
      what,
    );
    for (const each of planned) {
      each.entry ??= { buffer: this.#gpu.createStorage(`scratch of ${what}`, each.bytes), users: 0 };
      if (!this.#entries.includes(each.entry)) this.#entries.push(each.entry);
      each.entry.users += 1;
    }
    return new Map([...given].map(([scratch, { entry }]) => [scratch, (entry as Entry).buffer]));
  }

  /** Gives back what `assign` gave. */
  release(buffers: ReadonlyMap<Scratch, GPUBuffer>): void {
    for (const buffer of new Set(buffers.values())) {
      const index = this.#entries.findIndex((entry) => entry.buffer === buffer);
      const entry = this.#entries[index];
      if (!entry) continue;
      entry.users -= 1;
      if (entry.users > 0) continue;
      this.#entries.splice(index, 1);
      this.#gpu.destroy(buffer);
    }
  }
}

const sized = (entry: Entry): { bytes: number; entry: Entry | null } => ({ bytes: entry.buffer.size, entry });

function smallest<T extends { bytes: number }>(of: readonly T[]): T | undefined {
  return of.reduce<T | undefined>((best, each) => (best && best.bytes <= each.bytes ? best : each), undefined);
}

function scratchesOf(places: Plan['calls'][number]['places']): Scratch[] {
  return places.flatMap((place) => (place.kind === 'scratch' ? [place] : place.kind === 'slice' ? [place.of] : []));
}

/** The last call that uses each array; Infinity for those that are kept. */
function lastUses(plan: Plan, kept: readonly Scratch[]): Map<Scratch, number> {
  const last = new Map<Scratch, number>();
  plan.calls.forEach(({ places }, i) => scratchesOf(places).forEach((scratch) => last.set(scratch, i)));
  for (const scratch of kept) last.set(scratch, Infinity);
  return last;
}
