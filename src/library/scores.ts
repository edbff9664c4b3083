/** The scores on a checkpoint's card, in words and figures. */
import type { CheckpointInfo } from '../core/protocol.ts';
import type { StageName } from '../core/reports.ts';
import { fixed, metric, percent, t } from '../i18n/index.ts';

/** What a stage is judged by first. */
const KEY_SCORES: Partial<Record<StageName, readonly string[]>> = {
  base: ['loss'],
  sft: ['exact_match'],
  reward: ['accuracy_new_names', 'accuracy_familiar'],
  ppo: ['win_rate_over_sft', 'gold'],
};

/** Those that are no shares. */
const WRITERS: Readonly<Record<string, (value: number) => string>> = {
  gold: (value) => fixed(value, 2),
  kl: (value) => `${fixed(value, 2)} ${t().units.nats}`,
  loss: metric,
};

/** A name that is not known stays as it is: files may come from a newer page. */
export function scoreName(name: string): string {
  const names: Readonly<Record<string, string>> = t().library.scores;
  return Object.hasOwn(names, name) ? (names[name] as string) : name;
}

export function scoreText(name: string, value: number): string {
  if (Object.hasOwn(WRITERS, name)) return WRITERS[name]!(value);
  return Object.hasOwn(t().library.scores, name) ? percent(value) : metric(value);
}

/** The first score of its stage; null where the card has none. */
export function keyScore({ stage, scores }: CheckpointInfo): { name: string; value: string } | null {
  const name = KEY_SCORES[stage]?.find((each) => scores[each] !== undefined);
  const value = name === undefined ? undefined : scores[name];
  return name === undefined || value === undefined ? null : { name: scoreName(name), value: scoreText(name, value) };
}
