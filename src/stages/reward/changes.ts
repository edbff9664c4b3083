/** By how much each token of an answer changes what the reward model says. */
import type { ScoredAnswer } from '../../core/protocol.ts';

/** They add up to the reward less what the prompt alone has. */
export function changesOf({ before, rewards }: Pick<ScoredAnswer, 'before' | 'rewards'>): number[] {
  return rewards.map((reward, i) => reward - (rewards[i - 1] ?? before));
}
