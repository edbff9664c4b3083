/** A Firefox to test in, with WebGPU on lavapipe: the one the machine has, or Debian's ESR, installed for root. */
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { aptInstall, aptUpdate, canInstall, osRelease } from './apt.ts';
import { ensureSoftwareDriver } from './dawn.ts';
import { exists } from './files.ts';

const NAMES = ['firefox-esr', 'firefox'];

/** Starts a headless Firefox whose WebGPU computes in software; the caller closes it. */
export async function launchFirefox(): Promise<Browser> {
  const { default: puppeteer } = await import('puppeteer-core');
  const [driver] = await ensureSoftwareDriver();
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: await findFirefox(),
    headless: true,
    env: { ...process.env, VK_ICD_FILENAMES: driver },
    extraPrefsFirefox: { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true },
  });
}

/** The path of a Firefox: FIREFOX_PATH, else an installed one, else Debian's, fetched now. Rejects with what to do. */
async function findFirefox(): Promise<string> {
  const found = await installedFirefox();
  if (found !== null) return found;
  if ((await osRelease()).id === 'debian' && (await canInstall())) {
    await aptUpdate();
    await aptInstall(['firefox-esr']);
    const fetched = await installedFirefox();
    if (fetched !== null) return fetched;
  }
  throw new Error('no Firefox found. Install one, or say where it is: FIREFOX_PATH=/path/to/firefox');
}

async function installedFirefox(): Promise<string | null> {
  const chosen = process.env.FIREFOX_PATH ?? '';
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => folder !== '' && !folder.startsWith('/snap'));
  const usual = [...new Set([...folders, '/usr/bin'])].flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const mac = '/Applications/Firefox.app/Contents/MacOS/firefox';
  for (const path of chosen === '' ? [...usual, mac] : [chosen]) if (await exists(path)) return path;
  return null;
}
