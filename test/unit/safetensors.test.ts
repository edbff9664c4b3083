import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSafetensors,
  encodeSafetensors,
  f32ToF16,
  SafetensorsError,
  toFloat32,
  type Safetensors,
  type Tensor,
} from '../../src/core/safetensors.ts';

const cases = new URL('../reference/cases/', import.meta.url);
const referenceFiles = readdirSync(cases).filter((name) => name.endsWith('.safetensors'));

/** A file with this header text (or object) in front of this many zero bytes. */
function file(header: unknown, dataLength = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32'): unknown => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const example: Record<string, Tensor> = {
  'wte.weight': { dtype: 'F32', shape: [2, 3], data: new Float32Array([1, -2, 3.5, 0, Infinity, 1e-40]) },
  half: { dtype: 'F16', shape: [3], data: f32ToF16(new Float32Array([1, 0.5, -2])) },
  ids: { dtype: 'I32', shape: [2, 1], data: new Int32Array([-7, 2 ** 31 - 1]) },
  scalar: { dtype: 'F32', shape: [], data: new Float32Array([4]) },
  empty: { dtype: 'F32', shape: [0, 5], data: new Float32Array() },
};

describe('reference files', () => {
  it.each(referenceFiles)('%s reads, and survives writing', (name) => {
    const read = decodeSafetensors(readFileSync(new URL(name, cases)), name);
    expect(Object.keys(read.tensors).length).toBe(28);
    expect(read.tensors['wte.weight']).toMatchObject({ dtype: 'F32', shape: [53, 16] });
    expect(read.tensors['h.1.mlp.c_fc.weight']?.data).toHaveLength(16 * 64);
    expect(decodeSafetensors(encodeSafetensors(read.tensors, read.metadata), name)).toEqual(read);
  });

  it('has the metadata PyTorch wrote', () => {
    expect(decodeSafetensors(readFileSync(new URL('gpt2-tiny.safetensors', cases)), 'x').metadata).toEqual({
      format: 'pt',
    });
  });
});

describe('encodeSafetensors', () => {
  it('keeps every dtype, scalars and empty tensors', () => {
    const metadata = { format: 'pt', note: '한국어 "quoted" \\ {' };
    expect(decodeSafetensors(encodeSafetensors(example, metadata), 'x')).toEqual({ tensors: example, metadata });
    expect(decodeSafetensors(encodeSafetensors({}), 'x')).toEqual({ tensors: {}, metadata: {} });
  });

  it('writes the same bytes whatever the order of the keys', () => {
    const reversed = Object.fromEntries(Object.entries(example).reverse());
    expect(encodeSafetensors(reversed, { b: '2', a: '1' })).toEqual(encodeSafetensors(example, { a: '1', b: '2' }));
  });

  it('sorts the keys and aligns header and data to 8 and to the elements', () => {
    const bytes = encodeSafetensors(example, { a: '1' });
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerLength % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as Record<
      string,
      { data_offsets: number[] }
    >;
    expect(Object.keys(header)).toEqual(['__metadata__', 'empty', 'half', 'ids', 'scalar', 'wte.weight']);
    for (const name of ['ids', 'scalar', 'wte.weight']) expect((header[name]?.data_offsets[0] ?? 1) % 4).toBe(0);
  });

  it('writes views of larger buffers, and reads from unaligned ones', () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const bytes = encodeSafetensors({ x: { dtype: 'F32', shape: [2], data } });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3), 'x').tensors.x?.data).toEqual(new Float32Array([1, 2]));
  });

  it('throws for data that does not fit', () => {
    const data = new Float32Array(3);
    expect(() => encodeSafetensors({ x: { dtype: 'F32', shape: [2], data } })).toThrow(
      '"x": 3 elements do not fill [2]',
    );
    expect(() => encodeSafetensors({ x: { dtype: 'F32', shape: [-1, -3], data } })).toThrow(RangeError);
    expect(() => encodeSafetensors({ __metadata__: { dtype: 'F32', shape: [3], data } })).toThrow(RangeError);
    expect(() => encodeSafetensors({ x: { dtype: 'I32', shape: [3], data } as unknown as Tensor })).toThrow(
      'Int32Array',
    );
  });

  it('round-trips arbitrary names and metadata', () => {
    const names = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('__proto__', 'constructor', '1', '10', '9', 'a"b\\'),
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.nat(3)), fc.dictionary(names, fc.string()), (sizes, metadata) => {
        const tensors = Object.fromEntries(
          Object.entries(sizes).map(([name, size]): [string, Tensor] => [
            name,
            { dtype: 'I32', shape: [size], data: new Int32Array(size).fill(size) },
          ]),
        );
        const read = decodeSafetensors(encodeSafetensors(tensors, metadata), 'x');
        expect(Object.entries(read.tensors).sort()).toEqual(Object.entries(tensors).sort());
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });
});

describe('decodeSafetensors refuses', () => {
  const refused: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(), 'truncated: 0 bytes'],
    ['a header beyond the file', file({ a: entry(0, 4) }).subarray(0, 20), 'the file has 12'],
    ['an absurd header length', new Uint8Array(16).fill(255), 'the file has 8'],
    ['malformed JSON', file('{"a":'), 'not JSON'],
    ['a header that is not UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), 'not JSON'],
    ['a header that is no object', file('[]'), 'not a JSON object'],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }), '__metadata__'],
    ['an entry that is no object', file({ a: 3 }), 'tensor "a"'],
    ['a missing field', file({ a: { dtype: 'F32', shape: [1] } }, 4), 'tensor "a": data_offsets'],
    ['a fractional shape', file({ a: entry(0, 4, [0.5]) }, 4), 'tensor "a": shape.0'],
    ['a negative offset', file({ a: entry(-4, 0) }), 'tensor "a": data_offsets.0'],
    ['an overlap', file({ a: entry(0, 8), b: entry(4, 12) }, 12), 'tensor "b": overlaps another'],
    ['a gap', file({ a: entry(0, 4), b: entry(8, 12) }, 12), 'tensor "b": leaves a gap'],
    ['an offset beyond the end', file({ a: entry(0, 8) }, 4), 'tensor "a": truncated: ends at 8 of 4'],
    ['bytes left over', file({ a: entry(0, 4) }, 5), '1 bytes belong to no tensor'],
    ['a wrong byte count', file({ a: entry(0, 8, [3]) }, 8), 'tensor "a": 8 bytes; F32 [3] takes 12'],
    ['offsets in reverse', file({ a: entry(8, 0, [2]) }, 8), 'tensor "a": -8 bytes'],
    ['BF16', file({ a: entry(0, 4, [2], 'BF16') }, 4), 'tensor "a": dtype BF16 is not supported; F32, F16 and I32 are'],
    ['a dtype from the prototype', file({ a: entry(0, 4, [1], 'toString') }, 4), 'dtype toString'],
    [
      'a tensor twice',
      file(
        '{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]} , "\\u0061" : {"dtype":"F32","shape":[0],"data_offsets":[0,0]}}',
      ),
      'tensor "a": duplicate',
    ],
    ['a field twice', file('{"a":{"dtype":"F32","shape":[0],"shape":[0],"data_offsets":[0,0]}}'), 'duplicate'],
  ];

  it.each(refused)('%s', (_, bytes, message) => {
    const decode = (): Safetensors => decodeSafetensors(bytes, 'bad.safetensors');
    expect(decode).toThrow(SafetensorsError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/^bad\.safetensors: /);
  });

  it('any truncation of a good file', () => {
    const bytes = encodeSafetensors(example);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeSafetensors(bytes.subarray(0, length), 'x')).toThrow(SafetensorsError);
  });

  it('what corruption breaks, with no other error; what still reads is whole', () => {
    const bytes = encodeSafetensors(example, { format: 'pt' });
    const dataLength = Object.values(example).reduce((sum, { data }) => sum + data.byteLength, 0);
    const corruption = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const outcomes = { read: 0, refused: 0 };
    fc.assert(
      fc.property(corruption, (changes) => {
        const corrupt = bytes.slice();
        for (const [at, value] of changes) corrupt[at] = value;
        try {
          const { tensors } = decodeSafetensors(corrupt, 'x');
          const read = Object.values(tensors);
          for (const { shape, data } of read)
            expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
          expect(read.length).toBe(Object.keys(example).length);
          expect(read.reduce((sum, { data }) => sum + data.byteLength, 0)).toBe(dataLength);
          outcomes.read++;
        } catch (error) {
          if (!(error instanceof SafetensorsError)) throw error;
          outcomes.refused++;
        }
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(100);
  });

  it('random bytes, with no other error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), (noise, text) => {
        for (const bytes of [noise, file(text)])
          try {
            decodeSafetensors(bytes, 'x');
          } catch (error) {
            if (!(error instanceof SafetensorsError)) throw error;
          }
      }),
    );
  });
});

describe('half precision', () => {
  const read = (...halves: number[]): Float32Array =>
    toFloat32({ dtype: 'F16', shape: [halves.length], data: Uint16Array.from(halves) });

  it('reads landmarks of the format', () => {
    expect([...read(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x8000)]).toEqual([
      1,
      -2,
      65504,
      2 ** -14,
      2 ** -24,
      Infinity,
      -Infinity,
      Number.NaN,
      -0,
    ]);
  });

  it('keeps every half through 32 bits', () => {
    const halves = Uint16Array.from({ length: 0x10000 }, (_, half) => half);
    const values = read(...halves);
    const back = f32ToF16(values);
    halves.forEach((half, i) => {
      if (Number.isNaN(values[i])) expect((back[i] ?? 0) & 0x7fff).toBe(0x7e00);
      else if (back[i] !== half) expect(back[i]).toBe(half);
    });
  });

  it('rounds to the nearest, ties to even', () => {
    // All finite halves from 0 up, in order; the last stands for 65536, which is read as infinity.
    const ascending = [...read(...Array.from({ length: 0x7c00 }, (_, half) => half)), 65536];
    for (let half = 0; half < 0x7c00; half++) {
      const [low = 0, high = 0] = [ascending[half], ascending[half + 1]];
      const middle = (low + high) / 2;
      const step = (high - low) / 16;
      const expected = [half, half + (half % 2), half + 1];
      const rounded = [...f32ToF16(new Float32Array([middle - step, middle, middle + step]))];
      if (rounded.join() !== expected.join()) expect({ half, rounded }).toEqual({ half, rounded: expected });
    }
    expect([...f32ToF16(new Float32Array([1e-45, -1e-45, 1e30, -1e30]))]).toEqual([0, 0x8000, 0x7c00, 0xfc00]);
  });

  it('converts integers, and hands floats over as they are', () => {
    expect(toFloat32({ dtype: 'I32', shape: [2], data: new Int32Array([3, -4]) })).toEqual(new Float32Array([3, -4]));
    const data = new Float32Array([1]);
    expect(toFloat32({ dtype: 'F32', shape: [1], data })).toBe(data);
  });
});
