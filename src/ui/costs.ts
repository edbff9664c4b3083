/** What a stage has cost, as figures. */
import { duration, scientific, short, t } from '../i18n/index.ts';

interface Costs {
  seconds: number;
  tokens: number;
  flop: number;
}

export function costFigures(costs: Costs | null): { label: string; value: string }[] {
  const { seconds, tokens, flop } = t().stage;
  return [
    { label: seconds, value: costs ? duration(costs.seconds) : '–' },
    { label: tokens, value: costs ? short(costs.tokens) : '–' },
    { label: flop, value: costs ? scientific(costs.flop) : '–' },
  ];
}
