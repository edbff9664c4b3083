/**
 * WebGPU in Node: Dawn (the `webgpu` package), on whatever driver the machine has.
 *
 * On macOS and Windows that is the system's own. On Linux Dawn needs the Vulkan loader and a driver: a graphics card's,
 * Mesa's lavapipe, or the SwiftShader that a Chromium carries. For root on Debian what is missing is installed. A machine
 * without any of them is a value, not an exception: the caller says why and goes on without WebGPU.
 */
import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { addBackports, aptInstall, aptUpdate, candidateMajor, canInstall, installedMajor, osRelease } from './apt.ts';
import { installedBrowser } from './browser.ts';
import { exists } from './files.ts';

/** `gpu` is what `navigator.gpu` now is and `driver` what it runs on; without WebGPU, `reason` says why. */
export type Dawn = { gpu: GPU; driver: string } | { gpu: null; reason: string };

export interface DawnOptions {
  /** Leaves graphics cards out on Linux, for tests that should give the same numbers everywhere. Default false. */
  software?: boolean;
  /** Installs a missing software driver where that is possible. Default true. */
  install?: boolean;
}

const mesaPackage = 'mesa-vulkan-drivers';
/** The oldest Mesa whose lavapipe Dawn accepts. */
const mesaMajor = 23;

let opened: Promise<Dawn> | undefined;

/**
 * Opens Dawn and gives `navigator.gpu` and WebGPU's globals (GPUBufferUsage, …) to this process; once, then the same
 * again.
 */
export function openDawn({ software = false, install = true }: DawnOptions = {}): Promise<Dawn> {
  // The promise also keeps the GPU object referenced: Dawn crashes when it is collected while a device lives.
  opened ??= process.platform === 'linux' ? openOnLinux(software, install) : openWith(null);
  return opened;
}

/**
 * Sees to it that this Linux machine has the Vulkan loader and a software driver that Dawn accepts, and returns the
 * drivers' ICD files, the preferred first. Lavapipe is installed where that is possible even if there is a SwiftShader:
 * it computed 2.8 times as fast here. Rejects with the line to run where there is no driver.
 */
export async function ensureSoftwareDriver(): Promise<string[]> {
  const present = await softwareDrivers();
  const hasLoader = await hasVulkanLoader();
  if (hasLoader && present.some(isLavapipe)) return present;
  try {
    await installLavapipe();
  } catch (error) {
    if (hasLoader && present.length > 0) return present;
    throw error;
  }
  return softwareDrivers();
}

async function openOnLinux(software: boolean, install: boolean): Promise<Dawn> {
  // Mesa complains on stderr where this is not set.
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  const reasons: string[] = [];
  if (!software && (await hasVulkanLoader())) {
    const dawn = await openWith(null);
    if (dawn.gpu) return dawn;
    reasons.push(dawn.reason);
  }
  try {
    for (const driver of await (install ? ensureSoftwareDriver() : softwareDrivers())) {
      const dawn = await openWith(driver);
      if (dawn.gpu) return dawn;
      reasons.push(dawn.reason);
    }
  } catch (error) {
    reasons.push(error instanceof Error ? error.message : String(error));
  }
  return { gpu: null, reason: reasons.join('\n') };
}

/** Opens Dawn on the Vulkan driver of one ICD file, or on the system's choice (null). */
async function openWith(driver: string | null): Promise<Dawn> {
  // The loader reads the variable when an instance is created, so setting it in this process is early enough.
  if (driver !== null) process.env.VK_ICD_FILENAMES = driver;
  const name = driver ?? "the system's graphics driver";
  try {
    // Imported late: the package has no binary for every platform, and loading it is what fails there.
    const { create, globals } = await import('webgpu');
    const gpu = create(process.platform === 'linux' ? ['backend=vulkan'] : []);
    const adapter = await gpu.requestAdapter();
    if (adapter === null) return { gpu: null, reason: `Dawn accepts no adapter of ${name}` };
    Object.assign(globalThis, globals);
    // Node 20 has no navigator; later ones have this userAgent.
    if (!('navigator' in globalThis)) {
      const userAgent = `Node.js/${process.versions.node.split('.')[0] ?? ''}`;
      Object.defineProperty(globalThis, 'navigator', { value: { userAgent }, configurable: true });
    }
    Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    return { gpu, driver: adapter.info.description || adapter.info.vendor };
  } catch (error) {
    return {
      gpu: null,
      reason: `Dawn does not open ${name}: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** The ICD files of the software drivers that Dawn accepts: lavapipe before SwiftShader. */
async function softwareDrivers(): Promise<string[]> {
  const major = await installedMajor(mesaPackage);
  const drivers: string[] = [];
  // 0: not from a Debian package, so the version is unknown; Dawn will say.
  if (major === 0 || major >= mesaMajor) {
    for (const folder of ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d']) {
      const names = await readdir(folder).catch(() => []);
      drivers.push(...names.filter(isLavapipe).map((name) => join(folder, name)));
    }
  }
  const browser = await installedBrowser();
  if (browser !== null) {
    // Debian's /usr/bin/chromium is a script, not a link into the browser's folder.
    for (const folder of [dirname(await realpath(browser)), '/usr/lib/chromium']) {
      const icd = join(folder, 'vk_swiftshader_icd.json');
      if (await exists(icd)) drivers.push(icd);
    }
  }
  return [...new Set(drivers)];
}

/** Whether an ICD file is lavapipe's: lvp_icd.json, lvp_icd.x86_64.json. */
function isLavapipe(icd: string): boolean {
  return /^lvp_icd.*\.json$/.test(basename(icd));
}

async function hasVulkanLoader(): Promise<boolean> {
  const name = 'libvulkan.so.1';
  for (const folder of (process.env.LD_LIBRARY_PATH ?? '').split(':'))
    if (folder !== '' && (await exists(join(folder, name)))) return true;
  const { stdout } = await promisify(execFile)('/sbin/ldconfig', ['-p']).catch(() => ({ stdout: '' }));
  return stdout.includes(name);
}

/** Installs Mesa's drivers and the Vulkan loader they come with. */
async function installLavapipe(): Promise<void> {
  if (!(await canInstall()))
    throw new Error(`no Vulkan driver. Run: sudo apt-get install ${mesaPackage} (Mesa ${mesaMajor} or newer)`);
  await aptUpdate();
  if ((await candidateMajor(mesaPackage)) >= mesaMajor) return aptInstall(['libvulkan1', mesaPackage]);
  const suite = await addBackports((await osRelease()).codename);
  await aptUpdate();
  await aptInstall(['libvulkan1', mesaPackage], suite);
}
