import { createHash, timingSafeEqual, type Hash } from 'node:crypto'

/** SHA-256 of the parts, as 64 hexadecimal digits. Text counts as its UTF-8 bytes. */
export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** SHA-256 of what comes in pieces. */
export class Sha256 {
  readonly #hash: Hash = createHash('sha256')

  update(piece: Uint8Array): void {
    this.#hash.update(piece)
  }

  /** Of all pieces, as 64 hexadecimal digits; once, at the end. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** Whether two secrets are the same, in a time that does not tell how much of them is. */
export function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(a), 'hex'), Buffer.from(sha256(b), 'hex'))
}
