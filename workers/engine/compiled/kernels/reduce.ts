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
  readonly type: 'f32' | 'vec2f';
  /** Invocations; a power of two. */
  readonly size: number;
  readonly how?: 'sum' | 'max';
}

/** `name(value, thread)`: the sum (or maximum) of value over the workgroup, the same bits in every invocation. */
export function reduction({ name, type, size, how = 'sum' }: Reduction): string {
  const combine = (a: string, b: string): string => (how === 'sum' ? `${a} + ${b}` : `max(${a}, ${b})`);
  const steps: string[] = [];
  for (let half = size / 2; half >= 1; half /= 2)
    steps.push(
      `if (thread < ${half}u) { ${name}Of[thread] = ${combine(`${name}Of[thread]`, `${name}Of[thread + ${half}u]`)}; } workgroupBarrier();`,
    );
  return `var<workgroup> ${name}Of: array<${type}, ${size}>;
fn ${name}(value: ${type}, thread: u32) -> ${type} {
  ${name}Of[thread] = value; workgroupBarrier();
  ${steps.join('\n  ')}
  let result = ${name}Of[0]; workgroupBarrier();
  return result;
}
`;
}

/** The smallest power of two that is at least `count`, at most `most`. */
export const powerOfTwo = (count: number, most: number): number =>
  Math.min(most, 2 ** Math.ceil(Math.log2(Math.max(1, count))));
