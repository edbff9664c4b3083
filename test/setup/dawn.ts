/** Before the engine's tests: a software driver for Dawn, so that each test process finds one without installing it. */
import { ensureSoftwareDriver } from '../../tools/dawn.ts';

export default async function setup(): Promise<void> {
  if (process.platform === 'linux') await ensureSoftwareDriver();
}
