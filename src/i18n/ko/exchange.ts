import type { exchange as en } from '../en/exchange.ts';

export const exchange = {
  exchange: {
    title: '내보내기와 가져오기',
    help: 'JSONL 형식이며, 한 줄에 하나씩 누가 언제 썼는지와 함께 저장합니다. 파일을 여기에 끌어다 놓아도 됩니다.',
    export: 'JSONL로 내보내기',
    import: '파일 가져와 합치기',
    drop: '놓으면 가져옵니다',
    importing: '읽고 있습니다 …',
    done: '가져온 결과',
    close: '닫기',
    added: '추가됨',
    known: '이미 있음',
    conflicts: 'ID는 같고 내용이 다름',
    refused: '받지 않음',
    conflictsHelp: '둘 다 남겼으며, 덮어쓴 것은 없습니다.',
    conflictOwn: '원래 있던 것',
    conflictOther: '파일에서 온 것',
    where: (file: string, line: string) => `${file}, ${line}번째 줄`,
    more: (n: string) => `… 외 ${n}건`,
    reasons: {
      size: (bytes: string, most: string) => `${bytes}입니다. ${most}까지만 읽습니다.`,
      unreadable: '브라우저가 파일을 읽지 못합니다.',
      nothing: '빈 파일입니다.',
      binary: 'UTF-8 텍스트 파일이 아니어서 읽을 줄이 없습니다. 체크포인트와 zip은 보관함에서 가져올 수 있습니다.',
      world: (world: string) => `다른 세계(${world})에서 쓴 것입니다. 그 세계의 프리셋을 고른 뒤 가져와 주십시오.`,
      unknown: (part: string, words: string) => `${part}: 어휘에 없는 단어가 있습니다(${words}).`,
      long: (part: string, words: string, most: string) =>
        `${part}: 단어가 ${words}개입니다. ${most}개까지 쓸 수 있습니다.`,
      empty: (part: string) => `${part}: 비어 있습니다.`,
      full: (most: string) => `${most}개까지만 둘 수 있어, 이 파일의 여기서부터는 받지 않았습니다.`,
    },
    damaged: (n: string) =>
      `저장된 줄 가운데 ${n}개를 읽을 수 없습니다. 그 줄은 파일에 그대로 남아 있고, 나머지는 모두 여기에 있습니다.`,
    damagedLine: (line: string) => `${line}번째 줄`,
  },
} satisfies typeof en;
