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

  arena: {
    title: '어느 응답이 더 좋습니까?',
    help: '어떤 기준이든 좋으니 자유롭게 골라 주십시오. 서른 번이면 그 취향을 충분히 가르칠 수 있으며, 모델은 그 [[preference|선호]]에 맞추어 학습합니다.',
    first: '첫째 응답',
    second: '둘째 응답',
    choose: (key: string) => `이 응답을 선택, ${key} 키`,
    tie: '비슷함',
    undo: '되돌리기',
    progress: (n: number, goal: number) => `비교 ${goal}개 중 ${n}개`,
    train: '내 선택으로 보상 모델 학습',
    trainHelp: '내 선택을 선호 데이터로 삼아 [[rewardModel|보상 모델]], [[ppo|PPO]], 판정을 다시 실행합니다.',
    needSome: '먼저 응답을 하나 이상 선택해 주십시오.',
    needSft: '지시 학습이 끝나면 열립니다. 응답은 지시 학습된 모델이 씁니다.',
    busy: '지금 진행 중인 실행이 끝나면 학습할 수 있습니다.',
    loading: '모델이 두 응답을 쓰고 있습니다 …',
    begin: '응답 두 개 보기',
    none: '모델이 계속 같은 응답만 내놓았습니다. 나중에 다시 시도해 주십시오.',
  },
} satisfies typeof en;
