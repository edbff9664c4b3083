export const ppo = {
  ppo: {
    reward: 'Reward',
    gold: 'Gold score',
    kl: 'KL from the SFT model',
    formula:
      'The [[policy|policy]] writes a batch of [[rollout|rollouts]]; the [[rewardModel|reward model]] scores them, less β times the [[kl|KL]] from the [[referenceModel|reference model]]. A [[valueFunction|critic]] says what was to be expected, so that each token has its [[advantage|advantage]] ([[gae|GAE]]); the update raises the probability of what went better, and [[clipping|clips]] the [[ratio|ratio]] of new to old.',
    value: 'Values explained',
  },
};
