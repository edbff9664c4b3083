/** The files of the algorithms, fetched when one of them is looked at. */
import type { SourceListing, SourceName } from '../core/sources.ts';

const FILES: Record<SourceName, () => Promise<{ default: SourceListing }>> = {
  sft: () => import('virtual:source/sft'),
  reward: () => import('virtual:source/reward'),
  ppo: () => import('virtual:source/ppo'),
  gae: () => import('virtual:source/gae'),
  kl: () => import('virtual:source/kl'),
  schedule: () => import('virtual:source/schedule'),
  adamw: () => import('virtual:source/adamw'),
};

/** Rejects where the file does not arrive. */
export async function loadSource(name: SourceName): Promise<SourceListing> {
  return (await FILES[name]()).default;
}
