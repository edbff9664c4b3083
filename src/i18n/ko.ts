/** Korean, in the shape of the English catalogue. */
import type { Catalogue } from './en.ts';
import { first } from './ko/first.ts';
import { later } from './ko/later.ts';

export const ko = { ...first, ...later } satisfies Catalogue;
