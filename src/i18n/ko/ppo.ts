import type { ppo as en } from '../en/ppo.ts';

export const ppo = {
  ppo: {
    reward: '보상',
    gold: '기준 점수',
    kl: 'SFT 모델과의 KL',
    formula:
      '[[policy]](policy)이 [[rollout]](rollout) 한 묶음을 쓰면 [[rewardModel]]이 점수를 매기고, 여기에서 [[referenceModel]](reference model)과의 [[kl|KL]]에 β를 곱한 값을 뺍니다. [[valueFunction]](critic)가 예상한 값과 견주어 토큰마다 [[advantage]](advantage)을 구하고([[gae|GAE]]), 예상보다 나았던 토큰의 확률을 높입니다. 이때 이전 확률에 대한 새 확률의 비([[ratio]], ratio)는 [[clipping]](clipping)으로 제한합니다.',
    value: '설명된 분산',
  },
} satisfies typeof en;
