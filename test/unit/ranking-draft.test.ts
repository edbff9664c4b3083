import { describe, expect, it } from 'vitest';
import {
  type RankingDraft,
  arrange,
  emptyDraft,
  isComplete,
  move,
  place,
  ranksIn,
  takeBack,
  tieNext,
  toggleTie,
} from '../../src/core/data/ranking-draft.ts';

/** What keys make of four answers: digits, = and < (Backspace). */
function typed(keys: string, count = 4): RankingDraft {
  const one = (draft: RankingDraft, key: string): RankingDraft =>
    key === '=' ? tieNext(draft) : key === '<' ? takeBack(draft) : place(draft, Number(key) - 1);
  return Array.from(keys).reduce(one, emptyDraft(count));
}

describe('a ranking by keys', () => {
  it.each([
    ['', [null, null, null, null]],
    ['3', [null, null, 0, null]],
    ['31', [1, null, 0, null]],
    ['314', [1, 3, 0, 2]],
    ['3=14', [0, 2, 0, 1]],
    ['31=4', [1, 2, 0, 1]],
    ['314=', [1, 2, 0, 2]],
    ['314==', [1, 3, 0, 2]],
    ['=3', [null, null, 0, null]],
    ['3==1', [1, null, 0, null]],
    ['33', [null, null, 0, null]],
    ['39', [null, null, 0, null]],
    ['31<', [null, null, 0, null]],
    ['314<', [1, null, 0, null]],
    ['314<<<<', [null, null, null, null]],
    ['3=1<1', [1, null, 0, null]],
    ['3=1=2=', [0, 0, 0, 0]],
  ])('"%s"', (keys, ranks) => {
    expect(ranksIn(typed(keys))).toEqual(ranks);
  });

  it('of two is whole after one key', () => {
    expect(ranksIn(typed('2', 2))).toEqual([1, 0]);
    expect(isComplete(typed('2', 2))).toBe(true);
  });

  it('puts what has no place back where it was', () => {
    expect(typed('42<').order).toEqual([3, 0, 1, 2]);
    expect(typed('421<<<').order).toEqual([0, 1, 2, 3]);
  });
});

describe('a ranking by hand', () => {
  it('is whole at once, and keeps ties of neighbours', () => {
    const draft = typed('3=14');
    expect(ranksIn(arrange(draft, [3, 2, 0, 1]))).toEqual([1, 2, 1, 0]);
    expect(ranksIn(arrange(draft, [0, 2, 3, 1]))).toEqual([0, 3, 1, 2]);
    expect(isComplete(arrange(emptyDraft(4), [1, 0, 2, 3]))).toBe(true);
  });

  it('moves one up or down, not beyond the ends', () => {
    const draft = move(emptyDraft(3), 2, -1);
    expect(draft.order).toEqual([0, 2, 1]);
    expect(move(draft, 0, -1)).toBe(draft);
    expect(move(draft, 1, 1)).toBe(draft);
    expect(move(draft, 0, 1).order).toEqual([2, 0, 1]);
  });

  it('ties one with the one above; the best has none above', () => {
    const draft = typed('314');
    expect(ranksIn(toggleTie(draft, 0))).toEqual([0, 2, 0, 1]);
    expect(toggleTie(draft, 2)).toBe(draft);
    expect(toggleTie(emptyDraft(4), 1)).toEqual(emptyDraft(4));
  });
});
