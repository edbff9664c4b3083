/** The page that the benchmark opens in Chromium: `benchmark(request)` runs one in a worker. */
import type { BrowserReply, BrowserRequest } from './bench.worker.ts';

declare global {
  interface Window {
    benchmark: (request: BrowserRequest) => Promise<BrowserReply>;
  }
}

window.benchmark = (request) =>
  new Promise((resolve) => {
    const worker = new Worker(new URL('./bench.worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<BrowserReply>): void => {
      resolve(data);
    };
    worker.onerror = ({ message }): void => {
      resolve({ error: message });
    };
    worker.postMessage(request);
  });
