/** Sums and maxima over the invocations of a workgroup. */

/**
 * Most invocations that one sum is spread over. A graphics card hides the waiting behind other workgroups; a software
 * adapter pays for every barrier and every invocation (SwiftShader: 348 → 70 ms a step of a tiny model with 8).
 */
export const WIDE_SUMS = 256;
export const NARROW_SUMS = 8;

export interface Reduction {
  /** Name of the function; its workgroup memory is called after it. */
  readonly name: string;
  /** A WGSL type. */
  readonly type: string;
  /** Invocations; a power of two. */
  readonly size: number;
  /** Default the sum. */
  readonly combine?: (a: string, b: string) => string;
}

export const sumOf = (a: string, b: string): string => `${a} + ${b}`;
export const maximumOf = (a: string, b: string): string => `max(${a}, ${b})`;

/**
 * `name(value, thread)`: the values of all invocations combined, in the same order every time. All of them have to call
 * it; what it returns is uniform.
 */
export function reduction({ name, type, size, combine = sumOf }: Reduction): string {
  const steps: string[] = [];
  for (let half = size / 2; half >= 1; half /= 2)
    steps.push(
      `workgroupBarrier(); if (thread < ${half}u) { ${name}Of[thread] = ${combine(`${name}Of[thread]`, `${name}Of[thread + ${half}u]`)}; }`,
    );
  return `var<workgroup> ${name}Of: array<${type}, ${size}>;
fn ${name}(value: ${type}, thread: u32) -> ${type} {
  ${name}Of[thread] = value;
  ${steps.join('\n  ')}
  return workgroupUniformLoad(&${name}Of[0]);
}
`;
}

/** The smallest power of two that is at least `count`, at most `most`. */
export const powerOfTwo = (count: number, most: number): number =>
  Math.min(most, 2 ** Math.ceil(Math.log2(Math.max(1, count))));

/** Most invocations that add up many rows of an array, column by column. */
const WIDEST = 128;

/** How the invocations of a workgroup lie over the columns of rows that are added up, and over the rows. */
export interface Strands {
  /** Invocations of the workgroup. */
  readonly threads: number;
  /** Invocations along the columns, in vec4s. */
  readonly lanes: number;
  /** Rows that are added up side by side. */
  readonly strands: number;
  /** Statements that add up part[strand, lane] over the strands into strand 0. */
  readonly fold: string;
}

export function strandsOver(columns4: number, sums: number): Strands {
  const threads = Math.min(WIDEST, sums);
  const lanes = Math.min(columns4, threads);
  const strands = 2 ** Math.floor(Math.log2(threads / lanes));
  const steps: string[] = [];
  for (let half = strands / 2; half >= 1; half /= 2)
    steps.push(
      `if (strand < ${half}u) { part[strand * ${lanes}u + lane] += part[(strand + ${half}u) * ${lanes}u + lane]; } workgroupBarrier();`,
    );
  return { threads, lanes, strands, fold: steps.join('\n') };
}
