/** The door of safetensors files: the format itself, checkpoints, and the snapshots of every stage. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Example, createWorld, makeExample } from '../../src/core/world/index.ts';
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { SafetensorsError, type Tensor, decodeSafetensors, encodeSafetensors } from '../../src/core/safetensors.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { notesOf } from '../../src/storage/notes.ts';
import { initialParameters } from '../../workers/model/gpt2.ts';
import { decodeSnapshot, encodeCheckpoint, encodeSnapshot } from '../../workers/pipeline/checkpoint.ts';
import { LaterVersionError } from '../../workers/pipeline/store.ts';
import { checkImport } from '../../workers/pipeline/import.ts';
import {
  PATIENCE,
  SOME,
  anyName,
  forAny,
  jsonOf,
  nearly,
  nearlyBytes,
  nearlyText,
  outcomeOf,
  partsOf,
  safetensorsFile,
} from './fuzz.ts';

const small: Record<string, Tensor> = {
  a: { dtype: 'F32', shape: [2, 3], data: new Float32Array([1, -2, 3.5, 0, NaN, 1e-40]) },
  b: { dtype: 'I32', shape: [2, 1], data: new Int32Array([-7, 2 ** 31 - 1]) },
  c: { dtype: 'F16', shape: [0, 5], data: new Uint16Array() },
};
const file = encodeSafetensors(small, { format: 'pt', note: 'x' });

/** Files that are nearly this one: their bytes, the values in their header, or its text are. */
function nearlyFile(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const { header, data } = partsOf(bytes);
  return fc.oneof(
    nearlyBytes(bytes),
    nearly(header).map((each) => safetensorsFile(each, data)),
    nearlyText(jsonOf(header)).map((each) => safetensorsFile(each, data)),
  );
}

/** As `nearlyFile`, where JSON stands within the metadata, too. */
function nearlyWithin(bytes: Uint8Array, fields: readonly string[]): fc.Arbitrary<Uint8Array> {
  const { header, data } = partsOf(bytes);
  const metadata = header['__metadata__'] as Record<string, string>;
  const within = fields.map((field) =>
    fc
      .oneof(nearly(JSON.parse(metadata[field] as string)).map(jsonOf), nearlyText(metadata[field] as string))
      .map((text) => safetensorsFile({ ...header, __metadata__: { ...metadata, [field]: text } }, data)),
  );
  return fc.oneof(nearlyFile(bytes), ...within, ...within);
}

describe('safetensors', () => {
  it(
    'are read whole, or refused by name; the bytes are left alone',
    () => {
      const read = { values: 0, refused: 0 };
      forAny(nearlyFile(file), (bytes) => {
        const before = bytes.slice();
        const outcome = outcomeOf(
          () => decodeSafetensors(bytes, 'x.safetensors'),
          SafetensorsError,
          /^x\.safetensors: /,
        );
        expect(Buffer.compare(bytes, before)).toBe(0);
        notesOf(bytes);
        if ('message' in outcome) read.refused++;
        else {
          read.values++;
          const { tensors, metadata } = outcome.value;
          expect(decodeSafetensors(encodeSafetensors(tensors, metadata), 'x')).toEqual(outcome.value);
        }
      });
      expect(Math.min(read.values, read.refused)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );

  it(
    'keep names and metadata of whatever kind',
    () => {
      const tensors = fc.dictionary(
        anyName.filter((name) => name !== '__metadata__'),
        fc.array(fc.float(), { maxLength: 4 }).map((data) => new Float32Array(data)),
        { maxKeys: 5 },
      );
      forAny(fc.tuple(tensors, fc.dictionary(anyName, fc.string())), ([arrays, metadata]) => {
        const entries = Object.entries(arrays).map(([name, data]) => [
          name,
          { dtype: 'F32', shape: [data.length], data },
        ]);
        const all = Object.fromEntries(entries) as Record<string, Tensor>;
        const read = decodeSafetensors(encodeSafetensors(all, metadata), 'x');
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(all).sort());
        for (const [name, { data }] of Object.entries(read.tensors)) expect(data).toEqual(arrays[name]);
      });
    },
    PATIENCE,
  );

  const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  it.each([
    ['a shape that overflows', { a: { ...entry, shape: [2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1] } }, 'no file holds'],
    ['one that nothing is left of', { a: { ...entry, shape: [2 ** 53 - 1, 2 ** 53 - 1, 0] } }, 'no file holds'],
    ['too many dimensions', { a: { ...entry, shape: Array(9).fill(1) } }, 'shape'],
    ['an offset without end', { a: { ...entry, data_offsets: [0, Infinity] } }, 'data_offsets'],
  ])('refuses %s', (_, header, message) => {
    expect(() => decodeSafetensors(safetensorsFile(header, new Uint8Array(4)), 'x')).toThrow(message);
  });

  it.each([
    ['deep', '['.repeat(1_000_000), 'nested more than 32 deep'],
    [
      'full of tensors',
      `{${'"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},'.repeat(300_000)}}`,
      'more than 200000 values',
    ],
    ['longer than any of ours', ' '.repeat(2 ** 25 + 1), 'at most 33554432'],
    ['nothing but quotes', '"'.repeat(3_000_001), 'not JSON'],
    ['nothing but backslashes', `{"a":"${'\\'.repeat(3_000_000)}`, 'not JSON'],
  ])('soon refuses a header that is %s', (_, header, message) => {
    expect(() => decodeSafetensors(safetensorsFile(header), 'x')).toThrow(message);
  });
});

describe('checkpoints', () => {
  const vocab_size = new Tokenizer(createWorld('micro').vocabulary).size;
  const sizes = { n_layer: 1, n_head: 1, n_embd: 2, vocab_size, n_positions: 4, layer_norm_epsilon: 1e-5 };
  const whole = encodeCheckpoint(
    {
      config: sizes,
      weights: initialParameters(sizes, Rng.fromSeed(1)),
      card: { preset: 'micro', stage: 'sft', seed: 1, data: 'x', steps: 1, tokens: 2, flop: 3, scores: { loss: 1.5 } },
      parent: 'abc',
    },
    true,
  );
  const { config: ownConfig, weights: ownWeights } = checkImport(whole, 'x');

  it(
    'are taken in whole, or refused by name',
    () => {
      forAny(nearlyWithin(whole, ['config', 'card']), (bytes) => {
        const outcome = outcomeOf(() => checkImport(bytes, 'x.safetensors'), SafetensorsError, /^x\.safetensors: /);
        if ('message' in outcome) return;
        const { config, weights, card } = outcome.value;
        // Whoever changed a bit of what counts was found out by the hash.
        expect(config).toEqual(ownConfig);
        expect(Object.keys(weights)).toEqual(Object.keys(ownWeights));
        expect(JSON.parse(JSON.stringify(card))).toEqual(card);
      });
    },
    PATIENCE,
  );

  const { header, data } = partsOf(whole);
  const changed = (metadata: Record<string, string>, others: Record<string, unknown> = {}): Uint8Array =>
    safetensorsFile(
      { ...header, ...others, __metadata__: { ...(header['__metadata__'] as Record<string, string>), ...metadata } },
      data,
    );
  const empty = { dtype: 'F32', shape: [0], data_offsets: [0, 0] };
  const config = (changes: object): string =>
    JSON.stringify({
      n_layer: 2,
      n_head: 2,
      n_embd: 8,
      vocab_size: 9,
      n_positions: 9,
      layer_norm_epsilon: 1e-5,
      ...changes,
    });

  it.each([
    ['a model of a milliard layers', changed({ config: config({ n_layer: 1e9 }) }), 'n_layer'],
    ['layers beyond what an array holds', changed({ config: config({ n_layer: 2 ** 33 }) }), 'n_layer'],
    [
      'an epsilon without end',
      changed({ config: config({ layer_norm_epsilon: 1 }).replace('n":1}', 'n":1e999}') }),
      'layer_norm_epsilon',
    ],
    ['a card that is deep', changed({ card: '['.repeat(50_000) }), 'nested'],
    ['a card that is long', changed({ card: `"${'x'.repeat(200_000)}"` }), 'card'],
    ['a parent that is no hash', changed({ parent: '<script>' }), 'parent'],
    ...['constructor', 'toString', '__proto__'].map((name): [string, Uint8Array, string] => {
      const text = jsonOf(header).replace('{', `{"${name}":${JSON.stringify(empty)},`);
      return [`a tensor "${name}"`, safetensorsFile(text, data), `"${name}": does not belong`];
    }),
  ])('refuse %s', (_, bytes, message) => {
    expect(() => checkImport(bytes, 'x')).toThrow(SafetensorsError);
    expect(() => checkImport(bytes, 'x')).toThrow(message);
  });

  it('refuse weights that are no numbers', () => {
    const bytes = whole.slice();
    // The last half-precision number: exponent full, fraction not 0.
    bytes.set([0xff, 0x7f], bytes.length - 2);
    expect(() => checkImport(bytes, 'x')).toThrow('not finite');
  });
});

describe('snapshots', () => {
  const costs = { tokens: 1, flop: 2 };
  const metrics = { loss: 1.5 };
  const response = { text: 'yes .', ended: true };
  const example: Example = makeExample(createWorld('micro'), 'qa', 'reward', Rng.fromSeed(1));
  const ranking = { example, responses: [response, response], ranks: [0, 1] };
  const lists = (names: readonly string[], each: unknown): unknown =>
    Object.fromEntries(names.map((name) => [name, [each]]));
  const begun = { step: 2, costs };
  const states: Record<StageName, unknown> = {
    base: { ...begun, 'model.step': 2 },
    sft: { ...begun, metrics, answered: { trained: [response] }, 'model.step': 2 },
    reward: { ...begun, metrics, rankings: [ranking], held: { familiar: [ranking], new_names: [] }, 'model.step': 2 },
    ppo: { ...begun, metrics, calibration: { mean: 0, std: 1 }, kl_coef: 0.1, 'policy.step': 1, 'critic.step': 1 },
    judge: { ...begun, answers: lists(['base', 'base_prompted', 'sft', 'ppo'], response), kl: [0.5] },
  };
  const run = {
    settings: 7,
    labels: 'simulated:gold',
    parents: ['abc'],
    seconds: 3,
    last: { step: 2, costs, metrics },
  };
  const prefixes = { base: ['model'], sft: ['model'], reward: ['model'], ppo: ['policy', 'critic'], judge: [] };
  const snapshotOf = (stage: StageName): Uint8Array =>
    encodeSnapshot({
      stage,
      step: 2,
      steps: 4,
      tensors: Object.fromEntries(
        prefixes[stage].flatMap((prefix) =>
          ['flat', 'm', 'v'].map((name) => [`${prefix}.${name}`, new Float32Array([1, 2])]),
        ),
      ),
      state: { stage: states[stage], run },
    });

  it.each(STAGES)('of %s come back as they were', (stage) => {
    const read = decodeSnapshot(snapshotOf(stage), 'x', stage);
    expect(read).toMatchObject({ stage, step: 2, steps: 4, state: { stage: states[stage], run } });
    expect(decodeSnapshot(encodeSnapshot(read), 'x', stage)).toEqual(read);
  });

  it(
    'are read whole, or refused by name',
    () => {
      // What says that it is of a later version is left to that.
      const decode = (bytes: Uint8Array, stage: StageName): ReturnType<typeof decodeSnapshot> | null => {
        try {
          return decodeSnapshot(bytes, 'x.safetensors', stage);
        } catch (error) {
          if (error instanceof LaterVersionError) return null;
          throw error;
        }
      };
      const any = fc
        .constantFrom(...STAGES)
        .chain((stage) =>
          nearlyWithin(snapshotOf(stage), ['state', 'step', 'steps']).map((bytes) => ({ stage, bytes })),
        );
      forAny(any, ({ stage, bytes }) => {
        const outcome = outcomeOf(() => decode(bytes, stage), SafetensorsError, /^x\.safetensors: /);
        if ('message' in outcome || outcome.value === null) return;
        const { step, steps, state } = outcome.value;
        expect(Number.isSafeInteger(step) && step <= steps).toBe(true);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      });
    },
    PATIENCE,
  );

  it.each([
    ['a step that is no number', { step: 'NaN' }, 'step'],
    ['a step beyond the last', { step: '9' }, 'step 9 of 4'],
    ['steps without end', { steps: '1e999' }, 'steps'],
    ['no state', { state: '{}' }, 'stage'],
    [
      'a state of another form',
      { state: JSON.stringify({ stage: { ...(states.sft as object), answered: [1] }, run }) },
      'answered',
    ],
    [
      'costs that are none',
      { state: JSON.stringify({ stage: { ...(states.sft as object), costs: 'x' }, run }) },
      'costs',
    ],
  ])('refuse %s', (_, metadata, message) => {
    const { header, data } = partsOf(snapshotOf('sft'));
    const own = header['__metadata__'] as object;
    const bytes = safetensorsFile({ ...header, __metadata__: { ...own, ...metadata } }, data);
    expect(() => decodeSnapshot(bytes, 'x', 'sft')).toThrow(SafetensorsError);
    expect(() => decodeSnapshot(bytes, 'x', 'sft')).toThrow(message);
  });

  it('name the tensor that is missing, foreign, or not finite', () => {
    const state = { stage: states.base, run };
    const tensors = {
      'model.flat': new Float32Array(2),
      'model.m': new Float32Array(2),
      'model.v': new Float32Array(2),
    };
    const read = (others: Record<string, Float32Array>): unknown =>
      decodeSnapshot(encodeSnapshot({ stage: 'base', step: 1, steps: 2, tensors: others, state }), 'x', 'base');
    const without = Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== 'model.m'));
    expect(() => read(without)).toThrow('"model.m": is missing');
    expect(() => read({ ...tensors, other: new Float32Array() })).toThrow('"other": does not belong');
    expect(() => read({ ...tensors, 'model.v': new Float32Array([1, NaN]) })).toThrow('"model.v": has values');
  });
});
