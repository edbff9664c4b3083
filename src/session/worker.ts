/** Starts the worker that trains. */
import * as Comlink from 'comlink';
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

/** Marks a function so that the worker can call it. */
export const callable: typeof Comlink.proxy = Comlink.proxy;
