/** A ranking while it is being made: the best answer first, ties marked, the last one falling into place. */

export interface RankingDraft {
  /** Every answer by its number from 0, as they stand in the list: first those that have a place, then the rest. */
  readonly order: readonly number[];
  /** How many have a place. */
  readonly placed: number;
  /** Answers that are as good as the one above them. */
  readonly tied: readonly number[];
  /** The next one that is placed will be. */
  readonly tieNext: boolean;
}

export function emptyDraft(count: number): RankingDraft {
  return { order: Array.from({ length: count }, (_, i) => i), placed: 0, tied: [], tieNext: false };
}

export const isComplete = ({ order, placed }: RankingDraft): boolean => placed === order.length;

const isPlaced = ({ order, placed }: RankingDraft, answer: number): boolean => order.indexOf(answer) < placed;

/** Gives an answer the next place. The last one follows by itself. One that has a place keeps it. */
export function place(draft: RankingDraft, answer: number): RankingDraft {
  const { order, placed, tied, tieNext } = draft;
  if (!order.includes(answer) || isPlaced(draft, answer)) return draft;
  const best = order.slice(0, placed);
  const rest = order.slice(placed).filter((each) => each !== answer);
  return {
    order: [...best, answer, ...rest],
    placed: rest.length === 1 ? order.length : placed + 1,
    tied: tieNext ? [...tied, answer] : tied,
    tieNext: false,
  };
}

/** Marks the next one as tied with the one before it, or no longer; of a whole order, the last one. */
export function tieNext(draft: RankingDraft): RankingDraft {
  const last = draft.order.at(-1);
  if (isComplete(draft) && last !== undefined) return toggleTie(draft, last);
  return draft.placed === 0 ? draft : { ...draft, tieNext: !draft.tieNext };
}

/** Says that an answer is as good as the one above it, or no longer. */
export function toggleTie(draft: RankingDraft, answer: number): RankingDraft {
  const { tied, order } = draft;
  if (!isPlaced(draft, answer) || order[0] === answer) return draft;
  return { ...draft, tied: tied.includes(answer) ? tied.filter((each) => each !== answer) : [...tied, answer] };
}

/** Takes the last place back that somebody gave, and with it the one that followed by itself. */
export function takeBack(draft: RankingDraft): RankingDraft {
  const { order, tied } = draft;
  const placed = Math.max(0, isComplete(draft) ? order.length - 2 : draft.placed - 1);
  const best = order.slice(0, placed);
  const rest = order.slice(placed).sort((a, b) => a - b);
  return { order: [...best, ...rest], placed, tied: tied.filter((each) => best.includes(each)), tieNext: false };
}

/** The whole order by hand. A tie stays where the two stand together as they did. */
export function arrange(draft: RankingDraft, order: readonly number[]): RankingDraft {
  const above = (list: readonly number[], answer: number): number | undefined => list[list.indexOf(answer) - 1];
  const tied = draft.tied.filter((each) => above(order, each) === above(draft.order, each));
  return { order, placed: order.length, tied, tieNext: false };
}

/** Moves an answer up (−1) or down (1) in the list. */
export function move(draft: RankingDraft, answer: number, by: -1 | 1): RankingDraft {
  const from = draft.order.indexOf(answer);
  const to = from + by;
  if (from < 0 || to < 0 || to >= draft.order.length) return draft;
  const order = draft.order.filter((each) => each !== answer);
  return arrange(draft, order.toSpliced(to, 0, answer));
}

/** The rank of each answer by its number, 0 the best, without gaps; null for those without a place. */
export function ranksIn({ order, placed, tied }: RankingDraft): (number | null)[] {
  const ranks = new Array<number | null>(order.length).fill(null);
  let rank = -1;
  for (const answer of order.slice(0, placed)) ranks[answer] = tied.includes(answer) ? rank : ++rank;
  return ranks;
}
