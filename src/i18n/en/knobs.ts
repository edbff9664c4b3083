import type { KnobName } from '../../core/knobs.ts';

interface KnobText {
  name: string;
  /** One line. */
  meaning: string;
}

/** A knob without its text does not compile. */
export type KnobTexts = Readonly<Record<KnobName, KnobText>>;

/** Every optimiser has these. */
const learning_rate = {
  name: 'Learning rate',
  meaning:
    'How far one step moves the weights, at its highest. Too high and the loss jumps, too low and little is learnt.',
};
const warmup = { name: 'Warm-up', meaning: 'Steps in which the learning rate rises from zero to its highest.' };
const weight_decay = {
  name: 'Weight decay',
  meaning: 'Pulls the weights towards zero, so that none grows without need.',
};
const beta1 = { name: 'Adam β₁', meaning: 'How long AdamW remembers the direction of past gradients.' };
const beta2 = { name: 'Adam β₂', meaning: 'How long AdamW remembers the size of past gradients.' };
const epsilon = { name: 'Adam ε', meaning: 'Keeps AdamW from dividing by almost zero.' };
const max_grad_norm = { name: 'Gradient clipping', meaning: 'A gradient longer than this is shortened to it.' };

export const knobs: KnobTexts = {
  'base.steps': { name: 'Pretraining steps', meaning: 'How many batches of the corpus the base model learns from.' },
  'base.step_tokens': { name: 'Tokens a step', meaning: 'How much text one pretraining step reads.' },
  'base.learning_rate': learning_rate,
  'base.warmup': warmup,
  'base.weight_decay': weight_decay,
  'base.beta1': beta1,
  'base.beta2': beta2,
  'base.epsilon': epsilon,
  'base.max_grad_norm': max_grad_norm,

  'sft.steps': {
    name: 'Tuning steps',
    meaning:
      'How many batches of demonstrations the model learns from. More steps follow instructions better, up to a point.',
  },
  'sft.batch_size': { name: 'Batch size', meaning: 'Examples a step, replayed corpus texts included.' },
  'sft.replay': {
    name: 'Replay',
    meaning: 'Share of corpus texts among the examples, so that facts from pretraining are not forgotten.',
  },
  'sft.pad_is_eos': {
    name: 'Padding is the end token',
    meaning: 'Marks padding by the end token, so that no end token bears loss: a trap, the model never learns to stop.',
  },
  'sft.evaluation_prompts': {
    name: 'Evaluation prompts',
    meaning: 'Prompts of each task in the exact-match evaluation. More make the figures steadier.',
  },
  'sft.learning_rate': learning_rate,
  'sft.warmup': warmup,
  'sft.weight_decay': weight_decay,
  'sft.beta1': beta1,
  'sft.beta2': beta2,
  'sft.epsilon': epsilon,
  'sft.max_grad_norm': max_grad_norm,

  'reward.prompts': {
    name: 'Labelled prompts',
    meaning: 'Prompts whose answers the labeller ranks. Fewer labels make a reward model that is easier to fool.',
  },
  'reward.responses': {
    name: 'Answers a prompt (K)',
    meaning: 'How many sampled answers are ranked against each other.',
  },
  'reward.label_noise': {
    name: 'Label noise',
    meaning:
      'Share of the simulated labeller’s rankings whose order is drawn at random. It shows how much wrong labels hurt.',
  },
  'reward.batch_size': { name: 'Batch size', meaning: 'Rankings a step.' },
  'reward.epochs': { name: 'Epochs', meaning: 'Passes over all rankings. More of them learn the labels by heart.' },
  'reward.min_steps': { name: 'Least steps', meaning: 'At least so many steps, however few labels there are.' },
  'reward.margin': {
    name: 'Margin',
    meaning: 'By how much the better answer should score higher (Llama 2). 0: any difference will do.',
  },
  'reward.center_rewards_coefficient': {
    name: 'Centring',
    meaning: 'Keeps scores near zero on average; the ranking itself leaves their level open.',
  },
  'reward.evaluation_prompts': {
    name: 'Evaluation prompts',
    meaning: 'Held-out prompts that accuracy is measured on, for familiar and for new names each.',
  },
  'reward.learning_rate': learning_rate,
  'reward.warmup': warmup,
  'reward.weight_decay': weight_decay,
  'reward.beta1': beta1,
  'reward.beta2': beta2,
  'reward.epsilon': epsilon,
  'reward.max_grad_norm': max_grad_norm,

  'ppo.iterations': {
    name: 'Iterations',
    meaning:
      'How often PPO samples answers and learns from their reward. Many of them can over-optimise the reward model.',
  },
  'ppo.rollouts': { name: 'Rollouts', meaning: 'Answers sampled in each iteration.' },
  'ppo.epochs': { name: 'Epochs', meaning: 'Passes over the answers of an iteration before new ones are sampled.' },
  'ppo.minibatch_size': { name: 'Minibatch size', meaning: 'Answers that one update learns from.' },
  'ppo.learning_rate': {
    name: 'Learning rate',
    meaning: 'How far one update moves the policy. It stays the same throughout.',
  },
  'ppo.value_learning_rate': {
    name: 'Critic’s learning rate',
    meaning: 'How far one update moves the critic, which estimates the reward to come.',
  },
  'ppo.kl_coef': {
    name: 'KL coefficient (β)',
    meaning: 'Price of moving away from the SFT model. 0 leaves the policy free to please the reward model in any way.',
  },
  'ppo.kl_target': {
    name: 'KL target',
    meaning: 'Steers β so that KL stays near this many nats an answer. Off: β stays as it is.',
  },
  'ppo.kl_horizon': { name: 'KL horizon', meaning: 'Answers over which β follows the target: the larger, the slower.' },
  'ppo.cliprange': {
    name: 'Clip range (ε)',
    meaning: 'How far the probability ratio may leave 1 before an update stops gaining from it.',
  },
  'ppo.cliprange_value': {
    name: 'Clip range of values',
    meaning: 'The same for the critic’s estimates. Off: not clipped.',
  },
  'ppo.whiten_pads': {
    name: 'Whitening over padding',
    meaning: 'Counts the zeros behind short answers as advantages when these are whitened: a trap.',
  },
  'ppo.old_logprob_temperature': {
    name: 'Temperature of old log-probs',
    meaning:
      'At which temperature the sampled tokens are scored before the update, as a multiple of that of the samples. Anything but 1 is a trap.',
  },
  'ppo.gamma': { name: 'Discount (γ)', meaning: 'What a reward one token later is still worth. 1: as much as now.' },
  'ppo.lambda': { name: 'GAE λ', meaning: 'Between trusting the critic (0) and the reward that really came (1).' },
  'ppo.missing_eos_penalty': {
    name: 'Penalty for no end',
    meaning: 'Taken off the reward of an answer that does not end by itself.',
  },
  'ppo.ptx_coef': {
    name: 'PPO-ptx (γ)',
    meaning:
      'Weight of predicting corpus texts beside PPO, so that what was known is not lost (alignment tax). 0: plain PPO.',
  },
  'ppo.ptx_rows': { name: 'Corpus texts', meaning: 'Corpus texts beside each minibatch, where PPO-ptx is on.' },
  'ppo.calibration_prompts': {
    name: 'Calibration prompts',
    meaning: 'Answers of the SFT model whose mean reward becomes zero, and whose spread becomes one.',
  },
  'ppo.weight_decay': weight_decay,
  'ppo.beta1': beta1,
  'ppo.beta2': beta2,
  'ppo.epsilon': epsilon,
  'ppo.max_grad_norm': max_grad_norm,

  'judge.known': {
    name: 'Questions about citizens',
    meaning: 'How many the judge asks: their answers are known from the corpus.',
  },
  'judge.strangers': {
    name: 'Questions about strangers',
    meaning: 'How many the judge asks: nobody can know, so anything but “i do not know” is made up.',
  },
  'judge.others': { name: 'Other prompts', meaning: 'How many the judge asks of all other tasks.' },
};
