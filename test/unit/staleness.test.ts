import { describe, expect, it } from 'vitest';
import { type Ingredients, fingerprintsOf } from '../../src/core/fingerprints.ts';
import { STAGES, type StageName } from '../../src/core/reports.ts';
import { StageProgress, type StageState } from '../../src/session/stage.svelte.ts';
import { Staleness } from '../../src/session/staleness.svelte.ts';

const begun: Ingredients = { preset: 'micro', base: 'train', labels: 'simulated', changes: {}, demonstrations: 0 };

function shown(today: Ingredients, made: readonly StageName[], states: Partial<Record<StageName, StageState>> = {}) {
  const stages = Object.fromEntries(STAGES.map((name) => [name, new StageProgress(name)])) as Record<
    StageName,
    StageProgress
  >;
  for (const name of STAGES) stages[name].state = states[name] ?? (made.includes(name) ? 'done' : 'waiting');
  const staleness = new Staleness(stages, () => today);
  const all = fingerprintsOf(begun);
  const fingerprints = Object.fromEntries(made.map((name) => [name, all[name]]));
  staleness.made = { base: begun.base, labels: begun.labels, fingerprints };
  return { from: staleness.from, stale: STAGES.filter((name) => staleness.has(name)) };
}

const changed: Ingredients = { ...begun, changes: { 'sft.steps': 7 } };

describe('the stages that are stale', () => {
  it('are none while nothing is changed, or nothing is stored', () => {
    expect(shown(begun, STAGES)).toEqual({ from: null, stale: [] });
    expect(new Staleness({} as Record<StageName, StageProgress>, () => changed).from).toBeNull();
  });

  it('are the first that would come out otherwise, and all that are finished after it', () => {
    expect(shown(changed, STAGES)).toEqual({ from: 'sft', stale: ['sft', 'reward', 'ppo', 'judge'] });
    expect(shown(changed, ['base', 'sft', 'reward'])).toEqual({ from: 'sft', stale: ['sft', 'reward'] });
    expect(shown(changed, ['base'])).toEqual({ from: null, stale: [] });
  });

  it('are not those that are being run anew', () => {
    const states = { sft: 'running', reward: 'done' } as const;
    expect(shown(changed, ['base', 'sft'], states)).toEqual({ from: 'sft', stale: ['reward'] });
  });

  it('are those too that were made from a stage which has been run anew since', () => {
    const states = { reward: 'done', ppo: 'done' } as const;
    expect(shown(begun, ['base', 'sft'], states)).toEqual({ from: 'reward', stale: ['reward', 'ppo'] });
  });
});
