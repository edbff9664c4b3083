/** Sampling: what top-k and top-p keep, and log-probs at a temperature. */
import type { Engine } from '../../workers/engine/engine.ts';
import { ParameterLayout } from '../../workers/engine/parameters.ts';
import { keptTokens } from '../../workers/model/sampling.ts';
import { type Check, check, checkEqual } from './measure.ts';
import type { ReferenceCases } from './schemas.ts';

export async function samplingChecks({ sampling: reference }: ReferenceCases, engine: Engine): Promise<Check[]> {
  const { temperature } = reference;
  const kept = (field: 'top_k' | 'top_p', keep: (logits: number[], bound: number) => number[]): Check[] =>
    Object.entries(reference[field]).map(([bound, rows]) =>
      checkEqual(
        `sampling ${field} ${bound}`,
        reference.logits.map((logits) => keep(logits, Number(bound)).sort((a, b) => a - b)),
        rows,
      ),
    );
  // Every token of the vocabulary once on every row of logits.
  const size = reference.logits[0]?.length ?? 0;
  const ids = reference.logits.flatMap((row) => row.map((_, id) => id));
  const rows = reference.logits.flatMap((row) => row.map(() => row));
  const layout = new ParameterLayout([{ name: 'logits', shape: [rows.length, size] }]);
  const variables = engine.createVariables(layout, layout.pack({ logits: rows.flat() }));
  const { logprobs = new Float32Array() } = await engine.run(
    variables,
    {
      name: 'log-probs of logits',
      inputs: { ids: { extent: 'selected', type: 'int' } },
      build: (ops, p, inputs) => ({
        outputs: { logprobs: ops.tokenLogprobs(p['logits']!, inputs['ids']!, temperature) },
      }),
    },
    { size: 1, time: ids.length, arrays: { ids: Int32Array.from(ids) } },
  );
  variables.dispose();
  return [
    ...kept('top_k', (logits, k) => keptTokens(logits, k)),
    ...kept('top_p', (logits, p) => keptTokens(logits, undefined, p)),
    check('sampling logprobs', logprobs, reference.logprobs),
  ];
}
