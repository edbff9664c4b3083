export const stages = {
  stage: {
    rail: 'Stages',
    state: {
      waiting: 'not started',
      running: (percent: string) => `running ${percent}`,
      paused: (percent: string) => `paused ${percent}`,
      stopped: (percent: string) => `stopped ${percent}`,
      done: 'done',
      failed: 'failed',
      stale: 'stale',
      ready: 'ready',
    },
    staleBecause: 'Stale: something it was made from has changed since. It stays as it is until it is run again.',
    data: {
      name: 'Data',
      about:
        'The pocket world: who lives there, what the [[corpus|corpus]] says, and every task as instruction and response. Some of it is held out, so that one can see what carries over.',
    },
    base: {
      name: 'Base model',
      about:
        'A [[baseModel|base model]] predicts the next word of the pocket world’s texts. It learns words and facts, but does not know that a question wants an answer.',
    },
    sft: {
      name: 'Instruction tuning',
      about:
        '[[sft|Supervised fine-tuning]] (SFT) on pairs of instruction and response. The loss counts the words of the response alone.',
    },
    reward: {
      name: 'Reward model',
      about:
        'The tuned model writes several responses; a [[labeller|labeller]] ranks them; the [[rewardModel|reward model]] learns to give the preferred one the higher score.',
    },
    ppo: {
      name: 'PPO',
      about:
        '[[ppo|PPO]] changes the tuned model so that its responses earn more reward. The [[kl|KL]] penalty keeps it close to where it started.',
    },
    judge: {
      name: 'Judge',
      about:
        'The [[goldJudge|gold judge]], which no model ever saw, scores the responses of all four models to new [[prompt|prompts]], at [[temperature|temperature]] 1 and [[greedy|greedily]].',
    },
    alarm: {
      none: 'No alarm',
      some: (n: string) => (n === '1' ? '1 alarm' : `${n} alarms`),
      breakIt: 'Break it',
    },
    figures: 'Figures',
    curves: 'Curves',
    seconds: 'Time computed',
    tokens: 'Tokens read',
    flop: 'Operations (FLOP)',
    shippedBase: 'Shipped with the page',
    inTasks: (tasks: string) => `in ${tasks} tasks`,
    noCurves: 'The curves appear here when this stage trains.',
    keyFigure: {
      data: 'instruction templates',
      base: 'loss',
      sft: 'exact match',
      reward: 'accuracy',
      rewardLive: 'accuracy in training',
      ppo: 'win rate over SFT',
      ppoLive: 'gold score',
      judge: 'win rate, PPO over SFT',
    },
    corpus: 'Texts it learns from',
    corpusHelp: 'A few documents of the corpus, as the model reads them.',
  },

  charts: {
    step: 'step',
    show: (title: string, value: string) => `${title}: now ${value}`,
    loss: 'Loss',
    gradNorm: 'Gradient norm',
    tokenAccuracy: 'Words predicted right',
    entropy: 'Entropy',
    rewardAccuracy: 'Pairs in the labeller’s order',
    rewardMargin: 'Score between better and worse',
    scores: 'Scores',
    reward: 'reward model',
    gold: 'gold judge',
    kl: 'Distance from the SFT model',
    clip: 'Updates clipped',
    length: 'Length of responses',
    valueLoss: 'Value loss',
  },

  samples: {
    title: 'Before and after',
    help: 'The same prompts, never trained on, answered anew while the stage trains.',
    none: 'Answers appear here while the stage trains.',
    at: (step: string) => `after step ${step}`,
    prompt: 'Prompt',
    before: 'Before',
    after: 'After',
    expected: (answer: string) => `Right answer: ${answer}`,
    empty: 'no words',
  },

  verdict: {
    correct: 'right',
    wrong: 'wrong',
    refusal: 'does not know',
    fabrication: 'made up',
    rude: 'rude',
    polite: 'polite',
    verbose: 'wordy',
    unended: 'does not end',
    gold: (points: string) => `gold ${points}`,
    goldHelp: 'Points of the gold judge',
  },

  tasks: {
    qa: 'Facts about citizens',
    stranger: 'Questions about strangers',
    commonsense: 'Common sense',
    sentiment: 'Sentiment',
    entailment: 'Entailment',
    reading: 'Reading',
    korean: 'Into Korean',
    summary: 'Summary',
    structure: 'Structure to text',
    replace: 'Replace a word',
    nth: 'The n-th word',
    after: 'The word after',
    reverse: 'Reverse',
    copy: 'Copy',
    remove: 'Remove a word',
    filter: 'Filter',
    count: 'Count',
  },
};
