/**
 * The safetensors file format: named tensors and a little text, nothing that runs.
 *
 * A file is a 64-bit header length, a JSON header, and the tensors' bytes without gaps, all little-endian. Written files
 * are stable: the same tensors give the same bytes. Read files are not trusted: whatever is not exactly right throws a
 * `SafetensorsError` that names the file and the tensor. Data is copied both ways, so no result shares memory with a file.
 * Nothing is copied, and no list is made, before the header has been found to fit the bytes that are there.
 *
 * Format: https://huggingface.co/docs/safetensors
 */
import * as v from 'valibot';
import { FIRST, endOfString, natural, parseJson, problemOf, quoted } from './outside.ts';
import { LONGEST_HEADER, MOST_PARTS } from './safetensors-limits.ts';

export type Tensor =
  | { dtype: 'F32'; shape: number[]; data: Float32Array }
  | { dtype: 'I32'; shape: number[]; data: Int32Array }
  /** `data` holds the bits of IEEE 754 half-precision numbers; `toFloat32` reads them. */
  | { dtype: 'F16'; shape: number[]; data: Uint16Array };

type Dtype = Tensor['dtype'];

export interface Safetensors {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
}

/** What a file is refused for. */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError';

  constructor(
    readonly file: string,
    readonly tensor: string | null,
    problem: string,
  ) {
    const where = tensor === null ? quoted(file) : `${quoted(file)}: tensor "${quoted(tensor)}"`;
    super(`${where}: ${problem}`);
  }
}

const arrays = { F32: Float32Array, I32: Int32Array, F16: Uint16Array } as const;
const metadataKey = '__metadata__';
/** Nothing here has more than two. */
const MOST_DIMENSIONS = 8;

const Entry = v.strictObject({
  dtype: v.string(),
  shape: v.pipe(v.array(natural), v.maxLength(MOST_DIMENSIONS)),
  data_offsets: v.tuple([natural, natural]),
});

/** What a reader expects of a file, for limits below those of the format. */
export interface Expected {
  /** Bytes of the header. */
  header?: number;
}

/**
 * The bytes of a safetensors file. Header keys are sorted; the data is ordered by element size, then name, so that every
 * tensor is aligned. Throws a RangeError when a tensor's data does not fit its dtype or shape.
 */
export function encodeSafetensors(
  tensors: Record<string, Tensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const named = Object.entries(tensors).sort(byKey);
  for (const [name, tensor] of named) checkTensor(name, tensor);
  const ordered = [...named].sort((a, b) => b[1].data.BYTES_PER_ELEMENT - a[1].data.BYTES_PER_ELEMENT);
  const begins = new Map<string, number>();
  let dataLength = 0;
  for (const [name, { data }] of ordered) {
    begins.set(name, dataLength);
    dataLength += data.byteLength;
  }

  const entries: [string, unknown][] = named.map(([name, { dtype, shape, data }]) => {
    const begin = begins.get(name) ?? 0;
    return [name, { dtype, shape, data_offsets: [begin, begin + data.byteLength] }];
  });
  const notes = Object.entries(metadata).sort(byKey);
  if (notes.length > 0) entries.unshift([metadataKey, Object.fromEntries(notes)]);
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const paddedLength = Math.ceil(header.length / 8) * 8;

  const bytes = new Uint8Array(8 + paddedLength + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(paddedLength), true);
  bytes.set(header, 8);
  bytes.fill(0x20, 8 + header.length, 8 + paddedLength);
  let offset = 8 + paddedLength;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** Reads a file that `name` stands for in errors. Throws a `SafetensorsError` for anything that is not exactly right. */
export function decodeSafetensors(bytes: Uint8Array, name: string, expected: Expected = {}): Safetensors {
  const header = readHeader(bytes, name, expected.header ?? LONGEST_HEADER);
  const data = bytes.subarray(8 + header.byteLength);
  const fields = new Map(Object.entries(header.fields));

  const metadata = fields.get(metadataKey) ?? {};
  if (!isTexts(metadata)) throw new SafetensorsError(name, null, `${metadataKey} is not a record of strings`);
  fields.delete(metadataKey);

  const entries = [...fields].map(([tensor, field]) => readEntry(field, name, tensor));
  checkCover(entries, data.byteLength, name);
  // fromEntries defines own properties even for a tensor called "__proto__".
  const tensors = Object.fromEntries(entries.map((entry) => [entry.tensor, copyTensor(entry, data)]));
  return { tensors, metadata };
}

/** The values of a tensor as 32-bit floats: F32 data as it is, not copied; the others converted. */
export function toFloat32(tensor: Tensor): Float32Array {
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'I32':
      return Float32Array.from(tensor.data);
    case 'F16':
      return Float32Array.from(tensor.data, f16ToNumber);
  }
}

/** The bits of the nearest half-precision number to each value, ties to even; infinite from 65520 on. */
export function f32ToF16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Uint16Array.from(bits, halfBits);
}

/** From the bits of a single-precision number to those of a half. */
function halfBits(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520: rounds to infinity
  // Halves below 2^-14 are multiples of 2^-24; a carry to 1024 of them is the first normal half, as it should be.
  if (magnitude < 0x38800000) return sign | roundHalfEven(singleValue(magnitude) * 2 ** 24);
  // Drop 13 bits of the fraction, rounding half to even, and 112 from the exponent; a carry moves into the exponent.
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded >>> 13) - (112 << 10));
}

/** The value of a positive single-precision number below 2^-14, from its bits. */
function singleValue(bits: number): number {
  const exponent = bits >>> 23;
  const fraction = bits & 0x7fffff;
  return exponent === 0 ? fraction * 2 ** -149 : (fraction + 0x800000) * 2 ** (exponent - 150);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function f16ToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (0x400 + fraction) * 2 ** (exponent - 25);
}

interface CheckedEntry {
  tensor: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

function readHeader(
  bytes: Uint8Array,
  file: string,
  longest: number,
): { byteLength: number; fields: Record<string, unknown> } {
  if (bytes.length < 8) throw new SafetensorsError(file, null, `truncated: ${bytes.length} bytes, expected at least 8`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (declared > BigInt(bytes.length - 8))
    throw new SafetensorsError(
      file,
      null,
      `the header should have ${declared} bytes, the file has ${bytes.length - 8}`,
    );
  const byteLength = Number(declared);
  if (byteLength > longest)
    throw new SafetensorsError(file, null, `the header has ${byteLength} bytes, at most ${longest} are read`);
  let text: string;
  let fields: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + byteLength));
    fields = parseJson(text, MOST_PARTS);
  } catch (error) {
    throw new SafetensorsError(file, null, `the header is not JSON: ${quoted((error as Error).message, 200)}`);
  }
  if (!isRecord(fields)) throw new SafetensorsError(file, null, 'the header is not a JSON object');
  const duplicate = duplicateKey(text);
  if (duplicate !== null) throw new SafetensorsError(file, duplicate, 'duplicate key in the header');
  return { byteLength, fields };
}

/** A key that one object of valid JSON `text` has twice, which JSON.parse lets pass; null where there is none. Linear. */
function duplicateKey(text: string): string | null {
  const open: Set<string>[] = [];
  const afterSpace = /\S/g;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') open.push(new Set());
    else if (text[i] === '}') open.pop();
    else if (text[i] === '"') {
      const end = endOfString(text, i);
      afterSpace.lastIndex = end + 1;
      if (afterSpace.exec(text)?.[0] === ':') {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      i = end;
    }
  }
  return null;
}

function readEntry(field: unknown, file: string, tensor: string): CheckedEntry {
  const parsed = v.safeParse(Entry, field, FIRST);
  if (!parsed.success) throw new SafetensorsError(file, tensor, problemOf(parsed.issues, 'its entry'));
  const { dtype, shape, data_offsets } = parsed.output;
  if (!isDtype(dtype))
    throw new SafetensorsError(file, tensor, `dtype ${quoted(dtype)} is not supported; F32, F16 and I32 are`);
  const [begin, end] = data_offsets;
  // Of the sizes that are not 0, so that none of them hides what the others make of it.
  const expected = elements(shape) * arrays[dtype].BYTES_PER_ELEMENT;
  if (!Number.isSafeInteger(elements(shape.filter(Boolean)) * arrays[dtype].BYTES_PER_ELEMENT))
    throw new SafetensorsError(file, tensor, `no file holds a shape of [${shape.join(', ')}]`);
  if (end - begin !== expected)
    throw new SafetensorsError(file, tensor, `${end - begin} bytes; ${dtype} [${shape.join(', ')}] takes ${expected}`);
  return { tensor, dtype, shape, begin, end };
}

/** Throws unless the entries cover `byteLength` bytes of data exactly: no overlap, no gap, nothing beyond the end. */
function checkCover(entries: readonly CheckedEntry[], byteLength: number, file: string): void {
  let covered = 0;
  for (const { tensor, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered)
      throw new SafetensorsError(file, tensor, `overlaps another: begins at ${begin}, not ${covered}`);
    if (begin > covered) throw new SafetensorsError(file, tensor, `leaves a gap: begins at ${begin}, not ${covered}`);
    if (end > byteLength) throw new SafetensorsError(file, tensor, `truncated: ends at ${end} of ${byteLength} bytes`);
    covered = end;
  }
  if (covered < byteLength) throw new SafetensorsError(file, null, `${byteLength - covered} bytes belong to no tensor`);
}

function copyTensor({ dtype, shape, begin, end }: CheckedEntry, data: Uint8Array): Tensor {
  const { buffer } = new Uint8Array(data.subarray(begin, end));
  switch (dtype) {
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'F16':
      return { dtype, shape, data: new Uint16Array(buffer) };
  }
}

function checkTensor(name: string, { dtype, shape, data }: Tensor): void {
  if (name === metadataKey) throw new RangeError(`a tensor cannot be called ${metadataKey}`);
  if (!(data instanceof arrays[dtype]))
    throw new RangeError(`tensor "${name}": the data of ${dtype} is a ${arrays[dtype].name}`);
  if (!shape.every((size) => v.is(natural, size)) || elements(shape) !== data.length)
    throw new RangeError(`tensor "${name}": ${data.length} elements do not fill [${shape.join(', ')}]`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isDtype(text: string): text is Dtype {
  return Object.hasOwn(arrays, text);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** By code unit, the same in every locale. */
function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
