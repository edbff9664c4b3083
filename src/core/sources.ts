/** Which files of the algorithms the page shows beside a curve, and which declarations in them it opens at. */

/** A declaration that is not in its file any more fails the build. */
export const SOURCES = {
  sft: { path: 'workers/algorithms/sft.ts', anchors: ['crossEntropy', 'crossEntropyWithMetrics'] },
  reward: { path: 'workers/algorithms/reward.ts', anchors: ['rankingLoss', 'rankingAccuracy', 'rankingMetrics'] },
  ppo: {
    path: 'workers/algorithms/ppo.ts',
    anchors: ['estimate', 'clippedTokens', 'clippedPolicyLoss', 'valueLoss', 'objectives', 'explainedVariance'],
  },
  gae: { path: 'workers/algorithms/gae.ts', anchors: ['gae', 'whiten'] },
  kl: { path: 'workers/algorithms/kl.ts', anchors: ['k1', 'adaptKlCoef'] },
  schedule: { path: 'workers/engine/adamw.ts', anchors: ['warmupCosine'] },
  adamw: { path: 'workers/engine/plain/adamw.ts', anchors: ['globalNorm', 'PlainOptimiser'] },
} as const satisfies Record<string, { path: string; anchors: readonly string[] }>;

export type SourceName = keyof typeof SOURCES;

/** A declaration in one of the files. */
export type SourcePlace = {
  [Name in SourceName]: { file: Name; anchor: (typeof SOURCES)[Name]['anchors'][number] };
}[SourceName];

/** A file as the page shows it. */
export interface SourceListing {
  path: string;
  text: string;
  /** HTML of each line, with the class names of highlight.js. */
  lines: readonly string[];
  /** First and last line of each anchor with its comment, from 1. */
  anchors: Readonly<Record<string, readonly [first: number, last: number]>>;
}
