/** A token's way through the iteration as formulas: each with its numbers, what comes out, and the source that computes it. */
import { type IterationRecord, type TokenFigures, finalScore, whiteningOf } from '../../core/microscope.ts';
import type { SourcePlace } from '../../core/sources.ts';
import { fixed, t } from '../../i18n/index.ts';
import { behindSign as paren, exact } from './figures.ts';
import type { FormulaStep } from './formula-step.ts';

const ESTIMATE: SourcePlace = { file: 'ppo', anchor: 'estimate' };
const GAE: SourcePlace = { file: 'gae', anchor: 'gae' };
const WHITEN: SourcePlace = { file: 'gae', anchor: 'whiten' };
const TOKENS: SourcePlace = { file: 'ppo', anchor: 'clippedTokens' };
const LOSS: SourcePlace = { file: 'ppo', anchor: 'clippedPolicyLoss' };
const VALUE: SourcePlace = { file: 'ppo', anchor: 'valueLoss' };

function step(
  name: string,
  place: SourcePlace,
  formula: string,
  numbers: string | undefined,
  result: number,
  note?: string,
): FormulaStep {
  return { name, formula, numbers, result: exact(result), note, place };
}

/** From the score of the answer to the loss of the token at `index`; `tokens` are those of the response. */
export function stepsToLoss(
  record: IterationRecord,
  tokens: readonly TokenFigures[],
  response: number,
  index: number,
): readonly FormulaStep[] {
  const texts = t().microscope.steps;
  const { settings } = record;
  const token = tokens[index] as TokenFigures;
  /** Undefined at the last token: nothing comes after it. */
  const next = tokens[index + 1];
  const whitening = whiteningOf(record);
  const delta = token.reward + settings.gamma * (next?.oldValue ?? 0) - token.oldValue;
  const decay = settings.gamma * settings.lambda;
  const [low, high] = [1 - settings.cliprange, 1 + settings.cliprange];
  const clippedRatio = Math.min(high, Math.max(low, token.ratio));
  return [
    ...(next ? [] : [scoreStep(record, response)]),
    step(
      texts.reward,
      ESTIMATE,
      `r_t = − β ( log π_old − log π_ref )${next ? '' : ' + s'}`,
      `− ${exact(settings.kl_coef)} · ( ${exact(token.oldLogprob)} − ${paren(token.refLogprob)} )${
        next ? '' : ` + ${paren(finalScore(record, response))}`
      }`,
      token.reward,
      next ? texts.rewardHelp : texts.rewardLastHelp,
    ),
    step(
      texts.surprise,
      GAE,
      'δ_t = r_t + γ V_t+1 − V_t',
      `${exact(token.reward)} + ${exact(settings.gamma)} · ${paren(next?.oldValue ?? 0)} − ${paren(token.oldValue)}`,
      delta,
      texts.surpriseHelp,
    ),
    step(
      texts.advantage,
      GAE,
      'A_t = δ_t + γ λ A_t+1',
      `${exact(delta)} + ${exact(decay)} · ${paren(next?.advantage ?? 0)}`,
      token.advantage,
      texts.advantageHelp,
    ),
    step(texts.return, GAE, 'R_t = A_t + V_t', `${exact(token.advantage)} + ${paren(token.oldValue)}`, token.return),
    step(
      texts.whitened,
      WHITEN,
      'Â_t = ( A_t − μ ) / σ',
      whitening ? `( ${exact(token.advantage)} − ${paren(whitening.mean)} ) / ${exact(whitening.std)}` : undefined,
      token.whitened,
      texts.whitenedHelp,
    ),
    step(
      texts.ratio,
      TOKENS,
      'ρ_t = exp ( log π − log π_old )',
      `exp ( ${exact(token.logprob)} − ${paren(token.oldLogprob)} )`,
      token.ratio,
      texts.ratioHelp,
    ),
    step(texts.unclipped, TOKENS, '− Â ρ', `− ${paren(token.whitened)} · ${exact(token.ratio)}`, token.unclipped),
    step(
      texts.clipped,
      TOKENS,
      `− Â clip ( ρ , ${fixed(low, 2)} , ${fixed(high, 2)} )`,
      `− ${paren(token.whitened)} · ${exact(clippedRatio)}`,
      token.clipped,
    ),
    step(
      texts.loss,
      LOSS,
      'L_t = max ( − Â ρ , − Â clip ( ρ ) )',
      `max ( ${exact(token.unclipped)} , ${exact(token.clipped)} )`,
      token.loss,
    ),
  ];
}

/** What became of the token once the iteration was over, and what the critic learnt from it. */
export function stepsAfter({ settings }: IterationRecord, token: TokenFigures): readonly FormulaStep[] {
  const texts = t().microscope.steps;
  const isClipped = settings.cliprange_value !== null;
  return [
    step(
      texts.after,
      TOKENS,
      'ρ′ = exp ( log π′ − log π_old )',
      `exp ( ${exact(token.logprobAfter)} − ${paren(token.oldLogprob)} )`,
      token.ratioAfter,
      texts.afterHelp,
    ),
    step(
      texts.value,
      VALUE,
      isClipped ? 'L_V = ½ max ( ( V − R ) ² , ( clip ( V ) − R ) ² )' : 'L_V = ½ ( V − R ) ²',
      isClipped ? undefined : `½ ( ${exact(token.value)} − ${paren(token.return)} ) ²`,
      token.valueLoss,
      texts.valueHelp,
    ),
  ];
}

/** The score of the whole answer, which its last token bears. */
function scoreStep(record: IterationRecord, response: number): FormulaStep {
  const texts = t().microscope.steps;
  const { mean, std } = record.settings.calibration;
  const raw = record.rawScores[response] as number;
  const hasEnded = record.ended[response];
  const penalty = ` − ${exact(record.settings.missing_eos_penalty)}`;
  return step(
    texts.score,
    ESTIMATE,
    `s = ( RM − μ ) / σ${hasEnded ? '' : ' − p'}`,
    `( ${exact(raw)} − ${paren(mean)} ) / ${exact(std)}${hasEnded ? '' : penalty}`,
    finalScore(record, response),
    texts.scoreHelp,
  );
}
