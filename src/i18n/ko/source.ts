import type { source as en } from '../en/source.ts';

export const source = {
  source: {
    open: '소스',
    title: (curve: string) => `“${curve}”의 소스`,
    lines: (first: string, last: string) => `${first}–${last}행`,
    loading: '파일을 불러오고 있습니다 …',
    failed: '파일을 불러오지 못했습니다. 연결을 확인하고, 닫았다가 다시 열어 주십시오.',
    copy: '파일 복사',
    copied: '복사했습니다',
    notCopied: '브라우저에서 복사를 허용하지 않습니다. 글을 선택하여 직접 복사해 주십시오.',
  },
} satisfies typeof en;
