import type { judge as en } from '../en/judge.ts';

export const judge = {
  judge: {
    winRates: '승률',
    winHelp:
      '[[goldJudge]]가 앞의 모델을 선호한 프롬프트의 비율([[winRate]], win rate)이며, 비기면 절반으로 셉니다. 가로선은 [[wilson|95 % 구간]]입니다.',
    ppo_over_sft: 'SFT 대비 PPO',
    sft_over_base_prompted: '기반 모델(프롬프팅) 대비 SFT',
    models: { base: '기반 모델', base_prompted: '기반 모델(프롬프팅)', sft: 'SFT', ppo: 'PPO' },
    gold: '기준 점수',
    accuracy: '정답 비율',
    fabrication: '낯선 사람에 관해 지어냄',
    refusal_known: '아는 것을 모른다고 답함',
    rude: '무례함',
    verbose: '장황함',
    polite: '공손함',
    response_length: '응답 길이(단어)',
    better: { higher: '높을수록 좋음', lower: '낮을수록 좋음', neither: '말투' },
    prompts: (n: string) => `새로운 이름이 나오는 프롬프트 ${n}개, [[temperature|온도]] 1`,
    kl: (nats: string) => `[[sft|SFT]] 모델과의 [[kl|KL]] ${nats}내트`,
    modelsTitle: '모델별 수치',
    modelsHelp:
      '막대 하나가 모델 하나이며, 프롬프트는 모두 같습니다. [[hallucination]](hallucination)과 [[toxicity]](toxicity)은 줄되 정답까지 줄지는 않아야 합니다. 정답이 줄면 그것이 [[alignmentTax]](alignment tax)입니다.',
    modelsThin: '굵은 막대와 앞의 수치는 T = 1, 가는 막대와 뒤의 수치는 [[greedy|탐욕적 생성]]입니다.',
    two: (sampled: string, greedy: string) => `${sampled} / ${greedy}`,
    none: '판정이 끝나면 막대그래프가 나타납니다.',
    earlier:
      '이 실행은 이 페이지의 이전 버전에서 판정했습니다. 그때는 재지 않은 수치가 있으며, 판정을 다시 실행하면 나타납니다.',
    interval: (rate: string, low: string, high: string) => `${rate} (${low} – ${high})`,
    sampled: 'T = 1',
    greedy: '탐욕적 생성',
    menu: '판정의 모든 수치',

    figure: {
      title: 'SFT 대비 승률',
      help: 'InstructGPT의 그림 1과 같은 배치입니다. [[goldJudge]]가 [[sft|SFT]] 모델의 응답보다 각 모델의 응답을 선호한 비율이며, 비기면 절반으로 셉니다. 따라서 SFT 자신은 절반에 그은 선입니다. 세로선은 [[wilson|95 % 구간]]입니다.',
      axis: { base: '기반\n모델', base_prompted: '기반 모델\n(프롬프팅)', sft: 'SFT', ppo: 'PPO' },
      half: 'SFT: 절반',
      point: (model: string, temperature: string, rate: string) => `${model}, ${temperature}: ${rate}`,
      paper:
        '논문에 실린 결과(사람이 평가): InstructGPT의 응답은 GPT-3의 응답보다 85 ± 3 %, 예시를 준(few-shot) GPT-3의 응답보다 71 ± 4 % 선호되었고, 순서는 GPT < 프롬프팅 < SFT < PPO였습니다.',
      model: '모델',
    },
    pairs: {
      title: '모든 모델의 맞대결',
      help: '행의 모델이 열의 모델을 이긴 비율이며, 비기면 절반으로 셉니다.',
      caption: (temperature: string) => `열 대비 행, ${temperature}`,
      over: (row: string, column: string, rate: string) => `${column} 대비 ${row}: ${rate}`,
    },
    changes: {
      title: 'PPO 전과 후',
      help: '같은 프롬프트에 대한 SFT와 PPO의 수치이므로 95 % 구간은 짝지은(paired) 구간입니다. 비율은 뉴콤(Newcombe)의 방법, 길이는 평균 차이 ± 표준 오차의 1.96배, 혼란도는 손실의 척도에서 같은 방법으로 구합니다. 구간 전체가 0을 벗어나면 차이가 있다고 말합니다.',
      figure: '수치',
      fromTo: (from: string, to: string) => `${from} → ${to}`,
      points: (change: string, low: string, high: string) => `${change} %p (${low} ~ ${high})`,
      words: (change: string, low: string, high: string) => `${change}단어 (${low} ~ ${high})`,
      factor: (factor: string, low: string, high: string) => `${factor}배 (${low} – ${high})`,
      better: '좋아짐',
      worse: '나빠짐',
      more: '늘어남',
      less: '줄어듦',
      unclear: '뚜렷한 차이 없음',
      perplexity: '말뭉치 혼란도',
      perplexityHelp: (documents: string, base: string) =>
        `어떤 학습에서도 뽑지 않은 [[corpus|말뭉치]] 문서 ${documents}개에 대한 [[perplexity|혼란도]]이며, 기반 모델의 혼란도는 ${base}입니다. SFT와 PPO도 각자의 데이터와 함께 말뭉치를 계속 읽습니다.`,
    },
  },
} satisfies typeof en;
