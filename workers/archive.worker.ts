/**
 * Entry of the worker that packs and unpacks archives: neither the page nor a run waits for it. The work itself is in
 * src/storage/archive*. The page ends this worker afterwards, also in the middle: what was not stored by then never is.
 */
import * as Comlink from 'comlink';
import type { ArchiveApi } from '../src/core/archive-protocol.ts';
import { ARCHIVE_REQUESTS, checked } from '../src/core/requests.ts';
import { DamagedFileError } from '../src/core/storage-errors.ts';
import { type OpenedArchive, openArchive, packStored, planOf, takeIn } from '../src/storage/archive-store.ts';
import { onTrouble } from '../src/storage/trouble.ts';

let opened: OpenedArchive | null = null;

const api: ArchiveApi = {
  hear: (onSetAside) => {
    onTrouble((trouble) => {
      if (trouble instanceof DamagedFileError) onSetAside(trouble.message);
    });
    return Promise.resolve();
  },
  pack: (request, onProgress) => packStored(request, new Date(), onProgress),
  open: async (file, onProgress) => {
    opened = await openArchive(file, onProgress);
    const { made, settings } = opened;
    return { made, settings, runs: await planOf(opened) };
  },
  take: async (choices, onProgress, onTaken) => {
    if (!opened) throw new Error('no archive is open');
    await takeIn(opened, choices, onProgress, onTaken);
  },
};
Comlink.expose(checked(api, ARCHIVE_REQUESTS));
