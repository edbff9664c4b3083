/**
 * Serves the built page: a folder of files, the right media types, strict headers, nothing else.
 *
 *     tsx tools/serve.ts        serves dist on the first free port from 4173, and opens a browser where there is a display
 */
import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { HEADERS } from './headers.ts';

const mediaTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.safetensors': 'application/octet-stream',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

export interface Served {
  /** With a slash at the end. */
  url: string;
  close: () => Promise<void>;
}

/** Serves `folder` to this machine on `port`, or where that is taken on the next free one; 0 takes any. */
export async function serve(folder: string, port: number): Promise<Served> {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    answer(root, request, response).catch((error: unknown) => {
      // A visitor who left in the middle of a file is no error.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  for (let candidate = port; !(await listens(server, candidate)); candidate++);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => {
          done();
        });
        server.closeAllConnections();
      }),
  };
}

/** Whether `server` got the port; false where another has it. Rejects for any other failure. */
function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((done, fail) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') done(false);
      else fail(error);
    };
    server.once('error', onError);
    // localhost and nothing wider: there WebGPU is available without a certificate.
    server.listen(port, 'localhost', () => {
      server.off('error', onError);
      done(true);
    });
  });
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const path = await fileFor(root, request.url ?? '/');
  if (path === null) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n');
    return;
  }
  const { size } = await stat(path);
  response.writeHead(200, {
    'Content-Type': mediaTypes[extname(path)] ?? 'application/octet-stream',
    'Content-Length': size,
    'Cache-Control': 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path), response);
}

/** The file under `root` that a request's URL names, index.html for a folder; null where there is none. */
async function fileFor(root: string, url: string): Promise<string | null> {
  let path: string;
  try {
    path = resolve(root, `.${decodeURIComponent(new URL(url, 'http://localhost').pathname)}`);
  } catch {
    return null;
  }
  if (path !== root && !path.startsWith(root + sep)) return null;
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return path;
  if (!found?.isDirectory()) return null;
  const index = join(path, 'index.html');
  return (await stat(index).catch(() => null))?.isFile() ? index : null;
}

/** Opens `url` in the user's browser where there is a display; where that fails, the printed address has to do. */
function openInBrowser(url: string): void {
  const { platform, env } = process;
  if (env.CI || (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY)) return;
  const [command, ...args] =
    platform === 'darwin' ? ['open', url] : platform === 'win32' ? ['cmd', '/c', 'start', '', url] : ['xdg-open', url];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve('dist', 4173);
  process.stdout.write(`RLHF Playground is at ${url} (Ctrl+C ends it)\n`);
  openInBrowser(url);
}
