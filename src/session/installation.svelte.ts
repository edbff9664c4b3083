/** Installing the page as an app, where the browser offers it. */

/** https://wicg.github.io/manifest-incubations/#beforeinstallpromptevent-interface; not in TypeScript's library. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<unknown>;
}

export class Installation {
  #event = $state.raw<BeforeInstallPromptEvent | null>(null);

  constructor() {
    addEventListener('beforeinstallprompt', (event) => {
      // The page has its own button, and no banner.
      event.preventDefault();
      this.#event = event as BeforeInstallPromptEvent;
    });
    addEventListener('appinstalled', () => (this.#event = null));
  }

  get offered(): boolean {
    return this.#event !== null;
  }

  /** Shows the browser's own question. It can be asked once an offer. */
  ask(): void {
    void this.#event?.prompt();
    this.#event = null;
  }
}
