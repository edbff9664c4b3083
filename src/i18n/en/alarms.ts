import type { AlarmId, Named } from '../../core/alarms.ts';
import type { TrapId } from '../../core/traps.ts';
import { counted } from './counted.ts';

/** An alarm or a trap without its text does not compile. */
export type AlarmTexts = {
  readonly [Id in AlarmId]: {
    title: string;
    /** What is seen; the alarm's numbers are written as its stage writes them. */
    seen: (n: Readonly<Record<Named[Id], string>>) => string;
    means: string;
    todo: string;
  };
};
export type TrapTexts = Readonly<Record<TrapId, { name: string; expect: string }>>;

const by: AlarmTexts = {
  not_finite: {
    title: 'A loss is no longer a number',
    seen: () => 'The loss or its gradient became infinite or not a number; the stage stopped there.',
    means:
      'Some step was so large that the numbers ran out of range. What was learnt up to the last autosave is kept; after it there is nothing to learn from.',
    todo: 'Lower the learning rate, or clip gradients sooner; then run the stage again.',
  },
  no_end: {
    title: 'Answers do not end',
    seen: ({ share }) => `Only ${share} of the answers to held-out prompts end by themselves.`,
    means:
      'The model has not learnt the end token ([[eos|EOS]]): it talks on until there is no room. The usual cause is padding marked by the same token: then the ends are left out of the loss with the padding.',
    todo: 'Give padding a token of its own. If it has one, tune for more steps.',
  },
  forgotten: {
    title: 'The corpus is being forgotten',
    seen: ({ loss, base, times }) =>
      `On corpus texts the loss is ${loss} nats a token; that of the base model is ${base}. The [[perplexity|perplexity]] has grown to ${times} times.`,
    means:
      'Tuning on demonstrations alone overwrites what pretraining put there: the facts that answers are to be made of.',
    todo: 'Mix corpus texts in ([[replay|replay]], a quarter is usual), or lower the learning rate.',
  },
  few_labels: {
    title: 'Very few labels',
    seen: ({ pairs, prompts }) =>
      `The reward model learns from ${counted(pairs, 'pair')} of answers to ${counted(prompts, 'prompt')}.`,
    means:
      'So few pairs can all be told apart by features that they have by chance. On other answers the reward may be anything, and PPO will find where it is too high.',
    todo: 'Have more prompts labelled: a thousand are usual here.',
  },
  coin_toss: {
    title: 'No better than a coin',
    seen: ({ rate, low, high }) =>
      `On held-out answers the reward model agrees with the [[goldJudge|gold judge]] in ${rate} of the pairs; the interval, ${low} to ${high}, includes one half.`,
    means: 'It has not been shown to prefer better answers. PPO would optimise noise.',
    todo: 'Have more prompts labelled, or train longer on them.',
  },
  by_heart: {
    title: 'Learnt by heart',
    seen: ({ trained, held_out }) =>
      `In training ${trained} of the pairs are in the labeller’s order; on held-out answers ${held_out}.`,
    means: 'The reward model remembers its pairs and has not learnt what makes one answer better than another.',
    todo: 'Have more prompts labelled, or pass over them fewer times.',
  },
  ratio: {
    title: 'The ratio is not 1 before the first update',
    seen: ({ off }) =>
      `Nothing has been updated yet, but old and new log-probs of the same tokens differ by ${off} (root mean square). They should be equal.`,
    means:
      'The [[logprob|log-probs]] of the samples are computed in another way than those of the update: another temperature, other positions, padding. PPO then clips and corrects a difference that no learning made.',
    todo: 'Score samples by the update’s own forward pass, at the same temperature.',
  },
  advantages: {
    title: 'Whitened advantages are not white',
    seen: ({ mean, std }) =>
      `Over the tokens of the answers the [[advantage|advantages]] have mean ${mean} and standard deviation ${std}, not 0 and 1.`,
    means:
      'They were whitened over more than the answers: the zeros behind short ones were counted. The size of every update now depends on how much padding there is.',
    todo: 'Whiten over the tokens of the answers alone.',
  },
  negative_kl: {
    title: 'KL is negative',
    seen: ({ kl, iterations }) =>
      `For ${iterations} iterations the [[kl|KL]] from the SFT model has been below zero, ${kl} nats an answer on average.`,
    means:
      'A divergence cannot be negative for long. The samples are not scored by the distribution that they were drawn from, so the penalty pays for what it should punish.',
    todo: 'Look for a difference between sampling, old log-probs and reference: temperature, padding, positions.',
  },
  gold_falls: {
    title: 'The reward rises, the gold score falls',
    seen: ({ best, now, score_then, score_now }) =>
      `Since its best, the gold score has fallen from ${best} to ${now} (averages of four iterations), while the reward has gone from ${score_then} to ${score_now}.`,
    means:
      'The policy has found what the reward model overrates: [[rewardHacking|reward hacking]]. More training makes the answers worse.',
    todo: 'Raise the price of leaving the SFT model (β), stop earlier, or train a better reward model.',
  },
  far: {
    title: 'Very far from the SFT model',
    seen: ({ kl, coef }) => `The [[kl|KL]] has reached ${kl} nats an answer, at β = ${coef}.`,
    means:
      'The policy now says what the SFT model would hardly ever say. The reward model was never trained on such answers; what it thinks of them means little.',
    todo: 'Raise β or set a target for the KL; lower the learning rate.',
  },
  entropy: {
    title: 'The policy always says the same',
    seen: ({ now, then }) => `The entropy is ${now} nats a token; at first it was ${then}.`,
    means:
      'All probability has gone to one answer, so that nothing new is tried: the samples of an iteration differ no more, and there is nothing to compare.',
    todo: 'Raise β, or lower the learning rate.',
  },
  unended: {
    title: 'Answers do not end',
    seen: ({ share }) => `Only ${share} of the sampled answers end by themselves.`,
    means:
      'Cut-off answers get the score of whole ones less a penalty; length decides what is learnt. If it was so from the first iteration, the SFT model never learnt to end.',
    todo: 'Look at instruction tuning first; then raise the penalty for a missing end.',
  },
  critic: {
    title: 'The critic explains nothing',
    seen: ({ explained, iterations }) =>
      `Over the last ${iterations} iterations the [[explainedVariance|explained variance]] was ${explained} on average.`,
    means:
      'The critic foresees the reward no better than a constant, so that advantages are as noisy as the rewards themselves.',
    todo: 'Raise the critic’s learning rate, or pass over the answers more often.',
  },
};

const traps: TrapTexts = {
  pad_is_eos: {
    name: 'Padding = end token',
    expect: 'The end is masked with the padding and never learnt: answers run on until they are cut off.',
  },
  no_replay: {
    name: 'No corpus replay',
    expect: 'The model follows instructions, and forgets the corpus it took its facts from.',
  },
  few_pairs: {
    name: 'Reward model of 60 pairs',
    expect: 'It knows its pairs by heart, and hardly beats a coin on new answers.',
  },
  no_kl: {
    name: 'KL coefficient 0, 30 iterations',
    expect:
      'The reward keeps rising; the gold score rises for some ten iterations, then falls: the sooner, the poorer the reward model.',
  },
  whiten_pads: {
    name: 'Whitening over padding',
    expect: 'Advantages no longer have mean 0 and spread 1, so that updates grow with the padding.',
  },
  other_temperature: {
    name: 'Old log-probs at another temperature',
    expect: 'The ratio is not 1 before the first update, and the KL is negative.',
  },
};

export const alarms = {
  alarms: {
    label: 'Alarms',
    since: (step: string) => `since step ${step}`,
    means: 'What it means',
    todo: 'What to try',
    setBack: (knob: string, value: string) => `${knob}: back to ${value}`,
    look: (knob: string) => `Look at: ${knob}`,
    by,
  },
  traps: {
    title: 'Break it',
    help: 'Known traps, to be put back in: each has bitten a published library or a paper. Switch one on, run, and see which alarm names it. A trap is a few changed knobs; mending sets exactly these back.',
    raises: (alarm: string) => `Alarm: ${alarm}`,
    mendIt: 'Mend it',
    mend: (trap: string) => `Mend it: ${trap}`,
    mendAll: 'Mend everything',
    by: traps,
  },
};
