/** How probable a token was, in writing and as the strength of its mark. */
import { fixed, percent } from '../i18n/index.ts';

/** "62 %", "4.1 %", "< 0.1 %". */
export function shareText(probability: number): string {
  if (probability >= 0.0995) return percent(probability);
  return probability < 0.001 ? `< ${fixed(0.1, 1)} %` : `${fixed(100 * probability, 1)} %`;
}

/** 0 from one in two upward, 1 from one in a hundred downward; between them even in log π. */
export function unlikeliness(logprob: number): number {
  const [likely, unlikely] = [Math.log(2), Math.log(100)];
  return Math.min(1, Math.max(0, (-logprob - likely) / (unlikely - likely)));
}
