import type { AlarmTexts, TrapTexts, alarms as en } from '../en/alarms.ts';

const by: AlarmTexts = {
  not_finite: {
    title: '손실이 더는 수가 아님',
    seen: () => '손실이나 기울기가 무한대 또는 수가 아닌 값(NaN)이 되어 단계가 그 자리에서 멈췄습니다.',
    means:
      '한 스텝이 너무 커서 수의 범위를 벗어났습니다. 마지막 스냅숏까지 배운 것은 남아 있지만, 그 뒤로는 배울 것이 없습니다.',
    todo: '학습률을 낮추거나 기울기를 더 일찍 클리핑한 뒤 이 단계를 다시 실행해 보십시오.',
  },
  no_end: {
    title: '응답이 끝나지 않음',
    seen: ({ share }) => `평가 전용 프롬프트에 대한 응답 가운데 스스로 끝나는 것이 ${share}뿐입니다.`,
    means:
      '모델이 [[eos|종료 토큰(EOS)]]을 배우지 못해 쓸 자리가 없어질 때까지 이어 씁니다. 패딩에 같은 토큰을 쓴 것이 흔한 원인입니다. 그러면 응답의 끝도 패딩과 함께 손실에서 빠집니다.',
    todo: '패딩에 따로 정한 토큰을 쓰십시오. 이미 그렇다면 학습 스텝을 늘려 보십시오.',
  },
  forgotten: {
    title: '말뭉치를 잊고 있음',
    seen: ({ loss, base, times }) =>
      `말뭉치 글에서 손실이 토큰당 ${loss}내트입니다. 기반 모델은 ${base}내트입니다. [[perplexity|퍼플렉서티(perplexity)]]가 ${times}배가 되었습니다.`,
    means: '시연만 학습하면 사전 학습에서 배운 것, 곧 응답의 재료가 되는 사실이 덮어쓰입니다.',
    todo: '말뭉치 글을 섞거나([[replay|말뭉치 되풀이(replay)]], 보통 4분의 1) 학습률을 낮춰 보십시오.',
  },
  few_labels: {
    title: '선호 데이터가 너무 적음',
    seen: ({ pairs, prompts }) => `보상 모델이 프롬프트 ${prompts}개에 대한 응답 쌍 ${pairs}개로만 학습합니다.`,
    means:
      '쌍이 이렇게 적으면 우연한 특징만으로도 모두 구별할 수 있습니다. 그 밖의 응답에서는 보상이 제멋대로이며, PPO는 보상이 지나치게 높은 곳을 찾아냅니다.',
    todo: '순위를 매길 프롬프트를 늘려 보십시오. 여기에서는 보통 천 개입니다.',
  },
  coin_toss: {
    title: '동전 던지기와 다르지 않음',
    seen: ({ rate, low, high }) =>
      `평가 전용 응답에서 [[goldJudge|기준 판정자(gold judge)]]와 순서가 같은 쌍이 ${rate}이며, 신뢰 구간 ${low}~${high}에 절반이 들어 있습니다.`,
    means: '더 나은 응답을 선호한다고 볼 근거가 없습니다. PPO가 잡음을 최적화하게 됩니다.',
    todo: '순위를 매길 프롬프트를 늘리거나 더 오래 학습해 보십시오.',
  },
  by_heart: {
    title: '외우기만 함',
    seen: ({ trained, held_out }) =>
      `주석자와 순서가 같은 쌍이 학습한 데이터에서는 ${trained}, 평가 전용 응답에서는 ${held_out}입니다.`,
    means: '보상 모델이 학습한 쌍을 외웠을 뿐, 무엇이 더 나은 응답인지는 배우지 못했습니다.',
    todo: '순위를 매길 프롬프트를 늘리거나 되풀이하는 횟수를 줄여 보십시오.',
  },
  ratio: {
    title: '첫 갱신 전인데 확률비가 1이 아님',
    seen: ({ off }) =>
      `아직 아무것도 갱신하지 않았는데 같은 토큰의 이전 로그 확률과 새 로그 확률이 ${off}만큼 다릅니다(제곱 평균의 제곱근). 둘은 같아야 합니다.`,
    means:
      '응답의 [[logprob|로그 확률]]을 갱신할 때와 다른 방법으로 계산했습니다. 온도, 위치, 패딩이 다른 경우입니다. PPO는 학습이 만들지 않은 차이를 클리핑하고 바로잡으려 합니다.',
    todo: '응답의 로그 확률을 갱신에 쓰는 것과 같은 계산으로, 같은 온도에서 구하십시오.',
  },
  advantages: {
    title: '표준화한 이점의 평균과 분산이 어긋남',
    seen: ({ mean, std }) =>
      `응답의 토큰에서 [[advantage|이점(advantage)]]의 평균이 ${mean}, 표준 편차가 ${std}입니다. 0과 1이어야 합니다.`,
    means:
      '응답이 아닌 것까지 넣어 표준화했습니다. 짧은 응답 뒤의 0을 함께 센 것입니다. 갱신의 크기가 패딩의 양에 따라 달라집니다.',
    todo: '응답의 토큰만으로 표준화하십시오.',
  },
  negative_kl: {
    title: 'KL이 음수임',
    seen: ({ kl, iterations }) =>
      `SFT 모델과의 [[kl|KL]]이 ${iterations}회 반복하는 동안 계속 0보다 작았으며, 응답당 평균 ${kl}내트입니다.`,
    means:
      'KL 발산은 오래 음수일 수 없습니다. 응답을 뽑은 분포와 다른 분포로 확률을 계산하고 있으므로, 벌점이 오히려 상이 됩니다.',
    todo: '생성, 이전 로그 확률, 참조 모델 사이에 다른 것이 있는지 살펴보십시오. 온도, 패딩, 위치가 흔한 원인입니다.',
  },
  gold_falls: {
    title: '보상은 오르는데 기준 점수는 떨어짐',
    seen: ({ best, now, score_then, score_now }) =>
      `기준 점수가 가장 높았던 때의 ${best}에서 ${now}까지 떨어졌습니다(4회 평균). 같은 동안 보상의 변화는 ${score_then} → ${score_now}입니다.`,
    means:
      '정책이 보상 모델이 지나치게 높이 평가하는 것을 찾아냈습니다. [[rewardHacking|보상 해킹(reward hacking)]]입니다. 더 학습하면 응답이 더 나빠집니다.',
    todo: 'SFT 모델에서 멀어지는 벌점(β)을 키우거나, 더 일찍 멈추거나, 보상 모델을 더 잘 학습해 보십시오.',
  },
  far: {
    title: 'SFT 모델에서 너무 멀어짐',
    seen: ({ kl, coef }) => `[[kl|KL]]이 응답당 ${kl}내트에 이르렀습니다(β = ${coef}).`,
    means:
      '정책이 SFT 모델이라면 거의 하지 않을 말을 합니다. 보상 모델은 그런 응답을 학습한 적이 없으므로 점수에 별 뜻이 없습니다.',
    todo: 'β를 키우거나 KL 목표를 정하고, 학습률을 낮춰 보십시오.',
  },
  entropy: {
    title: '정책이 늘 같은 말만 함',
    seen: ({ now, then }) => `엔트로피가 토큰당 ${now}내트입니다. 처음에는 ${then}내트였습니다.`,
    means:
      '확률이 한 응답에 모두 몰려 새로운 것을 시도하지 않습니다. 한 번에 생성한 응답이 서로 다르지 않아 견줄 것이 없습니다.',
    todo: 'β를 키우거나 학습률을 낮춰 보십시오.',
  },
  unended: {
    title: '응답이 끝나지 않음',
    seen: ({ share }) => `생성한 응답 가운데 스스로 끝나는 것이 ${share}뿐입니다.`,
    means:
      '잘린 응답도 벌점만 뺀 채 온전한 응답처럼 점수를 받으므로, 길이가 학습을 좌우합니다. 첫 반복부터 그랬다면 SFT 모델이 끝맺는 법을 배우지 못한 것입니다.',
    todo: '먼저 지시 학습 단계를 살펴보고, 그다음 끝맺지 못한 응답의 벌점을 키워 보십시오.',
  },
  critic: {
    title: '가치 함수가 아무것도 설명하지 못함',
    seen: ({ explained, iterations }) =>
      `최근 ${iterations}회 반복에서 [[explainedVariance|설명된 분산(explained variance)]]이 평균 ${explained}입니다.`,
    means: '가치 함수가 보상을 상수보다 잘 예측하지 못해, 이점의 잡음이 보상 자체만큼 큽니다.',
    todo: '가치 함수의 학습률을 높이거나 같은 응답을 더 여러 번 학습해 보십시오.',
  },
};

const traps: TrapTexts = {
  pad_is_eos: {
    name: '패딩 = 종료 토큰',
    expect: '응답의 끝이 패딩과 함께 가려져 배우지 못하므로, 응답이 잘릴 때까지 이어집니다.',
  },
  no_replay: {
    name: '말뭉치 되풀이 없음',
    expect: '지시는 따르지만, 사실을 배운 말뭉치를 잊습니다.',
  },
  few_pairs: {
    name: '쌍 60개로 학습한 보상 모델',
    expect: '학습한 쌍은 외우지만, 새로운 응답에서는 동전 던지기보다 별로 낫지 않습니다.',
  },
  no_kl: {
    name: 'KL 계수 0, 30회 반복',
    expect: '보상은 계속 오르지만, 기준 점수는 열 번쯤 오르다가 처음보다 낮게 떨어집니다.',
  },
  whiten_pads: {
    name: '패딩까지 표준화',
    expect: '이점의 평균과 표준 편차가 0과 1이 아니게 되어, 패딩이 많을수록 갱신이 커집니다.',
  },
  other_temperature: {
    name: '다른 온도의 이전 로그 확률',
    expect: '첫 갱신 전인데 확률비가 1이 아니고, KL이 음수가 됩니다.',
  },
};

export const alarms = {
  alarms: {
    label: '경보',
    since: (step: string) => `${step}스텝부터`,
    means: '무슨 뜻인가',
    todo: '무엇을 해 볼까',
    setBack: (knob: string, value: string) => `${knob} 되돌리기: ${value}`,
    look: (knob: string) => `살펴보기: ${knob}`,
    by,
  },
  traps: {
    title: '일부러 고장 내기',
    help: '공개된 라이브러리나 논문이 실제로 빠졌던 함정을 다시 넣어 봅니다. 하나를 켜고 실행하여 어떤 경보가 이름을 대는지 보십시오. 함정은 설정값 몇 개이며, 고치면 바로 그 값만 되돌립니다.',
    raises: (alarm: string) => `경보: ${alarm}`,
    mendIt: '고치기',
    mend: (trap: string) => `고치기: ${trap}`,
    mendAll: '모두 고치기',
    by: traps,
  },
} satisfies typeof en;
