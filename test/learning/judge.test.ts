/** What the judge reports agrees with itself, with a second way of computing it, and with what earlier versions kept. */
import { beforeAll, describe, expect, test } from 'vitest';
import { responseBatch } from '../../src/core/data/batches.ts';
import { corpusRow } from '../../src/core/data/rows.ts';
import { PRESETS } from '../../src/core/presets.ts';
import { CHANGED, JUDGED, type JudgeReport, STAGES } from '../../src/core/reports.ts';
import { Rng } from '../../src/core/rng.ts';
import { judgeResponse } from '../../src/core/world/index.ts';
import { openNodeEngine } from '../../tools/node-backend.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { Model } from '../../workers/model/model.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { contextOf } from '../../workers/pipeline/context.ts';
import { type Judged, judgePrompts, judgeStage } from '../../workers/pipeline/judge.ts';
import { respond } from '../../workers/pipeline/respond.ts';
import type { Resume, StageContext } from '../../workers/pipeline/stage.ts';
import { pull } from './runs.ts';

const request = { preset: 'nano', seed: 5, stages: STAGES, base: 'train', labels: 'simulated' } as const;
const { known, strangers, others } = PRESETS.nano.judge;
const PROMPTS = known + strangers + others;

let report: JudgeReport;
let judged: Judged;
let context: StageContext;

beforeAll(async () => {
  const store = memoryStore();
  const run = (await pull(store, request))!;
  report = run.judge!;
  const weights = async (stage: string) => {
    const name = `${stage}.safetensors`;
    return decodeCheckpoint((await store.read(name)) as Uint8Array, name).weights;
  };
  const { wrapper, few_shot } = run.sft!.base_prompting;
  judged = {
    base: await weights('base'),
    sft: await weights('sft'),
    ppo: await weights('ppo'),
    prompting: few_shot > wrapper ? 'few_shot' : 'wrapper',
  };
  context = contextOf(request, (await openNodeEngine('wasm')).engine);
});

/** The states after every step, as JSON keeps them, and the report. */
async function judge(resume?: Resume): Promise<{ states: Record<string, unknown>[]; report: JudgeReport }> {
  const states: Record<string, unknown>[] = [];
  const stage = judgeStage(context, judged, resume);
  for (;;) {
    const { done, value } = await stage.next();
    if (done) return { states, report: value };
    states.push(JSON.parse(JSON.stringify((await value.snapshot()).state)) as Record<string, unknown>);
  }
}

describe('the report of the judge', () => {
  test('has the win rates against SFT that it always had, and everyone against everyone adds up', () => {
    const { sampled, greedy, win_rate } = report;
    expect(sampled!.against_sft.ppo).toEqual(win_rate.ppo_over_sft);
    expect(sampled!.wins.sft.base_prompted).toEqual(win_rate.sft_over_base_prompted);
    for (const { wins, against_sft } of [sampled!, greedy!]) {
      for (const model of ['base', 'base_prompted', 'ppo'] as const)
        expect(wins[model].sft).toEqual(against_sft[model]);
      for (const a of JUDGED)
        for (const b of JUDGED) {
          if (a === b) expect(wins[a][b]).toBeUndefined();
          else expect(wins[a][b]!.rate + wins[b][a]!.rate).toBeCloseTo(1, 12);
        }
      expect(against_sft.ppo.n).toBe(PROMPTS);
    }
  });

  test('has changes from the very figures of SFT to those of PPO', () => {
    for (const [models, comparison] of [
      [report.models, report.sampled!],
      [report.greedy!.models, report.greedy!],
    ] as const)
      for (const name of CHANGED) {
        const { from, to, change, low, high } = comparison.changes[name];
        expect(from).toBeCloseTo(models.sft[name], 12);
        expect(to).toBeCloseTo(models.ppo[name], 12);
        expect(change).toBeCloseTo(to - from, 12);
        expect(low).toBeLessThanOrEqual(change);
        expect(high).toBeGreaterThanOrEqual(change);
      }
    expect(report.sampled!.changes.fabrication.n).toBe(strangers);
    expect(report.sampled!.changes.refusal_known.n).toBe(known);
    expect(report.sampled!.changes.accuracy.n).toBe(PROMPTS - strangers);
  });

  test('judges greedily what each tuned model says when it is asked one prompt at a time', async () => {
    const examples = judgePrompts(context);
    for (const name of ['sft', 'ppo'] as const) {
      const model = new Model(context.engine, context.config, judged[name]);
      const gold: number[] = [];
      for (const example of examples) {
        const prompts = [context.tokenizer.promptIds(example.prompt)];
        const [answer] = await respond(context, model, prompts, { temperature: 0, stream: 'any' });
        gold.push(judgeResponse(example, answer!.text, answer!.ended).gold);
      }
      model.dispose();
      expect(report.greedy!.models[name].gold).toBeCloseTo(gold.reduce((a, b) => a + b, 0) / PROMPTS, 9);
    }
    expect(report.greedy!.models).not.toEqual(report.models);
  });

  test('has the perplexity of documents that are read one by one', async () => {
    const { world, tokenizer, config, seed, engine } = context;
    const rng = Rng.fromSeed(seed, 'judge', 'corpus');
    const rows = Array.from({ length: PROMPTS }, () => corpusRow(world, tokenizer, rng));
    for (const name of ['base', 'sft', 'ppo'] as const) {
      const model = new Model(engine, config, judged[name]);
      const losses: number[] = [];
      for (const row of rows) {
        const batch = responseBatch([row], tokenizer.pad, config.n_positions);
        losses.push(...Array.from(await model.responseLogprobs(batch), (logprob) => -logprob));
      }
      model.dispose();
      const perplexity = Math.exp(losses.reduce((a, b) => a + b, 0) / losses.length);
      expect(Math.abs(report.perplexity![name] / perplexity - 1)).toBeLessThan(1e-5);
      expect(report.perplexity!.change.tokens).toBe(losses.length);
    }
    const { from, to, factor } = report.perplexity!.change;
    expect([from, to]).toEqual([report.perplexity!.sft, report.perplexity!.ppo]);
    expect(factor).toBeCloseTo(to / from, 12);
  });
});

describe('a judge that was cut off', () => {
  test('goes on from every step to the same report', async () => {
    const { states, report: unbroken } = await judge();
    expect(unbroken).toEqual(report);
    for (const state of states) expect((await judge({ tensors: {}, state })).report).toEqual(report);
  });

  test('by an earlier version goes on from what that kept: its answers are the same', async () => {
    const { states } = await judge();
    // That version knew four models at one temperature, here a batch each.
    for (const { step, costs, answers, kl } of states.slice(0, JUDGED.length))
      expect((await judge({ tensors: {}, state: { step, costs, answers, kl } })).report).toEqual(report);
  });
});
