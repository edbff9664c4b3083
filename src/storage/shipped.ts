/** Checkpoints that come with the page, from `checkpoints/` beside it. */
import * as v from 'valibot';
import { MOST_CHECKPOINT_BYTES } from '../core/checkpoint-card.ts';
import { shippedSchema } from '../core/names.ts';
import { FIRST, json, problemOf, quoted } from '../core/outside.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import { shippedCardSchema } from './cards.ts';

/** Written by tools/checkpoint-index at each build. */
const INDEX = 'index.json';

/** Bytes; a hundred checkpoints have a tenth of that. */
const MOST_INDEX_BYTES = 2_000_000;

const indexSchema = v.object({
  version: v.literal(1),
  checkpoints: v.pipe(v.array(shippedCardSchema), v.maxLength(1000)),
});

/** A file of this page did not arrive, or is not what it should be. */
class DownloadError extends Error {
  override name = 'DownloadError';
}

export class ShippedFiles {
  readonly #page: string;
  readonly #files = new Map<string, Uint8Array>();

  /** `page`: the address that `checkpoints/` is relative to. */
  constructor(page: string) {
    this.#page = page;
  }

  /** The bytes of a file, fetched once. Rejects with a DownloadError. */
  async load(name: string): Promise<Uint8Array> {
    const known = this.#files.get(name);
    if (known) return known;
    if (!v.is(shippedSchema, name)) throw new DownloadError(`"${quoted(name)}" is no name of a shipped file`);
    const bytes = await this.#fetch(name, MOST_CHECKPOINT_BYTES);
    this.#files.set(name, bytes);
    return bytes;
  }

  /** What is shipped. Rejects with a DownloadError. */
  async list(): Promise<CheckpointInfo[]> {
    const text = new TextDecoder().decode(await this.#fetch(INDEX, MOST_INDEX_BYTES));
    const result = v.safeParse(v.pipe(v.string(), json(), indexSchema), text, FIRST);
    if (!result.success) throw new DownloadError(`checkpoints/${INDEX}: ${problemOf(result.issues, 'file')}`);
    return result.output.checkpoints.map(({ file, ...info }) => ({
      ...info,
      key: file,
      shipped: true,
      saved: null,
      title: null,
      note: '',
      deleted: null,
    }));
  }

  /** The bytes of a file, of which there may be `most`. */
  async #fetch(name: string, most: number): Promise<Uint8Array> {
    const url = new URL(`checkpoints/${name}`, this.#page).href;
    const fail = (why: string): never => {
      throw new DownloadError(`${url}: ${why}`);
    };
    const response = await fetch(url).catch((error: unknown) => fail(String(error)));
    if (!response.ok) fail(`status ${response.status}`);
    const tooMany = (bytes: number): void => {
      if (bytes > most) fail(`${bytes} bytes; at most ${most} are read`);
    };
    tooMany(Number(response.headers.get('content-length') ?? 0));
    // The network may go in the middle.
    const bytes = new Uint8Array(await response.arrayBuffer().catch((error: unknown) => fail(String(error))));
    tooMany(bytes.length);
    return bytes;
  }
}
