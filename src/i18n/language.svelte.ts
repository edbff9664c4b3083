/** The language of the page: one state, read by every text, so that a switch shows at once, also during a run. */
import { type Catalogue, en } from './en.ts';
import { ko } from './ko.ts';

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const catalogues: Record<Language, Catalogue> = { ko, en };

let current = $state<Language>('ko');

/** The texts in the current language. */
export function t(): Catalogue {
  return catalogues[current];
}

export function language(): Language {
  return current;
}

/** Switches every text of the page; also what screen readers and line breaking go by. */
export function setLanguage(to: Language): void {
  current = to;
  document.documentElement.lang = to;
}
