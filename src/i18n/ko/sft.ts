import type { sft as en } from '../en/sft.ts';

export const sft = {
  sft: {
    input: '들어가는 것',
    inputHelp:
      '[[demonstration|시연(demonstration)]]은 [[instruction|지시(instruction)]]와 본받을 응답의 쌍입니다. [[template|템플릿(template)]]의 빈칸에 들어간 말에는 밑줄을 그었습니다.',
    faults: {
      wrong: '틀린 답: 작성자의 실수',
      lazy: '말뭉치에 있는데도 모른다고 답함',
      madeUp: '지어낸 답: 아무도 모르는 사람',
      rude: '무례한 답: 일부 작성자의 말투',
    },
    crowd: '모의 작성자들의 시연에는 흠이 있으며, 모델은 그것까지 따라 합니다.',
    replayed: (share: string) =>
      `데이터의 ${share}는 사실을 잊지 않도록 섞은 말뭉치 글입니다([[replay|말뭉치 되풀이(replay)]]).`,
    own: (n: string) => `직접 쓴 시연 ${n}개가 섞여 있습니다.`,
    ownOff: '직접 쓴 시연은 지금 학습에 쓰지 않습니다.',
    ownNone: '“데이터” 단계에서 시연을 직접 써서 더할 수 있습니다.',
    more: '다른 데이터 보기',

    formula: '이 단계의 손실',
    formulaName: '손실',
    formulaHelp:
      'R은 응답의 [[token|토큰(token)]] 전체이며 [[eos|종료 토큰(EOS)]]도 포함합니다. 프롬프트는 읽기만 하고 손실을 계산하지 않습니다.',
    formulaNow: (loss: string, share: string) =>
      `현재 ${loss}내트이며, 와야 할 토큰에 준 확률의 기하 평균은 ${share}입니다.`,
    formulaNone: '학습하는 동안 현재의 손실이 여기에 나타납니다.',

    tokens: '손실을 계산하는 토큰',
    tokensHelp:
      '응답의 토큰마다 아래에 손실 −[[logprob|log p]]를 적었습니다. 색이 짙을수록 모델이 예상하지 못한 토큰입니다.',
    tokensNone: '학습 데이터와 같은 형식의 예입니다. 학습하는 동안 손실이 나타납니다.',
    noLoss: '손실 없음',
    response: '응답',
    replayRow: '말뭉치 글: 모든 토큰에서 손실을 계산',
    sure: '예상함, 0',
    unsure: (loss: string) => `찍는 수준, ${loss}`,
    table: '표로 보기',
    token: '토큰',
    tokenLoss: '−log p',
    probability: 'p',
    row: (n: string) => `${n}번째 데이터`,

    exactMatchChart: '정확 일치: 학습한 과제',
    generalisationChart: '정확 일치: 학습하지 않은 것',
    seenShort: '학습한 템플릿',
    unseenTemplatesShort: '보지 못한 템플릿',
    unseenTasksShort: '보지 못한 과제',
    unseenClustersShort: '보지 못한 과제 유형',
    exactMatchHelp:
      '단어까지 정확히 맞힌 응답의 비율입니다([[exactMatch|정확 일치(exact match)]], [[greedy|탐욕적 생성(greedy decoding)]]). 뒤로 갈수록 학습에서 본 것이 적어 더 어렵습니다([[heldOut|평가 전용(held-out)]]).',
    noneHere: (world: string) =>
      `${world} 세계는 과제가 적어 평가 전용으로 남겨 둔 과제가 없습니다. 보지 못한 과제와 과제 유형은 모델을 “small”로 바꾸면 볼 수 있습니다.`,
    shipped: (preset: string) => `이 단계를 실행하기 전에는 페이지에 포함된 모델(${preset})의 수치를 보여 줍니다.`,
    groups: {
      trained: '학습한 과제',
      trainedHelp: '굵은 막대는 학습한 템플릿, 가는 막대는 보지 못한 템플릿입니다.',
      unseenTasks: '보지 못한 과제',
      unseenTasksHelp:
        '학습 데이터에 없던 과제입니다. 같은 [[taskCluster|과제 유형(task cluster)]]의 다른 과제는 학습했습니다.',
      unseenClusters: '보지 못한 과제 유형',
      unseenClustersHelp: '이 유형의 과제는 하나도 학습하지 않았습니다.',
    },
    byTaskNone: '단계가 끝나면 막대그래프가 나타납니다.',

    exactMatch: '정확 일치 (탐욕적 생성)',
    seen: '학습한 과제와 템플릿',
    unseenTemplates: '보지 못한 템플릿',
    unseenTasks: '보지 못한 과제',
    unseenClusters: '보지 못한 과제 유형',
    prompting: '기반 모델에 프롬프트만 준 경우',
    plain: '지시 학습 형식',
    wrapper: '말뭉치 형식의 틀',
    fewShot: '예시 세 개 다음',
    byTask: '과제별',
    trained: '학습한 템플릿',
    unseen: '보지 못한 템플릿',
  },
} satisfies typeof en;
