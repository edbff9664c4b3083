/** Layer normalisation of rows, two-pass variance; gradients of gain and bias by partial sums over blocks of rows. */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid, repeat, stride } from '../kernel.ts';
import type { RowExtent } from './matmul.ts';
import { powerOfTwo, reduction } from './reduce.ts';

/** Rows whose gradients of gain and bias one workgroup sums up; divides ROW_TILE. */
export const BLOCK_ROWS = 16;

interface Options {
  readonly rows: RowExtent;
  readonly width: number;
  /** Most invocations that share a row. */
  readonly sums: number;
}

/** Most columns that one invocation keeps in registers. */
const MOST_COLUMNS = 16;

/** How a row lies over the invocations: `per` values each, `size` apart. */
const spread = ({ width, sums }: Options): { size: number; per: number } => {
  const size = powerOfTwo(stride(width), Math.max(Math.min(64, sums), powerOfTwo(stride(width) / MOST_COLUMNS, 256)));
  return { size, per: Math.ceil(stride(width) / size) };
};

/** x, gain, bias, out, moments (mean and 1/σ of each row). */
export function layerNormForward({ rows, width, sums, epsilon }: Options & { readonly epsilon: number }): Kernel {
  const { size, per } = spread({ rows, width, sums });
  return kernel({
    label: `layerNorm ${width}`,
    buffers: { x: 'read f32', gain: 'read f32', bias: 'read f32', out: 'write f32', moments: 'write vec2f' },
    declarations: reduction({ name: 'sum', type: 'f32', size }),
    workgroup: [size],
    body: `let row = ${LINEAR_GROUP};
if (row >= run.${rows}) { return; }
let start = row * ${stride(width)}u;
${repeat(per, (i) => `let c${i} = thread + ${i * size}u; var x${i} = 0.0; if (c${i} < ${width}u) { x${i} = x[start + c${i}]; }`)}
let mean = sum(${repeat(per, (i) => `x${i}`, ' + ')}, thread) / ${width}.0;
${repeat(per, (i) => `var d${i} = 0.0; if (c${i} < ${width}u) { d${i} = x${i} - mean; }`)}
let variance = sum(${repeat(per, (i) => `d${i} * d${i}`, ' + ')}, thread) / ${width}.0;
let scale = inverseSqrt(variance + ${epsilon.toExponential()}f);
${repeat(per, (i) => `if (c${i} < ${width}u) { out[start + c${i}] = d${i} * scale * gain[c${i}] + bias[c${i}]; }${stride(width) > width ? ` else if (c${i} < ${stride(width)}u) { out[start + c${i}] = 0.0; }` : ''}`)}
if (thread == 0u) { moments[row] = vec2f(mean, scale); }`,
    grid: (run) => linearGrid(run[rows]),
  });
}

/** Floats from the partial sums of one layer to those of the next: whole 256 bytes, so that a binding can start there. */
export const partialsPitch = (width: number): number => Math.ceil((2 * stride(width)) / 64) * 64;

/**
 * dout, x, gain, moments, dx, partials [blocks, layers, partialsPitch] from this layer on. dx is set, or added to;
 * partials get the sums of both gradients over a block of rows.
 */
export function layerNormBackward({
  rows,
  width,
  sums,
  layers,
  add,
}: Options & { readonly layers: number; readonly add: boolean }): Kernel {
  const { size, per } = spread({ rows, width, sums });
  return kernel({
    label: `layerNorm backward ${width}`,
    buffers: {
      dout: 'read f32',
      x: 'read f32',
      gain: 'read f32',
      moments: 'read vec2f',
      dx: 'write f32',
      partials: 'write f32',
    },
    declarations: reduction({ name: 'sum', type: 'vec2f', size }),
    workgroup: [size],
    body: `let block = ${LINEAR_GROUP};
if (block * ${BLOCK_ROWS}u >= run.${rows}) { return; }
${repeat(per, (i) => `let c${i} = thread + ${i * size}u; let in${i} = c${i} < ${width}u; var g${i} = 0.0; if (in${i}) { g${i} = gain[c${i}]; } var dg${i} = 0.0; var db${i} = 0.0;`)}
for (var r = 0u; r < ${BLOCK_ROWS}u; r++) {
  let row = block * ${BLOCK_ROWS}u + r;
  let start = row * ${stride(width)}u;
  let m = moments[row];
  ${repeat(per, (i) => `var n${i} = 0.0; var d${i} = 0.0; if (in${i}) { n${i} = (x[start + c${i}] - m.x) * m.y; let d = dout[start + c${i}]; dg${i} += d * n${i}; db${i} += d; d${i} = d * g${i}; }`)}
  let means = sum(${repeat(per, (i) => `vec2f(d${i}, d${i} * n${i})`, ' + ')}, thread) / ${width}.0;
  ${repeat(per, (i) => `if (in${i}) { dx[start + c${i}] ${add ? '+=' : '='} m.y * (d${i} - means.x - n${i} * means.y); }${!add && stride(width) > width ? ` else if (c${i} < ${stride(width)}u) { dx[start + c${i}] = 0.0; }` : ''}`)}
}
${repeat(per, (i) => `if (c${i} < ${stride(width)}u) { partials[block * ${layers * partialsPitch(width)}u + c${i}] = dg${i}; partials[block * ${layers * partialsPitch(width)}u + ${stride(width)}u + c${i}] = db${i}; }`)}`,
    grid: (run) => linearGrid(run[rows] / BLOCK_ROWS),
  });
}

/**
 * partials [blocks, layers, partialsPitch], places [layers, 2], gradient. Adds the sums over blocks to the gradient, at
 * each layer's places of gain and bias.
 */
export function sumPartials({ rows, width, layers }: Omit<Options, 'sums'> & { readonly layers: number }): Kernel {
  const count = layers * 2 * stride(width);
  return kernel({
    label: `layerNorm sums ${layers}×${width}`,
    buffers: { partials: 'read f32', places: 'read u32', gradient: 'write f32' },
    workgroup: [64],
    body: `let i = ${LINEAR_GROUP} * 64u + thread;
if (i >= ${count}u) { return; }
let layer = i / ${2 * stride(width)}u;
let within = i % ${2 * stride(width)}u;
let half = within / ${stride(width)}u;
var sum = 0.0;
for (var b = 0u; b < run.${rows} / ${BLOCK_ROWS}u; b++) { sum += partials[(b * ${layers}u + layer) * ${partialsPitch(width)}u + within]; }
gradient[places[layer * 2u + half] + within % ${stride(width)}u] += sum;`,
    grid: () => linearGrid(Math.ceil(count / 64)),
  });
}
