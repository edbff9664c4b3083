import { counted } from './counted.ts';

export const archive = {
  archive: {
    save: 'Save everything as a zip …',
    saveHelp: 'Runs, labels and checkpoints in one file, whole or in parts, for a backup or another computer.',
    saveFamily: 'Export with its ancestors …',
    kinds: {
      checkpoint: 'Checkpoints',
      label: 'People’s labels: preferences, demonstrations, blind judgements',
      record: 'Reports, curves, samples and recordings',
      autosave: 'Autosaves of unfinished stages',
      deleted: 'Recently deleted',
    },
    demonstrations: 'Demonstrations',
    files: (n: string) => counted(n, 'file'),
    cancel: 'Cancel',
    close: 'Close',
    progress: (done: string, of: string) => `${done} of ${of}`,
    progressLabel: 'Progress',

    export: {
      title: 'Save as a zip',
      familyTitle: 'Save a checkpoint with its ancestors',
      about:
        'Every file goes in byte for byte as it is stored: safetensors, JSON and JSONL. Unzip it and use the files, or import the zip in another browser.',
      nothing: 'Nothing is stored yet.',
      kinds: 'What',
      runs: 'Of which runs',
      settings: 'My settings: name, language, appearance, and what is switched on',
      shippedToo: 'Ancestors that are shipped with the page are not in it: they are wherever the page is.',
      total: (files: string, size: string) => `${files}, ${size}`,
      tooMuch: (size: string) => `A zip takes up to ${size}: leave something out, and save it in a second one.`,
      button: 'Save',
      packing: 'Packing …',
      done: (files: string) => `Saved: ${files}.`,
      left: 'These files cannot be read and are not in the zip. They are left as they are:',
      failed: 'The zip was not made. What is stored is as it was.',
    },

    import: {
      title: (file: string) => `Import from ${file}`,
      reading: 'Checking every byte. Nothing is stored yet.',
      refused: 'This file was not imported. Nothing was stored, and what is here is as it was.',
      stopped: 'Not everything was stored. What is here is as it was, and each run below is whole.',
      cancelled:
        'Cancelled. Each run below is stored whole. The one that was being stored is too, or nothing of it is; of the others nothing is.',
      made: (date: string) => `Saved on ${date}.`,
      known: 'Everything in it is here already. There is nothing to do.',
      empty: 'There is no file in it.',
      state: {
        same: 'here already',
        fresh: 'new',
        adds: (files: string) => `adds ${files} to what is here`,
        differ: 'a run of this name with other content is here',
        labels: 'people’s labels differ from those here',
      },
      choice: (run: string) => `What to do with ${run}`,
      choices: {
        take: 'Take it in',
        merge: 'Merge the labels; nothing is overwritten',
        beside: 'Keep both: this one beside the one here',
        replace: 'This one in its place; the one here moves aside',
        labels: 'Only merge people’s labels',
        skip: 'Leave it out',
      },
      replaceHelp:
        'The page goes on with the run that bears the plain name, such as small-0. A run that is kept aside stays whole, and the library can put it back in its place.',
      settings: (names: string) => `Also take settings that are not set here: ${names}`,
      settingsLater: 'The settings show when the page is next opened.',
      button: 'Import',
      taking: 'Storing, one run at a time. A run is stored whole, or not at all.',
      done: 'Done. Nothing was overwritten.',
      taken: (run: string, files: string) => `${run}: ${files} stored`,
      takenTo: (run: string, to: string, files: string) => `${run}: ${files} stored as ${to}`,
      movedAside: (aside: string) => `; the run that was here is kept as ${aside}`,
      merged: (added: string, conflicts: string) => `; labels: ${added} added, ${conflicts} kept beside others`,
      leftLabels: (n: string) => `; ${counted(n, 'label')} could not be read or had no room`,
    },

    aside: {
      title: 'Runs kept aside',
      about:
        'The page goes on with the run that bears the plain name, such as small-0. These are kept whole beside it.',
      line: (aside: string, files: string, size: string) => `${aside}: ${files}, ${size}`,
      exchange: (run: string) => `Put it in the place of ${run}`,
      exchangeNamed: (aside: string, run: string) => `Put ${aside} in the place of ${run}`,
      done: (aside: string, run: string) => `${aside} is now ${run}. What was there is kept aside.`,
    },
    settingNames: {
      author: 'name',
      demonstrations: 'use of demonstrations',
      gloss: 'gloss',
      language: 'language',
      predict: 'predictions',
      theme: 'appearance',
    },
  },
};
