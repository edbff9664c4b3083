/** The arena: two answers of the SFT model, one choice. Choices are stored as they are made and train the reward model. */
import { type Preference, choosePair, preferenceOf } from '../../src/core/data/preferences.ts';
import type { ArenaChoice, ArenaPair, RunRequest } from '../../src/core/protocol.ts';
import { Rng } from '../../src/core/rng.ts';
import { drawExample, preferenceMix } from '../../src/core/world/index.ts';
import type { Engine } from '../engine/engine.ts';
import { Model } from '../model/model.ts';
import { Checkpoints } from './checkpoints.ts';
import { respond } from './respond.ts';
import { contextOf, readPreferences } from './run.ts';
import type { StageContext } from './stage.ts';
import { PREFERENCES_FILE, type RunStore, writeText } from './store.ts';

/** Answers sampled a prompt, of which the two most different are shown. */
const CANDIDATES = 16;
/** Prompts tried before giving up on a model that says one thing only. */
const MOST_PROMPTS = 20;

export interface ArenaOptions {
  request: Pick<RunRequest, 'preset' | 'seed'>;
  engine: Engine;
  store: RunStore;
  loadShipped: (name: string) => Promise<Uint8Array>;
}

/** Preferences that tell two answers apart; ties do not. */
const informative = (preferences: readonly Preference[]): number =>
  preferences.filter(({ ranks }) => new Set(ranks).size > 1).length;

export class Arena {
  readonly #options: ArenaOptions;
  readonly #context: StageContext;
  #shown = 0;

  constructor(options: ArenaOptions) {
    this.#options = options;
    this.#context = contextOf({ ...options.request, labels: 'person' }, options.engine);
  }

  /** Two different answers to a prompt of the reward model's split; null without an SFT model, own or shipped. */
  async propose(): Promise<ArenaPair | null> {
    const { store, loadShipped, request } = this.#options;
    const checkpoints = new Checkpoints(store, loadShipped, request.preset, this.#context.config);
    const sft = (await checkpoints.own('sft')) ?? (await checkpoints.shipped('sft').catch(() => null));
    if (!sft) return null;
    const model = new Model(this.#context.engine, sft.config, sft.weights);
    try {
      const judged = (await this.preferences()).length;
      for (let tries = 0; tries < MOST_PROMPTS; tries++) {
        const number = judged + this.#shown++;
        const pair = await this.#pair(model, number);
        if (pair) return pair;
      }
      return null;
    } finally {
      model.dispose();
    }
  }

  async #pair(model: Model, number: number): Promise<ArenaPair | null> {
    const { world, tokenizer, seed, preset } = this.#context;
    const rng = Rng.fromSeed(seed, 'arena', number);
    const example = drawExample(world, preferenceMix(world), 'reward', rng);
    const prompts = Array<number[]>(CANDIDATES).fill(tokenizer.promptIds(example.prompt));
    const options = { temperature: preset.temperature, stream: 'arena', firstRow: number * CANDIDATES };
    const responses = choosePair(await respond(this.#context, model, prompts, options), rng);
    return responses && { id: `${seed}/${number}`, example, responses };
  }

  /** Stores a choice; the number of comparisons so far that teach something. */
  async choose({ pair, choice }: ArenaChoice): Promise<number> {
    const preferences = await this.preferences();
    preferences.push(preferenceOf(pair.example, pair.responses, choice, 'person'));
    return this.#write(preferences);
  }

  /** Takes the last choice back. */
  async undo(): Promise<number> {
    return this.#write((await this.preferences()).slice(0, -1));
  }

  preferences(): Promise<Preference[]> {
    return readPreferences(this.#options.store);
  }

  async #write(preferences: readonly Preference[]): Promise<number> {
    const lines = preferences.map((preference) => `${JSON.stringify(preference)}\n`);
    await writeText(this.#options.store, PREFERENCES_FILE, lines.join(''));
    return informative(preferences);
  }
}
