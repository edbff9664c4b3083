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
    better: { higher: 'higher is better', lower: 'lower is better', neither: 'style' },
    prompts: (n: string) => `${n} prompts, new names, [[temperature|temperature]] 1`,
    kl: (nats: string) => `[[kl|KL]] from [[sft|SFT]] ${nats} nats`,
    modelsHelp:
      'Each bar is one model on the same prompts. Fewer [[hallucination|made-up]] and [[toxicity|rude]] answers should not cost right ones: that would be an [[alignmentTax|alignment tax]].',
    none: 'The bars appear when the judge is done.',
    interval: (rate: string, low: string, high: string) => `${rate} (${low} – ${high})`,
  },
};
