export const frame = {
  lead: 'A small transformer learns to follow instructions and people’s preferences: trained for real, in this tab.',

  skip: 'Skip to the stages',

  language: 'Language',

  gloss: 'Korean gloss',
  checkpointName: {
    shipped: 'shipped',
    seed: (n: number) => `seed ${n}`,
  },
  rooms: {
    label: 'Beside the stages',
    chat: 'Chat',
    library: 'Library',
    benchmark: 'Benchmark',
    glossary: 'Glossary',
    present: 'Present',
    leave: 'End presentation',
  },

  welcome: {
    title: 'Train a language model to be helpful, here and now.',
    lead: 'A small transformer learns to follow instructions, then to please the people who judge its answers: with the methods of FLAN and InstructGPT, for real, on this computer.',
    start: 'Start training',
    then: 'Instruction tuning begins at once, from a base model that comes with the page. The curve moves within seconds.',
    look: 'Look around first',
  },

  storageUsed: (size: string) => `${size} stored here`,

  theme: { label: 'Appearance', system: 'System', light: 'Light', dark: 'Dark' },

  device: {
    benchmark: 'Benchmark this device',
    label: 'Device',
    opening: 'Looking for the fastest way to compute here …',
    failed: 'No device to compute on.',
    on: { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'plain JavaScript' },
    short: { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'JavaScript' },
    slower: (name: string) => `${name}, slower`,
    runsOn: (name: string, adapter: string) => `Computes with ${name}: ${adapter}.`,
    memory: (used: string, buffers: string, budget: string) =>
      `Graphics memory in use: ${used} of at most ${budget}, in ${buffers} buffers.`,
    tensors: (used: string, n: string) => `Memory in use: ${used}, in ${n} tensors.`,
    why: {
      webgpu: 'The graphics card does the work.',
      chosen: 'Chosen in the address of this page.',
      no_webgpu: 'This browser has no WebGPU, so it is slower. A current Chrome, Edge, Safari or Firefox has it.',
      insecure_origin:
        'Browsers offer WebGPU only on https:// and localhost, so it is slower here. Open the page from one of these.',
      no_adapter: 'WebGPU finds no graphics card, so it is slower. Turn on hardware acceleration in the browser.',
      software_adapter: 'WebGPU has only a software adapter here, and WebAssembly is faster than that.',
      device_failed: 'The graphics card gave no device. Close other pages that use it and reload.',
      no_wasm: 'WebAssembly does not start, so it is much slower. Reload, or use a current browser.',
      self_test_failed: 'The graphics card computed wrong numbers in a self-test. Update its driver.',
    },
  },

  presets: {
    nano: 'nano · plumbing test, seconds',
    micro: 'micro · 12 citizens, 5 tasks',
    small: 'small · 48 citizens, 17 tasks',
    medium: 'medium · larger model, needs a graphics card',
  },

  keys: {
    title: 'Keys',
    close: 'Close',
    run: 'run or pause',
    step: 'one step',
    move: 'the stage before, the next one',
    configure: 'configuration',
    glossary: 'glossary',
    present: 'presentation',
    help: 'this list',
    first: 'arena: the first answer is better',
    second: 'arena: the second answer is better',
    tie: 'arena: neither is better',
    bad: 'arena: none is any good',
    undo: 'arena: take back',
    rank: 'arena, four answers: the next best',
    tied: 'arena, four answers: as good as the one before',
    store: 'arena, four answers: store the order',
    space: 'Space',
  },

  live: {
    started: (stage: string) => `${stage} has started.`,
    done: (stage: string) => `${stage} is done.`,
    failed: (stage: string) => `${stage} has failed.`,
    paused: 'Paused.',
    running: 'Running.',
    stopped: 'Stopped. What is unfinished is stored.',
    finished: 'All stages are done.',
    alarm: (stage: string, what: string) => `Alarm in ${stage}: ${what}.`,
  },

  units: {
    seconds: (n: string) => `${n} s`,
    minutes: (m: string, s: string) => `${m} min ${s} s`,
    nats: 'nats',
    times: (n: string) => `${n}×`,
  },
};
