/**
 * A full session under strict headers, through a proxy that hears every request of the browser, whoever makes it: page,
 * worker or service worker. The policy is not violated once, and nobody but the page's own server is asked.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from '../../tools/browser.ts';
import { HEADERS } from '../../tools/headers.ts';
import { type Site, deviceLine, expectNoTrouble, runAll, serveInFolder, stored, tour, visit } from './site.ts';

const REPORTS = '/policy-reports';

let browser: Browser;
let site: Site;
let proxy: Server;
/** Host and port of every request. */
const hosts = new Set<string>();
/** What was violated, where. */
const reports: string[] = [];

/** Passes a request on to the page's server, and has the browser report what violates the policy. */
function pass(incoming: IncomingMessage, response: ServerResponse): void {
  const url = new URL(incoming.url ?? '');
  hosts.add(url.host);
  if (url.host !== new URL(site.url).host) response.writeHead(502).end();
  else if (url.pathname === REPORTS) {
    text(incoming).then(
      (report) => reports.push(report),
      () => undefined,
    );
    response.writeHead(204).end();
  } else {
    const { method, headers } = incoming;
    const onward = request(url, { method, headers }, (answer) => {
      const policy = String(answer.headers['content-security-policy']);
      response.writeHead(answer.statusCode ?? 500, {
        ...answer.headers,
        'content-security-policy': `${policy}; report-uri ${REPORTS}`,
      });
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end();
  }
}

beforeAll(async () => {
  site = await serveInFolder();
  proxy = createServer(pass);
  proxy.on('connect', ({ url = '' }: IncomingMessage, socket) => {
    hosts.add(url);
    socket.destroy();
  });
  await new Promise<void>((listening) => proxy.listen(0, 'localhost', listening));
  // What the browser asks Google about fields to fill in is its own affair.
  browser = await launch(['--disable-features=AutofillServerCommunication']);
});
afterAll(async () => {
  await browser.close();
  proxy.closeAllConnections();
  await Promise.all([site.close(), new Promise((closed) => proxy.close(closed))]);
});

it('is strict', () => {
  const policy = HEADERS['Content-Security-Policy'] ?? '';
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy.replace("'wasm-unsafe-eval'", '')).not.toMatch(/unsafe|\*|https?:/);
});

it('a full session violates nothing and asks nobody else', { timeout: 300_000 }, async () => {
  const visited = await visit(browser, site.url, 'preset=nano&seed=3&lang=en&backend=wasm', 'en-US', {
    serviceWorkers: 'allow',
    proxy: { server: `localhost:${(proxy.address() as AddressInfo).port}`, bypass: '<-loopback>' },
  });
  const { page, context, errors } = visited;
  await deviceLine(page);
  await runAll(page, 'Run the whole pipeline', 'done');
  await stored(page);
  await tour(page);

  await page.getByRole('button', { name: 'Library' }).click();
  await page.getByRole('treeitem', { name: 'PPO · micro, shipped' }).click();
  await download('Export as file');
  await page.locator('nav button[data-stage="sft"]').click();
  await page.getByRole('button', { name: 'More of “Loss”' }).click();
  await download('Picture (PNG)');
  await page.getByRole('button', { name: 'Chat' }).click();
  const prompt = page.getByRole('combobox', { name: 'Prompt' });
  await prompt.fill('where does mia live ?');
  await prompt.press('Enter');
  await page.locator('[data-state="ended"], [data-state="full"]').first().waitFor();

  // From the service worker now, on the other engine, with the benchmark's worker.
  await page.evaluate(() => (location.hash = 'preset=nano&seed=4&base=train&lang=en&backend=webgpu&stage=benchmark'));
  await page.reload();
  expect(await deviceLine(page)).toContain('Computes with WebGPU');
  await page.getByRole('button', { name: 'Start measuring' }).click();
  await page.getByRole('progressbar').first().waitFor();
  await page.getByRole('button', { name: 'One step' }).click();
  await page.getByText('step 1 of 12').waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expectNoTrouble(visited);
  expect(reports).toEqual([]);
  expect([...hosts]).toEqual([new URL(site.url).host]);

  // Both ears can hear: a style in the markup, a worker that asks another server, and a page of another server.
  await page.evaluate(() => (document.body.innerHTML += '<i style="color: red"></i>'));
  await expect.poll(() => reports.join()).toContain('style-src-attr');
  await page.workers()[0]?.evaluate(() =>
    fetch('http://elsewhere.test/').then(
      () => undefined,
      () => undefined,
    ),
  );
  await expect.poll(() => reports.join()).toContain('connect-src');
  expect(hosts).not.toContain('elsewhere.test');
  await page.goto('http://elsewhere.test/').catch(() => undefined);
  expect(hosts).toContain('elsewhere.test');
  expect(errors.length).toBeGreaterThan(0);
  await context.close();

  async function download(name: string): Promise<void> {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    expect(await file.failure()).toBeNull();
  }
});
