import { unreadable, unsupported } from '../errors.ts'

const format = 'H2O MOJO'

export const fail = (what: string, cause?: unknown): Error => unreadable(format, what, cause)

export const notScored = (what: string, advice: string): Error => unsupported(format, what, advice)
