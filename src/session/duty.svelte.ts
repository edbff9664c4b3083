/** How hard the device works: the share of the time that steps take. This browser's, not a run's: it changes no result. */
import * as v from 'valibot';
import type { Failures } from './failures.svelte.ts';
import { remember, remembered } from './memory.ts';
import type { Trainer } from './worker.ts';

const STORED = 'rlhf-playground.duty';

export const DUTIES = ['1', '0.75', '0.5', '0.25'] as const;
export type DutyChoice = (typeof DUTIES)[number];

export class Duty {
  #share = $state<DutyChoice>(remembered(STORED, v.picklist(DUTIES)) ?? '1');
  readonly #trainer: Trainer;
  readonly #failures: Failures;

  constructor(trainer: Trainer, failures: Failures) {
    this.#trainer = trainer;
    this.#failures = failures;
    if (this.#share !== '1') this.#tell();
  }

  get share(): DutyChoice {
    return this.#share;
  }

  set share(share: DutyChoice) {
    this.#share = share;
    remember(STORED, share);
    this.#tell();
  }

  #tell(): void {
    this.#trainer.setDuty(Number(this.#share)).catch((error: unknown) => this.#failures.caught(error, 'run'));
  }
}
