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
