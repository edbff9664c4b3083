/** The engine against PyTorch's autograd, on every backend of this machine, and what the check makes of broken folders. */
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDawn } from '../../tools/dawn.ts';
import { openNodeEngine } from '../../tools/node-backend.ts';
import { passes, runChecks } from '../../tools/reference/checks.ts';
import { CaseError, readCases } from '../../tools/reference/files.ts';
import { PlainEngine } from '../../workers/engine/plain/engine.ts';
import { plain } from '../../workers/engine/plain/operations.ts';

const folder = fileURLToPath(new URL('cases/', import.meta.url));

describe.each([
  { name: 'cpu', backend: 'cpu', kind: 'plain' },
  { name: 'wasm', backend: 'wasm', kind: 'plain' },
  { name: 'webgpu, compiled', backend: 'webgpu', kind: 'compiled' },
  { name: 'webgpu, plain', backend: 'webgpu', kind: 'plain' },
] as const)('on $name', ({ backend, kind }) => {
  it('every case agrees', async ({ skip }) => {
    if (backend === 'webgpu') {
      const dawn = await openDawn({ software: true });
      if (!dawn.gpu) return skip(dawn.reason);
    }
    const { engine } = await openNodeEngine(backend, { compiled: kind === 'compiled' });
    expect(engine.kind).toBe(kind);
    const checks = await runChecks(await readCases(folder), engine);
    expect(checks.length).toBeGreaterThan(50);
    expect(checks.filter((check) => !passes(check))).toEqual([]);
  });
});

it('the plain operations agree on wasm too, where fused ones take their place', async () => {
  const { engine } = await openNodeEngine('wasm');
  expect(engine).toBeInstanceOf(PlainEngine);
  expect(engine).not.toHaveProperty('ops', plain);
  const checks = await runChecks(await readCases(folder), new PlainEngine(plain));
  expect(checks.filter((check) => !passes(check))).toEqual([]);
});

describe('a folder that is not as it should be', () => {
  let copy: string;

  beforeAll(async () => {
    await openNodeEngine('cpu');
  });

  const edited = async (edit: () => Promise<unknown>): Promise<string> => {
    copy = await mkdtemp(join(tmpdir(), 'reference-'));
    await cp(folder, copy, { recursive: true });
    await edit();
    return copy;
  };
  const editJson = (name: string, change: (json: Record<string, unknown>) => void) => async (): Promise<void> => {
    const json = JSON.parse(await readFile(join(copy, name), 'utf8')) as Record<string, unknown>;
    change(json);
    await writeFile(join(copy, name), JSON.stringify(json));
  };
  afterEach(() => rm(copy, { recursive: true, force: true }));

  it.each([
    ['a missing file', /ppo\.json: there is no such file/, () => rm(join(copy, 'ppo.json'))],
    ['no JSON', /sampling\.json: not JSON/, () => writeFile(join(copy, 'sampling.json'), '{"logits": [')],
    ['a field of another type', /ppo\.json: gamma: .*number/, editJson('ppo.json', (json) => (json['gamma'] = '1'))],
    [
      'fields that do not fit each other',
      /ppo\.json: scores: has the shape \[2\], expected \[5\]/,
      editJson('ppo.json', (json) => (json['scores'] = [1, 2])),
    ],
    [
      'tokens that the model does not have',
      /language-model\.json: ids: .* 0 … 52/,
      editJson('language-model.json', (json) => (((json['ids'] as number[][])[0] as number[])[0] = 53)),
    ],
    [
      'a truncated tensor',
      /grads\.safetensors: tensor ".*": truncated/,
      () => truncate(join(copy, 'gpt2-tiny.grads.safetensors'), 31_000),
    ],
  ])('with %s is refused by name', async (_, message, edit) => {
    const error: unknown = await readCases(await edited(edit)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(CaseError);
    expect((error as CaseError).message).toMatch(message);
  });

  it('with a wrong number fails in that case and no other', async () => {
    const wrong = editJson('ppo.json', (json) => (json['policy_loss'] = (json['policy_loss'] as number) * 1.001));
    const checks = await runChecks(await readCases(await edited(wrong)), new PlainEngine(plain));
    expect(checks.filter((check) => !passes(check)).map(({ name }) => name)).toEqual(['ppo policy_loss']);
  });
});
