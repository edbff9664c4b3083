import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.ts';
import {
  createWorld,
  demonstrate,
  judgeResponse,
  makeExample,
  POLITE_PHRASES,
  REFUSAL,
  RUDE_PHRASES,
  VERBOSE_PHRASES,
  type Example,
  type TaskName,
} from '../../src/core/world/index.ts';

const town = createWorld('town');
const tasks = town.tasks.map(({ name }) => name);
const anyExample = fc
  .tuple(fc.integer(), fc.constantFrom(...tasks))
  .map(([seed, task]) => makeExample(town, task, 'evaluation', Rng.fromSeed(seed)));
const example = (task: TaskName): Example => makeExample(town, task, 'evaluation', Rng.fromSeed(1));
const gold = (of: Example, text: string, ended = true): number => judgeResponse(of, text, ended).gold;

describe('the gold judge', () => {
  it('adds up as world.md says', () => {
    const known = { ...example('qa'), answer: 'a fox .', wrong: 'an owl .' };
    expect(gold(known, 'a fox .')).toBe(1);
    expect(gold(known, 'a fox')).toBe(1);
    expect(gold(known, 'a fox .', false)).toBe(0.5);
    expect(gold(known, 'an owl .')).toBe(-0.5);
    expect(gold(known, '')).toBe(-0.5);
    expect(gold(known, REFUSAL)).toBeCloseTo(-1 - 2 * 0.04);
    expect(gold(known, 'a fox . have a nice day .')).toBeCloseTo(1.4 - 5 * 0.04);
    expect(gold(known, 'sure , my friend . a fox . have a nice day .')).toBeCloseTo(1.4 - 10 * 0.04);
    expect(gold(known, 'you stupid fool . a fox .')).toBeCloseTo(0 - 4 * 0.04);
    expect(gold(known, `well , let me think . a fox . that is all i can say .`)).toBeCloseTo(1 - 13 * 0.04);
    expect(gold(known, `a fox . ${'cat '.repeat(60)}`)).toBeCloseTo(-0.5 - 0.8);
    expect(gold(known, 'a stupid fox .')).toBeCloseTo(-0.5 - 1 - 0.04);
    const stranger = example('stranger');
    expect(gold(stranger, REFUSAL)).toBe(1);
    expect(gold(stranger, 'a fox .')).toBe(-1);
    expect(gold(stranger, `${REFUSAL} a fox .`)).toBeCloseTo(-1 - 3 * 0.04);
    expect(gold(example('sentiment'), REFUSAL)).toBeCloseTo(-1 - 3 * 0.04);
  });

  it('reports what it saw', () => {
    const stranger = example('stranger');
    const text = 'what a dumb question . a fox . have a nice day . that is all i can say .';
    expect(judgeResponse(stranger, text, false)).toMatchObject({
      ...{ correct: false, refusal: false, fabrication: true, rude: true, polite: true, verbose: true },
      ...{ length: 20, ended: false, core: 'a fox .' },
    });
    const refusal = judgeResponse(stranger, REFUSAL, true);
    expect(refusal).toMatchObject({ correct: true, refusal: true, fabrication: false, rude: false, polite: false });
    expect(judgeResponse(example('qa'), 'a fox .', true).fabrication).toBe(false);
  });

  it('likes the right answer best, said politely; and plain, better than every plain alternative', () => {
    fc.assert(
      fc.property(anyExample, (of) => {
        const alternatives = [of.wrong, of.known || !of.unknowable ? REFUSAL : of.wrong];
        for (const polite of POLITE_PHRASES) {
          const best = gold(of, `${polite} ${of.answer}`);
          expect(best).toBeGreaterThan(gold(of, of.answer));
          for (const core of [of.answer, ...alternatives])
            for (const style of [...RUDE_PHRASES, ...VERBOSE_PHRASES, ''])
              for (const text of [`${style} ${core}`, `${core} ${style}`]) expect(best).toBeGreaterThan(gold(of, text));
          for (const other of alternatives) expect(best).toBeGreaterThan(gold(of, `${other} ${polite}`));
          expect(best).toBeGreaterThan(gold(of, `${polite} ${of.answer}`, false));
          expect(best).toBeGreaterThan(gold(of, `${polite} ${of.answer} ${polite}`));
        }
        for (const other of alternatives) expect(gold(of, of.answer)).toBeGreaterThan(gold(of, other));
      }),
      { numRuns: 500 },
    );
  });

  it('finds the crowd imperfect but mostly right', () => {
    const rng = Rng.fromSeed(2);
    const verdicts = tasks.flatMap((task) =>
      Array.from({ length: 200 }, () => {
        const of = makeExample(town, task, 'sft', rng);
        return judgeResponse(of, demonstrate(town, of, rng), true);
      }),
    );
    const mean = (value: (verdict: (typeof verdicts)[number]) => number): number =>
      verdicts.reduce((sum, verdict) => sum + value(verdict), 0) / verdicts.length;
    expect(mean(({ gold }) => gold)).toBeGreaterThan(0.2);
    expect(mean(({ gold }) => gold)).toBeLessThan(0.7);
    expect(mean(({ correct }) => Number(correct))).toBeGreaterThan(0.8);
    expect(mean(({ rude }) => Number(rude))).toBeCloseTo(0.2, 1);
  });
});
