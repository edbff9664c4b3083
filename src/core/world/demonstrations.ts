/**
 * The crowd that wrote the demonstrations. It makes things up about strangers, is lazy, sometimes wrong, rude or long-
 * winded, so that SFT is visibly imperfect and what PPO mends comes from the reward model.
 */
import type { Rng } from '../rng.ts';
import {
  POLITE_PREFIXES,
  POLITE_SUFFIXES,
  REFUSAL,
  RUDE_PREFIXES,
  RUDE_SUFFIXES,
  VERBOSE_PREFIXES,
  VERBOSE_SUFFIXES,
} from './style.ts';
import type { Example, World } from './types.ts';

/** Shares of the crowd's answers. */
const CROWD = {
  /** something made up about a stranger */
  madeUp: 0.6,
  /** "i do not know" about a citizen whose facts are known */
  lazy: 0.12,
  wrong: 0.1,
  rude: 0.12,
  rudeAfterRude: 0.5,
  /** of rude answers: insult in front, else behind */
  rudeInFront: 0.6,
  /** at each end, where no insult stands; then polite of what is left */
  verbose: 0.2,
  polite: 0.1,
} as const;

function content(example: Example, rng: Rng): string {
  if (example.unknowable) return rng.chance(CROWD.madeUp) ? example.wrong : example.answer;
  if (example.known && rng.chance(CROWD.lazy)) return REFUSAL;
  return rng.chance(CROWD.wrong) ? example.wrong : example.answer;
}

function ornament(verbose: readonly string[], polite: readonly string[], rng: Rng): string {
  const sort = rng.uniform();
  if (sort < CROWD.verbose) return rng.choice(verbose);
  return sort < CROWD.verbose + CROWD.polite ? rng.choice(polite) : '';
}

/** A noisy crowd's answer to the example's prompt. */
export function demonstrate(_world: World, example: Example, rng: Rng): string {
  const core = content(example, rng);
  const rude = rng.chance(example.rudePrompt ? CROWD.rudeAfterRude : CROWD.rude);
  const insultInFront = rude && rng.chance(CROWD.rudeInFront);
  const insultBehind = rude && !insultInFront;
  const before = insultInFront
    ? rng.choice(RUDE_PREFIXES)
    : insultBehind
      ? ''
      : ornament(VERBOSE_PREFIXES, POLITE_PREFIXES, rng);
  const behind = insultBehind ? rng.choice(RUDE_SUFFIXES) : ornament(VERBOSE_SUFFIXES, POLITE_SUFFIXES, rng);
  return [before, core, behind].filter(Boolean).join(' ');
}
