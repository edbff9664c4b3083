import type { archive as en } from '../en/archive.ts';

export const archive = {
  archive: {
    save: '전체를 zip으로 저장 …',
    saveHelp: '실행, 라벨, 체크포인트를 한 파일에 담습니다. 전부 또는 일부를 백업하거나 다른 컴퓨터로 옮길 때 씁니다.',
    saveFamily: '조상까지 함께 내보내기 …',
    kinds: {
      checkpoint: '체크포인트',
      label: '사람이 남긴 라벨: 선호, 시연, 블라인드 판정',
      record: '보고서, 곡선, 응답 예시, 기록',
      autosave: '끝나지 않은 단계의 자동 저장본',
      deleted: '최근에 삭제한 것',
    },
    demonstrations: '시연',
    files: (n: string) => `파일 ${n}개`,
    cancel: '취소',
    close: '닫기',
    progress: (done: string, of: string) => `${of} 가운데 ${done}`,
    progressLabel: '진행 상황',

    export: {
      title: 'zip으로 저장',
      familyTitle: '체크포인트를 조상까지 함께 저장',
      about:
        '모든 파일을 저장된 그대로, 바이트 하나 바꾸지 않고 담습니다(safetensors, JSON, JSONL). 압축을 풀어 파일을 쓰거나 다른 브라우저에서 zip을 가져올 수 있습니다.',
      nothing: '아직 저장된 것이 없습니다.',
      kinds: '담을 내용',
      runs: '담을 실행',
      settings: '내 설정: 이름, 언어, 화면 모드, 켜 둔 기능',
      shippedToo: '페이지에 포함된 조상은 담지 않습니다. 이 페이지가 있는 곳이면 어디에나 있기 때문입니다.',
      total: (files: string, size: string) => `${files}, ${size}`,
      tooMuch: (size: string) =>
        `zip 하나에는 ${size}까지 담을 수 있습니다. 일부를 빼고 다른 zip에 따로 저장해 주십시오.`,
      button: '저장',
      packing: '담고 있습니다 …',
      done: (files: string) => `${files}를 저장했습니다.`,
      left: '다음 파일은 읽을 수 없어 zip에 담지 못했습니다. 파일은 있는 그대로 두었습니다.',
      failed: 'zip을 만들지 못했습니다. 저장된 내용은 그대로입니다.',
    },

    import: {
      title: (file: string) => `${file}에서 가져오기`,
      reading: '모든 바이트를 검사하고 있습니다. 아직 저장한 것은 없습니다.',
      refused: '이 파일을 가져오지 않았습니다. 저장한 것은 없으며, 여기 있던 것은 그대로입니다.',
      stopped: '모두 저장하지는 못했습니다. 여기 있던 것은 그대로이며, 아래의 실행은 각각 온전히 저장되었습니다.',
      cancelled:
        '취소했습니다. 아래의 실행은 온전히 저장되었습니다. 저장하던 실행은 온전히 저장되었거나 전혀 저장되지 않았으며, 나머지는 아무것도 저장하지 않았습니다.',
      made: (date: string) => `${date}에 저장한 파일입니다.`,
      known: '담긴 것이 모두 이미 여기에 있습니다. 더 할 일이 없습니다.',
      empty: '담긴 파일이 없습니다.',
      state: {
        same: '이미 있음',
        fresh: '새로운 실행',
        adds: (files: string) => `여기 있는 것에 ${files}를 더함`,
        differ: '같은 이름에 내용이 다른 실행이 여기에 있음',
        labels: '사람이 남긴 라벨이 여기 있는 것과 다름',
      },
      choice: (run: string) => `${run} 처리 방법`,
      choices: {
        take: '가져오기',
        merge: '라벨 합치기(덮어쓰지 않음)',
        beside: '둘 다 두기: 여기 있는 실행 옆에 따로 저장',
        replace: '이 실행으로 바꾸고, 여기 있던 실행은 옆에 보관',
        labels: '사람이 남긴 라벨만 합치기',
        skip: '가져오지 않기',
      },
      replaceHelp:
        '페이지는 small-0처럼 본래 이름을 가진 실행을 이어서 진행합니다. 옆에 보관한 실행은 온전히 남으며, 보관함에서 다시 제자리로 옮길 수 있습니다.',
      settings: (names: string) => `여기에 정해 두지 않은 설정도 가져오기: ${names}`,
      settingsLater: '설정은 페이지를 다음에 열 때 적용됩니다.',
      button: '가져오기',
      taking: '실행을 하나씩 저장하고 있습니다. 각 실행은 온전히 저장되거나 전혀 저장되지 않습니다.',
      done: '끝났습니다. 덮어쓴 것은 없습니다.',
      taken: (run: string, files: string) => `${run}: ${files} 저장`,
      takenTo: (run: string, to: string, files: string) => `${run}: ${to} 이름으로 ${files} 저장`,
      movedAside: (aside: string) => `, 여기 있던 실행은 ${aside} 이름으로 보관`,
      merged: (added: string, conflicts: string) => `, 라벨 ${added}개 추가, ${conflicts}개는 다른 것과 나란히 둠`,
      leftLabels: (n: string) => `, 읽을 수 없거나 자리가 없는 라벨 ${n}개 제외`,
    },

    aside: {
      title: '옆에 보관한 실행',
      about:
        '페이지는 small-0처럼 본래 이름을 가진 실행을 이어서 진행합니다. 다음 실행은 그 옆에 온전히 보관되어 있습니다.',
      line: (aside: string, files: string, size: string) => `${aside}: ${files}, ${size}`,
      exchange: (run: string) => `${run} 자리로 옮기기`,
      exchangeNamed: (aside: string, run: string) => `${aside} 실행을 ${run} 자리로 옮기기`,
      done: (aside: string, run: string) =>
        `이제 ${aside} 실행이 ${run} 자리에 있습니다. 그 자리에 있던 실행은 옆에 보관했습니다.`,
    },
    settingNames: {
      author: '이름',
      demonstrations: '시연 사용',
      gloss: '한국어 풀이',
      language: '언어',
      predict: '예측',
      theme: '화면 모드',
    },
  },
} satisfies typeof en;
