/** The metadata in the head of a safetensors file, without reading its tensors. */
import * as v from 'valibot';
import { parseJson } from '../core/outside.ts';
import { LONGEST_HEADER, MOST_PARTS } from '../core/safetensors-limits.ts';
import { MOST_METADATA } from './file-fields.ts';

/** What lists need; the state of a snapshot can be long. */
const KEPT = ['kind', 'stage', 'step', 'steps', 'card', 'config', 'parent', 'hash'];

const notesSchema = v.object({ __metadata__: v.optional(v.record(v.string(), v.string()), {}) });

/**
 * Empty for bytes that are no safetensors file, and without what is longer than a record takes: whoever reads the file
 * says what is wrong with it.
 */
export function notesOf(bytes: Uint8Array): Record<string, string> {
  if (bytes.length < 8) return {};
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > Math.min(bytes.length - 8, LONGEST_HEADER)) return {};
  try {
    const header: unknown = parseJson(new TextDecoder().decode(bytes.subarray(8, 8 + length)), MOST_PARTS);
    const result = v.safeParse(notesSchema, header);
    const notes = result.success ? result.output.__metadata__ : {};
    return Object.fromEntries(
      KEPT.flatMap((key) => {
        const note = Object.hasOwn(notes, key) ? notes[key] : undefined;
        return note === undefined || note.length > MOST_METADATA ? [] : [[key, note]];
      }),
    );
  } catch {
    return {};
  }
}
