/** A file that slips from the hand: nothing on the page takes it, and the browser does not open it in place of a run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { deviceLine, expectNoTrouble, goTo, useSite } from './site.ts';

const site = useSite();

/** Lets go of a file over the middle of an element, as the browser hears it of a person. */
async function drop(page: Page, target: Locator, file: string): Promise<void> {
  const { x, y, width, height } = (await target.boundingBox())!;
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', {
      type,
      x: x + width / 2,
      y: y + height / 2,
      data: { items: [], files: [file], dragOperationsMask: 1 },
    });
  await session.detach();
}

it('a file that is dropped where nothing takes it changes nothing; in the library it is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rlhf-drop-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'notes.txt');
  await writeFile(file, 'what somebody wrote');

  const visited = await site.visit('preset=nano');
  const { page } = visited;
  await deviceLine(page);
  const address = page.url();
  const heard = page.evaluate(
    () =>
      new Promise<{ refused: boolean }>((resolve) =>
        window.addEventListener('dragover', (event: DragEvent) =>
          resolve({ refused: event.defaultPrevented && event.dataTransfer?.dropEffect === 'none' }),
        ),
      ),
  );
  await drop(page, page.locator('header').first(), file);
  expect(await heard).toEqual({ refused: true });
  expect(page.url()).toBe(address);
  await deviceLine(page);

  await goTo(page, { stage: 'library' });
  await drop(page, page.locator('section.library'), file);
  await page.getByText('“notes.txt” is not a .safetensors or .zip file. Nothing was stored.').waitFor();
  await expectNoTrouble(visited);
});
