import type { base as en } from '../en/base.ts';

export const base = {
  base: {
    input: '들어가는 것',
    inputHelp:
      '모델이 읽는 그대로의 [[corpus|말뭉치(corpus)]] 문서입니다. 단어와 문장 부호가 하나하나 [[token|토큰(token)]]입니다.',
    asTokens: '문서 하나를 토큰으로 나눈 모습',
    more: '다른 문서 보기',
    reads: (tokens: string, steps: string) => `한 번의 학습에서 ${steps}스텝 동안 토큰 ${tokens}개를 읽습니다.`,
    guess: (words: string, loss: string) =>
      `[[vocabulary|어휘(vocabulary)]]의 단어 ${words}개 가운데 아무것이나 찍으면 [[loss|손실(loss)]]은 log ${words} = ${loss}내트이며, 학습은 여기에서 출발합니다.`,
    now: (loss: string, words: string) =>
      `현재 ${loss}내트이며, 단어 ${words}개를 두고 망설이는 정도입니다([[perplexity|혼란도(perplexity)]]).`,
    shipped: (preset: string, steps: string, tokens: string) =>
      `페이지에 포함된 모델(${preset})은 [[pretraining|사전 학습(pretraining)]]을 마쳤습니다. ${steps}스텝 동안 토큰 ${tokens}개를 읽었습니다.`,
    watch: (option: string) => `잡음이 단어가 되는 과정을 보려면 기반 모델을 “${option}”으로 바꾸고 실행해 주십시오.`,
    output: '나오는 것',
    outputHelp: '모델이 아래의 첫머리에 이어서 쓴 글입니다. 처음에는 잡음이던 것이 단어가 되고 문장이 됩니다.',
    outputNone: '기반 모델을 학습하는 동안 글이 여기에 나타납니다.',
    lookBack: '되돌아보기',
    itself: '첫머리 없음',

    prompting: {
      title: '프롬프팅: 같은 질문을 다른 방법으로 묻기',
      help: '[[baseModel|기반 모델(base model)]]은 글을 이어 쓸 뿐이므로 [[prompt|프롬프트(prompt)]]에 따라 응답이 달라집니다. 여기서는 아무것도 학습하지 않습니다.',
      task: '질문의 종류',
      question: '질문',
      another: '다른 질문',
      ask: '묻기',
      choice: '다음 단어',
      greedy: '최대 확률',
      drawn: '무작위',
      expected: '정답:',
      typed: '직접 쓴 질문입니다. 예시에는 시민에 관한 질문을 쓰며, 응답은 채점하지 않습니다.',
      models: (base: string, tuned: string | null) =>
        tuned === null ? `기반 모델: ${base}` : `기반 모델: ${base}. 지시 학습된 모델: ${tuned}`,
      shipped: (preset: string) => `${preset}, 포함된 모델`,
      own: (preset: string, seed: string) => `${preset}, 시드 ${seed}`,
      obstacle: {
        no_base: '아직 기반 모델이 없습니다. 먼저 기반 모델 단계를 실행해 주십시오.',
        empty: '먼저 질문을 써 주십시오.',
        unknown_words: '모델은 어휘에 있는 단어만 읽을 수 있습니다.',
        too_long: '너무 깁니다. 90단어까지 쓸 수 있습니다.',
      },
      given: '모델에 준 글',
      answer: '모델의 응답',
      waiting: '쓰는 중 …',
      unasked: '아직 묻지 않음',
      silent: '단어 없음',
      forms: {
        plain: {
          title: '[[zeroShot|제로샷(zero-shot)]]: 질문만',
          about: '답을 원한다는 표시가 없으므로, 여느 글처럼 이어 씁니다.',
        },
        wrapper: {
          title: '[[wrapper|말뭉치 형식의 틀(wrapper)]]에 넣어',
          about: '말뭉치에서는 이러한 말 다음에 답이 나옵니다.',
        },
        few_shot: {
          title: '[[fewShot|퓨샷(few-shot)]]: 예시 세 개 다음에',
          about: '무엇을 원하는지 예시로 보여 줍니다. 가중치는 바뀌지 않습니다.',
        },
        instruction: {
          title: '지시 학습된 모델에 질문만',
          about: '[[instructionTuning|지시 학습(instruction tuning)]]에서 질문에는 답해야 한다는 것을 배웠습니다.',
        },
      },
      measured:
        '이 실행의 기반 모델이 학습용 과제 전체에서 맞힌 비율 ([[exactMatch|정확 일치(exact match)]], [[greedy|탐욕적 생성(greedy decoding)]])',
    },
  },
} satisfies typeof en;
