/** The graphics device goes away in the middle of a run: the page opens another one, says so, and the run ends well. */
import type { BrowserContext } from 'playwright-core';
import { expect, it } from 'vitest';
import { STAGES } from '../../src/core/reports.ts';
import { launch } from '../../tools/browser.ts';
import { card, deviceLine, useSite } from './site.ts';

const site = useSite(launch);

/** In the worker, before anything opens a device: destroys the last one when the page asks for it. */
const PROLOGUE = `
  const requestDevice = GPUAdapter.prototype.requestDevice;
  let device = null;
  GPUAdapter.prototype.requestDevice = async function (...descriptor) {
    return (device = await requestDevice.apply(this, descriptor));
  };
  new BroadcastChannel('lose the device').onmessage = () => device.destroy();
`;

async function addPrologue(context: BrowserContext): Promise<void> {
  await context.route('**/trainer.worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `{${PROLOGUE}}\n${await response.text()}` });
  });
}

it('goes on by itself', { timeout: 300_000 }, async () => {
  const { page, errors } = await site.visit('preset=nano&seed=9&backend=webgpu', 'en-US', { prepare: addPrologue });
  expect(await deviceLine(page)).toContain('Computes with WebGPU');
  await page.getByRole('button', { name: 'Run the whole pipeline' }).click();
  await card(page, 'sft').filter({ hasText: 'running' }).waitFor({ timeout: 90_000 });
  await page.evaluate(() => new BroadcastChannel('lose the device').postMessage(null));

  const notice = page.getByRole('alert');
  await notice.getByText('The graphics card stopped answering and was opened again').waitFor({ timeout: 60_000 });
  for (const stage of STAGES) await card(page, stage).filter({ hasText: 'done' }).waitFor({ timeout: 120_000 });
  // Nothing else went wrong.
  expect(await notice.count()).toBe(1);
  expect(errors).toEqual([]);
  expect(await deviceLine(page)).toMatch(/Computes with WebGPU.*Graphics memory in use: [\d.]+ [kM]B of at most/s);
  await notice.getByRole('button', { name: 'Dismiss' }).click();
  await expect.poll(() => notice.count()).toBe(0);
});
