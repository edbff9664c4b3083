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
    better: { higher: '높을수록 좋음', lower: '낮을수록 좋음', neither: '말투' },
    prompts: (n: string) => `새로운 이름이 나오는 프롬프트 ${n}개, [[temperature|온도]] 1`,
    kl: (nats: string) => `[[sft|SFT]] 모델과의 [[kl|KL]] ${nats}내트`,
    modelsHelp:
      '막대 하나가 모델 하나이며, 프롬프트는 모두 같습니다. [[hallucination]](hallucination)과 [[toxicity]](toxicity)은 줄되 정답까지 줄지는 않아야 합니다. 정답이 줄면 그것이 [[alignmentTax]](alignment tax)입니다.',
    none: '판정이 끝나면 막대그래프가 나타납니다.',
    interval: (rate: string, low: string, high: string) => `${rate} (${low} – ${high})`,
  },
} satisfies typeof en;
