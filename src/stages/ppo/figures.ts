/** Numbers of the microscope as they are written: with a real minus, and so many digits that one can compute with them. */
import { fixed } from '../../i18n/index.ts';

const DIGITS = 4;

const withMinus = (text: string): string => text.replace('-', '−');

/** "−0.1235". */
export function exact(value: number): string {
  return withMinus(fixed(value, DIGITS));
}

/** The same behind a sign of a formula: "( −0.1235 )". */
export function behindSign(value: number): string {
  const text = exact(value);
  return text.startsWith('−') ? `( ${text} )` : text;
}

/** "−0.12", for a table. */
export function short(value: number): string {
  return withMinus(fixed(value, 2));
}

/** "+0.12", "−0.12", "0.00": the sign is to be seen. */
export function signed(value: number): string {
  const text = short(value);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}
