import type { tournament as en } from '../en/tournament.ts';

export const tournament = {
  tournament: {
    title: '여러 체크포인트 비교',
    help: '모두 같은 새 프롬프트에 답하고, [[goldJudge]]가 둘씩 빠짐없이 비교합니다. [[bradleyTerry]](Bradley–Terry) 모형은 모든 승패를 하나의 실력으로 나타냅니다.',
    who: (n: string, most: string) => `참가: ${n}개 (최대 ${most}개)`,
    few: '둘 이상 골라 주십시오.',
    many: (most: string) => `최대 ${most}개까지 참가할 수 있습니다.`,
    prompts: '프롬프트 수',
    temperature: '응답 방식',
    baseForm: '기반 모델의 프롬프트',
    start: '비교하기',
    cancel: '취소',
    progress: (percent: string) => `응답 생성 ${percent}`,
    strengths: '실력',
    strengthsHelp: (prompts: string) =>
      `모두의 평균을 0으로 한 점수이며, 엘로(Elo) 점수처럼 400점 차이가 10 대 1의 승산입니다. 가로선은 프롬프트 ${prompts}개를 200번 다시 뽑아 구한 95 % 구간입니다.`,
    without: (n: string, of: string) =>
      `다시 뽑은 ${of}번 가운데 ${n}번은 한 번도 이기지 못했거나 지지 않은 모델이 있어 유한한 실력이 없었습니다. 구간은 이를 빼고 구했으므로 실제보다 좁습니다.`,
    infinite:
      '한 번도 이기지 못했거나 지지 않은 모델이 있어 유한한 실력이 없습니다. 그 대신 나머지 모델에 대한 평균 승률을 보여 줍니다.',
    means: '나머지에 대한 평균 승률',
    points: (points: string, low: string, high: string) => `${points} (${low} ~ ${high})`,
    wins: '승률표',
    conditions: (prompts: string, how: string) => `프롬프트 ${prompts}개, ${how}`,
    person: '이 쌍들에 대한 나의 블라인드 판정',
    personHelp: '위의 블라인드 판정에서 프롬프트 형식과 온도가 같은 것입니다. 실력 점수에는 들어가지 않습니다.',
    pair: '쌍',
    you: '나',
    gold: '기준 판정자, 전체 프롬프트',
    judged: (rate: string, n: string) => `${rate}, n = ${n}`,
  },
} satisfies typeof en;
