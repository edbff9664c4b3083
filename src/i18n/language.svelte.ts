/**
 * The language of the page: one state, read by every text, so that a switch shows at once, also during a run. Only the
 * language that is read is loaded.
 */
import type { Catalogue } from './en.ts';

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const catalogues: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  ko: async () => (await import('./ko.ts')).ko,
  en: async () => (await import('./en.ts')).en,
};

let current = $state<Language>('ko');
let texts = $state.raw<Catalogue | null>(null);
/** The one that was asked for last. */
let wanted: Language | null = null;

/** The texts in the current language; there are none before the first `setLanguage` has resolved. */
export function t(): Catalogue {
  if (!texts) throw new Error('no language has been loaded yet');
  return texts;
}

export function language(): Language {
  return current;
}

/** Switches every text of the page; also what screen readers and line breaking go by. Rejects when it does not load. */
export async function setLanguage(to: Language): Promise<void> {
  wanted = to;
  const loaded = await catalogues[to]();
  // Another one may have been asked for while this one was on its way.
  if (wanted !== to) return;
  texts = loaded;
  current = to;
  document.documentElement.lang = to;
}
