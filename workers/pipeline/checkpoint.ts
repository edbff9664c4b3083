/**
 * Checkpoints and snapshots as safetensors files.
 *
 * A checkpoint is a model at the end of a stage: Hugging Face's names and layout, its configuration, a card that says
 * where it comes from, and its parent's hash. A snapshot is a stage cut off in the middle: everything that it needs to
 * go on bit for bit.
 */
import * as v from 'valibot';
import {
  SafetensorsError,
  type Tensor,
  decodeSafetensors,
  encodeSafetensors,
  f32ToF16,
  toFloat32,
} from '../../src/core/safetensors.ts';
import {
  MOST_CHECKPOINT_BYTES,
  cardEntries,
  changesEntry,
  configSchema,
  hashSchema,
} from '../../src/core/checkpoint-card.ts';
import { hashBytes } from '../../src/core/hash.ts';
import { FIRST, json, natural, problemOf, quoted, words } from '../../src/core/outside.ts';
import type { StageName } from '../../src/core/reports.ts';
import { type Gpt2Config, HEAD, checkConfig, parameterShapes } from '../model/gpt2.ts';
import type { Weights } from '../model/model.ts';
import { snapshotStateSchema, snapshotTensors } from './snapshot-state.ts';
import { LaterVersionError } from './store.ts';

const VERSION = '1';
/** Bytes of a checkpoint's header: a model of the most layers that are read, 128, has 300 kB of it. */
const LONGEST_HEADER = 2 ** 21;
/** The metadata of a checkpoint are short; the state of a snapshot is as long as the header lets it be. */
const MOST_FIELD = 100_000;

/** Where a checkpoint comes from. */
export interface Card {
  preset: string;
  stage: StageName;
  seed: number;
  /** What it was trained on, in a sentence. */
  data: string;
  steps: number;
  tokens: number;
  flop: number;
  /** Final metrics and evaluation, by name. */
  scores: Record<string, number>;
  /** Knobs that differed from the preset, in this stage and those before it. */
  changes?: Readonly<Record<string, number | null>>;
}

export interface Checkpoint {
  config: Gpt2Config;
  weights: Weights;
  card: Card;
  /** Hash of the checkpoint it was trained from; null for a base model. */
  parent: string | null;
  /** Hash of configuration and weights. */
  hash: string;
}

const cardSchema = v.object({ ...cardEntries, changes: v.exactOptional(changesEntry) });

/** Hash of a model's configuration and weights, as they are stored. */
function hashModel(config: Gpt2Config, weights: Weights): string {
  // In the schema's order of fields, whoever made the record.
  return hashArrays(weights, JSON.stringify(v.parse(configSchema, config)));
}

/** Hash of named arrays, in the order of their names, and of a text. */
function hashArrays(arrays: Readonly<Record<string, Float32Array>>, text: string): string {
  const hashes = Object.keys(arrays)
    .sort()
    .map((name) => {
      const array = arrays[name] as Float32Array;
      return name + hashBytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), array.length);
    });
  return hashBytes(new TextEncoder().encode(text + hashes.join('')), 0);
}

/** `half` stores weights as F16: half the size, for what is shipped. */
export function encodeCheckpoint(checkpoint: Omit<Checkpoint, 'hash'>, half = false): Uint8Array {
  const { config, weights, card, parent } = checkpoint;
  const tensors: Record<string, Tensor> = {};
  const stored: Weights = {};
  const shapes = [...parameterShapes(config), { name: HEAD, shape: [1, config.n_embd] }];
  for (const { name, shape } of shapes) {
    const data = weights[name];
    if (!data) continue;
    const tensor: Tensor = half
      ? { dtype: 'F16', shape: [...shape], data: f32ToF16(data) }
      : { dtype: 'F32', shape: [...shape], data };
    tensors[name] = tensor;
    stored[name] = toFloat32(tensor);
  }
  return encodeSafetensors(tensors, {
    format: 'pt',
    rlhf_playground: VERSION,
    kind: 'checkpoint',
    config: JSON.stringify(config),
    card: JSON.stringify(card),
    hash: hashModel(config, stored),
    ...(parent === null ? {} : { parent }),
  });
}

/** A field of the metadata as `schema` reads it; at most `most` characters of JSON. */
function field<S extends v.GenericSchema>(
  metadata: Record<string, string>,
  key: string,
  schema: S,
  name: string,
  most = MOST_FIELD,
): v.InferOutput<S> {
  const text = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
  const result = v.safeParse(v.pipe(words(most), json(), schema), text, FIRST);
  if (result.success) return result.output;
  throw new SafetensorsError(name, null, `metadata "${key}": ${problemOf(result.issues)}`);
}

function checkOrigin(metadata: Record<string, string>, kind: string, name: string): void {
  if (!Object.hasOwn(metadata, 'rlhf_playground'))
    throw new SafetensorsError(name, null, `not written by this project (no "rlhf_playground" in its metadata)`);
  const { rlhf_playground: version = '' } = metadata;
  if (version !== VERSION) {
    const problem = `version "${quoted(version)}" of the format is unknown; this program reads "${VERSION}"`;
    throw /^\d{1,9}$/.test(version)
      ? new LaterVersionError(`${name}: ${problem}`)
      : new SafetensorsError(name, null, problem);
  }
  if (metadata['kind'] !== kind)
    throw new SafetensorsError(name, null, `expected a ${kind}, found "${quoted(metadata['kind'] ?? '')}"`);
}

/** Throws a SafetensorsError that names the file and what is wrong with it. */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  if (bytes.length > MOST_CHECKPOINT_BYTES)
    throw new SafetensorsError(name, null, `${bytes.length} bytes; at most ${MOST_CHECKPOINT_BYTES} are read`);
  const { tensors, metadata } = decodeSafetensors(bytes, name, { header: LONGEST_HEADER });
  checkOrigin(metadata, 'checkpoint', name);
  const config = field(metadata, 'config', configSchema, name);
  const card = field(metadata, 'card', cardSchema, name);
  try {
    checkConfig(config);
  } catch (error) {
    throw new SafetensorsError(name, null, (error as Error).message);
  }
  const expected = [
    ...parameterShapes(config),
    ...(Object.hasOwn(tensors, HEAD) ? [{ name: HEAD, shape: [1, config.n_embd] }] : []),
  ];
  const weights: Weights = {};
  for (const { name: parameter, shape } of expected) {
    const tensor = Object.hasOwn(tensors, parameter) ? tensors[parameter] : undefined;
    if (!tensor) throw new SafetensorsError(name, parameter, `is missing`);
    if (tensor.shape.join() !== shape.join())
      throw new SafetensorsError(name, parameter, `is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`);
    const values = toFloat32(tensor);
    if (!values.every(Number.isFinite)) throw new SafetensorsError(name, parameter, `has values that are not finite`);
    weights[parameter] = values;
  }
  const foreign = Object.keys(tensors).find((key) => !Object.hasOwn(weights, key));
  if (foreign !== undefined) throw new SafetensorsError(name, foreign, `does not belong to this model`);
  const hash = hashModel(config, weights);
  // Older files do not say it.
  const { hash: written = hash, parent = null } = metadata;
  if (parent !== null && !v.is(hashSchema, parent))
    throw new SafetensorsError(name, null, `metadata "parent": "${quoted(parent)}" is no hash`);
  if (written !== hash)
    throw new SafetensorsError(
      name,
      null,
      `its contents have hash ${hash}, but ${quoted(written)} was written: it is damaged`,
    );
  return { config, weights, card, parent, hash };
}

/** A stage cut off between two steps; a file of the stage has passed the stage's own schema, see snapshot-state.ts. */
export interface Snapshot {
  stage: StageName;
  /** Steps done, and of how many. */
  step: number;
  steps: number;
  tensors: Record<string, Float32Array>;
  /** Counters and collected data; plain JSON. */
  state: unknown;
}

export function encodeSnapshot({ stage, step, steps, tensors, state }: Snapshot): Uint8Array {
  const arrays = Object.entries(tensors).map(([name, data]): [string, Tensor] => [
    name,
    { dtype: 'F32', shape: [data.length], data },
  ]);
  const text = JSON.stringify(state);
  return encodeSafetensors(Object.fromEntries(arrays), {
    rlhf_playground: VERSION,
    kind: 'snapshot',
    stage,
    step: `${step}`,
    steps: `${steps}`,
    state: text,
    hash: hashArrays(tensors, text),
  });
}

/** Throws a SafetensorsError that names the file and what is wrong with it. */
export function decodeSnapshot(bytes: Uint8Array, name: string, stage: StageName): Snapshot {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  checkOrigin(metadata, 'snapshot', name);
  if (metadata['stage'] !== stage)
    throw new SafetensorsError(
      name,
      null,
      `a snapshot of stage "${quoted(metadata['stage'] ?? '')}", not of "${stage}"`,
    );
  const state = field(metadata, 'state', snapshotStateSchema(stage), name, Infinity);
  const [step, steps] = [field(metadata, 'step', natural, name), field(metadata, 'steps', natural, name)];
  if (step > steps) throw new SafetensorsError(name, null, `step ${step} of ${steps}`);
  const expected = snapshotTensors(stage);
  const arrays = Object.entries(tensors).map(([key, tensor]) => {
    if (!expected.includes(key)) throw new SafetensorsError(name, key, `does not belong to a snapshot of ${stage}`);
    if (tensor.dtype !== 'F32') throw new SafetensorsError(name, key, `is ${tensor.dtype}, expected F32`);
    if (!tensor.data.every(Number.isFinite)) throw new SafetensorsError(name, key, 'has values that are not finite');
    return [key, tensor.data] as const;
  });
  const missing = expected.find((key) => !Object.hasOwn(tensors, key));
  if (missing !== undefined) throw new SafetensorsError(name, missing, 'is missing');
  const snapshot = { stage, step, steps, tensors: Object.fromEntries(arrays), state };
  const hash = hashArrays(snapshot.tensors, metadata['state'] ?? '');
  // Older files do not say it.
  const { hash: written = hash } = metadata;
  if (written !== hash)
    throw new SafetensorsError(
      name,
      null,
      `its contents have hash ${hash}, but ${quoted(written)} was written: it is damaged`,
    );
  return snapshot;
}
