import type { sft as en } from '../en/sft.ts';

export const sft = {
  sft: {
    exactMatch: '정확 일치율 (탐욕적 생성)',
    seen: '학습한 과제와 템플릿',
    unseenTemplates: '보지 못한 템플릿',
    unseenTasks: '보지 못한 과제',
    unseenClusters: '보지 못한 과제 유형',
    prompting: '기반 모델에 프롬프트만 준 경우',
    plain: '지시 학습 모델과 같은 형식',
    wrapper: '말뭉치의 대화 형식',
    fewShot: '예시 세 개를 먼저 제시',
    byTask: '과제별',
    byTaskHelp: '굵은 막대는 학습한 템플릿, 가는 막대는 보지 못한 템플릿입니다.',
    trained: '학습한 템플릿',
    unseen: '보지 못한 템플릿',
  },
} satisfies typeof en;
