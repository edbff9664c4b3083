import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { buildId } from './tools/build-id.ts';
import { checkpointIndex } from './tools/checkpoint-index.ts';
import { contentPolicy } from './tools/headers.ts';
import { offline } from './tools/offline.ts';
import { sourceListing } from './tools/source-listing.ts';

const minute = 60_000;

export default defineConfig({
  // Relative, so that the built page runs from any folder of any server.
  base: './',
  plugins: [svelte(), checkpointIndex(), sourceListing(), buildId(), contentPolicy(), offline()],
  build: { target: 'es2022' },
  worker: { format: 'es' },
  // Under Vitest, Svelte's client code and not its server rendering.
  ...(process.env.VITEST ? { resolve: { conditions: ['browser'] } } : {}),
  test: {
    // Forks, because native modules (Dawn) cannot be loaded into several threads of one process. The groups run one
    // after the other, the fast ones first, and each has the cores to itself.
    pool: 'forks',
    projects: [
      project('unit', 0, { testTimeout: minute / 2, setupFiles: 'test/setup/seed.ts' }),
      project('reference', 1, { testTimeout: minute }),
      project('engine', 2, { testTimeout: 2 * minute, globalSetup: 'test/setup/dawn.ts', maxWorkers: 1 }),
      project('learning', 3, { testTimeout: 10 * minute }),
      project('browser', 4, { testTimeout: 3 * minute, globalSetup: 'test/setup/browser.ts', maxWorkers: 1 }),
    ],
  },
});

/** The tests of one folder; `groupOrder` says when they run. */
function project(
  name: string,
  groupOrder: number,
  test: { testTimeout: number; setupFiles?: string; globalSetup?: string; maxWorkers?: number },
) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      sequence: { groupOrder },
      hookTimeout: test.testTimeout,
      ...test,
    },
  };
}
