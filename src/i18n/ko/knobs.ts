import type { KnobTexts } from '../en/knobs.ts';

/** 모든 최적화 알고리즘에 공통입니다. */
const learning_rate = {
  name: '학습률(learning rate)',
  meaning: '한 스텝에 가중치를 움직이는 정도의 최댓값입니다. 너무 크면 손실이 튀고, 너무 작으면 거의 배우지 못합니다.',
};
const warmup = { name: '워밍업(warm-up)', meaning: '학습률이 0에서 최댓값까지 올라가는 스텝 수입니다.' };
const weight_decay = {
  name: '가중치 감쇠(weight decay)',
  meaning: '가중치가 불필요하게 커지지 않도록 0 쪽으로 당기는 세기입니다.',
};
const beta1 = { name: 'Adam β₁', meaning: 'AdamW가 지난 기울기의 방향을 얼마나 오래 기억하는지를 정합니다.' };
const beta2 = { name: 'Adam β₂', meaning: 'AdamW가 지난 기울기의 크기를 얼마나 오래 기억하는지를 정합니다.' };
const epsilon = { name: 'Adam ε', meaning: 'AdamW가 0에 가까운 수로 나누지 않게 하는 작은 값입니다.' };
const max_grad_norm = {
  name: '기울기 클리핑(gradient clipping)',
  meaning: '기울기의 노름이 이 값을 넘으면 이 길이로 줄입니다.',
};

export const knobs: KnobTexts = {
  'base.steps': { name: '사전 학습 스텝', meaning: '기반 모델이 학습하는 말뭉치 배치의 수입니다.' },
  'base.step_tokens': { name: '스텝당 토큰', meaning: '사전 학습 한 스텝에서 읽는 글의 양입니다.' },
  'base.learning_rate': learning_rate,
  'base.warmup': warmup,
  'base.weight_decay': weight_decay,
  'base.beta1': beta1,
  'base.beta2': beta2,
  'base.epsilon': epsilon,
  'base.max_grad_norm': max_grad_norm,

  'sft.steps': {
    name: '지시 학습 스텝',
    meaning: '모델이 학습하는 시연(demonstration) 배치의 수입니다. 어느 정도까지는 많을수록 지시를 더 잘 따릅니다.',
  },
  'sft.batch_size': {
    name: '배치 크기',
    meaning: '한 스텝에 학습하는 데이터의 수이며, 되풀이하는 말뭉치 글도 포함합니다.',
  },
  'sft.replay': {
    name: '말뭉치 되풀이(replay)',
    meaning: '학습 데이터 가운데 말뭉치 글의 비율입니다. 사전 학습에서 배운 사실을 잊지 않게 합니다.',
  },
  'sft.pad_is_eos': {
    name: '종료 토큰으로 패딩',
    meaning: '패딩에 종료 토큰(EOS)을 씁니다. 종료 토큰이 손실에서 빠져 모델이 끝맺는 법을 배우지 못하는 함정입니다.',
  },
  'sft.evaluation_prompts': {
    name: '평가 프롬프트',
    meaning: '정확 일치(exact match)를 잴 때 과제마다 쓰는 프롬프트의 수입니다. 많을수록 수치가 안정됩니다.',
  },
  'sft.learning_rate': learning_rate,
  'sft.warmup': warmup,
  'sft.weight_decay': weight_decay,
  'sft.beta1': beta1,
  'sft.beta2': beta2,
  'sft.epsilon': epsilon,
  'sft.max_grad_norm': max_grad_norm,

  'reward.prompts': {
    name: '순위를 매길 프롬프트',
    meaning: '주석자가 응답의 순위를 매기는 프롬프트의 수입니다. 적을수록 속이기 쉬운 보상 모델이 됩니다.',
  },
  'reward.responses': { name: '프롬프트당 응답(K)', meaning: '서로 비교하여 순위를 매길 응답의 수입니다.' },
  'reward.label_noise': {
    name: '순위의 잡음(label noise)',
    meaning:
      '모의 주석자의 순위 가운데 순서를 무작위로 정한 것의 비율입니다. 잘못된 순위가 얼마나 해로운지 보여 줍니다.',
  },
  'reward.batch_size': { name: '배치 크기', meaning: '한 스텝에 학습하는 순위의 수입니다.' },
  'reward.epochs': {
    name: '에폭(epoch)',
    meaning: '모든 순위를 되풀이하여 학습하는 횟수입니다. 너무 많으면 순위를 외우게 됩니다.',
  },
  'reward.min_steps': { name: '최소 스텝', meaning: '순위가 아무리 적어도 이 스텝 수만큼은 학습합니다.' },
  'reward.margin': {
    name: '마진(margin)',
    meaning: '더 나은 응답의 점수가 얼마나 더 높아야 하는지를 정합니다(Llama 2). 0이면 조금만 높아도 됩니다.',
  },
  'reward.center_rewards_coefficient': {
    name: '점수 중심화(centring)',
    meaning: '점수의 평균을 0 근처로 유지합니다. 순위만으로는 점수의 기준이 정해지지 않기 때문입니다.',
  },
  'reward.evaluation_prompts': {
    name: '평가 프롬프트',
    meaning: '정확도를 재는 데 쓰는 평가 전용 프롬프트의 수이며, 익숙한 이름과 새로운 이름에 각각 적용합니다.',
  },
  'reward.learning_rate': learning_rate,
  'reward.warmup': warmup,
  'reward.weight_decay': weight_decay,
  'reward.beta1': beta1,
  'reward.beta2': beta2,
  'reward.epsilon': epsilon,
  'reward.max_grad_norm': max_grad_norm,

  'ppo.iterations': {
    name: '반복 횟수(iterations)',
    meaning: 'PPO가 응답을 생성하고 그 보상에서 배우는 횟수입니다. 너무 많으면 보상 모델에 과최적화될 수 있습니다.',
  },
  'ppo.rollouts': { name: '롤아웃(rollout)', meaning: '반복마다 생성하는 응답의 수입니다.' },
  'ppo.epochs': { name: '에폭(epoch)', meaning: '새 응답을 생성하기 전에 같은 응답을 되풀이하여 학습하는 횟수입니다.' },
  'ppo.minibatch_size': { name: '미니배치 크기', meaning: '한 번의 갱신에서 학습하는 응답의 수입니다.' },
  'ppo.learning_rate': {
    name: '학습률(learning rate)',
    meaning: '한 번의 갱신에서 정책(policy)을 움직이는 정도이며, 학습하는 내내 같습니다.',
  },
  'ppo.value_learning_rate': {
    name: '가치 함수의 학습률',
    meaning: '앞으로 받을 보상을 추정하는 가치 함수(critic)를 한 번의 갱신에서 움직이는 정도입니다.',
  },
  'ppo.kl_coef': {
    name: 'KL 계수(β)',
    meaning:
      'SFT 모델에서 멀어질 때 치르는 벌점의 크기입니다. 0이면 보상만 높일 수 있다면 정책이 어떤 응답이든 하게 됩니다.',
  },
  'ppo.kl_target': {
    name: 'KL 목표',
    meaning: '응답당 KL이 이 값(내트) 근처에 머물도록 β를 조절합니다. 끄면 β가 고정됩니다.',
  },
  'ppo.kl_horizon': {
    name: 'KL 조절 구간',
    meaning: 'β가 목표를 따라가는 데 걸리는 응답 수입니다. 클수록 천천히 바뀝니다.',
  },
  'ppo.cliprange': {
    name: '클리핑 범위(ε)',
    meaning: '확률비(probability ratio)가 1에서 이만큼 벗어나면 더 벗어나도 이득이 없게 합니다.',
  },
  'ppo.cliprange_value': {
    name: '가치의 클리핑 범위',
    meaning: '가치 함수의 추정값에도 같은 제한을 둡니다. 끄면 제한하지 않습니다.',
  },
  'ppo.whiten_pads': {
    name: '패딩까지 표준화',
    meaning: '이점(advantage)을 표준화할 때 짧은 응답 뒤의 0까지 이점으로 셉니다. 함정입니다.',
  },
  'ppo.old_logprob_temperature': {
    name: '이전 로그 확률의 온도',
    meaning:
      '생성한 토큰의 갱신 전 로그 확률을 계산하는 온도이며, 응답을 생성한 온도의 몇 배인지를 나타냅니다. 1이 아니면 함정입니다.',
  },
  'ppo.gamma': { name: '할인율(γ)', meaning: '한 토큰 뒤에 받는 보상의 가치입니다. 1이면 지금 받는 것과 같습니다.' },
  'ppo.lambda': {
    name: 'GAE λ',
    meaning: '가치 함수의 추정(0)과 실제로 받은 보상(1) 중 어느 쪽을 더 믿을지를 정합니다.',
  },
  'ppo.missing_eos_penalty': { name: '끝맺지 못한 응답의 벌점', meaning: '스스로 끝맺지 못한 응답의 보상에서 뺍니다.' },
  'ppo.ptx_coef': {
    name: 'PPO-ptx(γ)',
    meaning:
      'PPO와 함께 말뭉치 예측을 학습하는 비중입니다. 알던 것을 잃는 정렬 세금(alignment tax)을 줄이며, 0이면 쓰지 않습니다.',
  },
  'ppo.ptx_rows': { name: '말뭉치 글', meaning: 'PPO-ptx를 쓸 때 미니배치마다 함께 학습하는 말뭉치 글의 수입니다.' },
  'ppo.calibration_prompts': {
    name: '보정 프롬프트',
    meaning: '보상의 평균을 0, 표준 편차를 1로 맞추는 데 쓰는 SFT 모델 응답의 수입니다.',
  },
  'ppo.weight_decay': weight_decay,
  'ppo.beta1': beta1,
  'ppo.beta2': beta2,
  'ppo.epsilon': epsilon,
  'ppo.max_grad_norm': max_grad_norm,

  'judge.known': { name: '시민에 관한 질문', meaning: '판정에 쓰는 질문의 수입니다. 답이 말뭉치에 나옵니다.' },
  'judge.strangers': {
    name: '낯선 사람에 관한 질문',
    meaning: '판정에 쓰는 질문의 수입니다. 아무도 알 수 없으므로 “i do not know” 말고는 모두 지어낸 답입니다.',
  },
  'judge.others': { name: '그 밖의 프롬프트', meaning: '판정에 쓰는 나머지 과제의 프롬프트 수입니다.' },
};
