/** The log-probs and values that PPO's objectives put out beside their losses cost no readback and change no bit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { responseBatch } from '../../src/core/data/batches.ts';
import { Counters } from '../../workers/benchmark/counters.ts';
import type { Computation, Feed } from '../../workers/engine/computation.ts';
import type { Engine, StepReport } from '../../workers/engine/engine.ts';
import { feedOf } from '../../workers/model/computations.ts';
import { policyObjective, valueObjective } from '../../workers/pipeline/objectives.ts';
import { PAD, open, openCompiled, randomPairs, tinyConfig, tinyModel } from './setup.ts';

const ADAMW = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1 };

/** The same loss with nothing put out. */
function silent(computation: Computation): Computation {
  return {
    ...computation,
    build: (ops, parameters, inputs) => ({ loss: computation.build(ops, parameters, inputs).loss }),
  };
}

function feedAt(step: number): Feed {
  const batch = responseBatch(randomPairs(40 + step, 3 + (step % 2)), PAD);
  const wave = (scale: number): Float32Array => batch.responseMask.map((_, i) => scale * Math.sin(i + step));
  const arrays = {
    oldLogprobs: wave(0.3).map((x) => x - 3),
    advantages: wave(1),
    oldValues: wave(0.5),
    returns: wave(1),
  };
  return feedOf(batch, arrays);
}

describe.each(['wasm', 'webgpu'] as const)('on %s', (backend) => {
  const counters = new Counters();
  let engine: Engine;
  beforeAll(async () => {
    engine = backend === 'webgpu' ? await openCompiled() : await open('wasm');
  });
  afterAll(() => {
    engine.dispose();
  });

  it.each([
    { name: 'policy', scored: false, computation: policyObjective(tinyConfig, 0.2, 0.8), output: 'logprobs' },
    { name: 'critic', scored: true, computation: valueObjective(tinyConfig, 0.2), output: 'values' },
  ])('$name: the same steps, from what the same forward pass gave', async ({ scored, computation, output }) => {
    const train = async (each: Computation) => {
      const model = tinyModel(engine, 3, { scored });
      const optimiser = engine.createOptimiser(model.variables, ADAMW);
      const reports: StepReport[] = [];
      const before: Float32Array[] = [];
      const step = async (i: number): Promise<void> => {
        reports.push(await engine.step(optimiser, 1e-2, [{ computation: each, feed: feedAt(i) }]));
      };
      for (let i = 0; i < 4; i++) {
        const batch = responseBatch(randomPairs(40 + i, 3 + (i % 2)), PAD);
        before.push(scored ? await model.responseValues(batch) : await model.responseLogprobs(batch, 0.8));
        await step(i);
      }
      counters.reset();
      // Of WebGPU: tfjs keeps no count.
      if (backend === 'webgpu') counters.start();
      for (let i = 0; i < 4; i++) await step(i);
      if (backend === 'webgpu') counters.stop();
      const { submits, maps, buffers, dispatches } = counters.counts;
      const parameters = await model.variables.read();
      optimiser.dispose();
      model.dispose();
      const losses = reports.map(({ loss, grad_norm, terms }) => [loss, grad_norm, terms[0]!.metrics]);
      return { losses, parameters, costs: { submits, maps, buffers, dispatches }, reports, before };
    };
    const [told, untold] = [await train(computation), await train(silent(computation))];
    expect(told.losses).toEqual(untold.losses);
    expect(told.parameters).toEqual(untold.parameters);
    expect(told.costs).toEqual(untold.costs);
    if (backend === 'webgpu') expect(told.costs).toMatchObject({ submits: 4, maps: 4, buffers: 0 });
    told.before.forEach((expected, i) => {
      const found = told.reports[i]!.terms[0]!.outputs[output]!;
      const mask = feedAt(i).arrays['responseMask']!;
      expect(found).toHaveLength(expected.length);
      found.forEach((x, k) => mask[k] && expect(Math.abs(x - expected[k]!)).toBeLessThan(1e-6));
    });
    expect(untold.reports[0]!.terms[0]!.outputs).toEqual({});
  });
});
