/** Elementwise kernels over whole arrays of rows: for what no product could take along. */
import { type Kernel, LINEAR_GROUP, type Run, kernel, linearGrid, stride } from '../kernel.ts';
import { GELU } from './gelu.ts';
import type { RowExtent } from './matmul.ts';

interface Options {
  /** Extent of the rows, or a fixed number of them. */
  readonly rows: RowExtent | number;
  readonly width: number;
}

function elementwise(
  label: string,
  { rows, width }: Options,
  buffers: Parameters<typeof kernel>[0]['buffers'],
  statement: string,
  declarations = '',
): Kernel {
  const count = (run: Run): number => ((typeof rows === 'number' ? rows : run[rows]) * stride(width)) / 4;
  const bound = typeof rows === 'number' ? `${(rows * stride(width)) / 4}u` : `run.${rows} * ${stride(width) / 4}u`;
  return kernel({
    label: `${label} ${width}`,
    buffers,
    declarations,
    workgroup: [64],
    body: `let i = ${LINEAR_GROUP} * 64u + thread;
if (i >= ${bound}) { return; }
${statement}`,
    grid: (run) => linearGrid(Math.ceil(count(run) / 64)),
  });
}

/** a, b, out: out = a + b. */
export const addArrays = (options: Options): Kernel =>
  elementwise('add', options, { a: 'read vec4f', b: 'read vec4f', out: 'write vec4f' }, 'out[i] = a[i] + b[i];');

/** a, out: out += a. */
export const accumulate = (options: Options): Kernel =>
  elementwise('accumulate', options, { a: 'read vec4f', out: 'write vec4f' }, 'out[i] += a[i];');

/** z, out: out = gelu(z). */
export const geluForward = (options: Options): Kernel =>
  elementwise('gelu', options, { z: 'read vec4f', out: 'write vec4f' }, 'out[i] = gelu(z[i]);', GELU);

/** dout, z, dz: dz is set to dout · gelu′(z), or that is added to it. */
export const geluBackward = (options: Options & { add: boolean }): Kernel =>
  elementwise(
    'gelu backward',
    options,
    { dout: 'read vec4f', z: 'read vec4f', dz: 'write vec4f' },
    `dz[i] ${options.add ? '+=' : '='} dout[i] * geluSlope(z[i]);`,
    GELU,
  );
