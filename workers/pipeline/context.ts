/** What every stage stands on, from what was asked for: world, tokenizer, sizes. */
import { presetFor } from '../../src/core/knobs.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { Tokenizer } from '../../src/core/tokenizer/tokenizer.ts';
import { createWorld } from '../../src/core/world/index.ts';
import type { Engine } from '../engine/engine.ts';
import { modelConfig } from './configuration.ts';
import type { StageContext } from './stage.ts';

export function contextOf(
  request: Pick<RunRequest, 'preset' | 'seed' | 'labels' | 'changes'>,
  engine: Engine,
): StageContext {
  const preset = presetFor(request.preset, request.labels, request.changes);
  const world = createWorld(preset.world);
  const tokenizer = new Tokenizer(world.vocabulary);
  return {
    preset,
    seed: request.seed,
    world,
    tokenizer,
    config: modelConfig(preset, tokenizer.size),
    engine,
    sampleEvery: 0,
  };
}
