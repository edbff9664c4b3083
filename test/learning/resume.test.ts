/** A run that was cut off goes on and ends with exactly the figures, and the weights, of an unbroken one. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { STAGES, type RunReport } from '../../src/core/reports.ts';
import type { RunRequest } from '../../src/core/protocol.ts';
import { Rng } from '../../src/core/rng.ts';
import { decodeCheckpoint } from '../../workers/pipeline/checkpoint.ts';
import { memoryStore } from '../../tools/node-store.ts';
import { figuresOf, pull } from './runs.ts';

const request: RunRequest = { preset: 'nano', seed: 3, stages: STAGES, base: 'train', labels: 'simulated' };
const MODELS = ['base', 'sft', 'reward', 'ppo'].map((stage) => `${stage}.safetensors`);

let unbroken: RunReport;
const files = memoryStore();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rlhf-resume-'));
  unbroken = (await pull(files, request)) as RunReport;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hashes = async (read: (key: string) => Promise<Uint8Array | null>): Promise<string[]> =>
  Promise.all(MODELS.map(async (key) => decodeCheckpoint((await read(key)) as Uint8Array, key).hash));

describe('a stopped run', () => {
  test('goes on from a snapshot after any step', async () => {
    const store = memoryStore();
    let report: RunReport | null = null;
    let stops = 0;
    while (report === null) {
      let left = 3;
      report = await pull(store, request, { stop: ({ kind }) => kind === 'progress' && --left === 0 });
      stops += 1;
    }
    expect(stops).toBeGreaterThan(8);
    expect(figuresOf(report)).toEqual(figuresOf(unbroken));
    expect(await hashes((key) => store.read(key))).toEqual(await hashes((key) => files.read(key)));
  });

  test('is not the run of another seed', async () => {
    const store = memoryStore();
    await pull(store, request, { stop: ({ kind }) => kind === 'stage_done' });
    await pull(store, { ...request }, { stop: ({ kind }) => kind === 'progress' });
    await expect(pull(store, { ...request, seed: 4 })).rejects.toThrow('seed 3, not 4');
  });
});

describe('the command line', () => {
  /** `killAfter`: milliseconds from its first words, when the device is open. */
  const command = (
    args: string[],
    killAfter?: number,
    signal: 'SIGKILL' | 'SIGINT' = 'SIGKILL',
  ): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ['--import', 'tsx', 'tools/pipeline.ts', ...args]);
      let output = '';
      const hear = (text: Buffer): void => {
        if (output === '' && killAfter !== undefined) setTimeout(() => child.kill(signal), killAfter);
        output += text.toString();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('close', (code) => resolve({ code, output }));
    });

  test('killed with -9 again and again, it ends with the same figures', async () => {
    const out = path.join(folder, 'killed');
    const json = path.join(folder, 'killed.json');
    const flags = ['--backend', 'wasm', '--snapshot-seconds', '0', '--json', json];
    const first = ['--preset', 'nano', '--seed', '3', '--base', 'train', '--out', out];
    let killed = 0;
    let begun = false;
    const rng = Rng.fromSeed(4, 'kills');
    // Longer and longer, so that it ends also on a slow machine.
    for (let most = 300; ; most *= 1.6) {
      const after = most * (0.5 + rng.uniform() / 2);
      const { code, output } = await command([...(begun ? ['--from', out] : first), ...flags], after);
      if (code === 0) break;
      // No code: the kill came in time. Any other end is a fault.
      expect(code, output).toBeNull();
      killed += 1;
      begun ||= await readFile(path.join(out, 'run.json')).then(
        () => true,
        () => false,
      );
      if (!begun) await rm(out, { recursive: true, force: true });
    }
    expect(killed).toBeGreaterThan(1);
    const report = JSON.parse(await readFile(json, 'utf8')) as RunReport;
    expect({ ...(figuresOf(report) as object) }).toEqual(figuresOf(unbroken));
  });

  test('interrupted by Ctrl-C, it stores all that it has and says how to go on', async () => {
    const flags = ['--backend', 'wasm', '--snapshot-seconds', '100000', '--stages', 'base'];
    const knobs = ['--preset', 'nano', '--base', 'train', '--set', 'base.steps=30000'];
    let [out, step] = ['', 0];
    // Longer and longer: on a slow machine the first step may take its time.
    for (let after = 1000; step === 0; after *= 2) {
      out = path.join(folder, `interrupted-${after}`);
      const { code, output } = await command([...knobs, '--out', out, ...flags], after, 'SIGINT');
      expect(code, output).toBe(130);
      expect(output).toContain(`--from ${out}`);
      const bytes = await readFile(path.join(out, 'base.snapshot.safetensors')).catch(() => Buffer.from(''));
      step = Number(/"step":"(\d+)"/.exec(bytes.toString('latin1'))?.[1] ?? 0);
    }
    expect((await readdir(out)).sort()).toEqual(['base.snapshot.safetensors', 'run.json', 'run~2.json']);
  });

  test('goes on with the knobs and the demonstrations that it began with, until others are set', async () => {
    const out = path.join(folder, 'changed');
    const own = path.join(folder, 'own.jsonl');
    const demonstration = { prompt: 'say hey .', response: 'hey .', by: 'mia', at: '2026-01-01T00:00:00.000Z' };
    await writeFile(own, `${JSON.stringify({ version: 1, id: '1', world: 'micro', task: 'own', ...demonstration })}\n`);
    const knobs = ['--set', 'sft.steps=3', '--set', 'ppo.minibatch_size=9'];
    const flags = [
      '--backend',
      'wasm',
      '--preset',
      'nano',
      '--stages',
      'base,sft',
      '--demonstrations',
      own,
      '--out',
      out,
    ];
    const begun = await command([...flags, ...knobs]);
    expect(begun.output).toContain('changed: sft.steps=3 ppo.minibatch_size=9');
    expect(begun.output).toContain('ppo.minibatch_size: more than there are rollouts');
    expect(begun.code).toBe(0);
    await rm(own);
    const stages = async (...more: string[]): Promise<string[]> => {
      const { output } = await command(['--backend', 'wasm', '--from', out, '--stages', 'base,sft', ...more]);
      return [...output.matchAll(/^(\w+): done/gm)].map(([, stage]) => stage as string);
    };
    const cards = async (): Promise<string> => (await readFile(path.join(out, 'sft.safetensors'))).toString('latin1');
    const first = await cards();
    expect(first).toContain('1 that people wrote (1 by mia)');
    expect(await stages()).toEqual(['base', 'sft']);
    expect(await cards()).toBe(first);
    await stages('--set', 'sft.steps=4');
    expect(await cards()).not.toBe(first);
    expect((await readdir(out)).filter((file) => file.startsWith('sft~'))).toHaveLength(1);
  });

  test.skipIf(!existsSync('/dev/full'))('waits while the disk is full, and then goes on', async () => {
    const out = path.join(folder, 'full');
    await mkdir(out);
    // The record is written to where there is never any room; at the next try, to the folder.
    await symlink('/dev/full', path.join(out, 'run.json.part'));
    const flags = ['--backend', 'wasm', '--base', 'train', '--stages', 'base'];
    const { code, output } = await command(['--preset', 'nano', '--seed', '3', ...flags, '--out', out]);
    expect(output).toContain('run.json: the disk has no room for it. What was stored before is as it');
    expect(output).toMatch(/tries again by itself[^]*base: done/);
    expect(code).toBe(0);
    const base = await readFile(path.join(out, 'base.safetensors'));
    expect([decodeCheckpoint(base, 'base').hash]).toEqual((await hashes((key) => files.read(key))).slice(0, 1));
  });

  test('leaves a folder alone in which another process trains', async () => {
    const out = path.join(folder, 'taken');
    await mkdir(out);
    await writeFile(path.join(out, 'training.part'), String(process.pid));
    const { code, output } = await command(['--preset', 'nano', '--backend', 'wasm', '--out', out]);
    expect(output).toContain(`${out}: process ${process.pid} trains this run; nothing was changed`);
    expect(code).toBe(2);
    expect(await readdir(out)).toEqual(['training.part']);
  });

  test.each([
    [['--preset', 'huge'], '--preset huge: expected nano, micro, small, medium'],
    [['--preset', 'nano', '--seed', 'x'], '--seed x: expected a whole number'],
    [['--preset', 'nano', '--stages', 'sft,dance'], '--stages dance'],
    [['--preset', 'nano', '--speed', '9'], '--speed'],
    [['--from', '/nowhere'], '--from /nowhere: there is no such folder'],
    [['--preset', 'nano', '--set', 'ppo.kl_coef=11'], '--set ppo.kl_coef=11: expected 0 … 10'],
    [['--preset', 'nano', '--set', 'ppo.speed=1'], '--set ppo.speed=1: there is no such knob; ppo: ppo.iterations'],
    [['--preset', 'nano', '--demonstrations', '/nowhere.jsonl'], '--demonstrations /nowhere.jsonl: ENOENT'],
  ])('%j is refused with exit code 2', async (args, message) => {
    const { code, output } = await command(args);
    expect(code).toBe(2);
    expect(output).toContain(message);
  });
});
