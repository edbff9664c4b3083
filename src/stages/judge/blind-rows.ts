/** Blind judgements as rows for CSV, names first. */
import { type BlindJudgement, goldPoints, isSame } from '../../core/data/blind.ts';

export function blindRows(judgements: readonly BlindJudgement[]): (string | number | null)[][] {
  const rows = judgements.map((each) => {
    const { by, at, number, a, b, temperature, example, answers, swapped, choice } = each;
    return [
      ...[by, at, number, example.prompt],
      ...[a.key, a.hash, a.form, answers[0].text],
      ...[b.key, b.hash, b.form, answers[1].text],
      temperature,
      isSame(each) ? 'none: the same' : swapped ? 'b' : 'a',
      choice,
      goldPoints(each),
    ];
  });
  return [
    [
      ...['by', 'at', 'number', 'prompt'],
      ...['a', 'a_hash', 'a_form', 'a_answer'],
      ...['b', 'b_hash', 'b_form', 'b_answer'],
      ...['temperature', 'shown_first', 'choice', 'gold_points_of_a'],
    ],
    ...rows,
  ];
}
