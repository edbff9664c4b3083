/** All that the page knows, and the one worker behind it. */
import type { TrainerEvent } from '../core/protocol.ts';
import { Arena } from './arena.svelte.ts';
import { Benchmark } from './benchmark.svelte.ts';
import { Chat } from './chat.svelte.ts';
import { Checkpoints } from './checkpoints.svelte.ts';
import { Device } from './device.svelte.ts';
import { Failures } from './failures.svelte.ts';
import { Run } from './run.svelte.ts';
import { Settings } from './settings.svelte.ts';
import { type Trainer, callable, startTrainer } from './worker.ts';

export class Session {
  readonly failures = new Failures();
  readonly settings: Settings;
  readonly checkpoints: Checkpoints;
  readonly run: Run;
  readonly arena: Arena;
  readonly chat: Chat;
  readonly device = new Device();
  readonly benchmark = new Benchmark();
  readonly #trainer: Trainer;

  constructor() {
    this.settings = new Settings(location.search);
    if (this.settings.misunderstood.length > 0) this.failures.add('address', this.settings.misunderstood.join(', '));
    this.#trainer = startTrainer((message) => this.failures.add('crash', message));
    this.checkpoints = new Checkpoints(this.#trainer, this.failures);
    const ready = this.#open();
    // Whoever waits for the device hears of the failure; it has been shown already.
    ready.catch(() => undefined);
    this.run = new Run(this.#trainer, this.settings, this.failures, this.checkpoints, this.device, ready);
    this.arena = new Arena(this.#trainer, this.settings, this.failures);
    this.chat = new Chat(this.#trainer, this.settings, this.checkpoints);
  }

  /** Shows the run that the settings name. */
  async showRun(): Promise<void> {
    await Promise.all([this.run.load(), this.arena.reset()]);
  }

  async #open(): Promise<void> {
    const request = { backend: this.settings.backend, page: document.baseURI };
    try {
      const hear = callable((events: readonly TrainerEvent[]) => this.run.hear(events));
      this.device.opened(await this.#trainer.open(request, hear));
    } catch (error) {
      this.device.failed = true;
      this.failures.caught(error, 'device');
      throw error;
    }
    // Small needs a graphics card to be pleasant.
    if (this.device.report?.backend === 'webgpu') this.settings.usualPreset = 'small';
    await this.checkpoints.load();
  }
}
