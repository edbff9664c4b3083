/** What the page computes on, and what it says where it cannot have the fastest. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launch } from '../../tools/browser.ts';
import { type Site, card, deviceLine, expectNoTrouble, launchWithoutWebGpu, serveInFolder, visit } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await serveInFolder();
});
afterAll(() => site.close());

describe('the device', () => {
  it('is WebGPU when the address asks for it, and takes real steps', async () => {
    const browser = await launch();
    onTestFinished(() => browser.close());
    const visited = await visit(browser, site.url, 'preset=nano&seed=5&backend=webgpu');
    const { page } = visited;
    const line = await deviceLine(page);
    expect(line).toContain('Computes with WebGPU');
    expect(line).toContain('Chosen in the address');
    for (let step = 1; step <= 4; step++) {
      await page.getByRole('button', { name: 'One step' }).click();
      await page.getByText(`step ${step} of 12`).waitFor({ timeout: 60_000 });
    }
    expect(await card(page, 'base').locator('strong').innerText()).toMatch(/^\d+\.\d+$/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await card(page, 'base').filter({ hasText: 'stopped 33 %' }).waitFor();
    await expectNoTrouble(visited);
  });

  it('is WebAssembly without WebGPU, and the page says why and what to do', async () => {
    const browser = await launchWithoutWebGpu();
    onTestFinished(() => browser.close());
    const visited = await visit(browser, site.url, 'preset=nano&seed=6');
    const line = await deviceLine(visited.page);
    expect(line).toContain('Computes with WebAssembly');
    expect(line).toMatch(/has no WebGPU.*current Chrome|finds no graphics card.*hardware acceleration/);
    await visited.page.getByRole('button', { name: 'One step' }).click();
    await visited.page.getByText('step 1 of 12').waitFor({ timeout: 60_000 });
    await expectNoTrouble(visited);
  });

  it('is WebAssembly on an insecure origin, and the page says so', async () => {
    const browser = await launchWithoutWebGpu(['--host-resolver-rules=MAP classroom.test localhost']);
    onTestFinished(() => browser.close());
    const url = site.url.replace('localhost', 'classroom.test');
    const visited = await visit(browser, url, 'preset=nano&seed=7', 'ko-KR');
    expect(await visited.page.evaluate(() => isSecureContext)).toBe(false);
    const line = await deviceLine(visited.page);
    expect(line).toContain('WebAssembly로 계산합니다');
    expect(line).toContain('https://');
    await visited.page.getByRole('button', { name: '한 스텝' }).click();
    await visited.page.getByText('12스텝 중 1').waitFor({ timeout: 60_000 });
    await expectNoTrouble(visited);
  });

  it('is missing where the address asks for WebGPU and there is none: an error with a way out', async () => {
    const browser = await launchWithoutWebGpu();
    onTestFinished(() => browser.close());
    const { page } = await visit(browser, site.url, 'preset=nano&seed=8&backend=webgpu');
    const alert = page.getByRole('alert');
    await alert.getByText('No device to compute on').waitFor();
    await alert.getByRole('button', { name: 'Reload' }).click();
    expect(await deviceLine(page)).toContain('Computes with WebAssembly');
  });
});
