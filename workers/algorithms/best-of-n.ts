/**
 * Best-of-n: sample n responses, keep the one that the reward model likes best.
 *
 * As a way to answer: Stiennon et al. 2020, Nakano et al. 2021 (WebGPT). As training data for SFT, "rejection
 * sampling": Touvron et al. 2023 (Llama 2), §3.2.3. How far it moves from the policy is bounded by `bestOfNKl`
 * (src/core/stats.ts). Scores [P·n] hold the n responses of a prompt side by side.
 */

/** [P]: where in `scores` each prompt's best response stands; the first of equals. */
export function bestOfGroups(scores: ArrayLike<number>, n: number): number[] {
  if (!(Number.isInteger(n) && n >= 1) || scores.length % n !== 0)
    throw new RangeError(`${scores.length} scores do not make groups of ${n}`);
  return Array.from({ length: scores.length / n }, (_, prompt) => {
    let best = prompt * n;
    for (let i = best + 1; i < (prompt + 1) * n; i++) if ((scores[i] as number) > (scores[best] as number)) best = i;
    return best;
  });
}

/**
 * What best-of-n would get from a judge, for any n up to the number N of samples, without sampling again: the mean of
 * `judged` over the best by `scores` of every n of the N responses to one prompt (Nakano et al. 2021, appendix I).
 * Σ_i judged_(i) · C(i − 1, n − 1) / C(N, n), i counting from the lowest score.
 */
export function expectedBestOfN(scores: ArrayLike<number>, judged: ArrayLike<number>, n: number): number {
  const count = scores.length;
  if (!(Number.isInteger(n) && n >= 1 && n <= count) || judged.length !== count)
    throw new RangeError(`best of ${n} from ${count} scores and ${judged.length} judgements`);
  const falling = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number),
  );
  // From n/N at the top, the weight of place i − 1 is (i − n)/(i − 1) of the weight of place i: no binomial gets large.
  let weight = n / count;
  let expected = 0;
  for (let i = count; i >= n; i--) {
    expected += weight * (judged[falling[count - i] as number] as number);
    weight *= (i - n) / (i - 1);
  }
  return expected;
}
