/** What the browser remembers of a person's preferences: small texts in localStorage, checked when they are read. */
import * as v from 'valibot';

/** Undefined where nothing is remembered, where it is not what `schema` says, or where storage is forbidden. */
export function remembered<S extends v.GenericSchema>(key: string, schema: S): v.InferOutput<S> | undefined {
  try {
    const result = v.safeParse(schema, localStorage.getItem(key));
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
