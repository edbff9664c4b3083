/** The words of the lecture, one line each: what they mean, and what they are in this playground. */
export const glossary = {
  glossary: {
    title: 'Glossary',
    search: 'Search the glossary',
    count: (n: string) => (n === '1' ? '1 term' : `${n} terms`),
    none: 'No term has these words.',
    terms: {
      languageModel: {
        name: 'language model',
        other: '언어 모델',
        line: 'Gives every possible next token a probability, given the tokens before it. Here: a small GPT-2.',
      },
      token: {
        name: 'token',
        other: '토큰',
        line: 'The unit that a model reads and writes. Here every word and every punctuation mark is one token.',
      },
      vocabulary: {
        name: 'vocabulary',
        other: '어휘',
        line: 'All tokens that there are, V in number. It is closed: the model can neither read nor write any other word.',
      },
      corpus: {
        name: 'corpus',
        other: '말뭉치',
        line: 'The texts that the base model is pretrained on: facts, dialogues, stories and lists of the pocket world.',
      },
      pretraining: {
        name: 'pretraining',
        other: '사전 학습',
        line: 'Learning to predict every next token of the corpus, from random weights.',
      },
      baseModel: {
        name: 'base model',
        other: '기반 모델',
        line: 'The model after pretraining (a foundation model): it continues texts, and follows no instructions.',
      },
      loss: {
        name: 'cross-entropy loss',
        other: '교차 엔트로피 손실',
        line: 'Mean of −log p of the tokens that should have come, in nats. 0 would be certainty about all of them.',
      },
      perplexity: {
        name: 'perplexity',
        other: '혼란도',
        line: 'e to the power of the loss: as unsure as if choosing evenly among so many tokens.',
      },
      logprob: {
        name: 'log-probability',
        other: '로그 확률',
        line: 'Logarithm of the probability that the model gives a token; of a whole response, the sum over its tokens.',
      },
      entropy: {
        name: 'entropy',
        other: '엔트로피',
        line: 'How undecided the model is about the next token, in nats: 0 if certain, log V if all are equally likely.',
      },
      emergence: {
        name: 'emergence',
        other: '창발성',
        line: 'An ability that small models lack and large ones show; following unseen instructions is named as one.',
      },
      prompt: {
        name: 'prompt',
        other: '프롬프트',
        line: 'What the model is given, and goes on from.',
      },
      zeroShot: {
        name: 'zero-shot',
        other: '제로샷(0-shot)',
        line: 'Asked without any worked example in the prompt.',
      },
      fewShot: {
        name: 'few-shot',
        other: '퓨샷',
        line: 'Asked after a few questions with their answers, all in one prompt; no weight changes. Here: three.',
      },
      wrapper: {
        name: 'corpus-style wrapper',
        other: '말뭉치 형식의 틀',
        line: 'The question put as the corpus puts them, “tom asked : … anna answered :”, so that an answer comes next.',
      },
      greedy: {
        name: 'greedy decoding',
        other: '탐욕적 생성',
        line: 'Always writing the likeliest token. It gives the same response every time.',
      },
      temperature: {
        name: 'temperature',
        other: '온도',
        line: 'Divides the logits before a token is drawn: below 1 likely tokens gain, above 1 unlikely ones do; 0 is greedy.',
      },
      topP: {
        name: 'top-p sampling',
        other: '상위 p 샘플링',
        line: 'Draws only from the smallest set of likeliest tokens whose probabilities add up to p.',
      },
      eos: {
        name: 'end token (EOS)',
        other: '종료 토큰',
        line: 'The token that ends a response. A model has to learn to write it, or it never stops by itself.',
      },
      hallucination: {
        name: 'hallucination',
        other: '지어낸 답',
        line: 'An answer that is made up. Here: any answer about a stranger, of whom no text tells, but “i do not know”.',
      },

      alignment: {
        name: 'alignment',
        other: '정렬',
        line: 'Making what a model writes reflect what its users intend and value.',
      },
      instructionTuning: {
        name: 'instruction tuning',
        other: '지시 학습',
        line: 'Fine-tuning on many tasks that are put as instructions, so that the model follows new ones as well.',
      },
      sft: {
        name: 'supervised fine-tuning (SFT)',
        other: '지도 추가 학습',
        line: 'Training a pretrained model further on inputs with the outputs that it should give. The method of step 1.',
      },
      instruction: {
        name: 'instruction',
        other: '지시',
        line: 'A task in words: “please tell me , where does tom live ?”',
      },
      response: {
        name: 'response',
        other: '응답',
        line: 'What the model writes after the prompt, up to its end token.',
      },
      demonstration: {
        name: 'demonstration',
        other: '시연',
        line: 'A response written by a person for a prompt, to be imitated. Here by a simulated crowd with faults, or by you.',
      },
      template: {
        name: 'template',
        other: '템플릿',
        line: 'An instruction with slots. Several for each task make the data more varied.',
      },
      taskCluster: {
        name: 'task cluster',
        other: '과제 유형',
        line: 'Tasks of one kind (FLAN). Whole clusters are kept out of training to test on what is really new.',
      },
      unseenTask: {
        name: 'unseen task',
        other: '보지 못한 과제',
        line: 'A task that no training row has. Doing it well is what instruction tuning promises.',
      },
      heldOut: {
        name: 'held-out',
        other: '평가 전용',
        line: 'Kept out of training so that it can be tested on: names, prompts, templates, tasks and clusters.',
      },
      exactMatch: {
        name: 'exact match',
        other: '정확 일치',
        line: 'Share of responses that equal the right answer word for word; phrases of style do not count.',
      },
      tokenAccuracy: {
        name: 'token accuracy',
        other: '토큰 정확도',
        line: 'Share of the tokens that bear loss to which the model gave the highest probability.',
      },
      replay: {
        name: 'replay',
        other: '말뭉치 되풀이',
        line: 'Corpus texts among the demonstrations, so that fine-tuning does not make the model forget its facts.',
      },

      learningRate: {
        name: 'learning rate',
        other: '학습률',
        line: 'How far one step moves the weights. Too small learns slowly, too large diverges.',
      },
      warmup: {
        name: 'warm-up',
        other: '워밍업',
        line: 'Steps at the start in which the learning rate rises to its full value; here it then falls along a cosine.',
      },
      adamw: {
        name: 'AdamW',
        other: '아담W',
        line: 'The optimiser: scales each weight’s step by its recent gradients, and lets weights decay apart from that.',
      },
      gradNorm: {
        name: 'gradient norm',
        other: '기울기 노름',
        line: 'Length of the gradient over all weights. Above the limit (here 1) it is scaled down to it before the step.',
      },
      batch: {
        name: 'batch',
        other: '배치',
        line: 'The rows that one step learns from together.',
      },
      seed: {
        name: 'seed',
        other: '시드',
        line: 'The number that all random draws come from. The same seed on the same device gives the same run.',
      },
      checkpoint: {
        name: 'checkpoint',
        other: '체크포인트',
        line: 'A model’s weights as stored at the end of a stage, with a card that says where they come from.',
      },
      flop: {
        name: 'FLOP',
        other: '부동소수점 연산',
        line: 'A floating-point operation. About 6 a weight and trained token, 2 a weight and token that is only read.',
      },

      preferenceLearning: {
        name: 'preference learning',
        other: '선호 학습',
        line: 'Further training towards the responses that people prefer over others.',
      },
      rlhf: {
        name: 'reinforcement learning from human feedback (RLHF)',
        other: '사람의 피드백을 통한 강화 학습',
        line: 'Reinforcement learning whose reward is a model of what people preferred. The idea behind InstructGPT.',
      },
      preference: {
        name: 'preference',
        other: '선호',
        line: 'A judgement that one response to a prompt is better than another. Written by a person, not as a score.',
      },
      labeller: {
        name: 'labeller',
        other: '주석자',
        line: 'Who compares responses: you in the arena, or a simulated one that ranks by a taste, with noise.',
      },
      agreement: {
        name: 'inter-annotator agreement',
        other: '주석자 간 일치도',
        line: 'How often two labellers, or one labeller twice, prefer the same response. Bounds what can be learnt.',
      },
      rewardModel: {
        name: 'reward model (RM)',
        other: '보상 모델',
        line: 'Gives a response to a prompt one number: the higher, the more it should be preferred. Step 2.',
      },
      bradleyTerry: {
        name: 'Bradley–Terry model',
        other: '브래들리–테리 모형',
        line: 'The probability that one response beats another is the sigmoid of the difference of their scores.',
      },
      margin: {
        name: 'margin',
        other: '마진',
        line: 'By how much the better response should at least score higher (Llama 2: more, where preference is stronger).',
      },
      calibration: {
        name: 'calibration',
        other: '보정',
        line: 'Whether pairs to which a model gives 80 % do come out that way in 80 % of the cases.',
      },
      goldJudge: {
        name: 'gold judge',
        other: '기준 판정자',
        line: 'The pocket world’s exact score of a response, which no model sees in training. Real life has no such judge.',
      },
      rewardHacking: {
        name: 'reward hacking',
        other: '보상 해킹',
        line: 'Earning more reward without becoming better: the reward model’s score rises while the gold judge’s falls.',
      },
      toxicity: {
        name: 'toxicity',
        other: '유해성',
        line: 'Hurtful language. Here: a response with any of the pocket world’s rude words.',
      },
      refusal: {
        name: 'refusal',
        other: '모른다는 답',
        line: '“i do not know”: right about a stranger, wrong (a false refusal) where the corpus tells the fact.',
      },

      ppo: {
        name: 'proximal policy optimisation (PPO)',
        other: '근접 정책 최적화',
        line: 'Reinforcement learning in small steps: no update gains from moving far from the policy that wrote. Step 3.',
      },
      policy: {
        name: 'policy',
        other: '정책',
        line: 'The model that is trained by reinforcement learning; each token that it writes is an action.',
      },
      referenceModel: {
        name: 'reference model',
        other: '참조 모델',
        line: 'A frozen copy of the tuned model, from which the policy’s distance is measured.',
      },
      rollout: {
        name: 'rollout',
        other: '롤아웃',
        line: 'A response that the policy writes to a prompt, to learn from.',
      },
      reward: {
        name: 'reward',
        other: '보상',
        line: 'What each token earns: minus its share of the KL penalty, and at the last token the reward model’s score.',
      },
      return: {
        name: 'return',
        other: '누적 보상',
        line: 'Sum of the rewards from a token to the end of its response (with γ = 1, nothing is discounted).',
      },
      valueFunction: {
        name: 'value function (critic)',
        other: '가치 함수',
        line: 'Predicts the return before each token. Here a network of its own that starts from the reward model.',
      },
      advantage: {
        name: 'advantage',
        other: '이점',
        line: 'How much better a token turned out than the critic expected. Positive: make it likelier.',
      },
      gae: {
        name: 'generalised advantage estimation (GAE)',
        other: '일반화 이점 추정',
        line: 'Advantages as a sum of the critic’s later surprises, weighted by λ: less noise for some bias.',
      },
      ratio: {
        name: 'probability ratio',
        other: '확률비',
        line: 'A token’s probability now over its probability when it was written; 1 before the first update.',
      },
      clipping: {
        name: 'clipping',
        other: '클리핑',
        line: 'Beyond 1 ± ε the ratio earns nothing more, so a token that has moved far enough is left alone.',
      },
      kl: {
        name: 'KL divergence',
        other: 'KL 발산',
        line: 'How far the policy’s distribution has moved from the reference’s, in nats: the mean of log π − log π_ref.',
      },
      explainedVariance: {
        name: 'explained variance',
        other: '설명된 분산',
        line: 'Share of the variation of returns that the critic foresees: 1 is perfect, 0 no better than their mean.',
      },
      ppoPtx: {
        name: 'PPO-ptx',
        other: '사전 학습을 섞은 PPO',
        line: 'PPO with the pretraining loss mixed in, so that what the base model knows is not lost (InstructGPT).',
      },
      winRate: {
        name: 'win rate',
        other: '승률',
        line: 'Share of prompts on which one model’s response is preferred over another’s; a tie counts half.',
      },
      wilson: {
        name: 'Wilson interval',
        other: '윌슨 구간',
        line: 'An interval for a share of a few cases that stays within 0 and 1; here with 95 % confidence.',
      },
      alignmentTax: {
        name: 'alignment tax',
        other: '정렬 세금',
        line: 'What a model gets worse at by being aligned, such as facts that it knew before.',
      },
    },
  },
};

export type TermId = keyof typeof glossary.glossary.terms;
