/**
 * The service worker that keeps the page for use without a network: every file of the build, stored as one version and
 * taken only as it was built. A new version waits until the page lets it in (src/session/offline.svelte.ts).
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PluginOption } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

/** The build fails where a file is larger: it would be left out. */
const MOST_BYTES = 32 * 2 ** 20;

export function offline(): PluginOption {
  let folder = 'dist';
  return [
    {
      name: 'offline-folder',
      configResolved({ root, build }) {
        folder = resolve(root, build.outDir);
      },
    },
    VitePWA({
      registerType: 'prompt',
      // The page does it when nothing else is to be done, and public/manifest.webmanifest is a file.
      injectRegister: false,
      manifest: false,
      workbox: {
        globPatterns: ['**/*'],
        maximumFileSizeToCacheInBytes: MOST_BYTES,
        // A file that arrives otherwise than it was built, as in the middle of an upload, fails the whole: no mixed version.
        manifestTransforms: [
          async (entries) => ({
            manifest: await Promise.all(
              entries.map(async (entry) => ({ ...entry, integrity: await integrity(resolve(folder, entry.url)) })),
            ),
          }),
        ],
        // What a link adds to the address is nothing to the page.
        ignoreURLParametersMatching: [/./],
        // There is one page; any other address is what the server says.
        navigateFallback: null,
        // It would take away the files of a copy in a folder below this one.
        cleanupOutdatedCaches: false,
        // The first visit is kept from there on, without a reload.
        clientsClaim: true,
        inlineWorkboxRuntime: true,
        sourcemap: false,
      },
    }),
  ];
}

/** As in an `integrity` attribute. */
async function integrity(path: string): Promise<string> {
  return `sha384-${createHash('sha384')
    .update(await readFile(path))
    .digest('base64')}`;
}
