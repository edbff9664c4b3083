import type { frame as en } from '../en/frame.ts';

export const frame = {
  lead: '작은 트랜스포머가 지시를 따르고 사람의 선호에 맞추는 법을 바로 이 탭에서 실제로 학습합니다.',

  skip: '단계로 건너뛰기',

  language: '언어',

  gloss: '한국어 풀이',
  checkpointName: {
    shipped: '포함된 모델',
    seed: (n: number) => `시드 ${n}`,
  },
  rooms: {
    label: '단계 외 화면',
    chat: '대화',
    library: '보관함',
    benchmark: '성능 측정',
    glossary: '용어집',
    present: '발표 화면',
    leave: '발표 끝내기',
  },

  welcome: {
    title: '지금 이 자리에서 언어 모델을 정렬(alignment)해 봅니다.',
    lead: '작은 트랜스포머가 먼저 지시를 따르는 법을, 이어서 사람이 더 선호하는 응답을 하는 법을 배웁니다. FLAN과 InstructGPT의 방법 그대로 이 컴퓨터에서 실제로 학습합니다.',
    start: '학습 시작',
    then: '페이지에 포함된 기반 모델(base model)에서 지시 학습(instruction tuning)을 바로 시작합니다. 몇 초 안에 곡선이 움직입니다.',
    look: '먼저 둘러보기',
  },

  storageUsed: (size: string) => `저장 용량 ${size}`,

  theme: { label: '화면 모드', system: '시스템', light: '밝게', dark: '어둡게' },

  device: {
    benchmark: '이 장치의 성능 측정',
    label: '계산 장치',
    opening: '가장 빠른 계산 방법을 찾고 있습니다 …',
    failed: '계산할 장치가 없습니다.',
    on: { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: '순수 JavaScript' },
    short: { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'JavaScript' },
    slower: (name: string) => `${name}, 느림`,
    runsOn: (name: string, adapter: string) => `${name}로 계산합니다: ${adapter}.`,
    memory: (used: string, buffers: string, budget: string) =>
      `그래픽 메모리 사용량: ${used} (최대 ${budget}), 버퍼 ${buffers}개.`,
    tensors: (used: string, n: string) => `메모리 사용량: ${used}, 텐서 ${n}개.`,
    why: {
      webgpu: '그래픽 카드가 계산을 맡습니다.',
      chosen: '이 페이지의 주소에서 지정한 방식입니다.',
      no_webgpu:
        '이 브라우저에는 WebGPU가 없어 속도가 느립니다. 최신 Chrome, Edge, Safari, Firefox에서는 사용할 수 있습니다.',
      insecure_origin:
        '브라우저는 https:// 또는 localhost로 시작하는 주소에서만 WebGPU를 제공하므로 속도가 느립니다. 그러한 주소로 페이지를 열어 주십시오.',
      no_adapter: 'WebGPU가 그래픽 카드를 찾지 못해 속도가 느립니다. 브라우저의 하드웨어 가속을 켜 주십시오.',
      software_adapter: 'WebGPU에 소프트웨어 어댑터만 있어, 더 빠른 WebAssembly를 사용합니다.',
      device_failed:
        '그래픽 카드를 사용할 수 없습니다. 그래픽 카드를 쓰는 다른 페이지를 닫고 이 페이지를 새로 고쳐 주십시오.',
      no_wasm:
        'WebAssembly가 시작되지 않아 속도가 매우 느립니다. 페이지를 새로 고치거나 최신 브라우저를 사용해 주십시오.',
      self_test_failed: '그래픽 카드가 자체 검사에서 잘못된 값을 계산했습니다. 드라이버를 업데이트해 주십시오.',
    },
  },

  presets: {
    nano: 'nano · 동작 확인용, 몇 초',
    micro: 'micro · 시민 12명, 과제 5개',
    small: 'small · 시민 48명, 과제 17개',
    medium: 'medium · 더 큰 모델, 그래픽 카드 필요',
  },

  keys: {
    title: '단축키',
    close: '닫기',
    run: '실행 또는 일시 정지',
    step: '한 스텝',
    move: '이전 단계, 다음 단계',
    configure: '설정',
    glossary: '용어집',
    present: '발표 화면',
    help: '이 목록',
    first: '응답 비교: 첫째 선택',
    second: '응답 비교: 둘째 선택',
    tie: '응답 비교: 비슷함',
    bad: '응답 비교: 모두 나쁨',
    undo: '응답 비교: 되돌리기',
    rank: '응답 네 개: 다음으로 좋은 것',
    tied: '응답 네 개: 앞의 것과 비슷함',
    store: '응답 네 개: 순서 저장',
    space: '스페이스',
  },

  live: {
    started: (stage: string) => `${stage} 단계를 시작했습니다.`,
    done: (stage: string) => `${stage} 단계를 마쳤습니다.`,
    failed: (stage: string) => `${stage} 단계에서 실패했습니다.`,
    paused: '일시 정지했습니다.',
    running: '실행하고 있습니다.',
    stopped: '중지했습니다. 끝나지 않은 부분은 저장되어 있습니다.',
    finished: '모든 단계를 마쳤습니다.',
    alarm: (stage: string, what: string) => `${stage} 단계 경보: ${what}.`,
  },

  units: {
    seconds: (n: string) => `${n}초`,
    minutes: (m: string, s: string) => `${m}분 ${s}초`,
    nats: '내트',
    times: (n: string) => `${n}배`,
  },
} satisfies typeof en;
