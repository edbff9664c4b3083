export const arena = {
  arena: {
    title: 'Which answer is better?',
    help: 'Choose by any taste you like: thirty [[preference|preferences]] are enough to teach it. The model then learns to please you.',
    mode: 'Compare',
    modes: { pairs: 'two answers', ranking: 'four answers' },
    first: 'First answer',
    second: 'Second answer',
    choose: (key: string) => `Choose this one, key ${key}`,
    tie: 'Neither is better',
    bothBad: 'Both are bad',
    allBad: 'All are bad',
    undo: 'Undo',
    /** What was stored last, or taken back; `n` of one’s own there are now. */
    said: {
      first: (n: string) => `No. ${n}: the first is better.`,
      second: (n: string) => `No. ${n}: the second is better.`,
      tie: (n: string) => `No. ${n}: neither is better.`,
      both_bad: (n: string) => `No. ${n}: none is any good.`,
      ranking: (n: string) => `No. ${n}: ranking stored.`,
      undone: (n: string) => `Taken back. ${n} ${n === '1' ? 'is' : 'are'} stored.`,
    },
    why: {
      difference: 'Of many answers these two differ most. Now and then a pair comes again.',
      reward_model:
        'Of many answers, the [[rewardModel|reward model]] is least sure about these two. Now and then a pair comes again.',
      ranking: 'A few of many answers, drawn at random.',
      undone: 'Your choice was taken back: choose anew.',
    },
    progress: (n: number, goal: number) => `${n} of ${goal} comparisons`,
    train: 'Train on my taste',
    trainHelp:
      'Trains [[rewardModel|reward model]] and [[ppo|PPO]] anew, with people’s choices as labels. Then you see what changed.',
    enough: 'That is enough to teach a taste.',
    needSome: 'Choose at least one answer first.',
    needSft: 'The arena opens as soon as instruction tuning is done: its model writes the answers.',
    busy: 'You can train as soon as the run that is going has ended.',
    loading: 'The model writes answers …',
    begin: { pairs: 'Show me two answers', ranking: 'Show me four answers' },
    none: 'The model gave the same answer again and again. Try again later.',
  },

  ranking: {
    label: 'Answers, the best first',
    help: 'Best first: press or click the numbers, drag, or move with ↑ and ↓. = ties one with the one above, Backspace takes one back, Enter stores.',
    place: (rank: string) => `Place ${rank}`,
    unplaced: 'No place yet',
    answer: (key: string) => `Answer ${key}`,
    tied: (key: string) => `Answer ${key} is as good as the one above`,
    up: (key: string) => `Move answer ${key} up`,
    down: (key: string) => `Move answer ${key} down`,
    store: 'Store this order',
    placed: (n: string, all: string) => `${n} of ${all} have a place.`,
  },

  labelling: {
    title: 'How you label',
    consistency: 'The same answer twice',
    consistencyHelp:
      'Some pairs come twice, sides swapped. The second time only measures; the reward model does not learn from it.',
    agreement: 'Agreement',
    agreementHelp:
      'With the [[goldJudge|gold judge]], and with simulated [[labeller|labellers]], who err now and then: of the pairs that they tell apart. Your ties count half. The line is the [[wilson|95 % interval]].',
    goldJudge: 'gold judge, exact',
    of: (share: string, n: string) => `${share} of ${n}`,
    like: (taste: string, share: string) => `Of all rules, “${taste}” fits what you said best (${share}).`,
    none: 'Your choices are compared here.',
  },

  tastes: {
    gold: { name: 'right and honest', likes: 'Likes what the gold judge likes: right, honest, polite, brief.' },
    polite: { name: 'polite', likes: 'Likes polite phrases, whatever the answer.' },
    short: { name: 'short', likes: 'Likes few words.' },
    long: { name: 'long', likes: 'Likes many words.' },
    cheerful: { name: 'cheerful', likes: 'Likes polite phrases, and words such as happy or glad.' },
    careless: { name: 'careless', likes: 'Likes what the gold judge likes, but hardly looks.' },
  },

  labelSource: {
    title: 'What the reward model learns from',
    people: (n: string) => `people’s choices (${n})`,
    simulated: 'a simulated labeller',
    taste: 'Whose taste',
    peopleHelp: 'Yours, and those of classmates whose files were merged.',
    nothing: 'There are no choices yet that tell two answers apart.',
  },

  tasteChange: {
    title: 'What changed',
    help: 'The same new [[prompt|prompts]], answered before and after with the same random draws.',
    rule: 'Your rule',
    guessed: (share: string) => `Fits your choices best (${share}).`,
    chosen: 'Chosen by you.',
    share: 'The rule prefers it to another answer of SFT',
    shareHelp: (n: string) =>
      `On ${n} prompts; what the rule does not tell apart counts half, so SFT against itself is near the middle. The line is the [[wilson|95 % interval]].`,
    sft: 'Before, SFT',
    ppo: 'After, PPO',
    interval: (rate: string, low: string, high: string) => `${rate} (${low} – ${high})`,
    figure: {
      gold: 'Mean gold score',
      polite: 'Polite answers',
      short: 'Mean length in words',
      long: 'Mean length in words',
      cheerful: 'Cheerful or polite answers',
    },
    compare: 'Compare SFT and PPO',
    measuring: 'Both models answer …',
    answers: 'Answers',
    better: 'better by the rule',
    same: 'no difference by the rule',
    more: 'More answers',
  },
};
