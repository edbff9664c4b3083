/** The built page in Chromium, training micro on WASM, run after run: what they leave on the page and in its worker. */
import { setTimeout } from 'node:timers/promises';
import puppeteer, { type CDPSession, type Page } from 'puppeteer-core';
import type { PresetName } from '../../src/core/presets.ts';
import { findBrowser } from '../browser.ts';
import { serve } from '../serve.ts';
import { heapOf } from './heap.ts';
import { type Series, series } from './series.ts';

/** In this share of the time V8 compiles; nothing is measured. */
const SETTLING = 0.25;
/** By then as many reward models to try answers on are open as stay so: two. */
const SETTLING_RUNS = 3;
/** What the worker tells the page comes in batches, many a second. */
const REST_MS = 1000;
/** The button of a run that is done. */
const AGAIN = 'Run again with another seed';
/** However short the time is. */
const LEAST_SAMPLES = 5;
const FLAGS = ['--no-sandbox', '--no-first-run', '--disable-blink-features=WebGPU'];
/** No run of a preset that is soaked takes longer, on the slowest machine. */
const MOST_RUN_MS = 30 * 60_000;

interface Options {
  preset: PresetName;
  /** How long runs are begun; then the one that is going is waited for. */
  minutes: number;
  log: (line: string) => void;
}

/** Trains whole runs through the page, seed after seed, and samples after each, at rest. `dist` has to be built. */
export async function soakInChromium({ preset, minutes, log }: Options): Promise<Series[]> {
  const server = await serve('dist', 0);
  const browser = await puppeteer.launch({
    executablePath: await findBrowser(),
    headless: true,
    args: FLAGS,
    // An answer may wait for as long as a worker computes, and for the end of a run.
    protocolTimeout: MOST_RUN_MS,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(MOST_RUN_MS);
    await page.goto(`${server.url}#preset=${preset}&seed=0&lang=en&backend=wasm`);
    await page.waitForSelector('header button[data-device=wasm]');
    const sessions = [await page.createCDPSession(), workerOf(page)];
    const tensors = series('tfjs tensors', 'exact');
    const buffers = series('worker, array buffers, bytes', 'trend');
    const elements = series('elements of the page', 'trend');
    const heaps = ['page', 'worker'].map((place) => ({
      objects: series(`${place}, JS objects, bytes`, 'trend'),
      code: series(`${place}, compiled code, bytes`, 'no'),
    }));
    const begin = Date.now();
    const share = (): number => (Date.now() - begin) / (minutes * 60_000);
    for (let run = 0; share() < 1 || tensors.values.length < LEAST_SAMPLES; run++) {
      await runToTheEnd(page, run);
      await tryAnswer(page);
      log(`run ${run + 1} done`);
      // What is stored is listed on the page: with every run kept, the lists would grow, as they should.
      if (run > 0) await page.evaluate(forget, `${preset}-${run - 1}`);
      if (run + 1 < SETTLING_RUNS || share() < SETTLING) continue;
      const held = await tensorsAtRest(page);
      for (const [i, { objects, code }] of heaps.entries()) {
        const size = await heapOf(sessions[i]!);
        objects.values.push(size.objects);
        code.values.push(size.code);
      }
      tensors.values.push(held);
      buffers.values.push(await arrayBuffersOf(sessions[1]!));
      elements.values.push(await page.evaluate(() => document.querySelectorAll('*').length));
    }
    return [tensors, buffers, elements, ...heaps.flatMap(({ objects, code }) => [objects, code])];
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Deletes a stored run; works in the page. */
async function forget(run: string): Promise<void> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('rlhf-playground');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(String(request.error)));
  });
  const transaction = db.transaction(['files', 'blobs'], 'readwrite');
  for (const store of ['files', 'blobs']) transaction.objectStore(store).delete(IDBKeyRange.bound([run], [run, []]));
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(new Error(String(transaction.error)));
  });
  db.close();
}

/** The first press begins the run; every later one the next seed's. */
async function runToTheEnd(page: Page, run: number): Promise<void> {
  await button(page, run === 0 ? 'Run the whole pipeline' : AGAIN, true);
  await button(page, 'Pause', false);
  await button(page, AGAIN, false);
}

/** Looks at the run's reward model until it has scored an answer: while a quick run trains there is no time for that. */
async function tryAnswer(page: Page): Promise<void> {
  await page.evaluate(() => location.replace(`${location.hash}&stage=reward`));
  const scored = await page.waitForSelector('.scored[aria-busy=false]');
  await scored?.dispose();
  // The page shows the stage that trains again.
  await page.evaluate(() => location.replace(location.hash.replace(/stage=reward&?/, '')));
}

/** Waits for a button, and presses it. Not by its role: that would have the browser keep a tree of roles, which grows. */
async function button(page: Page, label: string, press: boolean): Promise<void> {
  const found = await page.waitForSelector(`::-p-xpath(//button[normalize-space()=${JSON.stringify(label)}])`);
  if (press) await found?.evaluate((element) => (element as HTMLElement).click());
  await found?.dispose();
}

function workerOf(page: Page): CDPSession {
  const trainer = page.workers().find((worker) => worker.url().includes('trainer'));
  if (!trainer)
    throw new Error(
      `the page has no trainer among its workers: ${page
        .workers()
        .map((w) => w.url())
        .join()}`,
    );
  return trainer.client;
}

async function arrayBuffersOf(session: CDPSession): Promise<number> {
  // Absent in the protocol's types.
  const { backingStorageSize } = (await session.send('Runtime.getHeapUsage')) as { backingStorageSize?: number };
  if (backingStorageSize === undefined) throw new Error('this Chromium does not tell the size of array buffers');
  return backingStorageSize;
}

/** How many tensors there are once their number stands still. */
async function tensorsAtRest(page: Page): Promise<number> {
  for (let last = NaN; ;) {
    await setTimeout(REST_MS);
    const tensors = await tensorsOf(page);
    if (tensors === last) return tensors;
    last = tensors;
  }
}

/** What the page itself says of its memory. */
async function tensorsOf(page: Page): Promise<number> {
  const text = await page.$eval('header .card[popover]', (popover) => popover.textContent);
  const [, found] = /in ([\d,]+) tensors/.exec(text) ?? [];
  if (found === undefined) throw new Error(`the page does not say how many tensors there are: ${text}`);
  return Number(found.replaceAll(',', ''));
}
