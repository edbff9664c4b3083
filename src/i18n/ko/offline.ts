import type { offline as en } from '../en/offline.ts';

export const offline = {
  offline: {
    title: '오프라인 사용',
    state: {
      storing: '네트워크 없이도 쓸 수 있도록 페이지를 저장하는 중입니다 …',
      ready: '준비되었습니다. 페이지와 연산 엔진, 모델이 이 브라우저에 저장되어 네트워크 없이도 작동합니다.',
      failed: '페이지를 저장하지 못해 네트워크가 필요합니다. 다음에 방문하실 때 다시 시도합니다.',
      missing:
        '네트워크가 필요합니다. 브라우저는 https:// 주소나 localhost에서 연 페이지만 저장하며, 비공개 창에서는 저장하지 않습니다.',
    },
    install: '앱으로 설치',
    update: {
      title: '새 버전이 준비되었습니다',
      about:
        '이 페이지의 모든 탭이 새 버전으로 다시 열립니다. 실행 기록과 저장된 내용은 모두 그대로 남지만, 열려 있는 대화는 처음부터 다시 시작합니다.',
      waits: {
        'this tab': '이 탭에서 실행이 진행 중입니다. 새 버전은 실행이 끝나거나 중지될 때까지 기다립니다.',
        'another tab': '다른 탭에서 실행이 진행 중입니다. 새 버전은 실행이 끝나거나 중지될 때까지 기다립니다.',
      },
      update: '업데이트하고 다시 열기',
      later: '나중에',
    },
  },
} satisfies typeof en;
