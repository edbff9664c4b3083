/**
 * Values that the invocations of a subgroup read for each other: lane l reads the l-th of a block, and all of them get
 * it by a broadcast. On lavapipe a load costs some 100 times as much as a broadcast, whether or not the lanes read the
 * same address. With one lane nothing is shared, every invocation reads the whole block.
 *
 * The code supposes that the first `lanes` lanes of every subgroup are active: the smallest subgroup of the adapter has
 * to be that large, control flow uniform, and the workgroup a multiple of it.
 */
import { type Kernel, repeat } from '../kernel.ts';

/** Invocations that share what they read; 1 without subgroups. A power of two, at most 8. */
export type Lanes = 1 | 4 | 8;

/** Declares the number of the invocation in its subgroup, unless it is alone. */
export const declareLane = (lanes: Lanes): string => (lanes === 1 ? '' : 'let lane = subgroupExclusiveAdd(1u);');

/** The kernel, with the extension that broadcasts need. */
export const withLanes = (lanes: Lanes, kernel: Kernel): Kernel =>
  lanes === 1 ? kernel : { ...kernel, code: `enable subgroups;\n${kernel.code}` };

/** Statements that read a block of `count`, of which `value(i)` is the i-th, i being an expression. */
export const readBlock = (name: string, count: number, lanes: Lanes, value: (i: string) => string): string =>
  repeat(Math.ceil(count / lanes), (h) => {
    const index = lanes === 1 ? `${h}u` : count < lanes ? `lane % ${count}u` : `(${h * lanes}u + lane % ${lanes}u)`;
    return `let ${name}_${h} = ${value(index)};`;
  });

/** The i-th of a block, or with `part` a component of it. */
export function ofBlock(name: string, i: number, lanes: Lanes, part = ''): string {
  const mine = `${name}_${Math.floor(i / lanes)}${part}`;
  return lanes === 1 ? mine : `subgroupBroadcast(${mine}, ${i % lanes}u)`;
}

/** The lanes that kernels can count on. `features` are those of the device, `info` that of its adapter. */
export function lanesOf(features: GPUSupportedFeatures, info: GPUAdapterInfo): Lanes {
  // Browsers from before subgroups do not say.
  const { subgroupMinSize = 1 } = info as Partial<GPUAdapterInfo>;
  if (!features.has('subgroups') || subgroupMinSize < 4) return 1;
  return subgroupMinSize < 8 ? 4 : 8;
}

/**
 * The end of a loop of so many steps, as an expression that no compiler sees through: Mesa unrolls loops of up to 32
 * steps whose end it can bound (a `min` is enough), and then compiled the gradient of attention for 20 s instead of 1 s.
 */
export const rolled = (steps: number): string => `(${steps}u + (run.time >> 31u))`;
