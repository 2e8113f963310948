/** The randomness port. Ids only: everything that reaches a result is seeded from the batch record instead. */
export interface Random {
  bytes(length: number): Uint8Array
}

/** `length` random bytes as lower-case hexadecimal digits, twice as many. */
export function randomHex(random: Random, length: number): string {
  return Buffer.from(random.bytes(length)).toString('hex')
}

export function randomUuid(random: Random): string {
  const b = random.bytes(16)
  b[6] = (b[6] & 0x0f) | 0x40
  b[8] = (b[8] & 0x3f) | 0x80
  const h = Buffer.from(b).toString('hex')
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`
}
