import type { chat as en } from '../en/chat.ts';

export const chat = {
  chat: {
    title: '대화',
    help: '프롬프트(prompt) 하나를 체크포인트(checkpoint) 네 개까지 동시에 보냅니다. 작은 세계의 [[vocabulary|어휘(vocabulary)]]는 정해진 쉬운 영어 단어로만 이루어져 있습니다.',
    oneTurn:
      '이 모델들은 질문 하나에 답하는 것만 학습했습니다. 지금의 프롬프트만 보며, 앞에서 나눈 대화는 보지 못합니다.',
    checkpoints: '응답할 체크포인트',
    checkpoint: (n: number) => `체크포인트 ${n}`,
    add: '하나 더 추가',
    remove: (name: string) => `${name} 빼기`,
    continues: '글을 이어 씀',

    prompt: '프롬프트',
    placeholder: 'where does mia live ?',
    completions: '이어질 수 있는 단어',
    completionsFound: (n: number) => `단어 ${n}개가 있습니다. 화살표 키로 고르고 Tab 키로 넣습니다`,
    send: '보내기',
    stop: '응답 중지',
    example: '프롬프트 예시',
    unknownToSome: '선택한 모델 모두가 아는 단어가 아닙니다:',
    tooLong: (count: string, most: string) =>
      `프롬프트가 ${count}단어입니다. ${most}단어를 넘으면 응답을 쓸 자리가 없습니다.`,

    sampling: '샘플링(sampling)',
    temperature: '온도(temperature)',
    temperatureHelp: '0이면 항상 확률이 가장 높은 단어를 고르고, 높을수록 뜻밖의 응답이 나옵니다',
    topP: '상위 p(top-p)',
    topPHelp: '확률이 높은 단어부터 더하여 이 비율이 될 때까지만 후보로 남깁니다. 1이면 모두 후보입니다',
    seedField: '시드',
    seedHelp: '모든 체크포인트에 같은 난수를 쓰므로, 응답의 차이는 오직 모델에서 생깁니다',
    again: '다른 응답 보기',
    againHelp: '같은 프롬프트를 다음 시드로 보냅니다',

    log: '대화 기록',
    clear: '지우기',
    copy: '복사',
    copied: '복사했습니다',
    notCopied: '복사하지 못했습니다',
    settings: (temperature: string, topP: string, seed: number) => `T ${temperature} · top-p ${topP} · 시드 ${seed}`,
    legend:
      '단어 밑의 줄이 굵을수록 확률이 낮았던 단어입니다. 단어를 가리키거나 누르면 대신 나올 수 있었던 단어가 보입니다.',
    likely: '높은 확률',
    unlikely: '낮은 확률',
    answerOf: (name: string) => `${name}의 응답`,
    next: (n: number) => `${n}번째 단어로 나올 수 있었던 것`,
    taken: '선택됨',
    rest: '나머지 전부',
    end: '끝',
    endHelp: '응답의 끝',
    tokenLabel: (text: string, share: string) => `${text}, ${share}`,
    said: (name: string, text: string) => `${name}: ${text}`,

    starting: '계산 장치를 여는 중 …',
    noDevice: '계산할 장치가 없어 질문할 수 없습니다.',
    none: '아직 체크포인트가 없습니다. 먼저 전체 과정을 실행해 주십시오. 기반 모델이 끝나면 첫 체크포인트가 생깁니다.',
    nothingYet: '아직 보낸 프롬프트가 없습니다. 예시를 쓰거나 직접 써 주십시오.',
    loading: '체크포인트를 불러오는 중 …',
    writing: '쓰는 중 …',
    empty: '단어 없음',
    full: '끝맺지 못하고 응답의 최대 길이에서 잘렸습니다.',
    stopped: '중지됨',
    failed: '이 체크포인트는 응답하지 못했습니다.',
    failedDevice:
      '응답하는 도중에 계산 장치와의 연결이 끊어졌습니다. 프롬프트를 다시 보내고, 그래도 안 되면 페이지를 새로 고쳐 주십시오.',
    failedStorage: '체크포인트를 읽을 수 없습니다.',
    failedMemory:
      '그래픽 메모리가 가득 찼습니다. 동시에 보내는 체크포인트를 줄이거나, 실행이 끝날 때까지 기다려 주십시오.',
  },
} satisfies typeof en;
