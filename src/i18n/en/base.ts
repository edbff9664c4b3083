export const base = {
  base: {
    input: 'What goes in',
    inputHelp: 'Documents of the [[corpus]], as the model reads them: each word and each mark is one [[token]].',
    asTokens: 'One document, token by token',
    more: 'More documents',
    reads: (tokens: string, steps: string) => `One run reads ${tokens} tokens in ${steps} steps.`,
    guess: (words: string, loss: string) =>
      `A guess among all ${words} words of the [[vocabulary]] costs a [[loss]] of log ${words} = ${loss} nats: that is where it starts.`,
    now: (loss: string, words: string) => `Now ${loss}: as unsure as among ${words} words ([[perplexity]]).`,
    shipped: (preset: string, steps: string, tokens: string) =>
      `The shipped model (${preset}) has finished its [[pretraining]]: ${steps} steps, ${tokens} tokens.`,
    watch: (option: string) => `To watch noise become words, set the base model to “${option}” and run.`,
    output: 'What comes out',
    outputHelp: 'The model goes on with these beginnings: first noise, then words, then sentences.',
    outputNone: 'Texts appear here while the base model is trained.',
    lookBack: 'Look back',
    itself: 'begins by itself',

    prompting: {
      title: 'Prompting: the same question, put in different ways',
      help: 'The [[baseModel]] only continues texts, so all depends on the [[prompt]]. Nothing is trained here.',
      task: 'Kind of question',
      question: 'Question',
      another: 'Another question',
      ask: 'Ask',
      choice: 'Next word',
      greedy: 'likeliest',
      drawn: 'drawn',
      expected: 'Right answer:',
      typed: 'A question of your own: the examples ask about citizens, and nobody checks the answer.',
      models: (base: string, tuned: string | null) =>
        tuned === null ? `Base model: ${base}` : `Base model: ${base}. Tuned model: ${tuned}`,
      shipped: (preset: string) => `${preset}, shipped`,
      own: (preset: string, seed: string) => `${preset}, seed ${seed}`,
      obstacle: {
        no_base: 'No base model yet: run the base stage first.',
        empty: 'Write a question first.',
        unknown_words: 'The model can only read words of its vocabulary.',
        too_long: 'This is too long: at most 90 words.',
      },
      given: 'What the model is given',
      answer: 'What it answers',
      waiting: 'writes …',
      unasked: 'not asked yet',
      silent: 'no words',
      forms: {
        plain: {
          title: '[[zeroShot|Zero-shot]]: the bare question',
          about: 'Nothing says that an answer is wanted: it goes on as texts go on.',
        },
        wrapper: {
          title: 'In the [[wrapper|form of the corpus]]',
          about: 'In the corpus, an answer follows these words.',
        },
        few_shot: {
          title: '[[fewShot|Few-shot]]: after three examples',
          about: 'The examples show what is wanted. No weight changes.',
        },
        instruction: {
          title: 'The tuned model, bare question',
          about: '[[instructionTuning|Instruction tuning]] has taught it that a question wants an answer.',
        },
      },
      measured: 'Right answers of this run’s base model over all trained tasks ([[exactMatch]], [[greedy]])',
    },
  },
};
