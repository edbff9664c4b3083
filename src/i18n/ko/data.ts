import type { data as en } from '../en/data.ts';

export const data = {
  data: {
    world: {
      citizens: '시민',
      strangers: '낯선 사람',
      tasks: '과제',
      trainedTemplates: '학습용 템플릿',
      heldOutTemplates: '평가 전용 템플릿',
      vocabulary: '어휘의 단어 수',
      more: '한눈에 보는 작은 세계',
      who: '누가 사는가',
      whoText: (citizens: string, facts: string, strangers: string) =>
        `시민은 ${citizens}명이며, 말뭉치에는 시민마다 사실이 ${facts}가지씩 나옵니다. 낯선 사람 ${strangers}명은 이야기에 잠깐 등장할 뿐, 알려진 사실이 하나도 없습니다. 그래서 낯선 사람에 관한 질문에는 “i do not know .”라고 답하는 것이 정직합니다.`,
      factsOf: (name: string) => `${name}에 관한 사실`,
      anotherCitizen: '다른 시민 보기',
      facts: { home: '집', pet: '반려동물', food: '음식', job: '직업', colour: '색' },
      names: (group: string, count: string, heldOut: string) =>
        `${group} ${count}명, 이 가운데 ${heldOut}명은 평가 전용`,
      corpus: '기반 모델이 읽는 글',
      corpusText:
        '사실, 대화, 이야기, 일반 상식, 단어 목록으로 이루어져 있습니다. 실제 글처럼 일부는 틀렸고 일부는 무례합니다.',
      moreDocuments: '다른 문서 보기',
      clusters: '과제 유형(task cluster)과 과제',
      heldOut: '무엇을 왜 평가 전용(held-out)으로 남겨 두는가',
      heldOutText:
        'FLAN의 방식을 따릅니다. 모델이 지시를 따르는지, 아니면 과제를 외웠을 뿐인지는 학습에서 한 번도 보지 못한 것으로만 알 수 있습니다.',
      heldOutNames: '새로운 이름',
      reasons: {
        templates: (n: string) => `학습용 과제의 템플릿(template) ${n}개: 같은 지시를 다른 말로 해도 이해하는가?`,
        tasks: '학습용 과제 유형에 속한 과제 전체: 아무도 보여 주지 않은 비슷한 일을 할 수 있는가?',
        clusters: '과제 유형 전체: 전혀 다른 종류의 일을 할 수 있는가?',
        names: (n: string) =>
          `말뭉치에만 나오는 이름 ${n}개: 읽은 것을 활용하는가, 아니면 학습 때 받은 질문에만 답하는가?`,
        none: '이 세계는 작아서 해당하는 것이 없습니다. 큰 세계인 town에는 있습니다.',
      },
      splits: '서로 겹치지 않는 프롬프트 집합 네 개',
      splitsText:
        '해시(hash)로 프롬프트마다 쓸 단계를 하나씩 정하므로, 어떤 단계도 다른 단계가 학습한 프롬프트로 평가받지 않습니다. 평가 전용 이름이 들어 있는 프롬프트와 평가 전용 템플릿으로 만든 프롬프트는 언제나 평가에만 씁니다.',
      split: {
        sft: '지시 학습',
        reward: '보상 모델',
        ppo: '강화 학습',
        evaluation: '평가',
      },
    },

    exposures: {
      trained: '학습용',
      unseen_templates: '보지 못한 템플릿',
      unseen_tasks: '보지 못한 과제',
      unseen_clusters: '보지 못한 과제 유형',
    },
    heldOut: '평가 전용',

    clusters: {
      closed_qa: '기억에서 답하기',
      commonsense: '상식',
      sentiment: '감정 분석',
      entailment: '함의',
      reading: '독해',
      translation: '번역',
      summary: '요약',
      structure: '구조를 문장으로',
      words: '단어 목록',
      filter: '골라내기',
    },

    about: {
      qa: '시민에 관한 사실을 묻습니다. 답은 프롬프트가 아니라 말뭉치에 있습니다.',
      stranger: '낯선 사람에 관하여 같은 것을 묻습니다. 답은 아무도 모릅니다.',
      commonsense: '무엇의 한 종류인지, 동물이 어떤 소리를 내는지, 반대말이 무엇인지 묻습니다.',
      sentiment: '짧은 글의 감정이 긍정인지 부정인지 묻습니다.',
      entailment: '글이 참일 때 어떤 주장도 참이 되는지 묻습니다.',
      reading: '함께 주어진 글 속에 답이 있는 것을 묻습니다.',
      korean: '구나 문장을 조사까지 맞게 한국어로 옮깁니다.',
      summary: '이야기를 한 문장으로 줄입니다.',
      structure: '항목 몇 개로 문장을 만듭니다.',
      replace: '목록에서 단어 하나를 다른 단어로 바꿉니다.',
      nth: '목록에서 주어진 순서에 있는 단어를 답합니다.',
      after: '어떤 단어 바로 다음의 단어를 답합니다.',
      reverse: '목록을 끝에서부터 거꾸로 씁니다.',
      copy: '목록을 그대로 다시 씁니다.',
      remove: '목록에서 단어 하나를 뺍니다.',
      filter: '목록에서 주어진 종류의 단어만 골라냅니다.',
      count: '목록에 주어진 종류의 단어가 몇 개인지 셉니다.',
    },

    filter: {
      title: '과제와 템플릿',
      search: '템플릿에서 찾기',
      placeholder: 'list, korean, {text} …',
      cluster: '과제 유형',
      all: '전체',
      exposure: '학습 여부',
      found: (tasks: string, templates: string) => `과제 ${tasks}개, 템플릿 ${templates}개`,
      none: '조건에 맞는 템플릿이 없습니다. 조건을 줄여 보십시오.',
      reset: '모두 보기',
      counts: (trained: string, heldOut: string) => `학습용 템플릿 ${trained}개, 평가 전용 ${heldOut}개`,
    },

    example: {
      title: '예시',
      prompt: '프롬프트',
      answer: '정답',
      another: '다른 예시 보기',
      fromSft: '지시 학습에 쓰는 프롬프트입니다.',
      fromEvaluation: '평가에 쓰는 프롬프트로, 어떤 학습에도 나오지 않습니다.',
      marked: '밑줄은 템플릿의 빈칸(slot)을 채운 부분입니다.',
    },

    templates: {
      title: '템플릿',
      any: '모든 템플릿',
      help: '템플릿을 고르면 그 템플릿의 예시를 보여 줍니다.',
      trained: (n: string) => `학습용 (${n})`,
      heldOut: (n: string) => `평가 전용 (${n})`,
      heldOutHelp: {
        unseen_templates: '이 표현으로는 평가에서만 묻습니다.',
        unseen_tasks: '과제 전체가 평가 전용이므로 평가에서만 묻습니다.',
        unseen_clusters: '과제 유형 전체가 평가 전용이므로 평가에서만 묻습니다.',
      },
    },

    crowd: {
      title: '모의 작성자들의 시연(demonstration)',
      help: '지시 학습에서 모델이 본받는 응답입니다. 틀리거나, 지어내거나, 무례하거나, 장황한 응답이 섞여 있고, 모델은 그것까지 배웁니다.',
      none: '과제 전체가 평가 전용이므로 아무도 시연을 쓰지 않습니다.',
      to: '프롬프트',
      shares: (n: string) => `이 과제의 시연 ${n}개 가운데`,
    },

    own: {
      title: '내 시연',
      help: 'InstructGPT의 1단계입니다. 어떤 응답이 좋은 응답인지 사람이 직접 써서 보여 줍니다.',
      count: (n: string) => `이 세계의 시연 ${n}개`,
      does: (share: string) =>
        `하나라도 있으면 지시 학습(SFT) 데이터의 시연 가운데 ${share}를 여기에서, 나머지는 모의 작성자들의 시연에서 뽑습니다.`,
      use: '학습에 사용',
      unused: '지금은 지시 학습에 쓰지 않습니다.',
      author: '이름',
      authorMissing: '파일을 합쳤을 때 누가 썼는지 알 수 있도록 이름을 적어 주십시오.',
      task: '지시의 종류',
      newTask: '새로운 종류의 지시',
      heldOutTask: (name: string) => `${name} (평가 전용)`,
      prompt: '지시',
      response: '응답',
      words: (n: string, most: string) => `단어 ${n}/${most}개`,
      tooLong: (n: string) => `단어 ${n}개를 줄여 주십시오.`,
      contaminatedNames: (names: string) =>
        `평가 전용 이름이 들어 있습니다: ${names}. 이것으로 학습하면 평가 결과가 실제보다 좋아 보입니다.`,
      contaminatedTemplate:
        '평가 전용 템플릿과 같은 표현입니다. 이것으로 학습하면 보지 못한 템플릿에 대한 평가가 되지 않습니다:',
      noEnd: '모의 작성자들의 응답은 “ .”으로 끝납니다. 빠뜨리면 모델이 두 가지 끝맺음을 배웁니다.',
      preview: '모델이 보는 모습',
      previewHelp:
        '표시된 토큰(token)에서만 손실을 계산합니다. 모델은 지시를 쓰는 법이 아니라 응답을 쓰는 법을 배웁니다.',
      previewEmpty: '글을 쓰면 토큰이 여기에 나타납니다.',
      noLoss: '손실 없음',
      loss: '손실 계산',
      save: '저장',
      saveChange: '수정 내용 저장',
      cancel: '취소',
      clear: '지우기',
      editing: '저장된 시연을 고치고 있습니다.',
      saved: '저장했습니다.',
      start: '예시에서 시작하기',
      list: '저장된 시연',
      empty: '아직 없습니다. 직접 쓰거나, 수업에서 모은 파일을 가져와 주십시오.',
      edit: '고치기',
      remove: '삭제',
      editOf: (prompt: string) => `“${prompt}” 고치기`,
      removeOf: (prompt: string) => `“${prompt}” 삭제`,
      removed: (prompt: string) => `삭제했습니다: “${prompt}”`,
      undo: '되돌리기',
      noRecord: '시연의 형식이 아닙니다.',
      more: (n: string) => `${n}개 더 보기`,
    },
  },

  unknownWords: {
    title: '어휘에 없는 단어:',
    none: '비슷한 단어 없음',
    out: '빼기',
    leaveOut: (word: string) => `“${word}” 빼기`,
    replace: (word: string, by: string) => `“${word}” 대신 “${by}” 쓰기`,
  },
} satisfies typeof en;
