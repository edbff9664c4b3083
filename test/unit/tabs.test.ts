/** One tab trains, the others follow: on an origin without Web Locks. With them it is tested in Chromium. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PipelineEvent, ProgressEvent, TrainerEvent } from '../../src/core/protocol.ts';
import { Follower, Lead, asOnlyTrainer } from '../../workers/trainer/tabs.ts';

beforeEach(() => void vi.stubGlobal('navigator', {}));
afterEach(() => void vi.unstubAllGlobals());

const RUN = 'nano-1';
const started: PipelineEvent = { kind: 'stage_started', stage: 'sft', resumedAt: 0 };
const progress = (step: number): ProgressEvent => ({
  kind: 'progress',
  stage: 'sft',
  step,
  steps: 9,
  seconds: step,
  tokens: step,
  flop: step,
  metrics: {},
});

function follow(): { heard: TrainerEvent[]; follower: Follower } {
  const heard: TrainerEvent[] = [];
  return { heard, follower: new Follower(RUN, (event) => heard.push(event)) };
}

/** As patient as the tests in a browser: Vitest's one second is too short where others need the processor too. */
const heardOf = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000 });

describe('who follows', () => {
  it('hears what was before, then what happens, in order, and that it has ended', async () => {
    let drawn = 0;
    const shown = () => ({
      drawings: { sft: { steps: [drawn], columns: {}, samples: null, progress: null } },
      iterations: [],
    });
    const lead = new Lead(RUN, 'running', shown);
    lead.tell(started);
    lead.tell(progress(1));
    drawn = 1;
    const { heard, follower } = follow();
    await heardOf(() => expect(heard).toHaveLength(3));
    lead.tell(progress(2));
    lead.state = 'paused';
    await heardOf(() => expect(heard).toHaveLength(5));
    lead.close();
    await heardOf(() => expect(heard).toHaveLength(6));
    follower.close();
    const run = RUN;
    expect(heard.slice(0, 3)).toEqual([
      { kind: 'elsewhere', run, state: 'running' },
      { kind: 'followed', run, events: [started] },
      { kind: 'caught_up', run, ...shown() },
    ]);
    expect(heard).toContainEqual({ kind: 'followed', run, events: [progress(2)] });
    expect(heard).toContainEqual({ kind: 'elsewhere', run, state: 'paused' });
    expect(heard.at(-1)).toEqual({ kind: 'elsewhere', run, state: null });
  });

  it('hears of a run that begins later', async () => {
    const { heard, follower } = follow();
    const lead = new Lead(RUN, 'paused', () => ({ drawings: {}, iterations: [] }));
    await heardOf(() => expect(heard.map(({ kind }) => kind)).toContain('caught_up'));
    expect(heard[0]).toEqual({ kind: 'elsewhere', run: RUN, state: 'paused' });
    lead.close();
    follower.close();
  });
});

it('what others say on the same channel is passed over', async () => {
  const lead = new Lead(RUN, 'running', () => ({ drawings: {}, iterations: [] }));
  const { heard, follower } = follow();
  await heardOf(() => expect(heard.map(({ kind }) => kind)).toContain('caught_up'));
  const known = heard.length;
  const other = new BroadcastChannel(`rlhf-playground.training.${RUN}`);
  const nonsense: unknown[] = [
    ...[null, undefined, 7, 'hello', [], {}, { kind: null }, { kind: 'constructor' }, { kind: '__proto__' }],
    ...[{ kind: 'state' }, { kind: 'state', state: 'lost' }, { kind: 'events' }, { kind: 'events', events: 3 }],
    ...[
      { kind: 'caught_up', state: 'running' },
      { kind: 'caught_up', state: 'running', happened: [], shown: null },
    ],
    { kind: 'events', events: [null] },
  ];
  for (const message of nonsense) other.postMessage(message);
  lead.tell(progress(3));
  await heardOf(() => expect(heard.length).toBe(known + 1));
  expect(heard.at(-1)).toEqual({ kind: 'followed', run: RUN, events: [progress(3)] });
  other.close();
  lead.close();
  follower.close();
});

it('a run that another tab trains is refused, until that one has ended', async () => {
  const lead = new Lead(RUN, 'running', () => ({ drawings: {}, iterations: [] }));
  const work = vi.fn(() => Promise.resolve('trained'));
  await expect(asOnlyTrainer(RUN, work)).rejects.toThrow('another tab trains nano-1; nothing was changed');
  expect(work).not.toHaveBeenCalled();
  await expect(asOnlyTrainer('nano-2', work)).resolves.toBe('trained');
  lead.close();
  await expect(asOnlyTrainer(RUN, work)).resolves.toBe('trained');
});
