/** What training on people's choices changed: answers of SFT and PPO to the same prompts, and which of them a rule prefers. */
import type { Response } from '../core/data/labellers.ts';
import { type Rule, likeliestRule, ruleFigure, shareUnderRule } from '../core/data/rules.ts';
import { PRESETS } from '../core/presets.ts';
import type { CheckpointInfo } from '../core/protocol.ts';
import { Rng, hash32 } from '../core/rng.ts';
import type { Rate } from '../core/stats.ts';
import { type Example, drawExample, preferenceMix } from '../core/world/index.ts';
import type { Page } from './session.svelte.ts';
import { worldOf } from './worlds.ts';

/** Evaluation prompts, and how many of them one call of the worker answers. */
const PROMPTS = 256;
const BATCH = 64;
/** The two with one seed differ by the weights alone; `other` is drawn independently of both. */
const SIDES = [
  { side: 'before', model: 'sft', noise: 'first' },
  { side: 'after', model: 'ppo', noise: 'first' },
  { side: 'other', model: 'sft', noise: 'second' },
] as const;

type Side = (typeof SIDES)[number]['side'];

interface Answers extends Readonly<Record<Side, readonly Response[]>> {
  readonly examples: readonly Example[];
  /** Which models answered: "sft hash, PPO hash". */
  readonly models: string;
}

/** How the answers fare under a rule. */
export interface Change {
  /** The share of prompts at which the rule prefers this side's answer to another one of SFT's. */
  share: { before: Rate; after: Rate };
  /** See `ruleFigure`. */
  figure: { before: number; after: number };
}

export class TasteChange {
  /** Share of the answers that are written; null: none are being. */
  progress = $state<number | null>(null);
  readonly #page: Page;
  #chosen = $state.raw<{ run: string; rule: Rule } | null>(null);
  #answers = $state.raw<Answers | null>(null);
  /** What explains best what the person said; null where nothing was said. */
  readonly likeliest = $derived.by(() => likeliestRule(this.#page.labels.own));
  readonly #models = $derived.by(() => this.#find());
  /** Null until PPO's present model has been measured. */
  readonly answers: Answers | null = $derived(
    this.#models && this.#answers?.models === nameOf(this.#models) ? this.#answers : null,
  );
  readonly change: Change | null = $derived.by(() => {
    const { answers, rule } = this;
    if (!answers) return null;
    const { examples, other } = answers;
    const share = (side: 'before' | 'after'): Rate => shareUnderRule(rule, examples, answers[side], other);
    const figure = (side: 'before' | 'after'): number => ruleFigure(rule, examples, answers[side]);
    return {
      share: { before: share('before'), after: share('after') },
      figure: { before: figure('before'), after: figure('after') },
    };
  });

  constructor(page: Page) {
    this.#page = page;
  }

  /** By which answers are compared: as the person says, or as their choices do. */
  get rule(): Rule {
    const { settings } = this.#page;
    if (this.#chosen?.run === settings.runName) return this.#chosen.rule;
    return this.likeliest?.rule ?? 'gold';
  }

  set rule(rule: Rule) {
    this.#chosen = { run: this.#page.settings.runName, rule };
  }

  /** There is a PPO model of this run. */
  get measurable(): boolean {
    return this.#models !== null;
  }

  /** Trains on people's choices, and says what that changed. */
  async train(): Promise<void> {
    const { run, settings } = this.#page;
    const { runName } = settings;
    await run.runOnMyLabels();
    if (settings.runName === runName && run.stages.ppo.state === 'done' && !run.isStale('ppo')) await this.measure();
  }

  /** Has the prompts answered, unless that has been done. */
  async measure(): Promise<void> {
    if (this.progress !== null) return;
    this.progress = 0;
    const { checkpoints, failures } = this.#page;
    try {
      await checkpoints.load();
      const models = this.#models;
      if (models && !this.answers) this.#answers = await this.#ask(models);
    } catch (error) {
      failures.caught(error, 'run');
    } finally {
      this.progress = null;
    }
  }

  /** Null where the models were replaced in the meantime. */
  async #ask(models: Models): Promise<Answers | null> {
    const { trainer, settings } = this.#page;
    const { preset, seed } = settings;
    const world = worldOf(preset);
    const rng = Rng.fromSeed(seed, 'taste', 'prompts');
    const examples = Array.from({ length: PROMPTS }, () => drawExample(world, preferenceMix(world), 'evaluation', rng));
    const written: Record<Side, Response[]> = { before: [], after: [], other: [] };
    const { temperature } = PRESETS[preset];
    for (let first = 0; first < PROMPTS; first += BATCH)
      for (const [i, { side, model, noise }] of SIDES.entries()) {
        const prompts = examples.slice(first, first + BATCH).map(({ prompt }) => prompt);
        const request = { checkpoint: models[model].key, prompts, temperature };
        const answers = await trainer.prompting({ ...request, seed: hash32(`${seed}/taste/${noise}/${first}`) });
        written[side].push(...answers);
        if (!this.#models || nameOf(this.#models) !== nameOf(models)) return null;
        this.progress = (first + (BATCH * (i + 1)) / SIDES.length) / PROMPTS;
      }
    return { ...written, examples, models: nameOf(models) };
  }

  /** PPO's model of the run that is shown, and the SFT model that it began as. */
  #find(): Models | null {
    const { checkpoints, settings } = this.#page;
    const ppo = checkpoints.list.find(({ key }) => key === `${settings.runName}/ppo.safetensors`);
    const sft = checkpoints.list.find(({ stage, hash }) => stage === 'sft' && hash !== null && hash === ppo?.parent);
    return ppo && sft ? { ppo, sft } : null;
  }
}

type Models = Readonly<Record<'sft' | 'ppo', CheckpointInfo>>;

const nameOf = ({ sft, ppo }: Models): string => `${sft.hash}, ${ppo.hash}`;
