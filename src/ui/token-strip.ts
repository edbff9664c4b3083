/** What a strip of tokens shows. */
export interface StripToken {
  readonly text: string;
  /** 0 … 1: how strongly the token is marked; without it, it is not. */
  readonly value?: number;
  /**
   * 'quiet': a token that does not count, such as a special or a prompt in front of what is looked at; 'up' and 'down':
   * its value is a rise or a fall, which `note` has to say too.
   */
  readonly tone?: 'plain' | 'quiet' | 'up' | 'down';
  /** A few characters beneath the token. */
  readonly note?: string;
  /** What screen readers hear in place of the text. */
  readonly label?: string;
}
