/** English: the catalogue whose shape every other language has; a file an area of the page. */
import { first } from './en/first.ts';
import { later } from './en/later.ts';

export const en = { ...first, ...later };

export type Catalogue = typeof en;
