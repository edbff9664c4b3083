export const sft = {
  sft: {
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
    byTaskHelp: 'Full bar: trained templates. Thin bar: templates never seen.',
    trained: 'trained templates',
    unseen: 'templates never seen',
  },
};
