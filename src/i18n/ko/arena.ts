import type { arena as en } from '../en/arena.ts';

export const arena = {
  arena: {
    title: '어느 응답이 더 좋습니까?',
    help: '어떤 기준이든 좋으니 자유롭게 골라 주십시오. 서른 번이면 그 취향을 충분히 가르칠 수 있으며, 모델은 그 [[preference|선호]]에 맞추어 학습합니다.',
    mode: '비교 방식',
    modes: { pairs: '응답 두 개', ranking: '응답 네 개' },
    first: '첫째 응답',
    second: '둘째 응답',
    choose: (key: string) => `이 응답을 선택, ${key} 키`,
    tie: '비슷함',
    bothBad: '둘 다 나쁨',
    allBad: '모두 나쁨',
    undo: '되돌리기',
    said: {
      first: (n: string) => `${n}번째: 첫째 응답이 더 좋음.`,
      second: (n: string) => `${n}번째: 둘째 응답이 더 좋음.`,
      tie: (n: string) => `${n}번째: 비슷함.`,
      both_bad: (n: string) => `${n}번째: 모두 나쁨.`,
      ranking: (n: string) => `${n}번째: 순위를 저장했습니다.`,
      undone: (n: string) => `되돌렸습니다. 저장된 선택은 ${n}개입니다.`,
    },
    why: {
      difference: '여러 응답 가운데 가장 다른 두 개입니다. 가끔 같은 쌍이 다시 나옵니다.',
      reward_model:
        '여러 응답 가운데 [[rewardModel|보상 모델]]이 우열을 가장 확신하지 못하는 두 개입니다. 가끔 같은 쌍이 다시 나옵니다.',
      ranking: '여러 응답 가운데 무작위로 뽑았습니다.',
      undone: '선택을 되돌렸습니다. 다시 골라 주십시오.',
    },
    progress: (n: number, goal: number) => `비교 ${goal}개 중 ${n}개`,
    train: '내 취향으로 학습',
    trainHelp:
      '사람들의 선택을 선호 데이터로 삼아 [[rewardModel|보상 모델]]과 [[ppo|PPO]]를 다시 학습하고, 무엇이 달라졌는지 보여 줍니다.',
    enough: '취향을 가르치기에 충분합니다.',
    needSome: '먼저 응답을 하나 이상 선택해 주십시오.',
    needSft: '지시 학습이 끝나면 열립니다. 응답은 지시 학습된 모델이 씁니다.',
    busy: '지금 진행 중인 실행이 끝나면 학습할 수 있습니다.',
    loading: '모델이 응답을 쓰고 있습니다 …',
    begin: { pairs: '응답 두 개 보기', ranking: '응답 네 개 보기' },
    none: '모델이 계속 같은 응답만 내놓았습니다. 나중에 다시 시도해 주십시오.',
  },

  ranking: {
    label: '응답, 좋은 순서대로',
    help: '좋은 것부터 번호를 누르거나 클릭하십시오. 끌거나 ↑와 ↓로 옮길 수도 있습니다. =는 바로 위와 비슷함, Backspace는 하나 되돌리기, Enter는 저장입니다.',
    place: (rank: string) => `${rank}위`,
    unplaced: '순위 없음',
    answer: (key: string) => `${key}번 응답`,
    tied: (key: string) => `${key}번 응답은 바로 위와 비슷함`,
    up: (key: string) => `${key}번 응답을 위로`,
    down: (key: string) => `${key}번 응답을 아래로`,
    store: '이 순서로 저장',
    placed: (n: string, all: string) => `${all}개 중 ${n}개의 순위를 정했습니다.`,
  },

  labelling: {
    title: '내 선택의 특징',
    consistency: '두 번 모두 같은 선택',
    consistencyHelp:
      '일부 쌍은 좌우를 바꾸어 두 번 나옵니다. 두 번째 선택은 일관성을 재는 데만 쓰고, 보상 모델은 여기서 배우지 않습니다.',
    agreement: '일치도',
    agreementHelp:
      '[[goldJudge|기준 판정자]], 그리고 가끔 실수하는 모의 [[labeller|주석자]]와 얼마나 일치하는지를 각자가 우열을 가린 쌍에서 잽니다. ‘비슷함’은 절반으로 칩니다. 가로선은 [[wilson|95 % 구간]]입니다.',
    goldJudge: '기준 판정자 (실수 없음)',
    of: (share: string, n: string) => `${n}개 중 ${share}`,
    like: (taste: string, share: string) => `지금까지의 선택에 가장 잘 맞는 규칙은 ‘${taste}’입니다(${share}).`,
    none: '선택을 시작하면 여기에서 비교합니다.',
  },

  tastes: {
    gold: { name: '정확하고 정직한 응답', likes: '기준 판정자처럼 정확하고 정직하며 공손하고 짧은 응답을 좋아합니다.' },
    polite: { name: '공손한 응답', likes: '내용과 상관없이 공손한 표현을 좋아합니다.' },
    short: { name: '짧은 응답', likes: '단어가 적은 응답을 좋아합니다.' },
    long: { name: '긴 응답', likes: '단어가 많은 응답을 좋아합니다.' },
    cheerful: { name: '밝은 응답', likes: '공손한 표현과 happy, glad 같은 단어를 좋아합니다.' },
    careless: { name: '무성의한 판단', likes: '기준 판정자와 취향이 같지만 제대로 보지 않습니다.' },
  },

  labelSource: {
    title: '보상 모델이 무엇에서 배웁니까?',
    people: (n: string) => `사람들의 선택 (${n}개)`,
    simulated: '모의 주석자',
    taste: '주석자의 취향',
    peopleHelp: '내 선택과, 파일로 합친 다른 학생들의 선택입니다.',
    nothing: '두 응답의 우열을 가린 선택이 아직 없습니다.',
  },

  tasteChange: {
    title: '무엇이 달라졌습니까?',
    help: '학습에 쓰지 않은 같은 [[prompt|프롬프트]]에 같은 난수로 학습 전과 후에 답한 것입니다.',
    rule: '나의 규칙',
    guessed: (share: string) => `내 선택에 가장 잘 맞는 규칙입니다(${share}).`,
    chosen: '직접 고른 규칙입니다.',
    share: 'SFT의 다른 응답보다 규칙에 더 맞는 비율',
    shareHelp: (n: string) =>
      `프롬프트 ${n}개에서 잽니다. 규칙으로 우열을 가릴 수 없으면 절반으로 치므로, SFT끼리 비교하면 가운데에 가깝습니다. 가로선은 [[wilson|95 % 구간]]입니다.`,
    sft: '학습 전, SFT',
    ppo: '학습 후, PPO',
    interval: (rate: string, low: string, high: string) => `${rate} (${low} – ${high})`,
    figure: {
      gold: '기준 점수의 평균',
      polite: '공손한 응답',
      short: '평균 길이(단어)',
      long: '평균 길이(단어)',
      cheerful: '밝거나 공손한 응답',
    },
    compare: 'SFT와 PPO 비교',
    measuring: '두 모델이 답하고 있습니다 …',
    answers: '응답',
    better: '규칙에 더 맞음',
    same: '규칙으로는 차이 없음',
    more: '응답 더 보기',
  },
} satisfies typeof en;
