import { makeError, type MillraceError } from '../common/errors.ts'
import type { BadRecord, DecodeContext } from './format.ts'

/** Of a bad record at most this many bytes are kept for the dead-letter output. */
export const maxRawBytes = 1024 * 1024

/**
 * Says why the record at hand cannot be decoded. Each decoder owns one and throws it again and again: a file full of
 * bad records then costs no stack trace per record. It never leaves the decoder.
 */
export class RecordFault extends Error {
  reason = ''

  because(reason: string): this {
    this.reason = reason
    return this
  }
}

/**
 * Does with a bad record what the context says. `bytes[start, end)` is the record; it is copied.
 * @throws QueryError FORMAT_BAD_RECORD when the context says `fail`
 */
export function reportBadRecord(
  context: DecodeContext,
  at: { readonly line: number; readonly byte: number },
  reason: string,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (context.onBadRecord === 'fail') throw badRecord(context.origin, at.line, at.byte, reason)
  const raw = bytes.slice(start, Math.min(end, start + maxRawBytes))
  context.bad({ origin: context.origin, line: at.line, byte: at.byte, reason, raw } satisfies BadRecord)
}

export function badRecord(origin: string, line: number, byte: number, reason: string): MillraceError {
  return makeError(
    'FORMAT_BAD_RECORD',
    `Line ${line} of "${origin}" (byte ${byte}) cannot be read: ${reason}. Correct the input, or set onBadRecord to "skip" or "deadLetter".`,
    { context: { origin, line, byte, reason } },
  )
}

/** Why text that is not UTF-8 is refused; `bytes[start, …)` is the record. */
export function notUtf8(bytes: Uint8Array, start: number): string {
  const utf16 = (bytes[start] === 0xff && bytes[start + 1] === 0xfe) || (bytes[start] === 0xfe && bytes[start + 1] === 0xff)
  return utf16 ? 'it begins like UTF-16, and only UTF-8 is read; convert the file' : 'it is no valid UTF-8'
}
