export const ppo = {
  ppo: {
    reward: 'Reward',
    gold: 'Gold score',
    kl: 'KL from the SFT model',
    value: 'Values explained',
  },
};
