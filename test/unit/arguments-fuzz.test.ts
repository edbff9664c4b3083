/** The door of the command line: its arguments, and the folders and files that they name. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KNOBS, allows, findKnob } from '../../src/core/knobs.ts';
import { type Arguments, UsageError, parseArguments } from '../../tools/pipeline-arguments.ts';
import { LaterVersionError } from '../../workers/pipeline/store.ts';
import { PATIENCE, SOME, anyText, forAnyAsync, jsonOf, nearly, nearlyText, outcomeOfAsync } from './fuzz.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rlhf-arguments-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the arguments', () => {
  const flags = [
    'preset',
    'seed',
    'backend',
    'base',
    'stages',
    'labels',
    'taste',
    'set',
    'json',
    'snapshot-seconds',
    'x',
  ];
  const words = [
    'micro',
    '3',
    'wasm',
    'train',
    'base,sft',
    'person',
    'gold',
    'ppo.kl_coef=0.2',
    'constructor',
    '__proto__=1',
    '--',
    '1e3',
    '0x10',
    ' ',
  ];
  const flag = fc
    .tuple(fc.constantFrom(...flags), fc.oneof(fc.constantFrom(...words), anyText))
    .map(([name, value]) => [`--${name}`, value]);
  const good = fc.constantFrom(
    ['--seed', '3'],
    ['--set', 'ppo.kl_coef=0.2'],
    ['--stages', 'base,sft'],
    ['--taste', 'short'],
  );

  it(
    'are understood, or refused with a word on how they are used',
    async () => {
      const any = fc.tuple(fc.array(good, { maxLength: 2 }), fc.array(fc.oneof(flag, good), { maxLength: 2 }));
      const seen = { understood: 0, refused: 0 };
      await forAnyAsync(any, async (parts) => {
        const argv = ['--preset', 'micro', ...parts.flat(2)];
        const outcome = await outcomeOfAsync(() => parseArguments(argv), UsageError, /\S/);
        if ('message' in outcome) seen.refused++;
        else {
          seen.understood++;
          const { request, snapshotSeconds }: Arguments = outcome.value;
          expect(Number.isSafeInteger(request.seed) && request.seed >= 0 && snapshotSeconds >= 0).toBe(true);
          for (const [name, value] of Object.entries(request.changes ?? {}))
            expect(allows(findKnob(name)!, value)).toBe(true);
        }
      });
      expect(Math.min(seen.understood, seen.refused)).toBeGreaterThan(SOME);
    },
    PATIENCE,
  );

  it.each([
    ['--seed', ''],
    ['--seed', '0x10'],
    ['--seed', '1e3'],
    ['--snapshot-seconds', ''],
    ['--snapshot-seconds', 'Infinity'],
    ['--set', `${KNOBS[0]!.name}=${'1'.repeat(100_000)}`],
    ['--preset', '\u001b]0;x'],
  ])('%s %j is refused, in a line that shows what it says', async (...pair) => {
    const refused = parseArguments(['--preset', 'micro', ...pair]).catch((error: unknown) => error as Error);
    const { name, message } = (await refused) as Error;
    expect(name).toBe('UsageError');
    expect(message).toMatch(/^--[\x20-\x7e…]{5,400}$/);
  });
});

describe('the files that are named', () => {
  const record = {
    version: 1,
    id: 'a',
    world: 'micro',
    task: 'qa',
    prompt: 'x',
    response: 'y',
    by: 'z',
    at: '2026-03-02T09:30:00Z',
  };
  const run = {
    version: 1,
    settings: {},
    labels: 'simulated:gold',
    report: { preset: 'micro', seed: 1, base: 'train', backend: 'wasm', adapter: 'x', stages: [] },
  };

  it(
    'are read, or refused by name; they stay as they are',
    async () => {
      const file = join(folder, 'demonstrations.jsonl');
      const anyLines = fc.oneof(
        nearly(record).map((each) => `${jsonOf(each)}\n`),
        nearlyText(`${jsonOf(record)}\n`),
      );
      const anyRun = fc.oneof(nearly(run).map(jsonOf), nearlyText(jsonOf(run)));
      await forAnyAsync(fc.tuple(anyLines, anyRun, fc.boolean()), async ([lines, json, isGood]) => {
        writeFileSync(file, lines);
        writeFileSync(join(folder, 'run.json'), isGood ? jsonOf(run) : json);
        const before = readFileSync(file);
        try {
          await parseArguments(['--from', folder]);
        } catch (error) {
          const { constructor, message } = error as Error;
          expect([Error, UsageError, LaterVersionError]).toContain(constructor);
          expect(message).toMatch(/run\.json: |demonstrations\.jsonl, line \d+: |^--/);
        }
        expect(Buffer.compare(readFileSync(file), before)).toBe(0);
      });
    },
    PATIENCE,
  );

  it('are not read when they are too large', async () => {
    const file = join(folder, 'huge.jsonl');
    writeFileSync(file, '');
    truncateSync(file, 2 ** 30);
    const refused = parseArguments(['--preset', 'micro', '--demonstrations', file]);
    await expect(refused).rejects.toThrow('1073741824 bytes; at most 20000000 are read');
  });
});
