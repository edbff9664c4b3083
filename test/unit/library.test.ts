import { describe, expect, it, vi } from 'vitest';
import { PRESETS } from '../../src/core/presets.ts';
import type { CheckpointInfo } from '../../src/core/protocol.ts';
import { loadAllTexts, setLanguage } from '../../src/i18n/index.ts';
import { differenceOf, settingsOf, valueText } from '../../src/library/difference.ts';
import {
  ancestry,
  dependentsOf,
  familyTrees,
  isReplaced,
  parentOf,
  shippedTwin,
  visibleRows,
} from '../../src/library/family.ts';
import { archiveName, fileName } from '../../src/library/names.ts';
import { choose } from '../../src/library/selection.ts';

const config = { n_layer: 1, n_head: 2, n_embd: 16, vocab_size: 236, n_positions: 128, layer_norm_epsilon: 1e-5 };

/** A checkpoint of run nano-1; `hash` is its stage's name unless it is said. */
function checkpoint(stage: CheckpointInfo['stage'], other: Partial<CheckpointInfo> = {}): CheckpointInfo {
  const parent = stage === 'base' ? null : stage === 'sft' ? 'base' : 'sft';
  return {
    key: `nano-1/${stage}.safetensors`,
    stage,
    preset: 'nano',
    seed: 1,
    parameters: 9136,
    bytes: 38_000,
    shipped: false,
    scores: {},
    data: 'x',
    steps: 12,
    tokens: 100,
    flop: 1000,
    changes: {},
    config,
    hash: stage,
    parent,
    saved: 0,
    title: null,
    note: '',
    deleted: null,
    ...other,
  };
}

const run = [checkpoint('base'), checkpoint('sft'), checkpoint('reward'), checkpoint('ppo')];
/** The shape of trees: "base(sft(reward,ppo))". */
const shape = (nodes: ReturnType<typeof familyTrees>): string =>
  nodes
    .map(({ checkpoint: { key }, children }) => {
      const name = key.replace('.safetensors', '');
      return children.length > 0 ? `${name}(${shape(children)})` : name;
    })
    .join(',');

describe('the family tree', () => {
  it('goes from base to SFT to reward model and PPO', () => {
    expect(shape(familyTrees(run))).toBe('nano-1/base(nano-1/sft(nano-1/reward,nano-1/ppo))');
  });

  it('prefers the parent of the own run, then the shipped one, then any', () => {
    const shipped = checkpoint('base', { key: 'nano.base.safetensors', shipped: true });
    const other = checkpoint('base', { key: 'nano-2/base.safetensors' });
    const [base, sft] = run as [CheckpointInfo, CheckpointInfo];
    expect(parentOf(sft, [other, shipped, base])).toBe(base);
    expect(parentOf(sft, [other, shipped])).toBe(shipped);
    expect(parentOf(sft, [other])).toBe(other);
    expect(parentOf(sft, [sft])).toBeNull();
    expect(shippedTwin(base, [base, shipped])).toBe(shipped);
    expect(shippedTwin(sft, [base, shipped])).toBeNull();
  });

  it('takes those whose parent is gone as roots, and says so', () => {
    const trees = familyTrees(run.slice(1));
    expect(shape(trees)).toBe('nano-1/sft(nano-1/reward,nano-1/ppo)');
    expect(trees[0]?.orphan).toBe(true);
    expect(familyTrees(run)[0]?.orphan).toBe(false);
  });

  it('makes no circle out of forged parents', () => {
    const base = checkpoint('base', { parent: 'sft' });
    const sft = checkpoint('sft', { parent: 'base' });
    expect(shape(familyTrees([base, sft]))).toBe('nano-1/base(nano-1/sft)');
    expect(shape(familyTrees([checkpoint('sft', { parent: 'sft' })]))).toBe('nano-1/sft');
  });

  it('folds, and counts levels and places', () => {
    const rows = visibleRows(familyTrees(run), new Set());
    expect(rows.map(({ level, position, siblings }) => [level, position, siblings])).toEqual([
      [1, 1, 1],
      [2, 1, 1],
      [3, 1, 2],
      [3, 2, 2],
    ]);
    expect(rows.map(({ parentKey }) => parentKey)).toEqual([
      null,
      'nano-1/base.safetensors',
      'nano-1/sft.safetensors',
      'nano-1/sft.safetensors',
    ]);
    const folded = visibleRows(familyTrees(run), new Set(['nano-1/sft.safetensors']));
    expect(folded.map(({ checkpoint: { stage }, expanded }) => [stage, expanded])).toEqual([
      ['base', true],
      ['sft', false],
    ]);
  });
});

describe('what stands on a checkpoint', () => {
  it('is its run, and what was trained from it alone', () => {
    const [base, sft, reward, ppo] = run as [CheckpointInfo, CheckpointInfo, CheckpointInfo, CheckpointInfo];
    expect(dependentsOf(sft, run)).toEqual({ run: 'nano-1', children: [reward, ppo] });
    const shipped = checkpoint('base', { key: 'nano.base.safetensors', shipped: true });
    expect(dependentsOf(base, [...run, shipped]).children).toEqual([]);
    expect(dependentsOf(base, run).children).toEqual([sft]);
  });

  it('is nothing for earlier versions and imported files', () => {
    const earlier = checkpoint('sft', { key: 'nano-1/sft~ab.safetensors', hash: 'ab' });
    expect(dependentsOf(earlier, [...run, earlier])).toEqual({ run: null, children: [] });
    const imported = checkpoint('sft', { key: 'imported-ab/sft.safetensors', hash: 'ab' });
    expect(dependentsOf(imported, [...run, imported])).toEqual({ run: null, children: [] });
  });
});

describe('the difference of two checkpoints', () => {
  it('shows changed knobs, scores and costs, and nothing that is the same', () => {
    const [, sft] = run as [CheckpointInfo, CheckpointInfo];
    const changed = checkpoint('sft', {
      changes: { 'sft.learning_rate': 0.5 },
      scores: { exact_match: 0.5 },
      tokens: 7,
    });
    expect(differenceOf(sft, sft)).toEqual({ origin: [], model: [], settings: [], costs: [], scores: [] });
    const difference = differenceOf(sft, changed);
    expect(difference.settings).toEqual([
      {
        name: 'sft.learning_rate',
        values: [PRESETS.nano.sft.learning_rate, 0.5],
        changed: [false, true],
      },
    ]);
    expect(difference.scores).toEqual([{ name: 'exact_match', values: [undefined, 0.5], changed: [false, false] }]);
    expect(difference.costs.map(({ name, values }) => [name, ...values])).toEqual([['tokens', 100, 7]]);
  });

  it('shows what two presets set differently, up to the stage', () => {
    const [, sft] = run as [CheckpointInfo, CheckpointInfo];
    const other = checkpoint('sft', { preset: 'micro', config: { ...config, n_layer: 2 } });
    const { model, settings, origin } = differenceOf(sft, other);
    expect(model.map(({ name }) => name)).toEqual(['n_layer']);
    expect(origin.map(({ name }) => name)).toEqual(['preset']);
    expect(settings.find(({ name }) => name === 'sft.steps')?.values).toEqual([12, 1000]);
    expect(settings.some(({ name }) => name.startsWith('ppo.'))).toBe(false);
  });

  it('takes no name from outside for a field of its own, or of every object', async () => {
    vi.stubGlobal('document', { documentElement: {} });
    await setLanguage('en');
    await loadAllTexts();
    const [one, other] = [checkpoint('sft'), checkpoint('sft')];
    const scores = { stage: 0.5, seed: 0.25, toString: 1 };
    const rows = differenceOf({ ...one, scores }, { ...other, scores: { stage: 0.75, gold: 1 } }).scores;
    expect(rows.map(({ name, values }) => [name, ...values])).toEqual([
      ['stage', 0.5, 0.75],
      ['seed', 0.25, undefined],
      ['toString', 1, undefined],
      ['gold', undefined, 1],
    ]);
    expect(rows.map(({ changed }) => changed)).toEqual(rows.map(() => [false, false]));
    expect(rows.map(({ name, values }) => valueText('scores', name, values[0]))).toEqual([
      '0.500',
      '0.250',
      '1.00',
      '–',
    ]);
  });

  it('knows only the changes of a preset that this page does not have', () => {
    expect(settingsOf(checkpoint('sft', { preset: 'huge', changes: { 'sft.steps': 3 } }))).toEqual({ 'sft.steps': 3 });
  });
});

describe('choosing', () => {
  it('shows one, adds a second, replaces the second, and takes away', () => {
    expect(choose([], 'a', false)).toEqual(['a']);
    expect(choose(['a'], 'b', false)).toEqual(['b']);
    expect(choose(['a'], 'b', true)).toEqual(['a', 'b']);
    expect(choose(['a', 'b'], 'c', true)).toEqual(['a', 'c']);
    expect(choose(['a', 'b'], 'a', true)).toEqual(['b']);
  });
});

describe('the name of an exported file', () => {
  it('says what is in it, and keeps out what file systems refuse', () => {
    const hash = '0123456789abcdef';
    expect(fileName(checkpoint('sft', { hash }))).toBe('rlhf-nano-sft-seed1-01234567.safetensors');
    expect(fileName(checkpoint('ppo', { hash, shipped: true }))).toBe('rlhf-nano-ppo-shipped-01234567.safetensors');
    const title = ' ../KL 0.1: 첫 시도? ';
    expect(fileName(checkpoint('sft', { hash: null, title }))).toBe('rlhf-KL-0-1-첫-시도-nano-sft-seed1.safetensors');
  });
});

describe('archives', () => {
  it('of a family have the checkpoint after all that it stands on', () => {
    expect(ancestry(run[3]!, run).map(({ stage }) => stage)).toEqual(['base', 'sft', 'ppo']);
    expect(ancestry(run[3]!, run.slice(2)).map(({ stage }) => stage)).toEqual(['ppo']);
  });

  it('leave runs aside, whose checkpoints are no longer those of the run', () => {
    const aside = run.map((each) => ({ ...each, key: each.key.replace('nano-1', 'earlier-nano-1-2') }));
    expect([isReplaced(aside[0]!), isReplaced(run[0]!)]).toEqual([true, false]);
    // No run goes on from it.
    expect(dependentsOf(aside[3]!, aside).run).toBeNull();
  });

  it('are named by the day, or by the checkpoint', () => {
    expect(archiveName(new Date(2026, 0, 31, 9, 5), null)).toBe('rlhf-playground-2026-01-31-0905.zip');
    expect(archiveName(new Date(), checkpoint('sft'))).toBe('rlhf-nano-sft-seed1-sft-family.zip');
  });
});
