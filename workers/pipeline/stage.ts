/**
 * What a stage is: an async generator that does one step, yields what it saw, and can be cut off after any yield.
 *
 * Random draws come from streams named by (seed, stage, step), so a snapshot needs no generator state beside the step
 * number, and a resumed run takes exactly the steps of an unbroken one.
 */
import type { IterationRecord } from '../../src/core/microscope.ts';
import type { Preset } from '../../src/core/presets.ts';
import type { Continuation, Sample, TokenLosses } from '../../src/core/protocol.ts';
import type { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import type { World } from '../../src/core/world/index.ts';
import type { Engine } from '../engine/engine.ts';
import type { Gpt2Config } from '../model/gpt2.ts';
import type { Snapshot } from './checkpoint.ts';

/** What every stage stands on. */
export interface StageContext {
  preset: Preset;
  seed: number;
  world: World;
  tokenizer: Tokenizer;
  config: Gpt2Config;
  engine: Engine;
  /** Steps between what a stage shows; 0 shows nothing. What is shown never changes what is learnt, nor its costs. */
  sampleEvery: number;
}

/** Tokens through the model and floating-point operations so far. */
export interface Costs {
  tokens: number;
  flop: number;
}

/** 6·N a token for a forward and backward pass through N parameters. */
export function chargeTraining(costs: Costs, parameters: number, tokens: number): void {
  costs.tokens += tokens;
  costs.flop += 6 * parameters * tokens;
}

/** 2·N a token for a forward pass. */
export function chargeInference(costs: Costs, parameters: number, tokens: number): void {
  costs.tokens += tokens;
  costs.flop += 2 * parameters * tokens;
}

/** What a stage yields after each step. */
export interface StageStep {
  /** Steps done. */
  step: number;
  steps: number;
  metrics: Record<string, number>;
  samples?: readonly Sample[];
  continuations?: readonly Continuation[];
  tokenLosses?: readonly TokenLosses[];
  /** An iteration of PPO, token by token. */
  recorded?: IterationRecord;
  costs: Costs;
  /** Everything needed to go on from here; valid until the generator is resumed. */
  snapshot: () => Promise<Resume>;
}

export type Stage<Outcome> = AsyncGenerator<StageStep, Outcome>;

export type Resume = Pick<Snapshot, 'tensors' | 'state'>;
