/**
 * A kernel: one WGSL programme with its bindings and the number of workgroups for given sizes.
 *
 * Widths (d, V, head size) are baked into the code, numbers of rows are not: they come in the uniform `run`, so that
 * batches of every length use the same pipelines. Every array of activations has its rows padded: as many as a multiple
 * of ROW_TILE, each as wide as a multiple of 4 floats (`stride`); padding is finite, and 0 wherever gradients flow.
 */

/** Numbers of rows are padded to a multiple of this, so that tiles over rows need no bounds. */
export const ROW_TILE = 32;

/** Floats from one row of an array of this width to the next. */
export const stride = (width: number): number => Math.ceil(width / 4) * 4;

/** The sizes of one run, padding included. */
export interface Run {
  /** B and T; tokens = B·T is a multiple of ROW_TILE. */
  readonly batch: number;
  readonly time: number;
  readonly tokens: number;
  /** M: a multiple of ROW_TILE. */
  readonly selected: number;
  readonly pairs: number;
  /** Weight of the loss among the terms of a step. */
  readonly weight: number;
}

/** Bytes of `Run` as a uniform. */
export const RUN_BYTES = 32;
const RUN = `struct Run { batch: u32, time: u32, tokens: u32, selected: u32, pairs: u32, weight: f32 }
@group(0) @binding(0) var<uniform> run: Run;
`;

/** The contents of the uniform. */
export function runBytes({ batch, time, tokens, selected, pairs, weight }: Run): ArrayBuffer {
  const bytes = new ArrayBuffer(RUN_BYTES);
  new Uint32Array(bytes).set([batch, time, tokens, selected, pairs]);
  new Float32Array(bytes)[5] = weight;
  return bytes;
}

/** How a storage buffer is bound: 'read vec4f' → array<vec4f>, read-only; 'write f32' → array<f32>, read and write. */
export type Binding = `${'read' | 'write'} ${'f32' | 'vec2f' | 'vec4f' | 'u32' | 'i32'}`;

export type Grid = readonly [x: number, y: number, z: number];

export interface Kernel {
  /** Short, for listings: "matmul 96→288". */
  readonly label: string;
  readonly code: string;
  /** Access of the storage buffers, bindings 1, 2, … of group 0; binding 0 is the uniform `run`. At most 8. */
  readonly access: readonly ('read' | 'write')[];
  /** Workgroups for a run. */
  readonly grid: (run: Run) => Grid;
}

export interface KernelOptions {
  readonly label: string;
  /** Storage buffers by their name in the code, in binding order. */
  readonly buffers: Readonly<Record<string, Binding>>;
  /** Constants, workgroup variables and functions. */
  readonly declarations?: string;
  /** Invocations a workgroup. */
  readonly workgroup: readonly [x: number, y?: number];
  /** Body of main. In scope: group (workgroup_id), groups (num_workgroups), local (local_invocation_id), thread (index). */
  readonly body: string;
  readonly grid: Kernel['grid'];
}

export function kernel({ label, buffers, declarations = '', workgroup, body, grid }: KernelOptions): Kernel {
  const entries = Object.entries(buffers);
  const bound = entries.map(([name, binding], i) => {
    const [access, type] = binding.split(' ') as ['read' | 'write', string];
    return `@group(0) @binding(${i + 1}) var<storage, ${access === 'read' ? 'read' : 'read_write'}> ${name}: array<${type}>;\n`;
  });
  const code = `${RUN}${bound.join('')}${declarations}
@compute @workgroup_size(${workgroup.join(', ')})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
${body}
}
`;
  return { label, code, access: entries.map(([, binding]) => binding.split(' ')[0] as 'read' | 'write'), grid };
}

/** Most workgroups in one dimension of a dispatch. */
const MOST_GROUPS = 65535;

/** `count` workgroups, in two dimensions where they are too many for one; see `LINEAR_GROUP`. */
export function linearGrid(count: number): Grid {
  if (count <= MOST_GROUPS) return [count, 1, 1];
  const rows = Math.ceil(count / MOST_GROUPS);
  return [Math.ceil(count / rows), rows, 1];
}

/** The number of a workgroup of a `linearGrid`; may reach beyond the count, which the code has to check. */
export const LINEAR_GROUP = '(group.y * groups.x + group.x)';

/** `n` pieces of code, joined. */
export const repeat = (n: number, code: (i: number) => string, separator = '\n'): string =>
  Array.from({ length: n }, (_, i) => code(i)).join(separator);
