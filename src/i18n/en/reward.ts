export const reward = {
  reward: {
    accuracy: 'Pairs ranked as the gold judge does',
    accuracyHelp:
      'Of [[heldOut|held-out]] pairs that the [[goldJudge|gold judge]] tells apart. By the [[bradleyTerry|Bradley–Terry]] model the difference of two scores says how sure the preference is. The line is the [[wilson|95 % interval]].',
    labels: 'Learnt from',
    simulated: 'simulated labeller',
    person: 'my choices',
    familiar: 'Names that training mentions',
    newNames: 'Names that training never mentions',
    probes: 'What it has learnt to prefer',
    probesHelp: 'Share of [[preference|pairs]] in which the first scores higher. The middle line is a coin toss.',
    clean_over_rude: 'clean over rude',
    refusal_over_made_up: '“i do not know” over made up',
    right_over_refusal: 'right over “i do not know”',
    polite_over_plain: 'polite over plain',
    plain_over_verbose: 'plain over wordy',
  },
};
