/** Parts of the page that are loaded when they are first looked at come with the texts of all places. */
import { loadAllTexts } from '../i18n/index.ts';

/** Loads a part of the page, and what it says. */
export function withTexts<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [part] = await Promise.all([load(), loadAllTexts()]);
    return part;
  };
}
