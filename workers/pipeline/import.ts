/** Whether a file from outside is a checkpoint that this program can use. */
import { PRESETS, PRESET_NAMES } from '../../src/core/presets.ts';
import { SafetensorsError } from '../../src/core/safetensors.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import { type Checkpoint, decodeCheckpoint } from './checkpoint.ts';

/** The checkpoint in the file `name`. Throws a SafetensorsError that names the file, the tensor and what is wrong. */
export function checkImport(bytes: Uint8Array, name: string): Checkpoint {
  const checkpoint = decodeCheckpoint(bytes, name);
  const { card, config } = checkpoint;
  const preset = PRESET_NAMES.find((each) => each === card.preset);
  if (!preset)
    throw new SafetensorsError(name, null, `preset "${card.preset}" is unknown (${PRESET_NAMES.join(', ')} are known)`);
  const words = new Tokenizer(createWorld(PRESETS[preset].world).vocabulary).size;
  if (config.vocab_size !== words)
    throw new SafetensorsError(
      name,
      null,
      `made for a vocabulary of ${config.vocab_size} words, but the world of ${preset} has ${words}`,
    );
  return checkpoint;
}
