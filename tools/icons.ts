/**
 * Draws public/icons from the mark of the page, in a browser.
 *
 *     npm run icons
 */
import { mkdir } from 'node:fs/promises';
import { launch } from './browser.ts';

const FOLDER = 'public/icons';
const GROUND = '#f5f7f9';

/** `room` is the width of the picture in units of the mark's own 16; what a maskable icon may lose lies outside of it. */
const ICONS = [
  { name: '192', size: 192, room: 20, corner: 0.2 },
  { name: '512', size: 512, room: 20, corner: 0.2 },
  { name: 'maskable-512', size: 512, room: 25, corner: 0 },
  { name: 'apple-touch-icon', size: 180, room: 22, corner: 0 },
];

const browser = await launch();
await mkdir(FOLDER, { recursive: true });
for (const { name, size, room, corner } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const from = 8 - room / 2;
  await page.setContent(
    `<style>body { margin: 0 } svg { display: block }</style>
     <svg xmlns="http://www.w3.org/2000/svg" viewBox="${from} ${from} ${room} ${room}" width="${size}" height="${size}">
       <rect x="${from}" y="${from}" width="${room}" height="${room}" rx="${corner * room}" fill="${GROUND}" />
       <path d="M2 13C6 13 7 4 14 3" fill="none" stroke="#7c4dd0" stroke-width="2.5" stroke-linecap="round" />
     </svg>`,
  );
  await page.screenshot({ path: `${FOLDER}/${name}.png`, omitBackground: true });
  await page.close();
}
await browser.close();
