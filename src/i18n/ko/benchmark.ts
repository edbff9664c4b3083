import type { benchmark as en } from '../en/benchmark.ts';

export const benchmark = {
  benchmark: {
    title: '이 장치의 성능 측정',
    about:
      '이 페이지가 그래픽 카드에서 얼마나 빨리 학습하고 생성하는지 측정합니다. 같은 모델과 같은 데이터로 기본 TensorFlow.js(기본 tfjs)와 번갈아 실행하여 비교합니다.',
    harmless: '실행 결과와 체크포인트는 그대로 유지됩니다.',
    start: '측정 시작',
    again: '다시 측정',
    stop: '측정 중지',
    download: 'JSON으로 내려받기',
    adapter: '어댑터',
    progress: '성능 측정 진행률',
    busy: '지금 진행 중인 실행이 있어, 함께 계산하면 서로 느려집니다. 먼저 실행을 중지해 주십시오. 나중에 이어서 실행할 수 있습니다.',
    interrupted: '실행이 시작되어 측정을 끝냈습니다.',
    done: '성능 측정을 마쳤습니다.',
    failed: '성능을 측정하지 못했습니다.',
    software: '소프트웨어 어댑터이므로 계산은 CPU가 맡습니다. 이 수치로는 그래픽 카드의 성능을 알 수 없습니다.',
    missing: {
      insecure_origin:
        '브라우저는 https:// 또는 localhost로 시작하는 주소에서만 WebGPU를 제공하므로 측정할 수 없습니다. 그러한 주소로 페이지를 열어 주십시오.',
      no_webgpu:
        '이 브라우저에는 WebGPU가 없어 측정할 수 없습니다. 최신 Chrome, Edge, Safari, Firefox에서는 사용할 수 있습니다.',
      no_adapter: 'WebGPU가 그래픽 카드를 찾지 못해 측정할 수 없습니다. 브라우저의 하드웨어 가속을 켜 주십시오.',
    },
    task: {
      open: '장치 여는 중',
      products: '행렬 곱셈 측정 중',
      'first steps': '예열 중',
      steps: '학습 스텝 측정 중',
      rollouts: '롤아웃 측정 중',
    },
    of: (preset: string, task: string) => `${preset}: ${task}`,
    preset: '모델',
    tokens: '토큰/초',
    training: '학습',
    rollouts: '롤아웃(rollout)',
    products: '연산',
    ratio: '기본 tfjs 대비',
    peak: '최고 속도 대비',
    trainingMeans: '사전 학습에서 모델이 1초에 학습하는 토큰의 수입니다.',
    rolloutsMean: 'PPO에서처럼 응답 32개를 한꺼번에 생성할 때, 모델이 1초에 생성하는 토큰의 수입니다.',
    ratioMeans: '같은 장치에서 같은 작업을 할 때 기본 TensorFlow.js보다 몇 배 빠른지를 나타냅니다.',
    productsMean: '학습 스텝의 행렬 곱셈에서 1초에 수행하는 산술 연산의 수이며, 단위는 10억 번입니다.',
    peakMeans: '이 페이지가 이 장치에서 가장 빠르게 계산한 큰 행렬 곱셈과 비교한 비율입니다.',
    best: (gflops: string) => `그 최고 속도는 ${gflops} GFLOP/s입니다.`,
  },
} satisfies typeof en;
