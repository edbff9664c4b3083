import type { curves as en } from '../en/curves.ts';

export const curves = {
  curves: {
    toolbar: '곡선 표시 방법',
    x: '가로축',
    axes: { step: '스텝', tokens: '토큰', seconds: '초' },
    at: {
      step: (n: string) => `${n}스텝`,
      tokens: (n: string) => `${n}토큰`,
    },
    stepsOnly: '이 페이지의 이전 버전에서 저장한 곡선이라 스텝만 남아 있습니다.',
    onlySteps: '스텝만 있음',
    smoothing: '평활화(smoothing)',
    smoothed: (name: string) => `${name}, 평활화`,
    measured: (value: string) => `측정값 ${value}`,
    log: '로그 눈금',
    leftOut: (n: string) => `0 이하 ${n}개 제외`,
    compare: '실행 비교',
    looking: '다른 실행을 찾고 있습니다 …',
    nothingToCompare: '이 단계의 곡선이 저장된 다른 실행이 없습니다. 먼저 다른 시드나 프리셋으로 실행해 주십시오.',
    most: (n: number) => `한 번에 최대 ${n}개`,
    runs: '실행',
    cursor: (title: string) => `커서: ${title}`,
    menu: (title: string) => `“${title}” 더 보기`,
    table: '표',
    image: '그림 (PNG)',
    csv: '전체 수치 (CSV)',
    noImage: '브라우저에서 그림을 만들지 못했습니다.',
    everyPoint: (total: string) => `전체 ${total}개 지점`,
    everyNth: (n: string, total: string) =>
      `전체 ${total}개 지점 가운데 ${n}개마다 하나와 마지막 지점 (CSV에는 모두 들어 있음)`,
    all: (n: string) => `모든 지표 (${n}개 더)`,
  },
} satisfies typeof en;
