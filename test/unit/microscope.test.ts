/** The token microscope: its arithmetic against the algorithms' own, what is stored of it, and what it writes. */
import 'fake-indexeddb/auto';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { responseBatch } from '../../src/core/data/batches.ts';
import {
  type Effect,
  type IterationRecord,
  MOST_ITERATIONS,
  effectOf,
  finalScore,
  isRecorded,
  policyTerms,
  recordEvery,
  responseFigures,
  spanOf,
  tokensOf,
  valueTerms,
  whiteningOf,
} from '../../src/core/microscope.ts';
import { type SummedMetric, agrees, sumsOf, textOf } from '../../src/core/microscope-sums.ts';
import { Rng } from '../../src/core/rng.ts';
import { Recordings } from '../../src/session/recordings.svelte.ts';
import { parseMaths } from '../../src/stages/ppo/maths.ts';
import { microscopeCsv } from '../../src/stages/ppo/microscope-csv.ts';
import { StoredRun, listFiles, readDamaged } from '../../src/storage/index.ts';
import { encodeRecordings, loadRecordings } from '../../src/storage/microscope.ts';
import { openNodeEngine } from '../../tools/node-backend.ts';
import { clippedTokens, estimate, explainedVariance, objectives } from '../../workers/algorithms/ppo.ts';
import { IterationRecorder } from '../../workers/pipeline/microscope.ts';
import { minibatchOf } from '../../workers/pipeline/minibatch.ts';

const EOS = 4;
const SETTINGS = {
  kl_coef: 0.3,
  missing_eos_penalty: 1,
  gamma: 0.9,
  lambda: 0.8,
  cliprange: 0.2,
  cliprange_value: 0.3,
  calibration: { mean: 2, std: 4 },
};
const decode = (ids: readonly number[]): string => ids.map((id) => (id === EOS ? '<eos>' : `w${id}`)).join(' ');

/** A rollout of responses of 1 to 6 tokens, with its minibatches as an update would hand them over. */
function recorded(seed: number, responses = 5) {
  const rng = Rng.fromSeed(seed, 'microscope');
  const pairs = Array.from({ length: responses }, () => ({
    prompt: Array.from({ length: 1 + rng.int(4) }, () => 5 + rng.int(9)),
    response: [...Array.from({ length: rng.int(6) }, () => 5 + rng.int(9)), rng.chance(0.5) ? EOS : 5],
  }));
  const batch = responseBatch(pairs, 0);
  const { responseTime: time, responseMask: mask } = batch;
  // Outside the mask there is garbage, which must not be seen anywhere.
  const noise = (scale: number): Float32Array => mask.map((inside) => (inside ? scale * rng.normal() : 1e6));
  const oldLogprobs = noise(1).map((x) => x - 2);
  const rawScores = Float32Array.from({ length: responses }, () => 2 + 4 * rng.normal());
  const rollout = {
    time,
    mask,
    oldLogprobs,
    refLogprobs: oldLogprobs.map((x, i) => x + 0.4 * (noise(1)[i] as number)),
    oldValues: noise(1),
    scores: rawScores.map((score) => (score - 2) / 4),
    ended: pairs.map(({ response }) => response.at(-1) === EOS),
  };
  const estimates = estimate(rollout, SETTINGS);
  const examples = pairs.map((_, b) => ({
    ...{ task: 'qa', cluster: 'closed_qa', template: 0, known: true, rudePrompt: false, slots: {} },
    ...{ prompt: `what , number ${b} ?`, answer: 'w5', wrong: 'w6', unknowable: b === 1 },
  })) as never;
  const recorder = new IterationRecorder(
    { iteration: 3, step: 4, settings: SETTINGS },
    { batch, rollout, examples, rawScores, estimates },
  );
  const passes = [0, 1].map((epoch) => {
    const order = rng.shuffle(pairs.map((_, b) => b));
    return [order.slice(0, 3), order.slice(3)]
      .filter((rows) => rows.length > 0)
      .map((rows) => {
        const { batch: part, arrays } = minibatchOf(batch, rollout, estimates, rows);
        const moved = (from: Float32Array): Float32Array => from.map((x) => x + 0.3 * rng.normal());
        const [logprobs, values] = [moved(arrays.oldLogprobs), moved(arrays.oldValues)];
        recorder.before(epoch, rows, logprobs, values, part.responseTime);
        return { rows, part, arrays, logprobs, values };
      });
  });
  const after = { logprobs: noise(1), values: noise(1) };
  return { record: recorder.done(after.logprobs, after.values), rollout, estimates, passes, after };
}

const seeds = fc.integer({ min: 0, max: 1e6 });

describe('what is recorded', () => {
  it('is the rollout without its padding, whatever the lengths', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { record, rollout, estimates, after, passes } = recorded(seed);
        const inside = (column: Float32Array): number[] => [...column].filter((_, i) => rollout.mask[i]);
        expect([...record.oldLogprobs]).toEqual(inside(rollout.oldLogprobs));
        expect([...record.refLogprobs]).toEqual(inside(rollout.refLogprobs));
        expect([...record.values]).toEqual(inside(rollout.oldValues));
        expect([...record.rewards]).toEqual(inside(estimates.rewards));
        expect([...record.advantages]).toEqual(inside(estimates.advantages));
        expect([...record.whitened]).toEqual(inside(estimates.whitened));
        expect([...record.returns]).toEqual(inside(estimates.returns));
        expect([...record.after.logprobs]).toEqual(inside(after.logprobs));
        expect([...record.after.values]).toEqual(inside(after.values));
        passes.forEach((parts, epoch) =>
          parts.forEach(({ rows, part, logprobs }, number) =>
            rows.forEach((b, i) => {
              expect(record.epochs[epoch]!.minibatch[b]).toBe(number);
              const [start, end] = spanOf(record, b);
              const own = logprobs.subarray(i * part.responseTime, i * part.responseTime + end - start);
              expect([...record.epochs[epoch]!.logprobs.subarray(start, end)]).toEqual([...own]);
            }),
          ),
        );
        record.asked.forEach((_, b) => expect(finalScore(record, b)).toBeCloseTo(estimates.finalScores[b]!, 5));
      }),
      { numRuns: 40 },
    );
  });

  it('of long runs: the first, the last, and so many that they can be kept', () => {
    expect([recordEvery(20, 64), recordEvery(200, 64), recordEvery(201, 64), recordEvery(1000, 64)]).toEqual([
      1, 1, 2, 5,
    ]);
    expect(recordEvery(1000, 1024)).toBe(40);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1024 }), (iterations, rollouts) => {
        const kept = Array.from({ length: iterations }, (_, i) => i + 1).filter((each) =>
          isRecorded(each, iterations, rollouts),
        );
        expect([kept[0], kept.at(-1)]).toEqual([1, iterations]);
        expect(kept.length).toBeLessThanOrEqual(MOST_ITERATIONS + 2);
        expect(kept.length * rollouts).toBeLessThanOrEqual(25_600 + 2 * rollouts);
      }),
    );
  });
});

describe('the sums', () => {
  const valueOf = (record: IterationRecord, metric: SummedMetric) =>
    sumsOf(record, decode).find((sum) => sum.metric === metric)!;

  it('of a rollout are those of the stage', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { record, rollout, estimates } = recorded(seed);
        const expected = objectives(rollout, estimates, SETTINGS.kl_coef);
        for (const [name, value] of Object.entries(expected)) {
          const sum = valueOf(record, `objective/${name as keyof typeof expected}`);
          expect(agrees(sum, value), `${name}: ${sum.value}, not ${value}`).toBe(true);
        }
        const explained = explainedVariance(estimates.returns, rollout.oldValues, rollout.mask);
        expect(agrees(valueOf(record, 'val/explained_variance'), explained)).toBe(true);
        const tokens = rollout.mask.reduce((a, b) => a + b, 0);
        expect(valueOf(record, 'response_length').value).toBeCloseTo(tokens / 5, 10);
        expect(valueOf(record, 'val/num_eos_tokens').value).toBe(rollout.ended.filter(Boolean).length);
      }),
      { numRuns: 40 },
    );
  });

  it('do not agree with a figure that is another', () => {
    const { record } = recorded(7);
    for (const sum of sumsOf(record, decode)) {
      expect(agrees(sum, sum.value)).toBe(true);
      expect(agrees(sum, sum.value + 1e-3 * Math.max(sum.size, Math.abs(sum.value), 1e-3))).toBe(false);
    }
  });

  describe('of the updates', () => {
    beforeAll(async () => {
      await openNodeEngine('cpu', { compiled: false });
    });

    it('are the means over minibatches of what the loss says of each token', () => {
      const { record, passes } = recorded(11);
      const updates = passes.flat().map(({ part, arrays, logprobs }) =>
        tf.tidy(() => {
          const mask = tf.tensor1d(part.responseMask);
          const { oldLogprobs, advantages } = arrays;
          const terms = clippedTokens(
            tf.mul(tf.tensor1d(logprobs), mask),
            {
              oldLogprobs: tf.mul(tf.tensor1d(oldLogprobs), mask),
              advantages: tf.mul(tf.tensor1d(advantages), mask),
              mask,
            },
            0.2,
          );
          const mean = (x: tf.Tensor): number => tf.div(tf.sum(tf.mul(x, mask)), tf.sum(mask)).dataSync()[0]!;
          return Object.fromEntries(Object.entries(terms).map(([name, x]) => [name, mean(x)])) as Record<
            keyof typeof terms,
            number
          >;
        }),
      );
      const mean = (name: 'loss' | 'clipfrac' | 'approxkl' | 'ratio'): number =>
        updates.reduce((sum, update) => sum + update[name], 0) / updates.length;
      expect(updates).toHaveLength(4);
      expect(mean('clipfrac')).toBeGreaterThan(0);
      expect(agrees(valueOf(record, 'loss/policy_avg'), mean('loss'))).toBe(true);
      expect(agrees(valueOf(record, 'policy/clipfrac_avg'), mean('clipfrac'))).toBe(true);
      expect(agrees(valueOf(record, 'policy/approxkl_avg'), mean('approxkl'))).toBe(true);
      expect(agrees(valueOf(record, 'val/ratio'), mean('ratio'))).toBe(true);
      expect(agrees(valueOf(record, 'val/first_ratio'), updates[0]!.ratio)).toBe(true);
    });
  });
});

describe('one token', () => {
  it.each<[effect: Effect, ratio: number, advantage: number]>([
    ['raised', 1, 2],
    ['raised', 1.19, 0.1],
    ['raised_back', 0.7, 1],
    ['clipped_above', 1.3, 1],
    ['lowered', 1, -2],
    ['lowered_back', 1.3, -1],
    ['clipped_below', 0.7, -1],
    ['neutral', 1.3, 0],
  ])('%s at ratio %s with advantage %s: so says the slope of the loss', (effect, ratio, advantage) => {
    const lossAt = (shift: number): number => policyTerms(Math.log(ratio) - 3 + shift, -3, advantage, 0.2).loss;
    const terms = policyTerms(Math.log(ratio) - 3, -3, advantage, 0.2);
    expect(effectOf(terms, advantage, 0.2)).toBe(effect);
    const slope = (lossAt(1e-6) - lossAt(-1e-6)) / 2e-6;
    const sign = effect.startsWith('raised') ? -1 : effect.startsWith('lowered') ? 1 : 0;
    expect(Math.sign(Math.abs(slope) < 1e-6 ? 0 : slope)).toBe(sign);
    expect(terms.isClipped).toBe(effect.startsWith('clipped'));
  });

  it('of the critic: the clip holds a value near the old one', () => {
    expect(valueTerms(2, 0, 1, null)).toEqual({ loss: 0.5, isClipped: false });
    expect(valueTerms(0.9, 0, 1, 0.2).loss).toBeCloseTo(0.8 ** 2 / 2, 12);
    expect(valueTerms(0.9, 0, 1, 0.2).isClipped).toBe(true);
    expect(valueTerms(0.1, 0, 1, 0.2)).toEqual({ loss: 0.9 ** 2 / 2, isClipped: false });
  });

  it('the list adds up what its tokens say', () => {
    const { record } = recorded(3);
    record.asked.forEach((_, b) => {
      const [first, second] = [tokensOf(record, b, 0), tokensOf(record, b, 1)];
      const { kl, advantage, clipped, score } = responseFigures(record, b);
      expect(kl).toBeCloseTo(
        first.reduce((sum, token) => sum + token.oldLogprob - token.refLogprob, 0),
        10,
      );
      expect(advantage).toBe(Math.max(...first.map((token) => Math.abs(token.advantage))));
      expect(clipped).toBe([...first, ...second].filter(({ isClipped }) => isClipped).length);
      expect(score).toBe(finalScore(record, b));
    });
  });

  it('was whitened by the mean and deviation that were used, also where they are of other tokens', () => {
    const { record } = recorded(5);
    const values = [...record.advantages];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1));
    expect(whiteningOf(record)!.mean).toBeCloseTo(mean, 4);
    expect(whiteningOf(record)!.std).toBeCloseTo(std, 4);
    const other = { ...record, whitened: record.advantages.map((a) => (a - 7) / 3) };
    expect(whiteningOf(other)!.mean).toBeCloseTo(7, 3);
    expect(whiteningOf(other)!.std).toBeCloseTo(3, 4);
    expect(
      whiteningOf({ ...record, advantages: record.advantages.map(() => 1), whitened: new Float32Array(9) }),
    ).toBeNull();
  });

  it('an answer is its tokens without the end', () => {
    const { record } = recorded(2);
    record.asked.forEach((_, b) => {
      const words = tokensOf(record, b, 0).map(({ id }) => decode([id]));
      expect(textOf(record, b, decode)).toBe(words.filter((word) => word !== '<eos>').join(' '));
    });
  });
});

const saveRecordings = (run: string, records: readonly IterationRecord[]): Promise<void> =>
  new StoredRun(run).write('ppo.microscope.safetensors', encodeRecordings(records));

describe('what is stored', () => {
  it('comes back as it was', async () => {
    const records = [recorded(1).record, { ...recorded(2, 3).record, iteration: 9, step: 10 }];
    await saveRecordings('nano-1', records);
    expect(await loadRecordings('nano-1')).toEqual(records);
    await saveRecordings('nano-1', []);
    expect(await loadRecordings('nano-1')).toEqual([]);
  });

  it.each([
    ['cut off', (bytes: Uint8Array) => bytes.slice(0, -40), /truncated|taken|bytes/],
    ['of another kind', (bytes: Uint8Array) => replaced(bytes, '"microscope"', '"checkpoint"'), 'no recording'],
    [
      'with a setting that is no number',
      (bytes: Uint8Array) => replaced(bytes, 'kl_coef\\":0.3', 'kl_coef\\":[1]'),
      'settings.kl_coef',
    ],
    [
      'with a column of another iteration',
      (bytes: Uint8Array) => replaced(bytes, '"3.tokens"', '"4.tokens"'),
      '3.tokens',
    ],
    [
      'with an answer too few',
      (bytes: Uint8Array) => replaced(bytes, '\\"ended\\":[true', '\\"ended\\":[    '),
      /iterations|ends/,
    ],
  ])('a file %s is named, and set aside', async (_, damage, message) => {
    await saveRecordings('nano-2', [recorded(4).record]);
    const stored = new StoredRun('nano-2');
    const file = 'ppo.microscope.safetensors';
    const damaged = damage((await stored.read(file))!);
    await stored.write(file, damaged);
    const loading = loadRecordings('nano-2');
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(/nano-2\/ppo\.microscope\.safetensors.*It was set aside/);
    await expect(loadRecordings('nano-2')).resolves.toEqual([]);
    const { damaged: aside } = await listFiles();
    expect(await readDamaged(['nano-2', aside.at(-1)!.aside!.name])).toEqual(damaged);
  });

  /** One text in a file for another of the same length. */
  function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
    const text = Buffer.from(bytes).toString('latin1');
    if (!text.includes(from)) throw new Error(`no ${from} in the file`);
    return new Uint8Array(Buffer.from(text.replace(from, to.padEnd(from.length).slice(0, from.length)), 'latin1'));
  }

  it('is what the run that is shown recorded last', async () => {
    const recordings = new Recordings();
    const at = (iteration: number): IterationRecord => ({ ...recorded(1).record, iteration, step: iteration + 1 });
    for (const iteration of [1, 2, 3]) recordings.add(at(iteration));
    // The run goes on from a snapshot after step 3: the third iteration is made anew.
    recordings.restart(3);
    expect(recordings.list.map(({ iteration }) => iteration)).toEqual([1, 2]);
    recordings.add(at(3));
    await saveRecordings('nano-3', recordings.list);
    recordings.clear();
    expect(recordings.list).toEqual([]);
    await recordings.load('nano-3', () => true);
    expect(recordings.list.map(({ iteration }) => iteration)).toEqual([1, 2, 3]);
    await recordings.load('nano-4', () => false);
    expect(recordings.list).toHaveLength(3);
  });
});

describe('what is written', () => {
  it('as CSV: a row a token, every pass in columns of its own', () => {
    const { record } = recorded(6);
    const [header, ...rows] = microscopeCsv(record, decode).trimEnd().split('\r\n');
    expect(rows).toHaveLength(record.tokens.length);
    const names = header!.split(',');
    expect(names.filter((name) => name.endsWith('ratio'))).toEqual(['epoch_1_ratio', 'epoch_2_ratio']);
    const cells = rows[0]!.match(/("[^"]*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, ''));
    const cell = (name: string): string => cells[names.indexOf(name)]!;
    expect(cell('prompt')).toBe('"what , number 0 ?"');
    expect(Number(cell('kl'))).toBe(record.oldLogprobs[0]! - record.refLogprobs[0]!);
    expect(Number(cell('epoch_2_ratio'))).toBe(Math.exp(record.epochs[1]!.logprobs[0]! - record.oldLogprobs[0]!));
    expect(Number(cell('value_after'))).toBe(record.after.values[0]);
  });

  it('as a formula: numbers, signs, names, and indices that may be sums', () => {
    expect(parseMaths('δ_t = − 0.5 V_t+1')).toEqual([
      { kind: 'indexed', text: 'δ', index: [{ kind: 'name', text: 't' }] },
      { kind: 'sign', text: '=' },
      { kind: 'sign', text: '−' },
      { kind: 'number', text: '0.5' },
      {
        kind: 'indexed',
        text: 'V',
        index: [
          { kind: 'name', text: 't' },
          { kind: 'sign', text: '+' },
          { kind: 'number', text: '1' },
        ],
      },
    ]);
    expect(parseMaths('( −1.5 )').map(({ kind }) => kind)).toEqual(['sign', 'number', 'sign']);
  });
});
