import type { KnobProblem } from '../../core/knobs.ts';
import { counted } from './counted.ts';
import { knobs } from './knobs.ts';

export const configuration = {
  configuration: {
    title: 'Configuration',
    changed: (n: string) => (n === '0' ? 'As the preset has it' : `${counted(n, 'knob')} changed`),
    pending: (n: string) => `${n} not in effect yet`,
    fixed:
      'Model, seed and base model stay as they are while a run is going: everything it has learnt so far hangs on them. Stop the run to choose others; it can go on later.',

    presets: 'Model and world',
    forTests: 'For tests',
    parameters: (n: string) => `${n} parameters`,
    world: (citizens: string, tasks: string) => `${citizens} citizens, ${tasks} tasks`,
    flop: (n: string) => `${n} FLOP`,
    flopHelp: 'Operations of the whole pipeline with today’s knobs, as expected.',
    fromShipped: 'from the shipped base model',
    withBase: 'pretraining included',
    measured: (time: string) => `about ${time} on this device, as measured`,
    estimated: (time: string, preset: string) => `about ${time} on this device, going by the speed of ${preset}`,
    minutes: (n: string) => `${n} min`,
    hours: (n: string) => `${n} h`,
    unmeasured: 'not measured yet on this device',

    seed: 'Seed',
    seedHelp: 'The same seed gives the same run.',
    seedRange: (most: string) => `A whole number from 0 to ${most}.`,
    base: 'Base model',
    shipped: 'Shipped',
    trainHere: 'Train here',
    notShipped: 'No base model of this size is shipped; it is pretrained here.',

    teaching: 'Five knobs that teach',
    all: 'All knobs',
    resetStage: (stage: string) => `Reset: ${stage}`,
    resetAll: 'Reset all knobs',
    reset: (knob: string) => `Reset ${knob}`,
    preset: (value: string) => `preset ${value}`,
    usual: (low: string, high: string) => `usually ${low} to ${high}`,
    on: 'on',
    off: 'off',
    turnOff: (knob: string) => `${knob}: off`,
    slider: (knob: string) => `${knob}, slider`,
    invalid: {
      integer: (low: string, high: string) => `Expected a whole number from ${low} to ${high}.`,
      number: (low: string, high: string) => `Expected a number from ${low} to ${high}.`,
    },
    stays: (value: string) => `It stays at ${value}.`,

    effect: {
      in_force: (stage: string) => `In effect: ${stage} is made with it.`,
      next: (stage: string) => `Takes effect when ${stage} runs.`,
      again: (stage: string) =>
        `Not in effect yet. Takes effect when ${stage} is run again; the stages after it are then stale.`,
      next_run: (value: string) => `Not in effect yet: the run that is going keeps ${value}.`,
      shipped: 'No effect: the base model is shipped. Choose “Train here” to pretrain with it.',
    },

    problem: {
      warmup_to_the_end: 'Warm-up lasts to the end: the learning rate never reaches its highest.',
      row_above_step: 'One row is longer than this: every step reads more than was asked for.',
      batch_above_prompts: 'Fewer than one batch: every step sees all rankings.',
      minibatch_above_rollouts: 'More than there are rollouts: every update sees all of them.',
      mix_without_rows: 'PPO-ptx has a weight but no texts: it does nothing.',
    } satisfies Record<KnobProblem['code'], string>,

    copyLink: 'Copy link',
    copied: 'Copied: stage, model, seed and changed knobs.',
    copyYourself: 'The browser does not let the page copy. Copy the address from here:',
    address: 'Address of this experiment',
    duty: 'How hard the device works',
    dutyHelp:
      'The share of the time that training takes; it rests in between, so that the computer stays usable and cool. It changes no result, only how long it takes.',
    predict: 'Ask me for predictions before a stage runs',
    knobs,
  },
};
