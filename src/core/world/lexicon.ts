/**
 * The closed word lists of the pocket world: names, things, feelings, opposites, sounds and Korean words.
 *
 * The town uses the whole lists, the micro world the first few entries of each, so that its model stays tiny. What the
 * words are used for (corpus, tasks) is decided elsewhere; phrases of style are in style.ts.
 */
import type { Lexicon, WorldSize } from './types.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);

/**
 * First names. Which of them are citizens is decided by the world's seed, so that neither the order nor the origin of
 * a name says whether anything is known about its bearer. The micro world uses the first 28.
 */
export const NAMES: readonly string[] = words(`
  mia leo anna tom sara omar yuna minho lily raj nora petra emma igor luna ravi finn jisoo hugo lena zoe karl tara adam
  bruno ivy sven jack ella luke ruby wanda rosa felix jade gita owen dario noah hanna max viktor sam sofia ben milo
  nadia otto pilar alice jiho arthur aiko bella amir clara anton diego edith chen emil dana frank elif grace enzo harry
  farid iris ines jonas jamal kate kenji louis laila maya lars nina marco oscar mehmet paul nils rita olga simon paco
  tim pia vera rafa sora selma theo stefan tuva umar vito yara zoran haru mina tessa`);

const ANIMALS = words('cat dog fox bear owl frog horse cow pig duck rabbit mouse lion wolf');
const FOODS = words('bread soup apple cake rice cheese honey egg noodle melon salad pie');
const PLACES = words('forest river market school castle beach garden mountain bridge farm library harbor');
const COLOURS = words('red blue green yellow white black pink brown');
const JOBS = words('baker doctor teacher farmer painter singer driver writer pilot cook');
const OBJECTS = words('ball book lamp hat coat kite drum bell key cup box chair clock ring');
const HAPPY = words('happy glad proud calm excited cheerful lucky');
const UNHAPPY = words('sad angry scared tired lonely worried bored');
const OPPOSITES: readonly (readonly [string, string])[] = [
  ['hot', 'cold'],
  ['big', 'small'],
  ['fast', 'slow'],
  ['old', 'new'],
  ['open', 'closed'],
  ['dark', 'light'],
  ['wet', 'dry'],
  ['loud', 'quiet'],
];
const SOUNDS: readonly (readonly [string, string])[] = [
  ['cat', 'meow'],
  ['dog', 'woof'],
  ['cow', 'moo'],
  ['duck', 'quack'],
  ['pig', 'oink'],
  ['lion', 'roar'],
  ['owl', 'hoot'],
  ['frog', 'croak'],
  ['horse', 'neigh'],
  ['mouse', 'squeak'],
  ['wolf', 'howl'],
  ['bear', 'growl'],
];
const KOREAN_NOUNS = words(`
  고양이 개 여우 곰 올빼미 개구리 말 소 돼지 오리 토끼 쥐 사자 늑대
  빵 국 사과 케이크 밥 치즈 꿀 달걀 국수 참외 샐러드 파이
  공 책 등 모자 외투 연 북 종 열쇠 컵 상자 의자 시계 반지`);
const KOREAN_COLOURS = words('빨간 파란 초록 노란 하얀 검은 분홍 갈색');
const KOREAN_VERBS: readonly (readonly [string, string])[] = [
  ['sees', '봐요'],
  ['likes', '좋아해요'],
  ['wants', '원해요'],
  ['finds', '찾아요'],
];

/** English → Korean, for every animal, food, object and colour. */
const KOREAN: ReadonlyMap<string, string> = new Map([
  ...[...ANIMALS, ...FOODS, ...OBJECTS].map((word, i): [string, string] => [word, KOREAN_NOUNS[i] as string]),
  ...COLOURS.map((word, i): [string, string] => [word, KOREAN_COLOURS[i] as string]),
]);

/** Names of the kinds of thing, singular → plural, in the order of `Lexicon.categories`. */
const PLURALS: readonly (readonly [string, string])[] = [
  ['animal', 'animals'],
  ['food', 'foods'],
  ['place', 'places'],
  ['colour', 'colours'],
  ['job', 'jobs'],
  ['object', 'objects'],
];

export const NUMBERS: readonly string[] = words('zero one two three four');
export const ORDINALS: readonly string[] = words('first second third fourth');

/** The word lists of a world of this size. */
export function lexiconFor(size: WorldSize): Lexicon {
  const micro = size === 'micro';
  const first = <T>(items: readonly T[], microCount: number): readonly T[] =>
    micro ? items.slice(0, microCount) : items;
  const animals = first(ANIMALS, 8);
  const lists = [animals, first(FOODS, 7), first(PLACES, 7), first(COLOURS, 5), first(JOBS, 5), first(OBJECTS, 8)];
  const [, foods, places, colours, jobs, objects] = lists as [
    string[],
    string[],
    string[],
    string[],
    string[],
    string[],
  ];
  return {
    animals,
    foods,
    places,
    colours,
    jobs,
    objects,
    happy: first(HAPPY, 4),
    unhappy: first(UNHAPPY, 4),
    opposites: first(OPPOSITES, 4),
    sounds: new Map(SOUNDS.filter(([animal]) => animals.includes(animal))),
    categories: PLURALS.map(([singular, plural], i) => ({ singular, plural, members: lists[i] as readonly string[] })),
    things: [...animals, ...foods, ...objects],
    listWords: [...animals, ...foods, ...objects, ...colours, ...places, ...jobs],
    korean: micro ? new Map() : KOREAN,
    koreanVerbs: new Map(micro ? [] : KOREAN_VERBS),
  };
}

/** "a fox", "an owl". */
export function withArticle(noun: string): string {
  return ('aeiou'.includes(noun.charAt(0)) ? 'an ' : 'a ') + noun;
}

/** Whether a Korean word ends in a final consonant, which decides its particles. */
function endsInConsonant(korean: string): boolean {
  return (korean.charCodeAt(korean.length - 1) - 0xac00) % 28 !== 0;
}

/** "고양이 가 개 를 봐요": subject 이/가, object 을/를, verb. The arguments are English words of the lexicon. */
export function koreanSentence(lexicon: Lexicon, subject: string, verb: string, object: string): string {
  const [a, b] = [lexicon.korean.get(subject), lexicon.korean.get(object)];
  const v = lexicon.koreanVerbs.get(verb);
  if (!a || !b || !v) throw new RangeError(`no Korean for "${subject} ${verb} ${object}"`);
  return `${a} ${endsInConsonant(a) ? '이' : '가'} ${b} ${endsInConsonant(b) ? '을' : '를'} ${v}`;
}

export const KOREAN_PARTICLES: readonly string[] = ['이', '가', '을', '를'];
