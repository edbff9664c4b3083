import type { stages as en } from '../en/stages.ts';

export const stages = {
  stage: {
    rail: '학습 단계',
    state: {
      waiting: '시작 전',
      running: (percent: string) => `진행 중 ${percent}`,
      paused: (percent: string) => `일시 정지 ${percent}`,
      stopped: (percent: string) => `중지됨 ${percent}`,
      done: '완료',
      failed: '실패',
      stale: '재실행 필요',
      ready: '준비됨',
    },
    staleBecause:
      '이 단계의 바탕이 된 것이 그 뒤에 바뀌었습니다. 다시 실행하기 전까지는 이전 결과가 그대로 남아 있습니다.',
    data: {
      name: '데이터',
      about:
        '작은 세계(pocket world)를 살펴봅니다. 누가 살고, [[corpus|말뭉치(corpus)]]에는 무엇이 쓰여 있으며, 각 과제(task)가 어떤 지시와 응답으로 이루어지는지 볼 수 있습니다. 일부는 [[heldOut|평가 전용(held-out)]]으로 남겨, 배운 것이 새로운 데에도 통하는지 확인합니다.',
    },
    base: {
      name: '기반 모델',
      about:
        '[[pretraining|사전 학습(pretraining)]]된 [[baseModel|기반 모델(base model)]]은 작은 세계의 글에서 다음 단어를 예측합니다. 단어와 사실은 배우지만, 질문에 답해야 한다는 것은 아직 모릅니다.',
    },
    sft: {
      name: '지시 학습',
      about:
        '[[instructionTuning|지시 학습(instruction tuning)]]에서는 지시와 응답의 쌍으로 [[sft|지도 추가 학습]](supervised fine-tuning, SFT)을 합니다. 손실은 응답의 단어에서만 계산합니다.',
    },
    reward: {
      name: '보상 모델',
      about:
        '지시 학습된 모델이 여러 응답을 쓰고 [[labeller|주석자(labeller)]]가 순위를 매기면, [[rewardModel|보상 모델(reward model)]]은 더 선호되는 응답에 높은 점수를 주도록 학습합니다.',
    },
    ppo: {
      name: 'PPO',
      about:
        '강화 학습(reinforcement learning) 알고리즘인 [[ppo|PPO]]로, 더 높은 보상을 받는 응답을 생성하도록 지시 학습된 모델을 추가 학습합니다. [[kl|KL 발산(KL divergence)]]에 매기는 벌점은 모델이 출발점에서 멀어지지 않게 합니다.',
    },
    judge: {
      name: '판정',
      about:
        '어떤 모델도 학습에서 보지 못한 [[goldJudge|기준 판정자(gold judge)]]가 새로운 [[prompt|프롬프트(prompt)]]에 대한 네 모델의 응답을 채점합니다. 응답은 [[temperature|온도(temperature)]] 1로 한 번, [[greedy|탐욕적(greedy)]]으로 한 번 생성합니다.',
    },
    alarm: {
      none: '경보 없음',
      some: (n: string) => `경보 ${n}개`,
      breakIt: '일부러 고장 내기',
    },
    figures: '수치',
    curves: '곡선',
    seconds: '계산 시간',
    tokens: '처리한 토큰',
    flop: '연산량 (FLOP)',
    shippedBase: '페이지에 포함된 모델',
    inTasks: (tasks: string) => `과제 ${tasks}개`,
    noCurves: '이 단계를 학습하면 곡선이 여기에 나타납니다.',
    keyFigure: {
      data: '지시 템플릿',
      base: '손실',
      sft: '정확 일치',
      reward: '정확도',
      rewardLive: '학습 중 정확도',
      ppo: 'SFT 대비 승률',
      ppoLive: '기준 점수',
      judge: '승률, SFT 대비 PPO',
    },
    corpus: '학습하는 글',
    corpusHelp: '말뭉치의 문서 몇 개를 모델이 읽는 그대로 보여 줍니다.',
  },

  charts: {
    step: '스텝',
    show: (title: string, value: string) => `${title}: 현재 ${value}`,
    loss: '손실',
    gradNorm: '기울기 노름(gradient norm)',
    tokenAccuracy: '토큰 정확도(token accuracy)',
    entropy: '엔트로피(entropy)',
    rewardAccuracy: '주석자와 순서가 같은 쌍',
    rewardMargin: '나은 응답과 못한 응답의 점수 차',
    scores: '점수',
    reward: '보상 모델',
    gold: '기준 판정자',
    kl: 'SFT 모델과의 KL',
    clip: '클리핑(clipping) 비율',
    length: '응답의 길이',
    valueLoss: '가치 손실',
  },

  samples: {
    title: '학습 전과 후',
    help: '학습에 쓰지 않는 같은 프롬프트에 학습하는 동안 되풀이하여 답합니다.',
    none: '학습하는 동안 응답이 여기에 나타납니다.',
    at: (step: string) => `${step}스텝 후`,
    prompt: '프롬프트',
    before: '학습 전',
    after: '학습 후',
    expected: (answer: string) => `정답: ${answer}`,
    empty: '단어 없음',
  },

  verdict: {
    correct: '정답',
    wrong: '오답',
    refusal: '모른다고 답함',
    fabrication: '지어냄',
    rude: '무례함',
    polite: '공손함',
    verbose: '장황함',
    unended: '끝맺지 못함',
    gold: (points: string) => `기준 점수 ${points}`,
    goldHelp: '기준 판정자의 점수',
  },

  tasks: {
    qa: '시민에 관한 사실',
    stranger: '낯선 사람에 관한 질문',
    commonsense: '상식',
    sentiment: '감정 분석',
    entailment: '함의',
    reading: '독해',
    korean: '한국어로 번역',
    summary: '요약',
    structure: '구조를 문장으로',
    replace: '단어 바꾸기',
    nth: 'n번째 단어',
    after: '다음 단어',
    reverse: '뒤집기',
    copy: '그대로 쓰기',
    remove: '단어 빼기',
    filter: '골라내기',
    count: '세기',
  },
} satisfies typeof en;
