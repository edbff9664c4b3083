/** Who sits here: whose name demonstrations and preferences bear. */
import * as v from 'valibot';
import { authorSchema } from '../core/data/json-lines.ts';
import { remember, remembered } from './memory.ts';

const STORED_AUTHOR = 'rlhf-playground.author';

export class Author {
  #name = $state(remembered(STORED_AUTHOR, authorSchema) ?? '');

  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    this.#name = name;
    if (this.fits) remember(STORED_AUTHOR, name.trim());
  }

  /** Whether it can stand in a record. */
  get fits(): boolean {
    return v.is(authorSchema, this.#name);
  }
}
