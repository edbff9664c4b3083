import type { ppo as en } from '../en/ppo.ts';

export const ppo = {
  ppo: {
    reward: '보상',
    gold: '기준 점수',
    kl: 'SFT 모델과의 KL',
    formula:
      '[[policy]](policy)이 [[rollout]](rollout) 한 묶음을 쓰면 [[rewardModel]]이 점수를 매기고, 여기에서 [[referenceModel]](reference model)과의 [[kl|KL]]에 β를 곱한 값을 뺍니다. [[valueFunction]](critic)가 예상한 값과 견주어 토큰마다 [[advantage]](advantage)을 구하고([[gae|GAE]]), 예상보다 나았던 토큰의 확률을 높입니다. 이때 이전 확률에 대한 새 확률의 비([[ratio]], ratio)는 [[clipping]](clipping)으로 제한합니다.',
    value: '설명된 분산',
    input: {
      title: '들어가는 것',
      help: '지시 학습과 보상 모델이 보지 못한 [[prompt|프롬프트]]만 들어갑니다. 여기에서는 사람이 응답을 쓰거나 순위를 매기지 않고, [[rewardModel]]이 사람을 대신합니다.',
      ofIteration: (n: string, count: string) => `${n}번째 반복의 프롬프트 ${count}개 가운데 일부입니다.`,
      ofKind: '앞으로 들어갈 프롬프트와 같은 종류의 예입니다.',
      more: '다른 프롬프트 보기',
      models: {
        policy: { name: '정책', role: '여기에서 더 학습하는 SFT 모델입니다([[policy]]).' },
        reference: { name: '참조 모델', role: '학습 전 그대로 고정한 SFT 모델입니다([[referenceModel]]).' },
        reward: { name: '보상 모델', role: '고정되어 있으며, 응답 전체에 점수를 매깁니다.' },
        critic: {
          name: '가치 함수(critic)',
          role: '보상 모델의 가중치에서 시작하여, 토큰마다 앞으로 얻을 보상을 예측하도록 학습합니다([[valueFunction]]).',
        },
      },
    },
    objective: {
      title: '무엇을 높이고 무엇을 낮추는가',
      reward: '이번 반복의 목적 함수',
      rewardHelp: 's는 응답의 평균 점수, β는 참조 모델과의 [[kl|KL]] 1내트마다 빼는 값입니다.',
      policy: '정책의 손실',
      policyHelp:
        '토큰과 갱신에 걸친 평균입니다. Â은 표준화한 [[advantage]], ρ는 이전 확률에 대한 새 확률의 비([[ratio]])입니다.',
      total: '말뭉치 손실을 더한 값',
      totalHelp: 'γ는 사실을 잊지 않도록 섞는 말뭉치 글의 비중입니다([[ppoPtx]]).',
      value: '가치 함수의 손실',
      valueHelp: 'V는 토큰 앞에서 가치 함수가 예상한 값, R은 실제로 얻은 [[return]]입니다.',
      none: '학습하는 동안 현재의 수치가 여기에 나타납니다.',
    },
    charts: {
      ended: '스스로 끝난 응답',
      endedOf: (n: string, of: string, share: string) => `${of}개 중 ${n}개 (${share})`,
      ratio: '이전 확률에 대한 새 확률의 비',
      firstRatio: '첫 갱신 전의 확률비',
      approxKl: '이전 정책과 새 정책 사이의 KL 추정',
      policyLoss: '정책 손실',
      rlhfReward: 'KL 벌점을 뺀 점수',
      penalty: 'KL 벌점',
      klCoef: 'KL 계수 β',
      valueClip: '클리핑된 가치의 비율',
      textLoss: '말뭉치 글의 손실',
      episode: '지금까지 쓴 응답 수',
    },
  },
} satisfies typeof en;
