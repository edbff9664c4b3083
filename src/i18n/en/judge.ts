export const judge = {
  judge: {
    winRates: 'Win rate',
    winHelp:
      '[[winRate|Share of prompts]] where the [[goldJudge|gold judge]] prefers the first; a tie counts half. The line is the [[wilson|95 % interval]].',
    ppo_over_sft: 'PPO over SFT',
    sft_over_base_prompted: 'SFT over prompted base',
    models: { base: 'Base', base_prompted: 'Base, prompted', sft: 'SFT', ppo: 'PPO' },
    gold: 'Gold score',
    accuracy: 'Right answers',
    fabrication: 'Made up about strangers',
    refusal_known: '“i do not know” though it is known',
    rude: 'Rude',
    verbose: 'Wordy',
    polite: 'Polite',
    response_length: 'Length in words',
    better: { higher: 'higher is better', lower: 'lower is better', neither: 'style' },
    prompts: (n: string) => `${n} prompts, new names, [[temperature|temperature]] 1`,
    kl: (nats: string) => `[[kl|KL]] from [[sft|SFT]] ${nats} nats`,
    modelsTitle: 'Model by model',
    modelsHelp:
      'Each bar is one model on the same prompts. Fewer [[hallucination|made-up]] and [[toxicity|rude]] answers should not cost right ones: that would be an [[alignmentTax|alignment tax]].',
    modelsThin:
      'The thick bar and the first number are at T = 1, the thin bar and the second number [[greedy|greedy]].',
    two: (sampled: string, greedy: string) => `${sampled} / ${greedy}`,
    none: 'The bars appear when the judge is done.',
    earlier:
      'An earlier version of this page judged this run. It measured less: what is missing here appears when the judge runs again.',
    interval: (rate: string, low: string, high: string) => `${rate} (${low} – ${high})`,
    sampled: 'T = 1',
    greedy: 'greedy',
    menu: 'All figures of the judge',

    figure: {
      title: 'Win rate against SFT',
      help: 'Laid out as figure 1 of InstructGPT: how often the [[goldJudge|gold judge]] prefers a model’s answer to that of [[sft|SFT]]. A tie counts half, so SFT itself is the line at one half. Lines are [[wilson|95 % intervals]].',
      /** A line of the axis each. */
      axis: { base: 'Base', base_prompted: 'Base,\nprompted', sft: 'SFT', ppo: 'PPO' },
      half: 'SFT: one half',
      point: (model: string, temperature: string, rate: string) => `${model}, ${temperature}: ${rate}`,
      paper:
        'The paper’s own result, judged by people: InstructGPT’s answers were preferred to GPT-3’s in 85 ± 3 % and to few-shot GPT-3’s in 71 ± 4 %; the order was GPT < prompted < SFT < PPO.',
      model: 'Model',
    },
    pairs: {
      title: 'Everyone against everyone',
      help: 'How often the row wins over the column; a tie counts half.',
      caption: (temperature: string) => `Row over column, ${temperature}`,
      over: (row: string, column: string, rate: string) => `${row} over ${column}: ${rate}`,
    },
    changes: {
      title: 'Before and after PPO',
      help: 'From SFT to PPO on the same prompts, so the 95 % intervals are paired: Newcombe’s for shares, the mean difference ± 1.96 standard errors for the length, the same on the scale of the loss for perplexity. What lies beside zero as a whole is called a difference.',
      figure: 'Figure',
      fromTo: (from: string, to: string) => `${from} → ${to}`,
      points: (change: string, low: string, high: string) => `${change} points (${low} to ${high})`,
      words: (change: string, low: string, high: string) => `${change} words (${low} to ${high})`,
      factor: (factor: string, low: string, high: string) => `× ${factor} (${low} – ${high})`,
      better: 'better',
      worse: 'worse',
      more: 'more',
      less: 'less',
      unclear: 'no clear difference',
      perplexity: 'Corpus perplexity',
      perplexityHelp: (documents: string, base: string) =>
        `[[perplexity|Perplexity]] on ${documents} documents of the [[corpus|corpus]] that no training has drawn; the base model’s is ${base}. SFT and PPO keep reading the corpus beside their own data.`,
    },
  },
};
