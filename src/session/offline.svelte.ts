/**
 * The page without a network: a service worker stores all of its files. A new version is stored beside the old one and
 * waits until somebody lets it in, while nothing trains in any tab; then all tabs load it at once.
 */
import { BUILD } from '../core/build.ts';
import { runsThatTrain } from '../core/locks.ts';
import type { Run } from './run.svelte.ts';
import type { Page } from './session.svelte.ts';
import { changeVersion, isVersionKept, keepVersion, keepsVersion, versionFree } from './version-lock.ts';

/** How often a page that stays open asks for a new version. Each navigation asks, too. */
const MILLISECONDS_BETWEEN_CHECKS = 60 * 60_000;
/** How often a notice looks whether other tabs still train. */
const MILLISECONDS_BETWEEN_LOOKS = 2000;

export class Offline {
  /** 'missing': the browser stores nothing here, for the address is not safe or its windows leave no trace. */
  state = $state<'storing' | 'ready' | 'failed' | 'missing'>('storing');
  /** Why it failed; English, the browser's own words. */
  failure = $state('');
  /** A new version is stored and waits. */
  #waiting = $state.raw<ServiceWorker | null>(null);
  #dismissed = $state.raw<ServiceWorker | null>(null);
  #elsewhere = $state(false);
  #begun = false;
  readonly #run: Run;
  readonly #trains = $derived.by(() => this.#run.state !== 'idle');
  /** The run has made a step in this visit. */
  readonly #moves = $derived.by(() => this.#run.list.some(({ progress }) => progress !== null));

  constructor({ run }: Pick<Page, 'run'>) {
    this.#run = run;
    $effect(() => {
      if (this.#trains) return keepVersion();
    });
    $effect(() => {
      // Nothing stands between a press of the button and the first step.
      if (!this.#trains || this.#moves) this.#begin();
    });
  }

  /** A new version waits, and nobody said "later" to it. */
  get offered(): boolean {
    return this.#waiting !== null && this.#waiting !== this.#dismissed;
  }

  /** What the new version waits for; null: for a word. */
  get waitsFor(): 'this tab' | 'another tab' | null {
    if (this.#trains) return 'this tab';
    return this.#elsewhere ? 'another tab' : null;
  }

  later(): void {
    this.#dismissed = this.#waiting;
  }

  /** Looks from now on whether other tabs train, until the function that it returns is called. */
  watchOthers(): () => void {
    const look = async (): Promise<void> => {
      this.#elsewhere = await trainsAnywhere();
    };
    void look();
    const timer = setInterval(() => void look(), MILLISECONDS_BETWEEN_LOOKS);
    return () => clearInterval(timer);
  }

  /** Lets the new version in, where nothing trains in any tab. Every tab reloads then. */
  async update(): Promise<void> {
    await changeVersion(async () => {
      const waiting = this.#waiting;
      this.#elsewhere = await trainsAnywhere();
      if (!waiting || this.#elsewhere) return;
      const settled = new Promise<void>((resolve) =>
        waiting.addEventListener('statechange', () => {
          if (waiting.state !== 'activating') resolve();
        }),
      );
      waiting.postMessage({ type: 'SKIP_WAITING' });
      await settled;
    });
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#register().catch((error: unknown) => {
      this.state = 'failed';
      this.failure = String(error);
    });
  }

  async #register(): Promise<void> {
    // Missing on plain http, and where private windows keep nothing.
    const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
    if (!serviceWorker || import.meta.env.DEV) {
      this.state = 'missing';
      return;
    }
    serviceWorker.addEventListener('controllerchange', () => void this.#follow());
    if (serviceWorker.controller) void this.#follow();
    const registration = await serviceWorker.register('sw.js');
    this.#watch(registration, registration.installing);
    registration.addEventListener('updatefound', () => this.#watch(registration, registration.installing));
    setInterval(() => void registration.update().catch(() => undefined), MILLISECONDS_BETWEEN_CHECKS);
  }

  /** Follows what becomes of a version that is being stored. */
  #watch(registration: ServiceWorkerRegistration, installing: ServiceWorker | null): void {
    const look = (): void => {
      this.#waiting = registration.active ? registration.waiting : null;
      if (registration.active) this.state = 'ready';
      else if (installing?.state === 'redundant') {
        this.state = 'failed';
        this.failure = 'a file of the page could not be stored';
      }
    };
    look();
    installing?.addEventListener('statechange', look);
    registration.waiting?.addEventListener('statechange', look);
  }

  /** Loads this page anew where its files are of another version now, and nothing trains in it. */
  async #follow(): Promise<void> {
    // Before anything is waited for: a run that begins now has not kept the old version.
    const kept = keepsVersion();
    if ((await servedBuild()) === BUILD) return;
    if (kept) await versionFree();
    location.reload();
  }
}

/** Some tab trains, or something in it must not be interrupted. */
async function trainsAnywhere(): Promise<boolean> {
  return (await runsThatTrain()).length > 0 || (await isVersionKept());
}

/** The build whose files the service worker gives out; this one where it does not say. */
async function servedBuild(): Promise<string> {
  try {
    const { build } = (await (await fetch('build.json')).json()) as { build: unknown };
    return String(build);
  } catch {
    return BUILD;
  }
}
