/** Names of contents. */

/** 64 bits over bytes (two lanes of murmur3-like mixing): tells contents apart, no defence against forgery. */
export class Hasher {
  #a: number;
  #b: number;

  /** `length`: of all that will be added. */
  constructor(length: number, seed: number) {
    this.#a = 0x9e3779b9 ^ seed;
    this.#b = 0x85ebca6b ^ length;
  }

  /** However the bytes are cut into pieces, the hash is the same. */
  add(bytes: Uint8Array): this {
    let [a, b] = [this.#a, this.#b];
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      a = Math.imul(a ^ byte, 2654435761);
      b = Math.imul(b ^ byte, 1597334677);
    }
    [this.#a, this.#b] = [a, b];
    return this;
  }

  /** 16 hexadecimal digits. */
  get hex(): string {
    let [a, b] = [this.#a, this.#b];
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
  }
}

/** The hash of bytes that are all at hand. */
export function hashBytes(bytes: Uint8Array, seed: number): string {
  return new Hasher(bytes.length, seed).add(bytes).hex;
}
