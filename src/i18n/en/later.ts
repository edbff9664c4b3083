/** What other places show: loaded before the first of them is. */
import { benchmark } from './benchmark.ts';
import { chat } from './chat.ts';
import { alarms } from './alarms.ts';
import { archive } from './archive.ts';
import { arena } from './arena.ts';
import { base } from './base.ts';
import { blind } from './blind.ts';
import { configuration } from './configuration.ts';
import { data } from './data.ts';
import { exchange } from './exchange.ts';
import { judge } from './judge.ts';
import { library } from './library.ts';
import { offline } from './offline.ts';
import { people } from './people.ts';
import { microscope } from './microscope.ts';
import { ppo } from './ppo.ts';
import { reward } from './reward.ts';
import { tournament } from './tournament.ts';

export const later = {
  ...configuration,
  ...data,
  ...exchange,
  ...alarms,
  ...base,
  ...reward,
  ...people,
  ...arena,
  ...ppo,
  ...microscope,
  ...judge,
  ...blind,
  ...tournament,
  ...library,
  ...benchmark,
  ...chat,
  ...offline,
  ...archive,
};
