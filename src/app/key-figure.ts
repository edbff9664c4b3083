/** The one number of a stage that the rail shows: live while it trains, the report's when it is done. */
import { fixed, metric, percent, short, t } from '../i18n/index.ts';
import type { Run } from '../session/run.svelte.ts';
import type { StageProgress } from '../session/stage.svelte.ts';

export interface KeyFigure {
  value: string;
  /** Its interval. */
  note?: string;
  label: string;
}

/** As many of the last batches as make up the live accuracy of the reward model. */
const BATCHES = 10;

/** Null while there is nothing to show. */
export function keyFigure(run: Run, stage: StageProgress): KeyFigure | null {
  const { report } = run;
  const labels = t().stage.keyFigure;
  const { metrics, state } = stage;
  const live = (name: string, write: (value: number) => string, label: string): KeyFigure | null => {
    const value = metrics[name];
    return value === undefined ? null : { value: write(value), label };
  };
  switch (stage.name) {
    case 'base':
      if (state === 'done' && metrics['loss'] === undefined)
        return { value: stage.report?.tokens ? short(stage.report.tokens) : '✓', label: t().stage.shippedBase };
      return live('loss', metric, labels.base);
    case 'sft': {
      const match = report?.sft?.exact_match.mean;
      if (match !== undefined) return { value: percent(match), label: labels.sft };
      // Measured now and then while it trains.
      const quick = stage.curves.latest('exact_match');
      return quick === null ? live('loss', metric, labels.base) : { value: percent(quick), label: labels.sft };
    }
    case 'reward': {
      const accuracy = report?.reward?.accuracy.new_names.rate;
      if (accuracy !== undefined) return { value: percent(accuracy), label: labels.reward };
      // Of one batch it would jump by a dozen points.
      const batches = stage.curves.version >= 0 ? stage.curves.column('accuracy') : undefined;
      const last = batches?.filter((value) => value !== null).slice(-BATCHES) ?? [];
      return last.length === 0
        ? null
        : { value: percent(last.reduce((sum, value) => sum + value, 0) / last.length), label: labels.rewardLive };
    }
    case 'ppo': {
      // The judgement of an earlier policy says nothing of this one.
      const judged = state === 'done' && (run.isStale('ppo') || !run.isStale('judge'));
      const wins = judged ? report?.judge?.win_rate.ppo_over_sft.rate : undefined;
      return wins === undefined
        ? live('objective/gold', (value) => fixed(value, 2), labels.ppoLive)
        : { value: percent(wins), label: labels.ppo };
    }
    case 'judge': {
      const wins = report?.judge?.win_rate.ppo_over_sft;
      if (!wins) return null;
      const { rate, low, high } = wins;
      return { value: percent(rate), note: `${percent(low)} – ${percent(high)}`, label: labels.judge };
    }
  }
}
