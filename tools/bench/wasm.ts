/** Our plain engine with its fused kernels against stock tfjs, both on tfjs's WASM backend; and the oracle for gradients. */
import '@tensorflow/tfjs-backend-wasm';
import type { BenchmarkFigure } from '../../src/core/benchmark-protocol.ts';
import { demands, figure, figures, relativeError } from '../../workers/benchmark/figures.ts';
import { checkLosses, firstSteps, interleave, steps } from '../../workers/benchmark/measure.ts';
import { openWasm, oracle } from '../../workers/benchmark/ours.ts';
import { rememberKernels } from '../../workers/benchmark/stock-registry.ts';
import { openStock } from '../../workers/benchmark/stock-tfjs.ts';
import { BASE, type Size, makeProblem, sizeName } from '../../workers/benchmark/subject.ts';

export interface WasmOptions {
  size: Size;
  rounds: number;
  /** What is held against the oracle, if anything: a gradient by parameter name, and where it was computed. */
  gradient: { values: Readonly<Record<string, Float32Array>>; adapter: string } | null;
  log: (line: string) => void;
}

export async function compareOnWasm(wasmPath: string, options: WasmOptions): Promise<BenchmarkFigure[]> {
  const { size, rounds, gradient, log } = options;
  const problem = makeProblem(size);
  rememberKernels('wasm');
  const ours = await openWasm({ wasmPath });
  // openWasm made WASM tfjs's current backend, on which the stock formulation is too.
  const subjects = [ours.subject(problem), openStock(problem, { embedding: 'one_hot' })];
  const losses: Record<string, number[]> = {};
  for (const subject of subjects) losses[subject.name] = (await firstSteps(subject)).losses;
  checkLosses(losses);
  const samples = await interleave(steps(subjects), rounds, (round) => log(`WASM: round ${round + 1} of ${rounds}`));
  for (const subject of subjects) subject.dispose();

  const name = sizeName(size);
  const demand = name === sizeName(BASE) ? demands.wasm_step['stock tfjs'] : null;
  const base = {
    figure: `WASM train step, ${name}`,
    kind: 'wasm_train_step' as const,
    adapter: ours.adapter,
    unit: 'ms' as const,
  };
  const result = figures(base, samples, () => demand);
  if (gradient) {
    const reference = oracle().subject(problem);
    const error = relativeError(gradient.values, await reference.gradient());
    reference.dispose();
    result.push(
      figure({
        figure: `gradient against the oracle, ${name}`,
        kind: 'gradient_error',
        adapter: gradient.adapter,
        unit: 'relative',
        ours: [error],
        demand: demands.gradient,
      }),
    );
  }
  ours.dispose();
  return result;
}
