/** Starts the workers. */
import * as Comlink from 'comlink';
import type { ArchiveApi } from '../core/archive-protocol.ts';
import type { BenchmarkApi } from '../core/benchmark-protocol.ts';
import type { TrainerApi } from '../core/protocol.ts';

export type Trainer = Comlink.Remote<TrainerApi>;

/** `onCrash` hears why the worker could not be loaded, or what it did not catch. */
export function startTrainer(onCrash: (message: string) => void): Trainer {
  // In one expression: only so does the build find the worker.
  const worker = new Worker(new URL('../../workers/trainer.worker.ts', import.meta.url), {
    type: 'module',
    name: 'trainer',
  });
  worker.addEventListener('error', (event) => onCrash(event.message || 'the worker did not load'));
  return Comlink.wrap<TrainerApi>(worker);
}

/** A worker for one task. */
interface TaskWorker<T> {
  api: Comlink.Remote<T>;
  /** Ends it and frees its device, also in the middle of its work; what was asked is never answered then. */
  end: () => void;
}
export type BenchmarkWorker = TaskWorker<BenchmarkApi>;
export type ArchiveWorker = TaskWorker<ArchiveApi>;

/** The worker that measures the device. */
export function startBenchmark(onCrash: (message: string) => void): BenchmarkWorker {
  const worker = new Worker(new URL('../../workers/benchmark.worker.ts', import.meta.url), {
    type: 'module',
    name: 'benchmark',
  });
  worker.addEventListener('error', (event) => onCrash(event.message || 'the worker did not load'));
  return { api: Comlink.wrap<BenchmarkApi>(worker), end: () => worker.terminate() };
}

/** The worker that packs and unpacks archives. */
export function startArchive(onCrash: (message: string) => void): ArchiveWorker {
  const worker = new Worker(new URL('../../workers/archive.worker.ts', import.meta.url), {
    type: 'module',
    name: 'archive',
  });
  worker.addEventListener('error', (event) => onCrash(event.message || 'the worker did not load'));
  return { api: Comlink.wrap<ArchiveApi>(worker), end: () => worker.terminate() };
}

/** Marks a function so that the worker can call it. */
export const callable: typeof Comlink.proxy = Comlink.proxy;
