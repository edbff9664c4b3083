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
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { type Gpt2Config, HEAD, checkConfig, parameterShapes } from '../model/gpt2.ts';
import type { Weights } from '../model/model.ts';

const VERSION = '1';

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

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const configSchema = v.object({
  n_layer: positive,
  n_head: positive,
  n_embd: positive,
  vocab_size: positive,
  n_positions: positive,
  layer_norm_epsilon: v.number(),
});
const cardSchema = v.object({
  preset: v.string(),
  stage: v.picklist(STAGES),
  seed: v.number(),
  data: v.string(),
  steps: v.number(),
  tokens: v.number(),
  flop: v.number(),
  scores: v.record(v.string(), v.number()),
  changes: v.exactOptional(v.record(v.string(), v.nullable(v.number()))),
});

/** 64 bits over `bytes` (two lanes of murmur3-like mixing): tells contents apart, no defence against forgery. */
export function hashBytes(bytes: Uint8Array, seed: number): string {
  let a = 0x9e3779b9 ^ seed;
  let b = 0x85ebca6b ^ bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    a = Math.imul(a ^ byte, 2654435761);
    b = Math.imul(b ^ byte, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}

/** Hash of a model's configuration and weights, as they are stored. */
function hashModel(config: Gpt2Config, weights: Weights): string {
  // In the schema's order of fields, whoever made the record.
  let text = JSON.stringify(v.parse(configSchema, config));
  for (const name of Object.keys(weights).sort()) {
    const array = weights[name] as Float32Array;
    text += name + hashBytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), array.length);
  }
  return hashBytes(new TextEncoder().encode(text), 0);
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

function field<S extends v.GenericSchema>(
  metadata: Record<string, string>,
  key: string,
  schema: S,
  name: string,
): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(metadata[key] ?? 'null');
  } catch {
    throw new SafetensorsError(name, null, `metadata "${key}" is not JSON`);
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new SafetensorsError(name, null, `metadata "${key}": ${v.getDotPath(issue) ?? 'value'}: ${issue.message}`);
}

function checkOrigin(metadata: Record<string, string>, kind: string, name: string): void {
  if (!('rlhf_playground' in metadata))
    throw new SafetensorsError(name, null, `not written by this project (no "rlhf_playground" in its metadata)`);
  if (metadata['rlhf_playground'] !== VERSION)
    throw new SafetensorsError(
      name,
      null,
      `version "${metadata['rlhf_playground']}" of the format is unknown; this program reads "${VERSION}"`,
    );
  if (metadata['kind'] !== kind)
    throw new SafetensorsError(name, null, `expected a ${kind}, found "${metadata['kind'] ?? ''}"`);
}

/** Throws a SafetensorsError that names the file and what is wrong with it. */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
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
    ...(HEAD in tensors ? [{ name: HEAD, shape: [1, config.n_embd] }] : []),
  ];
  const weights: Weights = {};
  for (const { name: parameter, shape } of expected) {
    const tensor = tensors[parameter];
    if (!tensor) throw new SafetensorsError(name, parameter, `is missing`);
    if (tensor.shape.join() !== shape.join())
      throw new SafetensorsError(name, parameter, `is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`);
    const values = toFloat32(tensor);
    if (!values.every(Number.isFinite)) throw new SafetensorsError(name, parameter, `has values that are not finite`);
    weights[parameter] = values;
  }
  const foreign = Object.keys(tensors).find((key) => !(key in weights));
  if (foreign !== undefined) throw new SafetensorsError(name, foreign, `does not belong to this model`);
  const hash = hashModel(config, weights);
  // Older files do not say it.
  const { hash: written = hash, parent = null } = metadata;
  if (written !== hash)
    throw new SafetensorsError(name, null, `its contents have hash ${hash}, but ${written} was written: it is damaged`);
  return { config, weights, card, parent, hash };
}

/** A stage cut off between two steps. */
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
  return encodeSafetensors(Object.fromEntries(arrays), {
    rlhf_playground: VERSION,
    kind: 'snapshot',
    stage,
    step: `${step}`,
    steps: `${steps}`,
    state: JSON.stringify(state),
  });
}

/** Throws a SafetensorsError that names the file and what is wrong with it. */
export function decodeSnapshot(bytes: Uint8Array, name: string, stage: StageName): Snapshot {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  checkOrigin(metadata, 'snapshot', name);
  if (metadata['stage'] !== stage)
    throw new SafetensorsError(name, null, `a snapshot of stage "${metadata['stage'] ?? ''}", not of "${stage}"`);
  const state = field(metadata, 'state', v.record(v.string(), v.unknown()), name);
  const arrays = Object.entries(tensors).map(([key, tensor]) => [key, toFloat32(tensor)] as const);
  const [step, steps] = [Number(metadata['step']), Number(metadata['steps'])];
  return { stage, step, steps, tensors: Object.fromEntries(arrays), state };
}
