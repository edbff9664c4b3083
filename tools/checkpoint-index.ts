/**
 * checkpoints/index.json, made from public/checkpoints at each build: what is shipped, without its weights, so that the
 * page can list it. Made and not stored, so that it is never out of date.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { STAGES } from '../src/core/reports.ts';
import { type Card, type Checkpoint, decodeCheckpoint } from '../workers/pipeline/checkpoint.ts';

const FOLDER = 'public/checkpoints';
const INDEX = 'checkpoints/index.json';

interface Entry extends Card, Pick<Checkpoint, 'config' | 'parent' | 'hash'> {
  file: string;
  parameters: number;
  bytes: number;
}

/** Serves the index in development, and adds it to what is built. */
export function checkpointIndex(): Plugin {
  return {
    name: 'checkpoint-index',
    configureServer({ middlewares }) {
      middlewares.use(`/${INDEX}`, (_request, response, next) => {
        listCheckpoints().then((text) => response.setHeader('Content-Type', 'application/json').end(text), next);
      });
    },
    async generateBundle() {
      this.emitFile({ type: 'asset', fileName: INDEX, source: await listCheckpoints() });
    },
  };
}

/** The index as JSON, smaller models first, stages in order. Rejects where a file is no checkpoint, by its name. */
async function listCheckpoints(): Promise<string> {
  const files = (await readdir(FOLDER).catch(() => [])).filter((file) => file.endsWith('.safetensors'));
  const checkpoints = await Promise.all(files.map(describe));
  const size = ({ preset }: Entry): number =>
    Math.min(...checkpoints.filter((each) => each.preset === preset).map(({ parameters }) => parameters));
  checkpoints.sort((a, b) => size(a) - size(b) || STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
  return `${JSON.stringify({ version: 1, checkpoints }, null, 2)}\n`;
}

/** Rejects with an error that names the file and what is wrong with it. */
async function describe(file: string): Promise<Entry> {
  const bytes = await readFile(join(FOLDER, file));
  const { card, config, weights, parent, hash } = decodeCheckpoint(bytes, join(FOLDER, file));
  const parameters = Object.values(weights).reduce((sum, values) => sum + values.length, 0);
  return { ...card, file, parameters, bytes: bytes.length, config, parent, hash };
}
