/** All that the page knows, and the one worker behind it. */
import * as v from 'valibot';
import { BUILD } from '../core/build.ts';
import { takenEvents } from '../core/events.ts';
import type { TrainerEvent } from '../core/protocol.ts';
import type { Language } from '../i18n/index.ts';
import { onTrouble, unsaved } from '../storage/index.ts';
import { Author } from './author.svelte.ts';
import { Checkpoints } from './checkpoints.svelte.ts';
import { Demonstrations } from './demonstrations.svelte.ts';
import { Device } from './device.svelte.ts';
import { Duty } from './duty.svelte.ts';
import { Estimates } from './estimates.svelte.ts';
import { Failures } from './failures.svelte.ts';
import { loadGloss, showGloss } from './gloss.ts';
import { Installation } from './installation.svelte.ts';
import { Labels } from './labels.svelte.ts';
import { remember, remembered } from './memory.ts';
import { Predictions } from './predictions.svelte.ts';
import { Prompting } from './prompting.svelte.ts';
import { Overlays } from './overlays.svelte.ts';
import { Run } from './run.svelte.ts';
import { Settings } from './settings.svelte.ts';
import { StorageMeter } from './storage-meter.svelte.ts';
import { type Trainer, callable, startTrainer } from './worker.ts';

const STORED_WELCOME = 'rlhf-playground.welcome';

/** What the parts of the page stand on. */
export interface Page {
  readonly trainer: Trainer;
  readonly settings: Settings;
  readonly failures: Failures;
  readonly checkpoints: Checkpoints;
  readonly labels: Labels;
  readonly run: Run;
  readonly author: Author;
  readonly storage: StorageMeter;
}

export class Session {
  readonly failures = new Failures();
  readonly settings: Settings;
  readonly checkpoints: Checkpoints;
  readonly author = new Author();
  readonly storage = new StorageMeter();
  readonly demonstrations: Demonstrations;
  readonly labels: Labels;
  readonly run: Run;
  readonly overlays: Overlays;
  readonly prompting: Prompting;
  readonly device = new Device();
  readonly duty: Duty;
  readonly installation = new Installation();
  readonly estimates: Estimates;
  readonly predictions: Predictions;
  #greet = $state(false);
  readonly #trainer: Trainer;
  readonly #parts = new Map<unknown, unknown>();

  constructor() {
    this.settings = new Settings(location.hash);
    this.#sayMisunderstood();
    loadGloss().catch((error: unknown) => this.failures.caught(error, 'download'));
    const { chosenPreset } = this.settings;
    this.#greet = chosenPreset === null && remembered(STORED_WELCOME, v.string()) === undefined;
    onTrouble((trouble) => this.failures.caught(trouble, 'storage'));
    // What had no room yet would go with the tab.
    addEventListener('beforeunload', (event) => unsaved() > 0 && event.preventDefault());
    this.#trainer = startTrainer((message) => this.failures.add('crash', message));
    // A hidden page may be ended without another word.
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#trainer.keep().catch((error: unknown) => this.failures.caught(error, 'run'));
    });
    this.duty = new Duty(this.#trainer, this.failures);
    this.checkpoints = new Checkpoints(this.#trainer, this.failures);
    this.checkpoints.onload = () => void this.measureStorage();
    this.demonstrations = new Demonstrations(this.author, this.settings, this.failures);
    this.labels = new Labels(this.author, this.failures);
    const ready = this.#open();
    // Whoever waits for the device hears of the failure; it has been shown already.
    ready.catch(() => undefined);
    const { settings, failures, checkpoints, demonstrations, labels, device } = this;
    this.run = new Run(this.#trainer, settings, failures, checkpoints, demonstrations, labels, device, ready);
    this.predictions = new Predictions(this.run, this.settings, this.failures);
    this.estimates = new Estimates(this.device, this.settings);
    this.overlays = new Overlays(this.settings, this.failures);
    this.prompting = new Prompting(this.#trainer, this.settings, this.checkpoints);
  }

  /**
   * What only some places need: made when one of them first asks for it, and kept. Its code is loaded with the place.
   * `Part` takes what it needs of the page.
   */
  part<T>(Part: new (page: Page) => T): T {
    let part = this.#parts.get(Part) as T | undefined;
    if (part === undefined) {
      const { settings, failures, checkpoints, labels, run, author, storage } = this;
      const page = { trainer: this.#trainer, settings, failures, checkpoints, labels, run, author, storage };
      // Of nobody's effect: what a part derives would stand still as soon as the place that asked first is left.
      $effect.root(() => {
        part = new Part(page);
      });
      this.#parts.set(Part, part);
    }
    return part as T;
  }

  /** Shows the run that the settings name. */
  async showRun(): Promise<void> {
    await Promise.all([this.run.load(), this.predictions.load()]);
  }

  /** A first visit, by an address that names no run: greeted before anything else. */
  get welcoming(): boolean {
    return this.#greet && !this.run.begun && this.settings.place === null;
  }

  /** From now on the page opens as it is. */
  welcomed(): void {
    this.#greet = false;
    remember(STORED_WELCOME, 'seen');
  }

  /** Counts again what is stored; for whoever is about to show it. */
  async measureStorage(): Promise<void> {
    await this.storage.measure().catch((error: unknown) => this.failures.caught(error, 'storage'));
  }

  /** Korean beneath the pocket world's English, everywhere on the page. */
  showGloss(shown: boolean): void {
    showGloss(shown).catch((error: unknown) => this.failures.caught(error, 'download'));
  }

  setLanguage(to: Language): void {
    this.settings.setLanguage(to).catch((error: unknown) => this.failures.caught(error, 'download'));
  }

  /** Takes in an address that was put in while the page was open. */
  followAddress(): void {
    if (this.run.state === 'idle') {
      this.settings.follow(location.hash).catch((error: unknown) => this.failures.caught(error, 'download'));
      this.#sayMisunderstood();
    }
    // A run that is going stays the one that is shown: the address says again what it was.
    this.settings.keepInAddress();
  }

  #sayMisunderstood(): void {
    const { misunderstood } = this.settings;
    if (misunderstood.length > 0) this.failures.add('address', misunderstood.join(', '));
  }

  async #open(): Promise<void> {
    const request = { build: BUILD, backend: this.settings.backend, page: document.baseURI };
    try {
      const hear = callable((batch: readonly TrainerEvent[]) => {
        const events = takenEvents(batch, (message) => this.failures.add('crash', message));
        this.run.hear(events);
        this.estimates.hear(events);
      });
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
