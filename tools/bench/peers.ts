/** The libraries that our engine is compared with, by name. */
import { openJax } from './jax.ts';
import { type StockOptions, openStock } from '../../workers/benchmark/stock-tfjs.ts';
import type { Problem, Subject } from '../../workers/benchmark/subject.ts';

export const PEERS = ['stock tfjs', 'jax-js'] as const;
export type PeerName = (typeof PEERS)[number];

/** A peer on WebGPU; tfjs's 'webgpu' backend must be current. */
export async function openPeer(name: PeerName, problem: Problem, options: StockOptions = {}): Promise<Subject> {
  return name === 'jax-js' ? openJax(problem) : openStock(problem, options);
}
