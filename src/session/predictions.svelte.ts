/** What a person predicted of the run that is shown, kept beside it, and what came of it. */
import * as v from 'valibot';
import { presetFor } from '../core/knobs.ts';
import {
  type Answer,
  type Answered,
  type Asked,
  PREDICTED,
  type PredictedStage,
  type QuestionId,
  type StagePredictions,
  predictionsSchema,
  questionsFor,
  resultOf,
  toldBy,
} from '../core/predictions.ts';
import { readJson, writeJson } from '../storage/index.ts';
import type { Failures } from './failures.svelte.ts';
import { remember, remembered } from './memory.ts';
import type { Run } from './run.svelte.ts';
import type { Settings } from './settings.svelte.ts';

const FILE = 'predictions.json';
const STORED_SWITCH = 'rlhf-playground.predict';

export class Predictions {
  readonly #run: Run;
  readonly #settings: Settings;
  readonly #failures: Failures;
  readonly #stages: Readonly<Record<PredictedStage, StagePredictions>>;
  #answers = $state.raw<readonly Answered[]>([]);
  /** The run that the answers belong to; null while they are read, and where the file is damaged and must be left. */
  #name = $state.raw<string | null>(null);
  #switched = $state.raw<'on' | 'off' | null>(null);
  readonly #usual: 'on' | 'off';
  #writing: Promise<void> = Promise.resolve();

  constructor(run: Run, settings: Settings, failures: Failures) {
    this.#run = run;
    this.#settings = settings;
    this.#failures = failures;
    this.#usual = remembered(STORED_SWITCH, v.picklist(['on', 'off'])) ?? 'on';
    const stages = PREDICTED.map((stage): [PredictedStage, StagePredictions] => {
      const asked = (): readonly Asked[] => (this.on ? this.#asked(stage) : []);
      return [
        stage,
        {
          get asked() {
            return asked();
          },
          answer: (id, answer) => this.#answer(stage, id, answer),
          switchOff: () => this.switch(false),
        },
      ];
    });
    this.#stages = Object.fromEntries(stages) as Record<PredictedStage, StagePredictions>;
  }

  /** The questions before a stage, with what was answered and what came of it. */
  of(stage: PredictedStage): StagePredictions {
    return this.#stages[stage];
  }

  /** Whether predictions are asked for: as switched here, as the address says, or as last time. */
  get on(): boolean {
    return (this.#switched ?? this.#settings.predict ?? this.#usual) === 'on';
  }

  switch(on: boolean): void {
    this.#switched = on ? 'on' : 'off';
    remember(STORED_SWITCH, this.#switched);
  }

  /** Shows what was predicted of the run that the settings name. */
  async load(): Promise<void> {
    const name = this.#settings.runName;
    this.#name = null;
    this.#answers = [];
    try {
      const answers = (await readJson(name, FILE, predictionsSchema))?.answers ?? [];
      if (name !== this.#settings.runName) return;
      this.#answers = answers;
      this.#name = name;
    } catch (error) {
      this.#failures.caught(error, 'storage');
    }
  }

  #asked(stage: PredictedStage): readonly Asked[] {
    const { preset, changes } = this.#settings;
    if (this.#name !== this.#settings.runName) return [];
    const questions = questionsFor(stage, presetFor(preset, this.#run.labels.from, changes), this.#run.base);
    const open = this.#isOpen(stage);
    const report = this.#run.stages[toldBy(stage)].state === 'done' && !open ? this.#run.report : null;
    return questions
      .map((id): Asked => {
        const given = this.#answers.findLast(({ question }) => question === id) ?? null;
        return { id, given, open, result: report && given ? resultOf(id, report) : null };
      })
      .filter(({ given }) => open || given);
  }

  /** Until the stage begins; and again when it is to be run again with other knobs. */
  #isOpen(stage: PredictedStage): boolean {
    const { state } = this.#run.stages[stage];
    return state === 'waiting' || (state === 'done' && this.#run.isStale(stage));
  }

  #answer(stage: PredictedStage, question: QuestionId, answer: Answer): void {
    const name = this.#name;
    if (name === null || name !== this.#settings.runName || !this.#isOpen(stage)) return;
    // An answer whose result is known stays in the file; one that is only changed is replaced.
    const kept = this.#run.stages[stage].state === 'waiting';
    const others = kept ? this.#answers.filter((each) => each.question !== question) : this.#answers;
    this.#answers = [...others, { question, answer, at: Date.now() }];
    const file = { version: 1, answers: this.#answers };
    this.#writing = this.#writing
      .then(() => writeJson(name, FILE, file))
      .catch((error: unknown) => this.#failures.caught(error, 'storage'));
  }
}
