export const sft = {
  sft: {
    input: 'What goes in',
    inputHelp:
      'A [[demonstration]] is an [[instruction]] with a response to imitate. What fills the slots of its [[template]] is underlined.',
    faults: {
      wrong: 'wrong: the crowd makes mistakes',
      lazy: 'says that it does not know, though the corpus tells',
      madeUp: 'made up: nobody knows this person',
      rude: 'rude: so are some of the crowd',
    },
    crowd: 'The crowd that wrote them has faults, and the model imitates those as well.',
    replayed: (share: string) => `${share} of the rows are corpus texts ([[replay]]), so that facts are not forgotten.`,
    own: (n: string) =>
      n === '1' ? 'One demonstration of your own is in the mix.' : `${n} demonstrations of your own are in the mix.`,
    ownOff: 'Your own demonstrations are switched off.',
    ownNone: 'You can add demonstrations of your own at the stop “Data”.',
    more: 'Other rows',

    formula: 'The loss of this stage',
    formulaName: 'loss',
    formulaHelp:
      'R: the [[token|tokens]] of the responses, each with its end token ([[eos|EOS]]). The prompt is read, but bears no loss.',
    formulaNow: (loss: string, share: string) =>
      `Now: ${loss} nats, so the right token had a probability of ${share} (geometric mean).`,
    formulaNone: 'The present loss stands here while the stage trains.',

    tokens: 'Which tokens bear loss',
    tokensHelp:
      'Under each token of the response its loss, −[[logprob|log p]]; the stronger the colour, the less it was expected.',
    tokensNone: 'Rows as training has them. The losses appear while the stage trains.',
    noLoss: 'no loss',
    response: 'response',
    replayRow: 'corpus text: every token bears loss',
    sure: 'expected, 0',
    unsure: (loss: string) => `a guess, ${loss}`,
    table: 'As a table',
    token: 'Token',
    tokenLoss: '−log p',
    probability: 'p',
    row: (n: string) => `Row ${n}`,

    exactMatchChart: 'Exact match: trained tasks',
    generalisationChart: 'Exact match: never trained',
    seenShort: 'seen templates',
    unseenTemplatesShort: 'unseen templates',
    unseenTasksShort: 'unseen tasks',
    unseenClustersShort: 'unseen clusters',
    exactMatchHelp:
      'Share of answers that are right to the word ([[exactMatch]], [[greedy]]). Each number is about something harder than the one before: less of it was seen in training ([[heldOut]]).',
    noneHere: (world: string) =>
      `The ${world} world has too few tasks to keep any out of training: choose the model “small” to see unseen tasks and clusters.`,
    shipped: (preset: string) => `Figures of the shipped model (${preset}), until this stage has run.`,
    groups: {
      trained: 'Trained tasks',
      trainedHelp: 'Thick bar: seen templates. Thin bar: unseen ones.',
      unseenTasks: 'Unseen tasks',
      unseenTasksHelp: 'No row of the training data has these; others of their [[taskCluster]] it has.',
      unseenClusters: 'Unseen clusters',
      unseenClustersHelp: 'Nothing of this kind was trained.',
    },
    byTaskNone: 'The bars appear when the stage is done.',

    exactMatch: 'Exact match, greedy',
    seen: 'Trained tasks and templates',
    unseenTemplates: 'Templates never seen',
    unseenTasks: 'Tasks never seen',
    unseenClusters: 'Kinds of task never seen',
    prompting: 'The base model, prompted',
    plain: 'as the tuned model is',
    wrapper: 'in the form of its corpus',
    fewShot: 'after three examples',
    byTask: 'By task',
    trained: 'seen templates',
    unseen: 'unseen templates',
  },
};
