/**
 * The language of the page: one state, read by every text, so that a switch shows at once, also during a run. Only the
 * language that is read is loaded, and of it at first only what is shown at once.
 */
import { untrack } from 'svelte';
import type { Catalogue } from './en.ts';

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

type Part = Partial<Catalogue>;

const parts: Readonly<Record<Language, { first: () => Promise<Part>; later: () => Promise<Part> }>> = {
  ko: {
    first: async () => (await import('./ko/first.ts')).first,
    later: async () => (await import('./ko/later.ts')).later,
  },
  en: {
    first: async () => (await import('./en/first.ts')).first,
    later: async () => (await import('./en/later.ts')).later,
  },
};

let current = $state<Language>('ko');
let texts = $state.raw<Catalogue | null>(null);
/** Also the texts of places that are not shown at once. */
let whole = false;
/** The one that was asked for last. */
let wanted: Language | null = null;

/**
 * The texts in the current language; there are none before the first `setLanguage` has resolved, and not those of every
 * place before `loadAllTexts` has.
 */
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
  const { first, later } = parts[to];
  const loaded = await Promise.all([first(), ...(whole ? [later()] : [])]);
  // Another one may have been asked for while this one was on its way.
  if (wanted !== to) return;
  texts = Object.assign({}, ...loaded) as Catalogue;
  current = to;
  document.documentElement.lang = to;
}

/** Loads the texts of all places, now and after each switch. Rejects when they do not load. */
export async function loadAllTexts(): Promise<void> {
  if (whole) return;
  // Whoever shows a place does not depend on the language for that.
  const language = untrack(() => current);
  const later = await parts[language].later();
  whole = true;
  if (language === current && texts) texts = { ...texts, ...later };
  else if (wanted) await setLanguage(wanted);
}
