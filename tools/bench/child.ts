/** Scripts of the benchmark that run in a process of their own: their argument is JSON, and so is what they print. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

/** The script took too long and was ended. */
export class ChildTimeoutError extends Error {
  override name = 'ChildTimeoutError';
}

/** What `script` prints for `argument`. Rejects with its exit code, or with a ChildTimeoutError after `timeout_ms`. */
export function runChild(script: string, argument: unknown, timeout_ms?: number): Promise<unknown> {
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', tsx, script, JSON.stringify(argument)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: timeout_ms,
      // Not SIGTERM, which Node handles between two tasks: a driver that compiles lets none in.
      killSignal: 'SIGKILL',
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(text));
      else if (signal === 'SIGKILL' && timeout_ms !== undefined)
        reject(new ChildTimeoutError(`${script} took more than ${timeout_ms / 1000} s`));
      else reject(new Error(`${script} ended with ${signal ?? `code ${String(code)}`}`));
    });
  });
}
