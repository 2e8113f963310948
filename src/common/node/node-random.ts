import { randomBytes } from 'node:crypto'
import type { Random } from '../random.ts'

/** The real source of random ids. */
export const nodeRandom: Random = Object.freeze({ bytes: (length: number) => new Uint8Array(randomBytes(length)) })
