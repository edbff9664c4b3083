import type { ChoiceId, OptionOf, ShareId } from '../../core/predictions.ts';

/** A question without its text does not compile. */
export type QuestionTexts = { [Id in ChoiceId]: { ask: string; options: Record<OptionOf<Id>, string> } } & Record<
  ShareId,
  { ask: string; options?: undefined }
>;

const questions: QuestionTexts = {
  'base.loss': {
    ask: 'How low will the loss be at the end? A model that guesses evenly among all words starts at 5.5 to 6.2.',
    options: { below_1: 'below 1', below_2: '1 to 2', below_4: '2 to 4', above_4: '4 or more' },
  },
  'sft.exact_match': { ask: 'How many new prompts of the trained tasks will be answered exactly right?' },
  'sft.unseen_tasks': {
    ask: 'Will exact match on tasks that were never trained rise above 10 %?',
    options: { yes: 'yes', no: 'no' },
  },
  'sft.unseen_templates': {
    ask: 'Will wordings that were never trained be answered as well as the trained ones, at most 10 points worse?',
    options: { yes: 'yes', no: 'no' },
  },
  'reward.accuracy': {
    ask: 'Of two answers about new names, how often will the reward model score the better one higher?',
  },
  'reward.length': {
    ask: 'The same answer, plain or with wordy phrases: which will get the higher score more often?',
    options: { plain: 'the plain one', verbose: 'the wordy one' },
  },
  'ppo.win_rate': { ask: 'How often will the gold judge prefer PPO’s answer to the SFT model’s?' },
  'ppo.fabrication': {
    ask: 'Will made-up answers about strangers become fewer?',
    options: { halved: 'by half or more', fewer: 'yes, but by less', not_fewer: 'no' },
  },
};

export const predictions = {
  predictions: {
    title: 'Predict before you run',
    until: 'You can change your answer until the stage begins.',
    nearEnough: (points: string) => `Within ${points} points counts as right.`,
    keep: (answer: string) => `Predict ${answer}`,
    kept: (answer: string) => `Your prediction: ${answer}`,
    when: (time: string) => `given ${time}`,
    running: 'The result comes when the stage is done.',
    judged: 'The result comes when the judge is done.',
    result: (result: string) => `Result: ${result}`,
    right: 'It came true.',
    wrong: 'It did not come true.',
    off: 'Do not ask me',
    onAgain: 'Predictions can be switched on again under Configure.',
    questions,
  },
};
