/** What other places show: loaded before the first of them is. */
import { base } from './base.ts';
import { configuration } from './configuration.ts';
import { data } from './data.ts';
import { judge } from './judge.ts';
import { library } from './library.ts';
import { microscope } from './microscope.ts';
import { ppo } from './ppo.ts';
import { reward } from './reward.ts';

export const later = {
  ...configuration,
  ...data,
  ...base,
  ...reward,
  ...ppo,
  ...microscope,
  ...judge,
  ...library,
};
