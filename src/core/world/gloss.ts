/**
 * A Korean gloss of the pocket world's English: what each word, or each fixed phrase, means where it stands. It is no
 * translation: word order stays English, and "~" marks what Korean hangs onto a neighbouring word.
 */

/** "english: 한국어 / …", over any number of lines. */
function table(text: string): ReadonlyMap<string, string> {
  const entries = text.split(/[\n/]/).map((entry) => entry.split(':').map((part) => part.trim()));
  return new Map(entries.filter(([english]) => english).map(([english, korean]) => [english ?? '', korean ?? '']));
}

const NAMES = table(`
  adam: 애덤 / aiko: 아이코 / alice: 앨리스 / amir: 아미르 / anna: 애나 / anton: 안톤 / arthur: 아서 / bella: 벨라
  ben: 벤 / bruno: 브루노 / chen: 첸 / clara: 클라라 / dana: 데이나 / dario: 다리오 / diego: 디에고 / edith: 이디스
  elif: 엘리프 / ella: 엘라 / emil: 에밀 / emma: 에마 / enzo: 엔초 / farid: 파리드 / felix: 펠릭스 / finn: 핀
  frank: 프랭크 / gita: 기타 / grace: 그레이스 / hanna: 한나 / harry: 해리 / haru: 하루 / hugo: 휴고 / igor: 이고르
  ines: 이네스 / iris: 아이리스 / ivy: 아이비 / jack: 잭 / jade: 제이드 / jamal: 자말 / jiho: 지호 / jisoo: 지수
  jonas: 요나스 / karl: 카를 / kate: 케이트 / kenji: 겐지 / laila: 라일라 / lars: 라르스 / lena: 레나 / leo: 리오
  lily: 릴리 / louis: 루이 / luke: 루크 / luna: 루나 / marco: 마르코 / max: 맥스 / maya: 마야 / mehmet: 메흐메트
  mia: 미아 / milo: 마일로 / mina: 미나 / minho: 민호 / nadia: 나디아 / nils: 닐스 / nina: 니나 / noah: 노아
  nora: 노라 / olga: 올가 / omar: 오마르 / oscar: 오스카 / otto: 오토 / owen: 오언 / paco: 파코 / paul: 폴
  petra: 페트라 / pia: 피아 / pilar: 필라르 / rafa: 라파 / raj: 라지 / ravi: 라비 / rita: 리타 / rosa: 로사
  ruby: 루비 / sam: 샘 / sara: 세라 / selma: 셀마 / simon: 사이먼 / sofia: 소피아 / sora: 소라 / stefan: 슈테판
  sven: 스벤 / tara: 타라 / tessa: 테사 / theo: 시오 / tim: 팀 / tom: 톰 / tuva: 투바 / umar: 우마르
  vera: 베라 / viktor: 빅토르 / vito: 비토 / wanda: 완다 / yara: 야라 / yuna: 유나 / zoe: 조이 / zoran: 조란`);

const WORDS = table(`
  a: 한 / an: 한 / the: 그 / this: 이 / that: 그 / these: 이것들 / it: 그것 / there: 거기 / here: 여기
  i: 나 / me: 나에게 / my: 나의 / you: 너 / we: 우리 / one: 하나
  of: ~의 / in: ~에서 / into: ~로 / at: ~에 / to: ~로 / from: ~에서 / for: ~을 위해 / with: ~로 / without: ~ 없이
  near: ~ 가까이 / after: ~ 다음에 / as: ~로 / out: 밖에 / up: 위로 / around: 돌려서 / away: 멀리
  and: 그리고 / but: 그러나 / or: 또는 / so: 그래서 / if: 만약 / then: 그러면 / not: 아닌 / only: ~만
  is: ~이다 / are: ~이다 / was: ~였다 / do: ~하다 / does: ~하다 / did: ~했다 / has: 가지고 있다 / have: 가지다
  had: 가졌다 / can: ~할 수 있다 / could: ~할 수 있었다
  what: 무엇 / which: 어느 / who: 누가 / where: 어디 / how: 어떻게
  yes: 예 / no: 아니요 / true: 참인 / please: 부디 / hey: 이봐 / hmm: 음 / well: 음 / sure: 물론
  all: 모든 / every: 모든 / everything: 모든 것 / many: 많은 / more: 더 / other: 다른 / same: 같은 / very: 매우
  now: 이제 / again: 다시 / once: 한 번 / next: 다음 / end: 끝 / day: 날 / morning: 아침
  zero: 영 / two: 둘 / three: 셋 / four: 넷 / first: 첫째 / second: 둘째 / third: 셋째 / fourth: 넷째 / number: 수
  animal: 동물 / animals: 동물들 / food: 음식 / foods: 음식들 / place: 장소 / places: 장소들 / colour: 색
  colours: 색들 / job: 직업 / jobs: 직업들 / object: 물건 / objects: 물건들 / thing: 것 / kind: 종류
  home: 집 / house: 집 / pet: 반려동물 / friend: 친구 / robot: 로봇 / name: 이름
  cat: 고양이 / dog: 개 / fox: 여우 / bear: 곰 / owl: 올빼미 / frog: 개구리 / horse: 말 / cow: 소 / pig: 돼지
  duck: 오리 / rabbit: 토끼 / mouse: 쥐 / lion: 사자 / wolf: 늑대
  bread: 빵 / soup: 국 / apple: 사과 / cake: 케이크 / rice: 밥 / cheese: 치즈 / honey: 꿀 / egg: 달걀
  noodle: 국수 / melon: 참외 / salad: 샐러드 / pie: 파이
  forest: 숲 / river: 강 / market: 시장 / school: 학교 / castle: 성 / beach: 바닷가 / garden: 정원 / mountain: 산
  bridge: 다리 / farm: 농장 / library: 도서관 / harbor: 항구
  red: 빨간 / blue: 파란 / green: 초록 / yellow: 노란 / white: 하얀 / black: 검은 / pink: 분홍 / brown: 갈색
  baker: 제빵사 / doctor: 의사 / teacher: 교사 / farmer: 농부 / painter: 화가 / singer: 가수 / driver: 운전사
  writer: 작가 / pilot: 조종사 / cook: 요리사
  ball: 공 / book: 책 / lamp: 등 / hat: 모자 / coat: 외투 / kite: 연 / drum: 북 / bell: 종 / key: 열쇠 / cup: 컵
  box: 상자 / chair: 의자 / clock: 시계 / ring: 반지
  happy: 행복한 / glad: 기쁜 / proud: 자랑스러운 / calm: 차분한 / excited: 신난 / cheerful: 쾌활한 / lucky: 운 좋은
  sad: 슬픈 / angry: 화난 / scared: 겁먹은 / tired: 지친 / lonely: 외로운 / worried: 걱정하는 / bored: 지루한
  good: 좋은 / bad: 나쁜 / nice: 좋은 / favourite: 가장 좋아하는 / positive: 긍정 / negative: 부정 / feeling: 감정
  hot: 뜨거운 / cold: 차가운 / big: 큰 / small: 작은 / fast: 빠른 / slow: 느린 / old: 오래된 / new: 새로운
  open: 열린 / closed: 닫힌 / dark: 어두운 / light: 밝은 / wet: 젖은 / dry: 마른 / loud: 시끄러운 / quiet: 조용한
  opposite: 반대 / short: 짧은 / main: 주된 / point: 요점
  meow: 야옹 / woof: 멍멍 / moo: 음매 / quack: 꽥꽥 / oink: 꿀꿀 / roar: 어흥 / hoot: 부엉 / croak: 개굴개굴
  neigh: 히힝 / squeak: 찍찍 / howl: 아우 / growl: 으르렁 / sound: 소리
  live: 살다 / lives: 산다 / like: 좋아하다 / likes: 좋아한다 / love: 사랑하다 / loves: 사랑한다 / hate: 싫어하다
  want: 원하다 / wants: 원한다 / eat: 먹다 / eats: 먹는다 / take: 가져가다 / takes: 가져간다 / care: 돌봄
  work: 일하다 / works: 일한다 / paint: 칠하다 / paints: 칠한다 / make: 만들다 / give: 주다 / gave: 주었다
  get: 받다 / go: 가다 / went: 갔다 / walked: 걸어갔다 / see: 보다 / sees: 본다 / saw: 보았다 / find: 찾다
  finds: 찾는다 / found: 찾았다 / say: 말하다 / says: 말한다 / said: 말했다 / tell: 말해 주다 / ask: 묻다
  asked: 물었다 / asking: 물음 / answer: 대답하다 / answered: 대답했다 / shouted: 소리쳤다 / know: 알다
  think: 생각하다 / felt: 느꼈다 / help: 돕다 / let: ~하게 하다 / listen: 들어라 / decide: 정하다 / mean: 뜻하다
  means: 뜻한다 / read: 읽다 / write: 쓰다 / wrote: 썼다 / stop: 멈추다 / thank: 감사하다 / use: 쓰다
  put: 놓다 / swap: 바꾸다 / change: 바꾸다 / replace: 바꾸다 / remove: 빼다 / drop: 빼다 / leave: 떠나다
  pick: 고르다 / count: 세다 / copy: 베끼다 / repeat: 되풀이하다 / echo: 되풀이하다 / reverse: 뒤집다 / turn: 돌리다
  start: 시작하다 / comes: 온다 / follows: 뒤따른다 / summarise: 요약하다 / translate: 번역하다
  question: 질문 / word: 단어 / words: 단어들 / list: 목록 / text: 글 / story: 이야기 / sentence: 문장 / summary: 요약
  version: 판 / order: 순서 / backwards: 거꾸로 / korean: 한국어
  stupid: 멍청한 / dumb: 멍청한 / fool: 바보 / idiot: 멍청이 / trash: 쓰레기 / shut: 닫다`);

/** What means something else, or is easier to read, together. */
const PHRASES = table(`
  thank you for asking: 물어봐 주셔서 고맙습니다 / sure , my friend: 물론이지요 , 친구 / have a nice day: 좋은 하루 보내세요
  let me think: 생각해 볼게요 / a good one: 좋은 질문 / i could say more: 더 말할 수도 있지만 / i stop here: 여기서 멈출게요
  that is all i can say: 제가 할 수 있는 말은 이게 전부예요 / shut up: 닥쳐 / go away: 저리 가 / i hate you: 네가 싫어
  i do not know: 모릅니다 / do not: ~하지 마 / did not: ~하지 않았다 / does not: ~하지 않는다
  how many: 몇 개 / how do you say: 어떻게 말합니까 / how do you write: 어떻게 씁니까 / what kind of: 어떤 종류의
  tell me: 말해 줘 / give me: 줘 / answer me: 대답해 / can you: ~해 줄 수 있니 / can we: ~해도 되는가 / i want: 나는 원한다
  one day: 어느 날 / one more: 하나 더 / once more: 한 번 더 / every morning: 아침마다 / in the morning: 아침에
  takes care of: ~을 돌본다 / take care of: ~을 돌보다 / leave out: 빼다
  all but: ~만 빼고 / in place of: ~ 대신에 / in short: 짧게 / in korean: 한국어로 / to korean: 한국어로
  the korean for: ~의 한국어 / from the end: 끝에서부터 / to eat: 먹기를 / the number of: ~의 수 / out there: 저 밖에
  is it true that: ~이 참인가 / does it mean that: ~이라는 뜻인가 / yes or no: 예 또는 아니요 / there was: ~이 있었다`);

const LONGEST = Math.max(...[...PHRASES.keys()].map((phrase) => phrase.split(' ').length));

export interface GlossedPhrase {
  readonly words: readonly string[];
  /** Null for what needs none: Korean, punctuation, and words outside the pocket world. */
  readonly gloss: string | null;
}

/** The gloss of one word by itself, in the world's form; null for what needs none. */
export function glossWord(word: string): string | null {
  return WORDS.get(word) ?? NAMES.get(word) ?? null;
}

/** `words` in phrases, each with its gloss: the longest fixed phrase at each place, else the word by itself. */
export function glossPhrases(words: readonly string[]): GlossedPhrase[] {
  const phrases: GlossedPhrase[] = [];
  for (let at = 0; at < words.length; at += phrases.at(-1)?.words.length ?? 1) phrases.push(phraseAt(words, at));
  return phrases;
}

function phraseAt(words: readonly string[], at: number): GlossedPhrase {
  for (let length = Math.min(LONGEST, words.length - at); length > 1; length--) {
    const phrase = words.slice(at, at + length);
    const gloss = PHRASES.get(phrase.join(' '));
    if (gloss !== undefined) return { words: phrase, gloss };
  }
  const word = words[at] ?? '';
  return { words: [word], gloss: glossWord(word) };
}
