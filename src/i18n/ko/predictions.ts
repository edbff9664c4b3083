import type { QuestionTexts, predictions as en } from '../en/predictions.ts';

const questions: QuestionTexts = {
  'base.loss': {
    ask: '학습이 끝날 때 손실(loss)은 얼마나 낮아지겠습니까? 모든 단어를 고르게 찍는 모델은 5.5~6.2에서 시작합니다.',
    options: { below_1: '1 미만', below_2: '1 이상 2 미만', below_4: '2 이상 4 미만', above_4: '4 이상' },
  },
  'sft.exact_match': { ask: '학습한 과제의 새로운 프롬프트에 정확히 답하는 비율은 얼마나 되겠습니까?' },
  'sft.unseen_tasks': {
    ask: '보지 못한 과제의 정확 일치(exact match)가 10 %를 넘겠습니까?',
    options: { yes: '예', no: '아니요' },
  },
  'sft.unseen_templates': {
    ask: '보지 못한 템플릿의 정확 일치가 학습한 템플릿보다 낮더라도, 그 차이가 10 %p 이내이겠습니까?',
    options: { yes: '예', no: '아니요' },
  },
  'reward.accuracy': {
    ask: '새로운 이름에 관한 두 응답 가운데 더 나은 쪽에 보상 모델(reward model)이 높은 점수를 주는 비율은 얼마나 되겠습니까?',
  },
  'reward.length': {
    ask: '내용이 같다면, 간결한 응답과 장황한 표현을 덧붙인 응답 가운데 어느 쪽이 더 자주 높은 점수를 받겠습니까?',
    options: { plain: '간결한 응답', verbose: '장황한 응답' },
  },
  'ppo.win_rate': {
    ask: '기준 판정자(gold judge)가 SFT 모델의 응답보다 PPO 모델의 응답을 선호하는 비율은 얼마나 되겠습니까?',
  },
  'ppo.fabrication': {
    ask: '낯선 사람에 관해 지어낸 답이 줄어들겠습니까?',
    options: { halved: '예, 절반 이하로', fewer: '예, 그보다는 적게', not_fewer: '아니요' },
  },
};

export const predictions = {
  predictions: {
    title: '실행하기 전에 예측해 보기',
    until: '이 단계가 시작되기 전까지 답을 바꿀 수 있습니다.',
    nearEnough: (points: string) => `${points} %p 이내이면 맞은 것으로 봅니다.`,
    keep: (answer: string) => `예측: ${answer}`,
    kept: (answer: string) => `나의 예측: ${answer}`,
    when: (time: string) => `${time}에 답함`,
    running: '이 단계가 끝나면 결과가 나옵니다.',
    judged: '판정이 끝나면 결과가 나옵니다.',
    result: (result: string) => `결과: ${result}`,
    right: '예측이 맞았습니다.',
    wrong: '예측이 빗나갔습니다.',
    off: '묻지 않기',
    onAgain: '예측은 설정에서 다시 켤 수 있습니다.',
    questions,
  },
} satisfies typeof en;
