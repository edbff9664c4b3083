/** The optimiser: the norm of the gradient in parts, then clipping and AdamW in one pass over all parameters. */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid } from '../kernel.ts';
import { reduction } from './reduce.ts';

/** Room for the parts of the squared norm; summed up by whoever needs it. Parts that are not used are 0. */
export const NORM_PARTS = 64;

/** Parts that are used: as many as keep a card busy, few where each costs more than it saves. */
const partsFor = (sums: number): number => Math.min(NORM_PARTS, sums);

/** Words of the optimiser's state buffer: the parts of the norm, then the guard that a loss sets when it is not finite. */
export const STATE_WORDS = 128;
export const GUARD_WORD = 64;

/** By the bits: compilers may assume that no number is infinite or NaN. */
export const FINITE = `fn finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
`;

/** gradient, norm: norm[p] = part p of Σ g². `length` floats, a multiple of 4. */
export function normParts(length: number, sums: number): Kernel {
  const parts = partsFor(sums);
  return kernel({
    label: 'gradient norm',
    buffers: { gradient: 'read vec4f', norm: 'write f32' },
    declarations: reduction({ name: 'sum', type: 'f32', size: sums }),
    workgroup: [sums],
    body: `var part = 0.0;
for (var i = group.x * ${sums}u + thread; i < ${length / 4}u; i += ${parts * sums}u) { part += dot(gradient[i], gradient[i]); }
part = sum(part, thread);
if (thread == 0u) { norm[group.x] = part; }`,
    grid: () => [parts, 1, 1],
  });
}

/** Words of the settings of a step, see `adamw`. */
export const SETTINGS_WORDS = 64;

/**
 * parameters, gradient, m, v, decay (1 where weight decay applies), norm and guard, settings [learning rate, β1, β2, ε,
 * weight decay, 1 − β1^t, 1 − β2^t, largest norm]. Nothing changes when the norm or the loss was not finite.
 */
export function adamw(length: number, sums: number): Kernel {
  return kernel({
    label: 'adamw',
    buffers: {
      parameters: 'write vec4f',
      gradient: 'read vec4f',
      m: 'write vec4f',
      v: 'write vec4f',
      decay: 'read vec4f',
      norm: 'read f32',
      settings: 'read f32',
    },
    declarations: FINITE,
    workgroup: [64],
    body: `let i = ${LINEAR_GROUP} * 64u + thread;
if (i >= ${length / 4}u) { return; }
var squares = 0.0;
for (var k = 0u; k < ${partsFor(sums)}u; k++) { squares += norm[k]; }
if (!finite(squares) || bitcast<u32>(norm[${GUARD_WORD}]) != 0u) { return; }
let g = gradient[i] * min(1.0, settings[7] / (sqrt(squares) + 1e-6));
let b1 = settings[1];
let b2 = settings[2];
let mean = b1 * m[i] + (1.0 - b1) * g;
let square = b2 * v[i] + (1.0 - b2) * g * g;
m[i] = mean;
v[i] = square;
let p = parameters[i];
parameters[i] = p - p * decay[i] * (settings[0] * settings[4]) - settings[0] / settings[5] * mean / (sqrt(square / settings[6]) + settings[3]);`,
    grid: () => linearGrid(Math.ceil(length / 4 / 64)),
  });
}
