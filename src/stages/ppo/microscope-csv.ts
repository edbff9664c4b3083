/** An iteration as CSV: a row a token, everything that is known of it, every pass of updates in columns of its own. */
import { type IterationRecord, finalScore, spanOf, tokenAt } from '../../core/microscope.ts';

/** A point as the decimal sign in every language. */
export function microscopeCsv(record: IterationRecord, decode: (ids: readonly number[]) => string): string {
  const passes = record.epochs.map((_, epoch) => epoch);
  const header = [
    ...['iteration', 'response', 'prompt', 'ended', 'reward_model', 'score', 'final_score', 'position', 'token'],
    ...['logprob_old', 'logprob_ref', 'kl', 'reward', 'value_old', 'advantage', 'advantage_whitened', 'return'],
    ...passes.flatMap((epoch) =>
      ['minibatch', 'logprob', 'ratio', 'clipped', 'loss', 'value', 'value_loss'].map(
        (name) => `epoch_${epoch + 1}_${name}`,
      ),
    ),
    ...['logprob_after', 'ratio_after', 'value_after'],
  ];
  const rows = record.asked.flatMap(({ prompt }, response) => {
    const [start, end] = spanOf(record, response);
    return Array.from({ length: end - start }, (_, position) => {
      const token = tokenAt(record, start + position, 0);
      return [
        record.iteration,
        response + 1,
        quoted(prompt),
        Number(record.ended[response]),
        record.rawScores[response],
        record.scores[response],
        finalScore(record, response),
        position + 1,
        quoted(decode([token.id])),
        ...[token.oldLogprob, token.refLogprob, token.kl, token.reward, token.oldValue],
        ...[token.advantage, token.whitened, token.return],
        ...passes.flatMap((epoch) => {
          const { logprob, ratio, isClipped, loss, value, valueLoss } = tokenAt(record, start + position, epoch);
          const part = (record.epochs[epoch]?.minibatch[response] ?? 0) + 1;
          return [part, logprob, ratio, Number(isClipped), loss, value, valueLoss];
        }),
        ...[token.logprobAfter, token.ratioAfter, token.valueAfter],
      ].join(',');
    });
  });
  return `${[header.join(','), ...rows].join('\r\n')}\r\n`;
}

/** RFC 4180: a comma is a word of the pocket world. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
