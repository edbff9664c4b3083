/** What a stored file is to a person, by its name. */
import type { FileKind } from '../../core/archive-protocol.ts';

export function kindOf({ name, deleted }: { name: string; deleted?: number | undefined }): FileKind {
  if (deleted !== undefined) return 'deleted';
  if (name.endsWith('.jsonl')) return 'label';
  if (name.includes('.snapshot')) return 'autosave';
  return name.endsWith('.safetensors') && !name.includes('.microscope') ? 'checkpoint' : 'record';
}
