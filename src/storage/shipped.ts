/** Checkpoints that come with the page, from `checkpoints/` beside it. */
import * as v from 'valibot';
import type { CheckpointInfo } from '../core/protocol.ts';
import { shippedCardSchema } from './cards.ts';

/** Written by tools/checkpoint-index at each build. */
const INDEX = 'index.json';

const indexSchema = v.object({ version: v.literal(1), checkpoints: v.array(shippedCardSchema) });

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
    const response = await this.#fetch(name);
    const bytes = new Uint8Array(await response.arrayBuffer());
    this.#files.set(name, bytes);
    return bytes;
  }

  /** What is shipped. Rejects with a DownloadError. */
  async list(): Promise<CheckpointInfo[]> {
    const response = await this.#fetch(INDEX);
    const text = await response.text();
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), indexSchema), text);
    if (!result.success) {
      const [issue] = result.issues;
      throw new DownloadError(`checkpoints/${INDEX}: ${v.getDotPath(issue) ?? 'file'}: ${issue.message}`);
    }
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

  async #fetch(name: string): Promise<Response> {
    const url = new URL(`checkpoints/${name}`, this.#page).href;
    const response = await fetch(url).catch((error: unknown) => {
      throw new DownloadError(`${url}: ${String(error)}`);
    });
    if (!response.ok) throw new DownloadError(`${url}: status ${response.status}`);
    return response;
  }
}
