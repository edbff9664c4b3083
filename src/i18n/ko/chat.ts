import type { chat as en } from '../en/chat.ts';

export const chat = {
  chat: {
    title: '대화',
    help: '어느 체크포인트에든 물어보고, 둘을 나란히 비교할 수 있습니다. 작은 세계는 정해진 쉬운 영어 단어만 압니다.',
    checkpoint: '체크포인트',
    compare: '비교 대상',
    nobody: '없음',
    temperature: '온도',
    temperatureHelp: '0이면 항상 가장 확률이 높은 단어를 고릅니다',
    prompt: '프롬프트',
    placeholder: 'where does mia live ?',
    send: '보내기',
    example: '프롬프트 예시',
    unknown: '어휘에 없는 단어:',
    noSuggestion: '비슷한 단어가 없으니 빼 주십시오',
    replace: (word: string, by: string) => `“${word}”을(를) “${by}”(으)로 바꾸기`,
    none: '아직 체크포인트가 없습니다. 먼저 전체 과정을 실행해 주십시오. 기반 모델이 끝나면 첫 체크포인트가 생깁니다.',
    shipped: '포함된 모델',
    seed: (n: number) => `시드 ${n}`,
    thinking: '쓰고 있습니다 …',
    empty: '단어 없음',
    unended: '끝맺지 못함',
    log: '대화 기록',
  },
} satisfies typeof en;
