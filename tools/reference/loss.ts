/** A loss by itself, as an engine computes it: what it is differentiated by is the only parameter. */
import type { Extent } from '../../workers/engine/computation.ts';
import type { Engine } from '../../workers/engine/engine.ts';
import type { LossDefinition } from '../../workers/engine/loss.ts';
import { ParameterLayout } from '../../workers/engine/parameters.ts';

export interface EvaluatedLoss {
  loss: number;
  metrics: Record<string, number>;
  /** [M] Of weight · loss. */
  gradient: Float32Array;
}

/** `definition` of `x` [M] and its arrays, one entry a score or one a pair. */
export async function evaluateLoss<Name extends string>(
  engine: Engine,
  definition: LossDefinition<Name>,
  x: Float32Array,
  arrays: Readonly<Record<Name, Int32Array | Float32Array>>,
  { extent = 'selected', weight = 1 }: { extent?: Extent; weight?: number } = {},
): Promise<EvaluatedLoss> {
  const layout = new ParameterLayout([{ name: 'x', shape: [x.length] }]);
  const inputs = Object.fromEntries(Object.entries(definition.arrays).map(([name, type]) => [name, { extent, type }]));
  const variables = engine.createVariables(layout, layout.pack({ x }));
  try {
    const { gradient, report } = await engine.gradient(variables, [
      {
        computation: {
          name: definition.name,
          inputs: inputs as Record<Name, { extent: Extent; type: 'float' | 'int' }>,
          build: (ops, p, arrays) => ({ loss: ops.loss(definition, p['x']!, arrays) }),
        },
        feed: { size: 1, time: x.length, arrays },
        weight,
      },
    ]);
    const [term] = report.terms;
    if (!term) throw new Error(`${definition.name}: the engine reports no term`);
    const { x: slope = new Float32Array() } = layout.unpack(gradient);
    return { loss: term.loss, metrics: term.metrics, gradient: slope };
  } finally {
    variables.dispose();
  }
}
