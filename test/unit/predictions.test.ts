import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  PREDICTED,
  type QuestionId,
  cameTrue,
  predictionsSchema,
  questionsFor,
  resultOf,
} from '../../src/core/predictions.ts';
import { PRESETS } from '../../src/core/presets.ts';
import type { ModelFigures, RunReport } from '../../src/core/reports.ts';

const sure = (rate: number) => ({ rate, low: rate, high: rate, n: 100 });

const FIGURES: ModelFigures = {
  gold: 0,
  accuracy: 0.7,
  fabrication: 0.6,
  refusal_known: 0.1,
  rude: 0.2,
  verbose: 0.3,
  polite: 0.2,
  response_length: 7,
  eos_rate: 1,
};

/** A run in the town: nothing unseen is solved, PPO wins and hardly makes anything up. */
function town(changes: { loss?: number; unseen?: number | null; templates?: number; made?: number } = {}): RunReport {
  const { loss = 0.9, unseen = 0, templates = 0.8, made = 0.03 } = changes;
  return {
    preset: 'small',
    seed: 0,
    base: 'train',
    backend: 'wasm',
    adapter: 'test',
    stages: [{ name: 'base', seconds: 1, tokens: 1, flop: 1, metrics: { loss } }],
    sft: {
      exact_match: {
        mean: 0.84,
        unseen_templates: templates,
        unseen_tasks: unseen,
        unseen_clusters: unseen,
        by_task: {},
        by_task_unseen_templates: {},
      },
      base_prompting: { plain: 0, wrapper: 0.1, few_shot: 0.1 },
    },
    reward: {
      accuracy: { familiar: sure(0.83), new_names: sure(0.81) },
      probes: {
        clean_over_rude: sure(1),
        refusal_over_made_up: sure(1),
        right_over_refusal: sure(0.9),
        polite_over_plain: sure(0.8),
        plain_over_verbose: sure(0.97),
      },
    },
    judge: {
      models: { base: FIGURES, base_prompted: FIGURES, sft: FIGURES, ppo: { ...FIGURES, fabrication: made } },
      win_rate: { ppo_over_sft: sure(0.76), sft_over_base_prompted: sure(0.54) },
      kl: 1.6,
      prompts: { total: 100, strangers: 30, known: 30 },
    },
  };
}

describe('questions', () => {
  it('fit the world: unseen tasks where there are some, unseen wordings elsewhere', () => {
    expect(questionsFor('sft', PRESETS.small, 'shipped')).toContain('sft.unseen_tasks');
    expect(questionsFor('sft', PRESETS.small, 'shipped')).not.toContain('sft.unseen_templates');
    expect(questionsFor('sft', PRESETS.micro, 'shipped')).toContain('sft.unseen_templates');
    expect(questionsFor('sft', PRESETS.micro, 'shipped')).not.toContain('sft.unseen_tasks');
  });

  it('are one or two a stage, and none about a base model that is not trained here', () => {
    for (const stage of PREDICTED) {
      const { length } = questionsFor(stage, PRESETS.micro, 'train');
      expect(length).toBeGreaterThanOrEqual(1);
      expect(length).toBeLessThanOrEqual(2);
    }
    expect(questionsFor('base', PRESETS.micro, 'shipped')).toEqual([]);
  });
});

describe('results', () => {
  it.each<[QuestionId, RunReport, Answer | null]>([
    ['base.loss', town(), 'below_1'],
    ['base.loss', town({ loss: 1 }), 'below_2'],
    ['base.loss', town({ loss: 3.9 }), 'below_4'],
    ['base.loss', town({ loss: 5.4 }), 'above_4'],
    ['sft.exact_match', town(), 0.84],
    ['sft.unseen_tasks', town(), 'no'],
    ['sft.unseen_tasks', town({ unseen: 0.1 }), 'no'],
    ['sft.unseen_tasks', town({ unseen: 0.11 }), 'yes'],
    ['sft.unseen_tasks', town({ unseen: null }), null],
    ['sft.unseen_templates', town(), 'yes'],
    ['sft.unseen_templates', town({ templates: 0.7 }), 'no'],
    ['reward.accuracy', town(), 0.81],
    ['reward.length', town(), 'plain'],
    ['ppo.win_rate', town(), 0.76],
    ['ppo.fabrication', town(), 'halved'],
    ['ppo.fabrication', town({ made: 0.3 }), 'halved'],
    ['ppo.fabrication', town({ made: 0.31 }), 'fewer'],
    ['ppo.fabrication', town({ made: 0.6 }), 'not_fewer'],
  ])('of %s', (id, report, result) => {
    expect(resultOf(id, report)).toBe(result);
  });

  it('are not there before their stage has reported', () => {
    const { preset, seed, base, backend, adapter } = town();
    const begun: RunReport = { preset, seed, base, backend, adapter, stages: [] };
    for (const stage of PREDICTED)
      for (const id of questionsFor(stage, PRESETS.small, 'train')) expect(resultOf(id, begun), id).toBeNull();
  });
});

describe('a prediction', () => {
  it.each<[QuestionId, Answer, Answer, boolean]>([
    ['ppo.fabrication', 'halved', 'halved', true],
    ['ppo.fabrication', 'fewer', 'halved', false],
    ['ppo.win_rate', 0.7, 0.7499, true],
    ['ppo.win_rate', 0.7, 0.756, false],
    ['ppo.win_rate', 0.55, 0.6, true],
    ['sft.exact_match', 0.75, 0.849, true],
    ['sft.exact_match', 0.75, 0.856, false],
  ])('about %s, %s, comes true at %s: %s', (id, answer, result, right) => {
    expect(cameTrue(id, answer, result)).toBe(right);
  });
});

describe('stored predictions', () => {
  const read = (...answers: unknown[]) => v.safeParse(predictionsSchema, { version: 1, answers });

  it('are read back', () => {
    const answers = [
      { question: 'ppo.win_rate', answer: 0.6, at: 1 },
      { question: 'ppo.fabrication', answer: 'fewer', at: 2 },
    ];
    expect(read(...answers).output).toEqual({ version: 1, answers });
  });

  it.each([
    ['a question that is not asked', { question: 'ppo.luck', answer: 0.6, at: 1 }],
    ['a share beyond one', { question: 'ppo.win_rate', answer: 60, at: 1 }],
    ['an option in place of a share', { question: 'ppo.win_rate', answer: 'halved', at: 1 }],
    ['an option of another question', { question: 'ppo.fabrication', answer: 'yes', at: 1 }],
    ['no time', { question: 'ppo.win_rate', answer: 0.6 }],
  ])('with %s are refused', (_, answer) => {
    expect(read(answer).success).toBe(false);
  });
});
