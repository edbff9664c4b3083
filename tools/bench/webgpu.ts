/** Our compiled engine against the peers on Node's WebGPU: one process, one adapter, in turn. */
import * as tf from '@tensorflow/tfjs-core';
import type {
  BenchmarkDemand,
  BenchmarkFigure,
  BenchmarkKind,
  BenchmarkUnit,
} from '../../src/core/benchmark-protocol.ts';
import { CompiledEngine } from '../../workers/engine/compiled/engine.ts';
import { adapterName, findAdapter, registerWebGpu } from '../../workers/engine/webgpu.ts';
import { openDawn } from '../dawn.ts';
import { collector } from '../gc.ts';
import { type Counts, Counters } from '../../workers/benchmark/counters.ts';
import { type Measured, demands, figure, figures } from '../../workers/benchmark/figures.ts';
import { type Samples, checkLosses, firstSteps, interleave, steps } from '../../workers/benchmark/measure.ts';
import { type Ours, openCompiled } from '../../workers/benchmark/ours.ts';
import { type PeerName, openPeer } from './peers.ts';
import {
  BASE,
  type Problem,
  type Size,
  type Subject,
  TINY,
  makeProblem,
  sizeName,
} from '../../workers/benchmark/subject.ts';

export interface ComparisonOptions {
  size: Size;
  peers: readonly PeerName[];
  /** Whether our engine takes part. */
  ours: boolean;
  /** Samples of everything that is timed. */
  rounds: number;
  /** Steps that must leave nothing behind. */
  leakSteps: number;
  /** A software adapter even where there is a graphics card. */
  software: boolean;
  log: (line: string) => void;
}

/** WebGPU as everything in this process uses it. */
export interface OpenedWebGpu {
  adapter: string;
  /** Null without our engine. */
  ours: Ours | null;
  counters: Counters;
  /** Throws what WebGPU reported of errors so far: an invalid pipeline computes nothing, very fast. */
  check: () => void;
}

type By<T> = Record<string, T>;

/** Before memory is held against what it was: V8 compiles a function when it has run often. */
const SETTLING_STEPS = 20;

/** Opens the adapter, tfjs's backend on a device of our own, and our engine on the same. */
export async function openWebGpu({ ours, software }: ComparisonOptions, wasmPath: string): Promise<OpenedWebGpu> {
  tf.enableProdMode();
  const dawn = await openDawn({ software });
  if (!dawn.gpu) throw new Error(`no WebGPU: ${dawn.reason}`);
  const problems: string[] = [];
  const onProblem = ({ message }: { message: string }): void => void problems.push(message);
  const adapter = await findAdapter(dawn.gpu);
  if (typeof adapter === 'string') throw new Error(`no WebGPU adapter: ${adapter}`);
  const counters = new Counters();
  counters.start();
  const opened = ours ? await openCompiled({ wasmPath, gpu: dawn.gpu, onProblem }) : null;
  if (!opened) {
    await registerWebGpu(adapter, onProblem);
    await tf.setBackend('webgpu');
  }
  return {
    adapter: adapterName(adapter),
    ours: opened,
    counters,
    check: () => {
      if (problems.length > 0) throw new Error(`WebGPU reported errors:\n${problems.join('\n')}`);
    },
  };
}

/** The figures of training and rollouts, and our gradient where our engine takes part. */
export async function compareOnWebGpu(
  webgpu: OpenedWebGpu,
  options: ComparisonOptions,
): Promise<{ figures: BenchmarkFigure[]; gradient: Record<string, Float32Array> | null }> {
  const { size, peers, rounds, log } = options;
  const { adapter, counters, check } = webgpu;
  const problem = makeProblem(size);
  const name = sizeName(size);
  const subjects: Subject[] = [];
  const [losses, first, memory, counted]: [Samples, Samples, Samples, By<Counts>] = [{}, {}, {}, {}];
  const enter = async <S extends Subject>(open: () => S | Promise<S>): Promise<S> => {
    const before = counters.live.bytes;
    const subject = await open();
    const started = await firstSteps(subject);
    losses[subject.name] = started.losses;
    first[subject.name] = [started.first_ms];
    memory[subject.name] = [counters.live.bytes - before];
    counted[subject.name] = await counters.during(() => subject.step());
    subjects.push(subject);
    log(`${subject.name}: first step ${started.first_ms.toFixed(0)} ms, losses ${started.losses.join(', ')}`);
    return subject;
  };
  const { ours } = webgpu;
  const own = ours && (await enter(() => ours.subject(problem)));
  for (const peer of peers) await enter(() => openPeer(peer, problem));
  checkLosses(losses);
  check();

  counters.stop();
  const step = await interleave(steps(subjects), rounds, (round) => log(`step: round ${round + 1} of ${rounds}`));
  check();
  counters.start();
  const rollout = await rollouts(subjects, problem, counters, options);
  const left = ours ? await leaks(ours, counters, options) : [];
  const decode = own && (await own.decode());
  // Of the weights that everybody starts from, and after the memory was measured.
  const fresh = ours?.subject(problem);
  const gradient = fresh ? await fresh.gradient() : null;
  fresh?.dispose();
  check();

  const isBase = name === sizeName(BASE);
  const base = (kind: BenchmarkKind, title: string, unit: BenchmarkUnit) => ({
    figure: `${title}, ${name}`,
    kind,
    adapter,
    unit,
  });
  const count = (
    kind: BenchmarkKind,
    title: string,
    key: keyof Counts,
    demand: BenchmarkDemand | null = null,
  ): BenchmarkFigure[] => figures(base(kind, title, 'count'), samplesOf(counted, key), () => demand);
  const result = [
    // The demands hold for the base configuration: a smaller one is another question.
    ...figures(base('train_step', 'train step', 'ms'), step, (peer) => (isBase ? demandFor(demands.step, peer) : null)),
    ...figures(base('first_step', 'first step', 'ms'), first, () => null),
    ...count('step_dispatches', 'dispatches a step', 'dispatches', demands.dispatches(size.layers)),
    ...count('step_submits', 'submits a step', 'submits', demands.submits),
    ...count('step_buffers', 'buffers created a step', 'buffers', demands.created),
    ...count('step_bind_groups', 'bind groups created a step', 'bind_groups', demands.created),
    ...count('step_writes', 'buffer writes a step', 'writes'),
    ...count('step_readbacks', 'readbacks a step', 'maps'),
    ...figures(base('gpu_memory', 'GPU memory', 'bytes'), memory, () => null),
    ...rollout.map((each) => ({ ...each, adapter })),
    ...left.map((each) => figure({ ...each, adapter })),
  ];
  if (decode)
    result.push(
      figure({
        ...base('decode_error', 'decode log-probs against full forward', 'nats'),
        ours: [decode.full.reduce((most, x, i) => Math.max(most, Math.abs(x - decode.cached[i]!)), 0)],
        demand: demands.decode,
      }),
    );
  for (const subject of subjects) subject.dispose();
  counters.stop();
  return { figures: result, gradient };
}

/** Rollouts of the subjects that have them. The first, which compiles, is counted and not timed. */
async function rollouts(
  subjects: readonly Subject[],
  { size, rollout }: Problem,
  counters: Counters,
  { rounds, log }: ComparisonOptions,
): Promise<BenchmarkFigure[]> {
  const tasks: By<() => Promise<unknown>> = {};
  const counted: By<Counts> = {};
  for (const { name, rollout } of subjects.map((subject) => ({
    name: subject.name,
    rollout: subject.rollout?.bind(subject),
  }))) {
    if (!rollout) continue;
    tasks[name] = rollout;
    counted[name] = await counters.during(rollout);
  }
  if (Object.keys(tasks).length === 0) return [];
  counters.stop();
  const samples = await interleave(tasks, rounds, (round) => log(`rollout: round ${round + 1} of ${rounds}`));
  counters.start();
  const { rows, newTokens } = rollout;
  const base = (kind: BenchmarkKind, title: string, unit: BenchmarkUnit) => ({
    figure: `${title} ${rows}×${newTokens}, ${sizeName(size)}`,
    kind,
    adapter: '',
    unit,
  });
  const perToken = Object.fromEntries(
    Object.entries(counted).map(([name, { dispatches }]) => [name, [dispatches / newTokens]]),
  );
  const results = Object.fromEntries(
    Object.entries(counted).map(([name, { maps, flag_maps }]) => [name, [maps - flag_maps]]),
  );
  const isBase = sizeName(size) === sizeName(BASE);
  return [
    ...figures(base('rollout', 'rollout', 'ms'), samples, (peer) => (isBase ? demandFor(demands.rollout, peer) : null)),
    // What tells that all rows have ended is read in passing: small, and nobody waits for it.
    ...figures(base('rollout_readbacks', 'readbacks of results a rollout', 'count'), results, () => demands.readbacks),
    ...figures(
      base('rollout_flag_reads', 'flags read a rollout', 'count'),
      samplesOf(counted, 'flag_maps'),
      () => null,
    ),
    ...figures(base('token_dispatches', 'dispatches a token of a rollout', 'count'), perToken, () =>
      demands.token_dispatches(size.layers),
    ),
    ...figures(base('rollout_submits', 'submits a rollout', 'count'), samplesOf(counted, 'submits'), () => null),
  ];
}

/** What many steps leave behind: of a tiny model, because the number of steps is what matters. */
async function leaks(
  ours: Ours,
  counters: Counters,
  { leakSteps, log }: ComparisonOptions,
): Promise<Omit<Measured, 'adapter'>[]> {
  const { engine } = ours;
  const collect = collector();
  const subject = ours.subject(makeProblem(TINY));
  for (let i = 0; i < SETTLING_STEPS; i++) await subject.step();
  const now = () => {
    collect();
    return {
      tensors: tf.memory().numTensors,
      live: counters.live.bytes,
      account: engine instanceof CompiledEngine ? engine.memory.bytes : 0,
      heap: process.memoryUsage().heapUsed,
    };
  };
  const before = now();
  const { buffers } = await counters.during(async () => {
    for (let i = 0; i < leakSteps; i++) await subject.step();
  });
  const after = now();
  log(`${leakSteps} steps taken`);
  subject.dispose();
  const left = (kind: BenchmarkKind, what: string, unit: BenchmarkUnit, value: number, demand = demands.growth) => ({
    kind,
    figure: `${what} after ${leakSteps} steps, ${sizeName(TINY)}`,
    unit,
    ours: [value],
    demand,
  });
  return [
    left('tensors_left', 'more tensors', 'count', after.tensors - before.tensors),
    left('buffers_left', 'buffers created', 'count', buffers),
    left('gpu_memory_left', 'more GPU memory', 'bytes', after.live - before.live),
    left('accounted_memory_left', "more GPU memory by the engine's account", 'bytes', after.account - before.account),
    left('heap_left', 'more JavaScript heap', 'bytes', after.heap - before.heap, demands.heap_bytes),
  ];
}

function demandFor(of: Readonly<By<BenchmarkDemand>>, peer: string | null): BenchmarkDemand | null {
  return (peer === null ? undefined : of[peer]) ?? null;
}

function samplesOf(counted: Readonly<By<Counts>>, key: keyof Counts): Samples {
  return Object.fromEntries(Object.entries(counted).map(([name, counts]) => [name, [counts[key]]]));
}
