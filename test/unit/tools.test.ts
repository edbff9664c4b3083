import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backportsSource } from '../../tools/apt.ts';
import { usualPlaces } from '../../tools/browser.ts';
import { HEADERS } from '../../tools/headers.ts';
import { serve, type Served } from '../../tools/serve.ts';

describe('backportsSource', () => {
  it('derives a stanza from the one that serves the release itself', () => {
    const text = `Types: deb
# a comment
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main

Types: deb
# another
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/a.gpg
`;
    expect(backportsSource(text, 'bookworm')).toBe(`Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/a.gpg
`);
  });

  it('derives a line from the one that serves the release itself', () => {
    const text = `# deb http://old.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb [signed-by=/a.gpg] http://mirror.example/bookworm/ bookworm main contrib
`;
    expect(backportsSource(text, 'bookworm')).toBe(
      'deb [signed-by=/a.gpg] http://mirror.example/bookworm/ bookworm-backports main contrib\n',
    );
  });

  it('is null for sources of another release', () => {
    expect(backportsSource('deb http://mirror.example/debian trixie main\n', 'bookworm')).toBeNull();
    expect(backportsSource('Types: deb\nSuites: trixie\n', 'bookworm')).toBeNull();
  });
});

describe('usualPlaces', () => {
  it('knows each platform', () => {
    expect(usualPlaces('linux', { PATH: '/opt/bin:/snap/bin' })).toContain('/opt/bin/google-chrome');
    expect(usualPlaces('linux', { PATH: '/snap/bin' }).some((path) => path.startsWith('/snap'))).toBe(false);
    expect(usualPlaces('linux', {})).toContain('/usr/bin/chromium');
    expect(usualPlaces('darwin', {})).toContain('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(usualPlaces('win32', { PROGRAMFILES: 'C:\\Programs' })).toEqual(
      expect.arrayContaining(['C:\\Programs\\Microsoft\\Edge\\Application\\msedge.exe']),
    );
  });
});

describe('serve', () => {
  const folder = mkdtempSync(join(tmpdir(), 'serve-'));
  let served: Served;

  beforeAll(async () => {
    mkdirSync(join(folder, 'dist/sub'), { recursive: true });
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    writeFileSync(join(folder, 'dist/index.html'), '<!doctype html>');
    for (const name of ['kernels.wasm', 'base.safetensors', 'app.js', 'a b.json'])
      writeFileSync(join(folder, 'dist', name), 'x');
    served = await serve(join(folder, 'dist'), 0);
  });

  afterAll(async () => {
    await served.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['', 'text/html; charset=utf-8'],
    ['?lang=ko', 'text/html; charset=utf-8'],
    ['app.js', 'text/javascript; charset=utf-8'],
    ['kernels.wasm', 'application/wasm'],
    ['base.safetensors', 'application/octet-stream'],
    ['a%20b.json', 'application/json; charset=utf-8'],
  ])('serves /%s as %s', async (path, type) => {
    const response = await fetch(served.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect((await response.text()).length).toBe(Number(response.headers.get('content-length')));
  });

  it.each(['missing.js', 'sub/', '..%2fsecret.txt', '%2e%2e/secret.txt', '%zz', '%00'])('has no /%s', async (path) => {
    expect((await fetch(served.url + path)).status).toBe(404);
  });

  it.each(['app.js', 'missing.js'])(
    'sends every strict header with /%s, as docs/hosting.md quotes them',
    async (path) => {
      const { headers } = await fetch(served.url + path);
      const documented = readFileSync('docs/hosting.md', 'utf8');
      for (const [name, value] of Object.entries(HEADERS)) {
        expect(headers.get(name)).toBe(value);
        expect(documented).toContain(`\n${name}: ${value}\n`);
      }
    },
  );

  it('answers HEAD without a body, and refuses to be written to', async () => {
    const head = await fetch(served.url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '15', '']);
    expect((await fetch(served.url, { method: 'POST', body: 'x' })).status).toBe(405);
  });

  it('takes the next free port', async () => {
    const taken = Number(new URL(served.url).port);
    const other = await serve(folder, taken);
    expect(Number(new URL(other.url).port)).toBeGreaterThan(taken);
    await other.close();
  });
});
