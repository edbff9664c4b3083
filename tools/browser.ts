/**
 * A Chromium to test in: the one the machine has, or one that is fetched.
 *
 * WebGPU runs on SwiftShader, a software adapter, on every machine: slow, and the same everywhere.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { messageOf } from '../src/core/thrown.ts';
import { aptInstall, aptUpdate, canInstall, osRelease } from './apt.ts';
import { exists } from './files.ts';

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
];

/** Starts a headless browser with WebGPU on a software adapter, and `more` flags; the caller closes it. */
export async function launch(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: await findBrowser(), args: [...flags, ...more] });
}

/**
 * The path of a Chromium, Chrome or Edge: CHROME_PATH, else an installed one, else one fetched now: by apt for root on
 * Debian (that brings the shared libraries too), else Playwright's. Rejects with the line to run where all of that fails.
 */
export async function findBrowser(): Promise<string> {
  const found = await installedBrowser();
  if (found !== null) return found;
  const failures: string[] = [];
  for (const fetchBrowser of [installFromDebian, downloadWithPlaywright]) {
    try {
      await fetchBrowser();
    } catch (error) {
      failures.push(messageOf(error));
    }
    const fetched = await installedBrowser();
    if (fetched !== null) return fetched;
  }
  throw new Error(
    ['no Chrome, Chromium or Edge found. Run: npx playwright-core install --with-deps chromium', ...failures].join(
      '\n',
    ),
  );
}

/** The path of a browser that is there already, or null. Rejects when CHROME_PATH names a file that is not there. */
export async function installedBrowser(): Promise<string | null> {
  const chosen = process.env.CHROME_PATH;
  if (chosen !== undefined && chosen !== '') {
    if (await exists(chosen)) return chosen;
    throw new Error(`CHROME_PATH names ${chosen}, which does not exist`);
  }
  for (const path of [...usualPlaces(process.platform, process.env), chromium.executablePath()])
    if (await exists(path)) return path;
  return null;
}

/** Where Chrome, Chromium and Edge are installed on a platform. */
export function usualPlaces(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string[] {
  if (platform === 'darwin') {
    const names = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
    const folders = ['/Applications', ...(env.HOME ? [join(env.HOME, 'Applications')] : [])];
    return folders.flatMap((folder) => names.map((name) => `${folder}/${name}.app/Contents/MacOS/${name}`));
  }
  if (platform === 'win32') {
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(
      (folder) => folder !== undefined,
    );
    const programs = [
      'Google\\Chrome\\Application\\chrome.exe',
      'Chromium\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ];
    return folders.flatMap((folder) => programs.map((program) => `${folder}\\${program}`));
  }
  // A snap's browser is left out: it cannot be driven from outside its confinement.
  const names = [
    'google-chrome',
    'google-chrome-stable',
    'chromium',
    'chromium-browser',
    'microsoft-edge',
    'microsoft-edge-stable',
  ];
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '' && !folder.startsWith('/snap'));
  return [...new Set([...folders, '/usr/bin', '/usr/local/bin'])].flatMap((folder) =>
    names.map((name) => join(folder, name)),
  );
}

async function installFromDebian(): Promise<void> {
  // Ubuntu's package of this name is a snap in disguise.
  if ((await osRelease()).id !== 'debian' || !(await canInstall())) return;
  await aptUpdate();
  await aptInstall(['chromium']);
}

async function downloadWithPlaywright(): Promise<void> {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js');
  const args = [cli, 'install', ...((await canInstall()) ? ['--with-deps'] : []), 'chromium'];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Playwright's download of Chromium ended with code ${String(code)}`));
    });
  });
}
