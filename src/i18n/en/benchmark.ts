export const benchmark = {
  benchmark: {
    title: 'Benchmark of this device',
    about:
      'Measures how fast this page trains and writes on your graphics card, in turn with plain TensorFlow.js (stock tfjs), which gets the same model and the same data.',
    harmless: 'Your runs and checkpoints stay as they are.',
    start: 'Start measuring',
    again: 'Measure again',
    stop: 'Stop measuring',
    download: 'Download as JSON',
    adapter: 'Adapter',
    progress: 'Progress of the benchmark',
    busy: 'A run is under way, and the two would slow each other down. Stop the run first; it can go on afterwards.',
    interrupted: 'The measurement was ended because a run began.',
    done: 'The benchmark is done.',
    failed: 'The benchmark failed.',
    software: 'This is a software adapter: the processor does the work. The numbers say nothing about a graphics card.',
    missing: {
      insecure_origin:
        'There is nothing to measure: browsers offer WebGPU only on https:// and localhost. Open the page from one of these.',
      no_webgpu:
        'There is nothing to measure: this browser has no WebGPU. A current Chrome, Edge, Safari or Firefox has it.',
      no_adapter:
        'There is nothing to measure: WebGPU finds no graphics card. Turn on hardware acceleration in the browser.',
    },
    task: {
      open: 'opening the device',
      products: 'multiplying matrices',
      'first steps': 'warming up',
      steps: 'timing training steps',
      rollouts: 'timing rollouts',
    },
    of: (preset: string, task: string) => `${preset}: ${task}`,
    preset: 'Model',
    tokens: 'tokens/s',
    training: 'Training',
    rollouts: 'Rollouts',
    products: 'Computing',
    ratio: 'times stock tfjs',
    peak: 'share of the peak',
    trainingMeans: 'Tokens that the model learns from in a second of pretraining.',
    rolloutsMean: 'Tokens that the model writes in a second, 32 responses at once, as PPO needs them.',
    ratioMeans: 'How many times as fast this page is as plain TensorFlow.js at the same work on the same device.',
    productsMean: 'Billions of arithmetic operations a second that the matrix products of a training step come to.',
    peakMeans: 'These operations beside the fastest large matrix product that this page reaches on this device.',
    best: (gflops: string) => `That one reached ${gflops} GFLOP/s.`,
  },
};
