/** What the browser remembers of a person's preferences: small texts in localStorage, checked when they are read. */
import * as v from 'valibot';
import { FIRST } from '../core/outside.ts';

/** Characters. The longest, the speeds of twenty devices, has a tenth of that. */
const MOST = 50_000;

/** Undefined where nothing is remembered, where it is not what `schema` says, or where storage is forbidden. */
export function remembered<S extends v.GenericSchema>(key: string, schema: S): v.InferOutput<S> | undefined {
  try {
    const text = localStorage.getItem(key);
    if (text !== null && text.length > MOST) return undefined;
    const result = v.safeParse(schema, text, FIRST);
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Forbidden, or full: the page works without.
  }
}
