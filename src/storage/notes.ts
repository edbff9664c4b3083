/** The metadata in the head of a safetensors file, without reading its tensors. */
import * as v from 'valibot';

/** What lists need; the state of a snapshot can be long. */
const KEPT = ['kind', 'stage', 'step', 'steps', 'card', 'config', 'parent', 'hash'];

const notesSchema = v.object({ __metadata__: v.optional(v.record(v.string(), v.string()), {}) });

/** Empty for bytes that are no safetensors file: whoever reads the file says what is wrong with it. */
export function notesOf(bytes: Uint8Array): Record<string, string> {
  if (bytes.length < 8) return {};
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > bytes.length - 8) return {};
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const result = v.safeParse(notesSchema, header);
    const notes = result.success ? result.output.__metadata__ : {};
    return Object.fromEntries(KEPT.filter((key) => key in notes).map((key) => [key, notes[key] as string]));
  } catch {
    return {};
  }
}
