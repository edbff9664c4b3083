import type { configuration as en } from '../en/configuration.ts';
import { knobs } from './knobs.ts';

export const configuration = {
  configuration: {
    title: '설정',
    changed: (n: string) => (n === '0' ? '프리셋 그대로' : `바꾼 설정값 ${n}개`),
    pending: (n: string) => `아직 적용되지 않음 ${n}개`,
    fixed:
      '실행하는 동안에는 모델, 시드, 기반 모델을 바꿀 수 없습니다. 지금까지의 학습이 모두 이 값에 달려 있기 때문입니다. 바꾸려면 실행을 중지해 주십시오. 나중에 이어서 실행할 수 있습니다.',

    presets: '모델과 세계',
    forTests: '동작 확인용',
    parameters: (n: string) => `매개변수 ${n}개`,
    world: (citizens: string, tasks: string) => `시민 ${citizens}명, 과제 ${tasks}개`,
    flop: (n: string) => `${n} FLOP`,
    flopHelp: '현재 설정값으로 전체 과정을 실행할 때 예상되는 연산량입니다.',
    fromShipped: '사전 학습 제외',
    withBase: '사전 학습 포함',
    measured: (time: string) => `이 장치에서 약 ${time} (측정한 속도)`,
    estimated: (time: string, preset: string) => `이 장치에서 약 ${time} (${preset}의 속도로 추정)`,
    minutes: (n: string) => `${n}분`,
    hours: (n: string) => `${n}시간`,
    unmeasured: '이 장치에서는 아직 측정하지 않음',

    seed: '시드',
    seedHelp: '시드가 같으면 실행 결과도 같습니다.',
    seedRange: (most: string) => `0에서 ${most}까지의 정수를 입력해 주십시오.`,
    base: '기반 모델',
    shipped: '포함된 모델',
    trainHere: '직접 학습',
    notShipped: '이 크기의 기반 모델은 포함되어 있지 않아 여기에서 사전 학습합니다.',

    teaching: '먼저 바꾸어 볼 설정값 다섯 가지',
    all: '모든 설정값',
    resetStage: (stage: string) => `${stage} 초기화`,
    resetAll: '모두 초기화',
    reset: (knob: string) => `${knob} 초기화`,
    preset: (value: string) => `프리셋 ${value}`,
    usual: (low: string, high: string) => `보통 ${low}~${high}`,
    on: '켬',
    off: '끔',
    turnOff: (knob: string) => `${knob} 끄기`,
    slider: (knob: string) => `${knob} 슬라이더`,
    invalid: {
      integer: (low: string, high: string) => `${low}에서 ${high}까지의 정수를 입력해 주십시오.`,
      number: (low: string, high: string) => `${low}에서 ${high}까지의 수를 입력해 주십시오.`,
    },
    stays: (value: string) => `값은 ${value} 그대로입니다.`,

    effect: {
      in_force: (stage: string) => `적용됨: ${stage} 단계가 이 값을 씁니다.`,
      next: (stage: string) => `${stage} 단계를 실행할 때 적용됩니다.`,
      again: (stage: string) =>
        `아직 적용되지 않았습니다. ${stage} 단계를 다시 실행할 때 적용되며, 그 뒤의 단계도 다시 실행해야 합니다.`,
      next_run: (value: string) => `아직 적용되지 않았습니다. 진행 중인 실행은 ${value} 값을 그대로 씁니다.`,
      shipped:
        '페이지에 포함된 기반 모델을 쓰고 있어 적용되지 않습니다. 이 값으로 사전 학습하려면 “직접 학습”을 선택해 주십시오.',
    },

    problem: {
      warmup_to_the_end: '워밍업이 끝까지 이어져 학습률이 최댓값에 이르지 못합니다.',
      row_above_step: '말뭉치 글 하나가 이보다 길어, 스텝마다 정한 것보다 많이 읽습니다.',
      batch_above_prompts: '순위가 한 배치보다 적어, 스텝마다 모든 순위를 학습합니다.',
      minibatch_above_rollouts: '롤아웃 수보다 커서, 갱신마다 모든 응답을 학습합니다.',
      mix_without_rows: 'PPO-ptx의 비중은 있으나 말뭉치 글이 없어 아무 효과가 없습니다.',
    },

    copyLink: '링크 복사',
    copied: '복사했습니다. 단계, 모델, 시드, 바꾼 설정값이 담겨 있습니다.',
    copyYourself: '브라우저가 복사를 허용하지 않습니다. 아래 주소를 직접 복사해 주십시오.',
    address: '이 실험의 주소',
    duty: '장치 사용 강도',
    dutyHelp:
      '전체 시간 가운데 학습이 차지하는 비율입니다. 나머지 시간에는 쉬므로 컴퓨터를 계속 쓸 수 있고 덜 뜨거워집니다. 결과는 바뀌지 않고 걸리는 시간만 달라집니다.',
    predict: '단계를 실행하기 전에 예측 묻기',
    knobs,
  },
} satisfies typeof en;
