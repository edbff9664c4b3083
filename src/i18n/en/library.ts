export const library = {
  library: {
    title: 'Library',
    about:
      'Every checkpoint: trained here, imported, or shipped with the page. Nothing leaves this browser unless you export it.',
    tree: 'Family tree of the checkpoints',
    treeHelp: 'Choose one to see its card. Hold Ctrl (⌘) and click, or press Space, to compare it with a second one.',
    loading: 'Reading what is stored …',
    failed: 'What is stored could not be read. Nothing was changed. Close other tabs of this page and reload.',
    empty: 'You have no checkpoint of your own yet. Whenever a stage is done, its checkpoint appears here.',
    nothing: 'There is no checkpoint at all yet. Run a stage, or import a file.',
    choose: 'Choose a checkpoint in the tree.',

    mark: { shipped: 'shipped', imported: 'imported', replaced: 'earlier version' },
    same: (name: string) => `same weights as ${name}`,
    orphan: 'its parent is not here',
    column: {
      name: 'Checkpoint',
      score: 'Key score',
      parameters: 'Parameters',
      size: 'Size',
      tokens: 'Tokens',
      flop: 'FLOP',
      date: 'Date',
    },

    card: {
      title: 'Card',
      name: 'Name',
      nameHelp: 'Leave it empty for the usual name.',
      rename: 'Rename',
      save: 'Save',
      cancel: 'Cancel',
      note: 'Note',
      notePlaceholder: 'What did you want to find out? What came of it?',
      noteLeft: (n: string) => `${n} characters left`,
      noteSaved: 'saved',
      origin: 'Where it comes from',
      parent: 'Trained from',
      parentMissing: (hash: string) => `${hash} (not here)`,
      none: 'nothing: trained from noise',
      run: 'Run',
      data: 'Trained on',
      changes: 'Changed knobs',
      noChanges: 'none: as in the preset',
      off: 'off',
      saved: 'Stored',
      hash: 'Hash of its weights',
      steps: 'Steps',
      scores: 'Scores',
      noScores: 'This stage ends without scores of its own.',
      model: 'Model',
      shape: (layers: string, heads: string, width: string) => `layers: ${layers}, heads: ${heads}, width: ${width}`,
      words: (n: string) => `${n} words`,
      context: (n: string) => `${n} tokens of context`,
      compare: 'Compare with',
      nobody: 'none',
      export: 'Export as file',
      exporting: 'Reading …',
      delete: 'Delete',
      readOnly: 'Shipped with the page: it can be exported, and it cannot be changed.',
    },

    difference: {
      title: 'What differs',
      field: 'Field',
      none: 'Nothing differs but the file itself.',
      changed: 'changed',
      onlyOne: 'Show this one alone',
      groups: {
        origin: 'Where they come from',
        model: 'Model',
        settings: 'Settings',
        costs: 'Cost',
        scores: 'Scores',
      },
      fields: {
        stage: 'Stage',
        preset: 'Preset',
        seed: 'Seed',
        data: 'Trained on',
        steps: 'Steps',
        tokens: 'Tokens',
        flop: 'FLOP',
        parameters: 'Parameters',
        bytes: 'Size',
      },
    },

    confirm: {
      title: (name: string) => `Delete “${name}”?`,
      run: (run: string) =>
        `Run ${run} goes on from this checkpoint. Without it, the run trains this stage anew, or takes the shipped model in its place.`,
      children: (n: number) =>
        n === 1 ? 'One checkpoint was trained from it:' : `${n} checkpoints were trained from it:`,
      undo: 'You can undo this until you empty the deleted ones.',
      delete: 'Delete it all the same',
      keep: 'Keep it',
    },

    deleted: {
      title: 'Recently deleted',
      about: 'They still take space, and can be brought back.',
      on: (date: string) => `deleted ${date}`,
      restore: 'Bring back',
      restoreNamed: (name: string) => `Bring back ${name}`,
      empty: 'Empty …',
      confirmTitle: 'Remove them for good?',
      confirm: (n: number, size: string) =>
        n === 1
          ? `One checkpoint is removed for good, which frees ${size}. This cannot be undone.`
          : `${n} checkpoints are removed for good, which frees ${size}. This cannot be undone.`,
      remove: (size: string) => `Remove and free ${size}`,
      keep: 'Keep them',
    },

    damaged: {
      title: 'Damaged',
      about:
        'These stored files cannot be used. They were set aside as they are, and their runs go on as if they were not there.',
      left: 'left where it is',
      found: (date: string) => `found ${date}`,
      why: 'What is wrong',
      export: 'Export',
      exportNamed: (file: string) => `Export ${file} as it is`,
      remove: 'Remove …',
      removeNamed: (file: string) => `Remove ${file} …`,
      confirmTitle: 'Remove it for good?',
      confirm: (file: string, size: string) =>
        `The damaged ${file} is removed for good, which frees ${size}. This cannot be undone.`,
      keep: 'Keep it',
      removeForGood: 'Remove it',
    },

    full: {
      needed: (size: string) => `The run waits to store ${size}.`,
      unsaved: (n: number) =>
        n === 1 ? 'One file with what you did waits in this tab.' : `${n} files with what you did wait in this tab.`,
      nothing:
        'There is nothing that could be cleaned up: export and delete checkpoints in the library, or free some disk space.',
      freed: (size: string) => `${size} freed: it can go on.`,
      goOn: 'Go on',
      cleanUp: (size: string) => `Clean up ${size} …`,
      cleanUpSome: 'Clean up …',
      export: 'Export in the library',
      confirmTitle: 'Clean up?',
      confirm: 'This is removed for good:',
      deleted: (n: number, size: string) =>
        n === 1 ? `one deleted checkpoint, ${size}` : `${n} deleted checkpoints, ${size}`,
      autosaves: (n: number, size: string) =>
        n === 1
          ? `one autosave of a stage that has ended, ${size}`
          : `${n} autosaves of stages that have ended, ${size}`,
      stopped: (n: number, size: string) =>
        n === 1
          ? `One autosave of another run that was stopped, ${size}: without it, its stage begins anew.`
          : `${n} autosaves of other runs that were stopped, ${size}: without them, their stages begin anew.`,
      forGood: 'It cannot be undone. Everything else stays.',
      keep: 'Keep it all',
      remove: (size: string) => `Remove and free ${size}`,
    },

    import: {
      button: 'Import a file …',
      help: 'A checkpoint as .safetensors, up to 1 GB, or a zip saved here or elsewhere. You can also drop it on this page.',
      drop: 'Drop the file to import it',
      reading: (file: string) => `Reading and checking ${file} …`,
    },

    news: {
      deleted: (name: string) => `“${name}” was deleted.`,
      undo: 'Undo',
      restored: (name: string) => `“${name}” is back.`,
      imported: (name: string) => `Imported: “${name}”.`,
      known: (name: string) => `This checkpoint is in the library already: “${name}”. Nothing was stored.`,
      emptied: (n: number) =>
        n === 1 ? 'One checkpoint was removed for good.' : `${n} checkpoints were removed for good.`,
      refused: (file: string) => `“${file}” was not imported. Nothing was stored.`,
      tooLarge: (file: string, most: string) =>
        `“${file}” is larger than ${most} and was not read. Nothing was stored.`,
      noSafetensors: (file: string) => `“${file}” is not a .safetensors or .zip file. Nothing was stored.`,
      dismiss: 'Dismiss',
    },

    storage: {
      title: 'Storage',
      stored: (size: string) => `${size} stored`,
      counting: 'counting …',
      of: (used: string, quota: string) => `The browser reckons ${used} of ${quota} that this page may use.`,
      unknown: 'The browser does not say how much this page may use.',
      meter: 'Share of the allowed storage in use',
      parts: {
        checkpoints: 'Checkpoints',
        deleted: 'Recently deleted',
        snapshots: 'Autosaves of unfinished stages',
        damaged: 'Damaged files, set aside',
        others: 'Curves, samples and reports',
      },
      kept: 'Kept also when space runs short.',
      notKept: 'The browser may clear it when space runs short.',
      keep: 'Ask to keep it',
      refused: 'The browser refused. It often agrees for pages that are bookmarked or used often; export what matters.',
      warning: 'Storage is more than 80 % full: export what matters, and empty the deleted checkpoints.',
      full: 'Storage is full: runs cannot be stored any more. Delete checkpoints and empty the deleted ones.',
    },

    scores: {
      loss: 'Loss',
      exact_match: 'Exact match',
      unseen_templates: 'Exact match, templates never seen',
      accuracy_familiar: 'Accuracy, familiar names',
      accuracy_new_names: 'Accuracy, new names',
      clean_over_rude: 'Clean over rude',
      refusal_over_made_up: '“I do not know” over made up',
      right_over_refusal: 'Right answer over “I do not know”',
      polite_over_plain: 'Polite over plain',
      plain_over_verbose: 'Plain over wordy',
      win_rate_over_sft: 'Win rate over SFT',
      kl: 'Distance from the SFT model',
      gold: 'Gold score',
      accuracy: 'Right answers',
      fabrication: 'Made-up answers',
      rude: 'Rude answers',
      verbose: 'Wordy answers',
    },
  },
};
