export const tournament = {
  tournament: {
    title: 'Many checkpoints',
    help: 'All answer the same new prompts, the [[goldJudge|gold judge]] compares every two of them, and the [[bradleyTerry|Bradley–Terry]] model makes one strength of all the wins.',
    who: (n: string, most: string) => `Who takes part: ${n}, at most ${most}`,
    few: 'Choose at least two.',
    many: (most: string) => `At most ${most} can take part.`,
    prompts: 'Prompts',
    temperature: 'How they answer',
    baseForm: 'Base models are prompted',
    start: 'Compare them',
    cancel: 'Cancel',
    progress: (percent: string) => `Answers written: ${percent}`,
    strengths: 'Strength',
    strengthsHelp: (prompts: string) =>
      `Points around the mean of all, as in Elo’s rating: 400 more are odds of 10 : 1. Lines are 95 % intervals, from drawing the ${prompts} prompts again 200 times.`,
    without: (n: string, of: string) =>
      `In ${n} of ${of} such draws somebody never won or never lost, and there is no finite strength; the intervals leave them out and are too narrow.`,
    infinite:
      'Somebody never won or never lost, so no finite strengths exist. In their place: the mean win rate over the others.',
    means: 'Mean win rate over the others',
    points: (points: string, low: string, high: string) => `${points} (${low} to ${high})`,
    wins: 'Win rates',
    conditions: (prompts: string, how: string) => `${prompts} prompts, ${how}`,
    person: 'Your blind judgements of these pairs',
    personHelp:
      'From blind judging above, in the same form and at the same temperature. They are no part of the strengths.',
    pair: 'Pair',
    you: 'You',
    gold: 'Gold judge, all prompts',
    judged: (rate: string, n: string) => `${rate}, n = ${n}`,
  },
};
