/**
 * Debian's packages: what the tests need and a fresh machine lacks (a browser, a Vulkan driver).
 *
 * Nothing here runs unless the process is root on a machine with apt-get; everyone else is told in one line what to
 * run. No address is written down: a missing suite is derived from the sources the machine already has.
 */
import { execFile } from 'node:child_process';
import { access, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sourcesFolder = '/etc/apt/sources.list.d';

/** The fields of /etc/os-release that matter here; empty strings where there is no such file. */
export async function osRelease(): Promise<{ id: string; codename: string }> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string): string => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID'), codename: field('VERSION_CODENAME') };
}

/** Whether `aptInstall` can work: root, and apt-get is there. */
export async function canInstall(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access('/usr/bin/apt-get').then(
    () => true,
    () => false,
  );
}

/** Refreshes apt's lists of packages. */
export async function aptUpdate(): Promise<void> {
  await aptGet('update');
}

/** Installs `packages` with what they depend on, from `suite` where one is given. Rejects with apt's last lines. */
export async function aptInstall(packages: readonly string[], suite?: string): Promise<void> {
  process.stderr.write(`installing ${packages.join(', ')}${suite ? ` from ${suite}` : ''} …\n`);
  await aptGet(
    'install',
    '--yes',
    '--no-install-recommends',
    ...(suite ? ['--target-release', suite] : []),
    ...packages,
  );
}

async function aptGet(...args: string[]): Promise<void> {
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const deadline = Date.now() + 300_000;
  for (;;) {
    try {
      await run('apt-get', ['-o', 'Acquire::Retries=3', '-q', ...args], { env, maxBuffer: 64 << 20 });
      return;
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      const problem = stderr ?? String(error);
      // Another apt may be at work: that of a second test project, or a fresh machine's own updates. It waits for one of
      // its three locks only when told to (DPkg::Lock::Timeout), so all three are waited for here.
      if (!/Could not get lock|Unable to (lock|acquire)/.test(problem) || Date.now() > deadline) {
        const lines = problem.trim().split('\n').slice(-5).join('\n');
        throw new Error(`apt-get ${args.join(' ')} failed:\n${lines}`, { cause: error });
      }
      await setTimeout(1000);
    }
  }
}

/** The major version of what apt would install for `name`; 0 where it knows no such package. */
export async function candidateMajor(name: string): Promise<number> {
  const { stdout } = await run('apt-cache', ['policy', name]);
  return Number(/Candidate: (?:\d+:)?(\d+)/.exec(stdout)?.[1] ?? 0);
}

/** The major version of the installed package `name`; 0 where it is not installed or there is no dpkg. */
export async function installedMajor(name: string): Promise<number> {
  const { stdout } = await run('dpkg-query', ['--show', '--showformat=${Version}', name]).catch(() => ({ stdout: '' }));
  return Number(/^(?:\d+:)?(\d+)/.exec(stdout)?.[1] ?? 0);
}

/** Makes `<codename>-backports` known to apt, from the source that serves `<codename>` itself; returns the suite's name. */
export async function addBackports(codename: string): Promise<string> {
  const folder = await readdir(sourcesFolder).catch(() => []);
  const files = ['/etc/apt/sources.list', ...folder.map((name) => join(sourcesFolder, name))];
  for (const file of files) {
    if (!/\.(list|sources)$/.test(file)) continue;
    const source = backportsSource(await readFile(file, 'utf8').catch(() => ''), codename);
    if (source === null) continue;
    const extension = file.endsWith('.list') ? 'list' : 'sources';
    await writeFile(join(sourcesFolder, `${codename}-backports.${extension}`), source);
    return `${codename}-backports`;
  }
  throw new Error(`no source of this machine serves ${codename}, so ${codename}-backports cannot be derived`);
}

/**
 * The source of `<codename>-backports` that corresponds to the one for `<codename>` in `text`, which is in either of
 * apt's formats (stanzas or lines); null where `text` does not serve `<codename>`.
 */
export function backportsSource(text: string, codename: string): string | null {
  const suite = `${codename}-backports`;
  const line = new RegExp(`^deb\\s+(\\[[^\\]]*\\]\\s+)?\\S+\\s+(${codename})\\s.*$`, 'm').exec(text);
  if (line) return `${line[0].replace(new RegExp(`\\s${codename}\\s`), ` ${suite} `)}\n`;
  for (const stanza of text.split(/\n\s*\n/)) {
    const suites = /^Suites:(.*)$/m.exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    if (!suites.includes(codename) || !/^Types:.*\bdeb\b/m.test(stanza)) continue;
    const fields = stanza.split('\n').filter((entry) => entry !== '' && !entry.startsWith('#'));
    return `${fields.join('\n').replace(/^Suites:.*$/m, `Suites: ${suite}`)}\n`;
  }
  return null;
}
