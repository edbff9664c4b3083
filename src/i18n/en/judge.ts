export const judge = {
  judge: {
    winRates: 'Win rate',
    winHelp:
      'Share of prompts where the gold judge prefers the first; a tie counts half. The line is the 95 % interval.',
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
    prompts: (n: string) => `${n} prompts, new names, temperature 1`,
    kl: (nats: string) => `KL from SFT ${nats} nats`,
    none: 'The bars appear when the judge is done.',
    interval: (rate: string, low: string, high: string) => `${rate} (${low} – ${high})`,
  },
};
