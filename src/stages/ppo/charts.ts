/** The curves of PPO: which matter first, what the others are called, and where each is computed. */
import { fixed, percent, t, whole } from '../../i18n/index.ts';
import type { SourcePlace } from '../../core/sources.ts';
import type { CurveChart } from '../../ui/curves.ts';

const points = (value: number): string => fixed(value, 2);
const ratio = (value: number): string => fixed(value, 3);

/** Of metrics whose file has a declaration for them. */
export const FORMULAS = {
  'objective/scores': { file: 'ppo', anchor: 'objectives' },
  'objective/kl': { file: 'kl', anchor: 'k1' },
  'objective/entropy': { file: 'ppo', anchor: 'objectives' },
  'objective/non_score_reward': { file: 'ppo', anchor: 'objectives' },
  'objective/rlhf_reward': { file: 'ppo', anchor: 'objectives' },
  'objective/kl_coef': { file: 'kl', anchor: 'adaptKlCoef' },
  'policy/approxkl_avg': { file: 'ppo', anchor: 'clippedTokens' },
  'policy/clipfrac_avg': { file: 'ppo', anchor: 'clippedTokens' },
  'val/ratio': { file: 'ppo', anchor: 'clippedTokens' },
  'val/first_ratio': { file: 'ppo', anchor: 'clippedTokens' },
  'loss/policy_avg': { file: 'ppo', anchor: 'clippedPolicyLoss' },
  'loss/value_avg': { file: 'ppo', anchor: 'valueLoss' },
  'val/clipfrac_avg': { file: 'ppo', anchor: 'valueLoss' },
  'loss/ptx_avg': { file: 'sft', anchor: 'crossEntropy' },
  'val/explained_variance': { file: 'ppo', anchor: 'explainedVariance' },
  grad_norm: { file: 'adamw', anchor: 'globalNorm' },
} as const satisfies Record<string, SourcePlace>;

/** The four that are looked at first. */
export function mainCharts(): CurveChart[] {
  const { charts } = t();
  return [
    {
      title: charts.scores,
      lines: [
        { metric: 'objective/scores', label: charts.reward },
        { metric: 'objective/gold', label: charts.gold },
      ],
      format: points,
    },
    { title: charts.kl, lines: [{ metric: 'objective/kl' }], format: points },
    { title: charts.entropy, lines: [{ metric: 'objective/entropy' }], format: points },
    { title: charts.clip, lines: [{ metric: 'policy/clipfrac_avg' }], format: percent },
  ];
}

/** The others; `rollouts`: responses an iteration. */
export function furtherCharts(rollouts: number): CurveChart[] {
  const { charts, ppo } = t();
  const one = (metric: string, title: string, format?: CurveChart['format']): CurveChart => ({
    title,
    lines: [{ metric }],
    format,
  });
  return [
    one('val/num_eos_tokens', ppo.charts.ended, (n) =>
      ppo.charts.endedOf(whole(n), whole(rollouts), percent(n / rollouts)),
    ),
    one('response_length', charts.length, points),
    one('val/explained_variance', ppo.value, percent),
    one('loss/value_avg', charts.valueLoss),
    one('val/ratio', ppo.charts.ratio, ratio),
    one('val/first_ratio', ppo.charts.firstRatio, (value) => fixed(value, 6)),
    one('policy/approxkl_avg', ppo.charts.approxKl),
    one('loss/policy_avg', ppo.charts.policyLoss),
    one('objective/rlhf_reward', ppo.charts.rlhfReward, points),
    one('objective/non_score_reward', ppo.charts.penalty, points),
    one('objective/kl_coef', ppo.charts.klCoef, ratio),
    one('val/clipfrac_avg', ppo.charts.valueClip, percent),
    one('loss/ptx_avg', ppo.charts.textLoss),
    one('grad_norm', charts.gradNorm),
    one('episode', ppo.charts.episode, whole),
  ];
}
