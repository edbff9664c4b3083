/** What this browser remembers of a person's choices, as it goes into an archive and comes out of one. */
import type { Settings } from '../core/archive-protocol.ts';

/**
 * Keys of localStorage: the name under which one labels, and how one likes the page. What is known of this device, and
 * that the greeting was seen, stays here.
 */
export const KEPT_SETTINGS = ['author', 'demonstrations', 'gloss', 'language', 'predict', 'theme'].map(
  (name) => `rlhf-playground.${name}`,
);

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Those that are set here. */
export function keptSettings(): Settings {
  return Object.fromEntries(
    KEPT_SETTINGS.flatMap((key) => {
      const value = read(key);
      return value === null ? [] : [[key, value]];
    }),
  );
}

/** Those of an archive that are not set here: others are never overwritten. They are checked when they are read. */
export function newSettings(settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).filter(([key]) => KEPT_SETTINGS.includes(key) && read(key) === null),
  );
}
