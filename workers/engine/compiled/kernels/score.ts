/** The scalar head: one product a row. A tile of a matrix product would be empty but for one column. */
import { type Kernel, LINEAR_GROUP, kernel, linearGrid, stride } from '../kernel.ts';
import type { RowExtent } from './matmul.ts';
import { powerOfTwo, reduction, strandsOver } from './reduce.ts';

interface Options {
  readonly rows: RowExtent;
  readonly width: number;
}

/** x, weights, out [rows]: out[n] = x[n] · weights. */
export function scoreForward({ rows, width, sums }: Options & { readonly sums: number }): Kernel {
  const w4 = stride(width) / 4;
  const size = powerOfTwo(w4, Math.min(32, sums));
  return kernel({
    label: `score ${width}`,
    buffers: { x: 'read vec4f', weights: 'read vec4f', out: 'write f32' },
    declarations: reduction({ name: 'sum', type: 'f32', size }),
    workgroup: [size],
    body: `let row = ${LINEAR_GROUP};
if (row >= run.${rows}) { return; }
var part = 0.0;
for (var c = thread; c < ${w4}u; c += ${size}u) { part += dot(x[row * ${w4}u + c], weights[c]); }
let total = sum(part, thread);
if (thread == 0u) { out[row] = total; }`,
    grid: (run) => linearGrid(run[rows]),
  });
}

/** dout [rows], x, weights, dx, gradient of the weights. The first workgroup makes the gradient, the others dx. */
export function scoreBackward({
  rows,
  width,
  sums,
  add,
}: Options & { readonly sums: number; readonly add: boolean }): Kernel {
  const w4 = stride(width) / 4;
  const { threads, lanes, strands, fold } = strandsOver(w4, sums);
  return kernel({
    label: `score backward ${width}`,
    buffers: {
      dout: 'read f32',
      x: 'read vec4f',
      weights: 'read vec4f',
      dx: 'write vec4f',
      gradient: 'write vec4f',
    },
    declarations: `var<workgroup> part: array<vec4f, ${strands * lanes}>;`,
    workgroup: [threads],
    body: `let number = ${LINEAR_GROUP};
if (number == 0u) {
  let strand = thread / ${lanes}u;
  let lane = thread % ${lanes}u;
  for (var c0 = 0u; c0 < ${w4}u; c0 += ${lanes}u) {
    let c = c0 + lane;
    if (strand < ${strands}u) {
      var sum = vec4f();
      if (c < ${w4}u) { for (var n = strand; n < run.${rows}; n += ${strands}u) { sum += dout[n] * x[n * ${w4}u + c]; } }
      part[strand * ${lanes}u + lane] = sum;
    }
    workgroupBarrier();
    ${fold}
    if (strand == 0u && c < ${w4}u) { gradient[c] += part[lane]; }
    workgroupBarrier();
  }
} else {
  let i = (number - 1u) * ${threads}u + thread;
  if (i < run.${rows} * ${w4}u) { dx[i] ${add ? '+=' : '='} dout[i / ${w4}u] * weights[i % ${w4}u]; }
}`,
    grid: (run) => linearGrid(1 + Math.ceil((run[rows] * w4) / threads)),
  });
}
