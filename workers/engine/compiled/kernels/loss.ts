/** The kernel of a `LossDefinition`: one workgroup, because the order of a sum must not depend on the device's mood. */
import type { LossDefinition } from '../../loss.ts';
import { type Binding, type Kernel, kernel } from '../kernel.ts';
import { FINITE, GUARD_WORD } from './adamw.ts';
import type { RowExtent } from './matmul.ts';
import { reduction } from './reduce.ts';

/** Room for the figures of a loss, in floats. */
export const FIGURE_WORDS = 64;

/**
 * x [rows], one buffer a constant array in the order of the definition, slope, figures, guard. Figures get the loss and the
 * metrics; the guard becomes 1 when the loss is not finite, so that the optimiser leaves the parameters as they are.
 */
export function lossKernel({ name, arrays, wgsl }: LossDefinition, rows: RowExtent, sums: number): Kernel {
  const constants = Object.entries(arrays).map(([array, type]): [string, Binding] => [
    array,
    type === 'int' ? 'read i32' : 'read f32',
  ]);
  return kernel({
    label: `loss ${name}`,
    buffers: {
      x: 'read f32',
      ...Object.fromEntries(constants),
      slope: 'write f32',
      figures: 'write f32',
      guard: 'write u32',
    },
    declarations: `${reduction({ name: 'sumOver', type: 'f32', size: sums })}${FINITE}
const THREADS = ${sums}u;
var<private> invocation: u32;
fn sum(value: f32) -> f32 { return sumOver(value, invocation); }
fn report(k: u32, value: f32) {
  if (invocation != 0u) { return; }
  figures[k] = value;
  if (k == 0u && !finite(value)) { guard[${GUARD_WORD}] = 1u; }
}
${wgsl.functions ?? ''}`,
    workgroup: [sums],
    // A definition calls the entries of x selected.
    body: `invocation = thread;\n${wgsl.body.replaceAll('run.selected', `run.${rows}`)}`,
    grid: () => [1, 1, 1],
  });
}
