import type { DataType } from '../columnar/data-type.ts'

/** Longer text is no number or time that could be explained. */
const maxExplained = 64

/**
 * Why a type cannot hold a value that looks as if it could, and what can: the end of a sentence, from the colon on; nothing
 * where the value speaks for itself. `text` is without quotes.
 */
export function whyRefused(type: DataType, text: string): string {
  if (text.length > maxExplained) return ''
  switch (type.kind) {
    case 'int32':
    case 'integer':
    case 'int64':
      if (/^[+-]?\d+$/.test(text)) return limits[type.kind]
      return isNumber(text) ? ': a whole number is written with digits alone, and float64 holds others' : ''
    case 'float64':
      return isNumber(text) ? ': it is larger than any float64' : ''
    case 'timestamp':
      return whyNoTimestamp(text)
    default:
      return ''
  }
}

const limits = Object.freeze({
  int32: ': it goes from -2147483648 to 2147483647; integer and int64 go further',
  integer: ': it goes from -(2^53 - 1) to 2^53 - 1, and beyond that would round; int64 goes further',
  int64: ': it goes from -2^63 to 2^63 - 1; string holds any number of digits',
})

function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)
}

/** A date and time that is well formed, and what follows it. */
const dateTime = /^\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?((?![:.\d]).*)?$/

function whyNoTimestamp(text: string): string {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return ': a number has no unit; read it as integer or float64 and use timestampSeconds(), timestampMillis() or timestampMicros()'
  const found = dateTime.exec(text)
  if (found === null) return ''
  const zone = found[1] ?? ''
  if (zone !== '' && !/^(?:Z|[+-](?:0\d|1[0-7])(?::?[0-5]\d)?)$/.test(zone)) return ': its time zone must be Z or an offset such as +01:00, up to 18 hours'
  const year = Number(text.slice(0, 4))
  return year >= 2255 || year <= 1684 ? ': it is beyond 2^53 microseconds from 1970, which ends in the years 1684 and 2255' : ''
}
