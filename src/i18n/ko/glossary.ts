import type { glossary as en } from '../en/glossary.ts';

export const glossary = {
  glossary: {
    title: '용어집',
    search: '용어 찾기',
    count: (n: string) => `용어 ${n}개`,
    none: '이 말이 들어간 용어가 없습니다.',
    terms: {
      languageModel: {
        name: '언어 모델',
        other: 'language model',
        line: '앞의 토큰들이 주어졌을 때 다음에 올 토큰마다 확률을 매기는 모델입니다. 여기서는 작은 GPT-2입니다.',
      },
      token: {
        name: '토큰',
        other: 'token',
        line: '모델이 읽고 쓰는 단위입니다. 여기서는 단어와 문장 부호가 하나하나 토큰입니다.',
      },
      vocabulary: {
        name: '어휘',
        other: 'vocabulary',
        line: '토큰 V개 전체의 목록입니다. 닫혀 있어서, 여기에 없는 단어는 모델이 읽을 수도 쓸 수도 없습니다.',
      },
      corpus: {
        name: '말뭉치',
        other: 'corpus',
        line: '기반 모델을 사전 학습하는 글입니다. 작은 세계의 사실, 대화, 이야기, 목록으로 이루어져 있습니다.',
      },
      pretraining: {
        name: '사전 학습',
        other: 'pretraining',
        line: '무작위 가중치에서 출발하여 말뭉치의 모든 다음 토큰을 예측하도록 하는 학습입니다.',
      },
      baseModel: {
        name: '기반 모델',
        other: 'base model',
        line: '사전 학습만 마친 모델(파운데이션 모델)입니다. 글을 이어 쓸 뿐, 지시를 따르지는 않습니다.',
      },
      loss: {
        name: '교차 엔트로피 손실',
        other: 'cross-entropy loss',
        line: '실제로 와야 할 토큰의 −log p를 평균한 값(내트)입니다. 모두 확신하여 맞히면 0입니다.',
      },
      perplexity: {
        name: '혼란도',
        other: 'perplexity',
        line: 'e를 손실만큼 거듭제곱한 값입니다. 토큰 그만큼을 두고 아무것이나 찍는 것과 같은 정도로 망설인다는 뜻입니다.',
      },
      logprob: {
        name: '로그 확률',
        other: 'log-probability',
        line: '모델이 토큰에 준 확률의 로그입니다. 응답 전체의 로그 확률은 토큰별 로그 확률의 합입니다.',
      },
      entropy: {
        name: '엔트로피',
        other: 'entropy',
        line: '다음 토큰을 두고 모델이 얼마나 망설이는지를 나타냅니다(내트). 확신하면 0, 확률이 모두 같으면 log V입니다.',
      },
      emergence: {
        name: '창발성',
        other: 'emergence',
        line: '작은 모델에는 없다가 큰 모델에서 나타나는 능력입니다. 보지 못한 지시를 따르는 것도 그 하나로 꼽힙니다.',
      },
      prompt: {
        name: '프롬프트',
        other: 'prompt',
        line: '모델에 주는 글입니다. 모델은 그 뒤를 이어 씁니다.',
      },
      zeroShot: {
        name: '제로샷',
        other: 'zero-shot, 0-shot',
        line: '프롬프트에 예시를 하나도 넣지 않고 묻는 방법입니다.',
      },
      fewShot: {
        name: '퓨샷',
        other: 'few-shot',
        line: '질문과 답의 예시 몇 개를 프롬프트 앞부분에 넣고 묻는 방법입니다. 가중치는 바뀌지 않습니다. 여기서는 세 개를 넣습니다.',
      },
      wrapper: {
        name: '말뭉치 형식의 틀',
        other: 'corpus-style wrapper',
        line: '질문을 말뭉치에 나오는 꼴인 “tom asked : … anna answered :” 안에 넣어, 답이 나올 차례로 만드는 틀입니다.',
      },
      greedy: {
        name: '탐욕적 생성',
        other: 'greedy decoding',
        line: '매번 확률이 가장 높은 토큰을 쓰는 방법입니다. 언제나 같은 응답이 나옵니다.',
      },
      temperature: {
        name: '온도',
        other: 'temperature',
        line: '토큰을 뽑기 전에 로짓을 나누는 수입니다. 1보다 낮으면 확률이 높은 토큰이, 1보다 높으면 낮은 토큰이 더 나오며, 0은 탐욕적 생성입니다.',
      },
      topP: {
        name: '상위 p 샘플링',
        other: 'top-p sampling',
        line: '확률이 높은 토큰부터 합이 p가 될 때까지 모아, 그 안에서만 뽑는 방법입니다.',
      },
      eos: {
        name: '종료 토큰',
        other: 'end-of-sequence token, EOS',
        line: '응답의 끝을 알리는 토큰입니다. 이것을 쓰는 법을 배우지 못한 모델은 스스로 멈추지 못합니다.',
      },
      hallucination: {
        name: '지어낸 답',
        other: 'hallucination',
        line: '근거 없이 만들어 낸 답(환각)입니다. 여기서는 낯선 사람에 관한 질문에 “i do not know” 말고 다른 답을 한 경우입니다.',
      },

      alignment: {
        name: '정렬',
        other: 'alignment',
        line: '모델의 출력이 사용자의 의도와 가치를 반영하도록 하는 것입니다.',
      },
      instructionTuning: {
        name: '지시 학습',
        other: 'instruction tuning',
        line: '여러 과제를 지시의 꼴로 바꾸어 추가 학습함으로써, 보지 못한 지시도 따르게 하는 학습입니다.',
      },
      sft: {
        name: '지도 추가 학습',
        other: 'supervised fine-tuning, SFT',
        line: '사전 학습된 모델이 주어진 입력에 대해 정해진 출력을 따라 하도록 더 학습하는 것입니다. 1단계의 방법입니다.',
      },
      instruction: {
        name: '지시',
        other: 'instruction',
        line: '과제를 말로 나타낸 것입니다. 예: “please tell me , where does tom live ?”',
      },
      response: {
        name: '응답',
        other: 'response',
        line: '프롬프트 뒤에 모델이 쓰는 글로, 종료 토큰에서 끝납니다.',
      },
      demonstration: {
        name: '시연',
        other: 'demonstration',
        line: '모델이 따라 하도록 사람이 프롬프트에 붙여 쓴 본보기 응답입니다. 여기서는 실수도 하는 모의 작성자들이나 여러분이 씁니다.',
      },
      template: {
        name: '템플릿',
        other: 'template',
        line: '빈칸이 있는 지시문입니다. 과제마다 여러 개를 두어 학습 데이터를 다양하게 합니다.',
      },
      taskCluster: {
        name: '과제 유형',
        other: 'task cluster',
        line: '비슷한 과제의 묶음입니다(FLAN). 정말 새로운 과제에서의 성능을 재려고 과제 유형 전체를 학습에서 제외합니다.',
      },
      unseenTask: {
        name: '보지 못한 과제',
        other: 'unseen task',
        line: '학습 데이터에 한 번도 나오지 않은 과제입니다. 이것을 해내는 것이 지시 학습의 목표입니다.',
      },
      heldOut: {
        name: '평가 전용',
        other: 'held-out',
        line: '평가에만 쓰려고 학습에서 제외한 것을 말합니다. 이름, 프롬프트, 템플릿, 과제, 과제 유형 가운데 일부를 제외합니다.',
      },
      exactMatch: {
        name: '정확 일치',
        other: 'exact match',
        line: '정답과 단어까지 똑같은 응답의 비율입니다. 말투를 꾸미는 문구는 빼고 비교합니다.',
      },
      tokenAccuracy: {
        name: '토큰 정확도',
        other: 'token accuracy',
        line: '손실을 계산하는 토큰 가운데 모델이 가장 높은 확률을 준 토큰의 비율입니다.',
      },
      replay: {
        name: '말뭉치 되풀이',
        other: 'replay',
        line: '추가 학습을 하면서 사실을 잊지 않도록 시연 사이에 말뭉치 글을 섞는 것입니다.',
      },

      learningRate: {
        name: '학습률',
        other: 'learning rate',
        line: '한 스텝에 가중치를 얼마나 움직일지 정하는 값입니다. 너무 작으면 느리고, 너무 크면 발산합니다.',
      },
      warmup: {
        name: '워밍업',
        other: 'warm-up',
        line: '처음에 학습률을 서서히 올리는 구간입니다. 여기서는 그 뒤에 코사인 곡선을 따라 내려갑니다.',
      },
      adamw: {
        name: 'AdamW',
        other: 'AdamW, 아담W',
        line: '최적화 알고리즘입니다. 최근 기울기에 맞추어 가중치마다 걸음을 조절하고, 가중치 감쇠는 따로 적용합니다.',
      },
      gradNorm: {
        name: '기울기 노름',
        other: 'gradient norm',
        line: '전체 가중치에 대한 기울기의 길이입니다. 한계(여기서는 1)를 넘으면 한계까지 줄여서 갱신합니다.',
      },
      batch: {
        name: '배치',
        other: 'batch',
        line: '한 스텝에서 함께 학습하는 데이터의 묶음입니다.',
      },
      seed: {
        name: '시드',
        other: 'seed',
        line: '모든 무작위 추출이 시작되는 수입니다. 같은 장치에서 시드가 같으면 실행 결과도 같습니다.',
      },
      checkpoint: {
        name: '체크포인트',
        other: 'checkpoint',
        line: '한 단계가 끝났을 때 저장한 모델의 가중치입니다. 출처를 적은 카드가 함께 들어 있습니다.',
      },
      flop: {
        name: '부동소수점 연산',
        other: 'floating-point operation, FLOP',
        line: '계산량의 단위입니다. 학습하는 토큰은 가중치 하나에 약 6번, 읽기만 하는 토큰은 약 2번 연산합니다.',
      },

      preferenceLearning: {
        name: '선호 학습',
        other: 'preference learning',
        line: '다양한 응답 가운데 사람이 더 선호하는 응답을 생성하도록 추가 학습하는 것입니다.',
      },
      rlhf: {
        name: '사람의 피드백을 통한 강화 학습',
        other: 'reinforcement learning from human feedback, RLHF',
        line: '사람의 선호를 배운 모델에서 보상을 받는 강화 학습입니다. InstructGPT의 핵심 아이디어입니다.',
      },
      preference: {
        name: '선호',
        other: 'preference',
        line: '한 프롬프트에 대한 두 응답 가운데 어느 쪽이 나은지에 대한 판단입니다. 점수가 아니라 비교로 모읍니다.',
      },
      labeller: {
        name: '주석자',
        other: 'labeller, annotator',
        line: '응답을 비교하는 사람입니다. 여기서는 여러분이나 모의 주석자가 맡으며, 모의 주석자는 정해진 취향에 잡음을 섞어 순위를 매깁니다.',
      },
      agreement: {
        name: '주석자 간 일치도',
        other: 'inter-annotator agreement',
        line: '두 주석자가, 또는 한 주석자가 두 번 비교할 때 같은 응답을 고르는 비율입니다. 보상 모델 정확도의 한계가 됩니다.',
      },
      rewardModel: {
        name: '보상 모델',
        other: 'reward model, RM',
        line: '프롬프트와 응답에 점수 하나를 매기는 모델입니다. 더 선호되는 응답일수록 점수가 높습니다. 2단계입니다.',
      },
      bradleyTerry: {
        name: '브래들리–테리 모형',
        other: 'Bradley–Terry model',
        line: '한 응답이 다른 응답을 이길 확률을 두 점수 차의 시그모이드로 나타내는 모형입니다.',
      },
      margin: {
        name: '마진',
        other: 'margin',
        line: '더 나은 응답의 점수가 적어도 이만큼은 높도록 하는 값입니다. Llama 2에서는 선호가 뚜렷할수록 크게 둡니다.',
      },
      calibration: {
        name: '보정',
        other: 'calibration',
        line: '모델이 80 %로 예측한 쌍이 실제로도 80 %의 비율로 그렇게 나오는지를 뜻합니다.',
      },
      goldJudge: {
        name: '기준 판정자',
        other: 'gold judge',
        line: '작은 세계의 규칙대로 응답에 정확한 점수를 매깁니다. 어떤 모델도 학습에서 보지 못하며, 현실에는 이런 판정자가 없습니다.',
      },
      rewardHacking: {
        name: '보상 해킹',
        other: 'reward hacking',
        line: '더 나아지지 않고 보상만 더 받는 현상입니다. 보상 모델의 점수는 오르는데 기준 점수는 떨어집니다.',
      },
      toxicity: {
        name: '유해성',
        other: 'toxicity',
        line: '남을 해치는 말을 하는 성질입니다. 여기서는 작은 세계의 무례한 단어가 들어간 응답을 셉니다.',
      },
      refusal: {
        name: '모른다는 답',
        other: 'refusal',
        line: '“i do not know”라는 응답입니다. 낯선 사람에 관한 질문에는 정답이고, 말뭉치에 사실이 있으면 잘못된 거절입니다.',
      },

      ppo: {
        name: '근접 정책 최적화',
        other: 'proximal policy optimisation, PPO',
        line: '정책을 조금씩 바꾸는 강화 학습입니다. 응답을 쓴 정책에서 멀어져도 얻는 것이 없게 합니다. 3단계의 방법입니다.',
      },
      policy: {
        name: '정책',
        other: 'policy',
        line: '강화 학습으로 학습하는 모델입니다. 토큰 하나를 쓰는 것이 한 번의 행동입니다.',
      },
      referenceModel: {
        name: '참조 모델',
        other: 'reference model',
        line: '지시 학습된 모델을 그대로 고정한 복사본입니다. 정책이 여기서 얼마나 멀어졌는지 잽니다.',
      },
      rollout: {
        name: '롤아웃',
        other: 'rollout',
        line: '학습에 쓰려고 정책이 프롬프트에 대해 생성한 응답입니다.',
      },
      reward: {
        name: '보상',
        other: 'reward',
        line: '토큰마다 받는 값입니다. 토큰마다 KL 벌점을 빼고, 마지막 토큰에서 보상 모델의 점수를 더합니다.',
      },
      return: {
        name: '누적 보상',
        other: 'return',
        line: '한 토큰부터 응답이 끝날 때까지 받는 보상의 합입니다(γ = 1이면 할인하지 않습니다).',
      },
      valueFunction: {
        name: '가치 함수',
        other: 'value function, critic',
        line: '토큰마다 그 앞에서 누적 보상을 예측합니다. 여기서는 보상 모델에서 출발하는 별도의 신경망입니다.',
      },
      advantage: {
        name: '이점',
        other: 'advantage',
        line: '어떤 토큰이 가치 함수의 예상보다 얼마나 나았는지를 나타냅니다. 양수이면 그 토큰의 확률을 높입니다.',
      },
      gae: {
        name: '일반화 이점 추정',
        other: 'generalised advantage estimation, GAE',
        line: '이후의 예측 오차를 λ로 가중하여 더한 이점의 추정값입니다. 편향을 조금 허용하고 잡음을 줄입니다.',
      },
      ratio: {
        name: '확률비',
        other: 'probability ratio',
        line: '토큰의 현재 확률을 그 토큰을 쓸 때의 확률로 나눈 값입니다. 첫 갱신 전에는 1입니다.',
      },
      clipping: {
        name: '클리핑',
        other: 'clipping',
        line: '확률비가 1 ± ε을 벗어나면 더 얻는 것이 없게 하여, 충분히 움직인 토큰은 그대로 둡니다.',
      },
      kl: {
        name: 'KL 발산',
        other: 'KL divergence',
        line: '정책의 분포가 참조 모델의 분포에서 얼마나 멀어졌는지를 나타냅니다(내트). log π − log π_ref의 평균입니다.',
      },
      explainedVariance: {
        name: '설명된 분산',
        other: 'explained variance',
        line: '누적 보상의 변동 가운데 가치 함수가 예측한 비율입니다. 1이면 완벽하고, 0이면 평균만 답하는 것과 같습니다.',
      },
      ppoPtx: {
        name: '사전 학습을 섞은 PPO',
        other: 'PPO-ptx',
        line: 'PPO에 사전 학습 손실을 섞어, 기반 모델이 알던 것을 잃지 않게 하는 방법입니다(InstructGPT).',
      },
      winRate: {
        name: '승률',
        other: 'win rate',
        line: '한 모델의 응답이 다른 모델의 응답보다 선호된 프롬프트의 비율입니다. 비기면 절반으로 셉니다.',
      },
      wilson: {
        name: '윌슨 구간',
        other: 'Wilson interval',
        line: '적은 수의 사례에서 얻은 비율의 신뢰 구간으로, 0과 1을 벗어나지 않습니다. 여기서는 95 % 구간입니다.',
      },
      alignmentTax: {
        name: '정렬 세금',
        other: 'alignment tax',
        line: '정렬하면서 오히려 나빠지는 능력을 말합니다. 예를 들어 전에 알던 사실을 잊는 것입니다.',
      },
    },
  },
} satisfies typeof en;
