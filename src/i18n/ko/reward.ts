import type { reward as en } from '../en/reward.ts';

export const reward = {
  reward: {
    accuracy: '기준 판정자와 순서가 같은 쌍',
    accuracyHelp:
      '[[goldJudge]]가 우열을 가린 [[heldOut]](held-out) 쌍으로 잽니다. [[bradleyTerry]](Bradley–Terry)에 따르면 두 점수의 차이가 선호의 확실한 정도를 나타냅니다. 가로선은 [[wilson|95 % 구간]]입니다.',
    labels: '선호의 출처',
    simulated: '모의 주석자',
    person: '내 선택',
    familiar: '익숙한 이름 (학습용)',
    newNames: '새로운 이름 (평가 전용)',
    probes: '무엇을 선호하도록 배웠는가',
    probesHelp:
      '앞의 응답에 더 높은 점수를 준 [[preference|선호]] 쌍의 비율입니다. 가운데 선은 동전 던지기와 같습니다.',
    clean_over_rude: '무례한 응답보다 점잖은 응답',
    refusal_over_made_up: '지어낸 답보다 모른다는 답',
    right_over_refusal: '모른다는 답보다 정답',
    polite_over_plain: '평범한 응답보다 공손한 응답',
    plain_over_verbose: '장황한 응답보다 간결한 응답',
  },
} satisfies typeof en;
