import type { ppo as en } from '../en/ppo.ts';

export const ppo = {
  ppo: {
    reward: '보상',
    gold: '기준 점수',
    kl: 'SFT 모델과의 KL',
    value: '설명된 분산',
  },
} satisfies typeof en;
