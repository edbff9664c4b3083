/** What a strip of tokens shows. */
export interface StripToken {
  readonly text: string;
  /** 0 … 1: how strongly the token is marked; without it, it is not. */
  readonly value?: number;
  /** 'quiet': a token that does not count, such as a special or a prompt in front of what is looked at. */
  readonly tone?: 'plain' | 'quiet';
  /** What screen readers hear in place of the text. */
  readonly label?: string;
}
