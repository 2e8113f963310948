import { int64Type, integerType, stringType, timestampType } from '../../columnar/data-type.ts'
import { compileDatePattern, type DatePattern } from '../../columnar/text/date-pattern.ts'
import { DatePatternWriter } from '../../columnar/text/date-pattern-format.ts'
import { requireZone } from '../../columnar/text/zone.ts'
import { stringVector, type Vector } from '../../columnar/vector.ts'
import type { EvalContext, FunctionEntry, ResolvedArgument } from '../function-table.ts'
import { isPresent, signature } from './define.ts'
import { byText } from './datetime-shared.ts'

const compile = (text: string): DatePattern => compileDatePattern(text, 'format')

/** 2^63 microseconds. */
const maxSeconds = 9_223_372_036_854

const defaultPattern = compile('yyyy-MM-dd HH:mm:ss')

/** `write` appends row i by a pattern. */
function formatRows(
  write: (writer: DatePatternWriter, pattern: DatePattern, i: number) => void, format: Vector | undefined, length: number, validity: Uint8Array | null, context: EvalContext,
): Vector {
  const writer = new DatePatternWriter(requireZone(context.timeZone), length * 20)
  const pattern = format === undefined ? () => defaultPattern : byText(format, compile)
  const offsets = new Int32Array(length + 1)
  for (let i = 0; i < length; i++) {
    if (isPresent(validity, i)) write(writer, pattern(i), i)
    offsets[i + 1] = writer.length
  }
  return stringVector(writer.bytes.subarray(0, writer.length), offsets, length, validity)
}

/** Seconds as microseconds in 64 bits, which numbers beyond the year 294247 go round, as they do in Spark. */
function writeUnixTime(writer: DatePatternWriter, pattern: DatePattern, seconds: number | bigint): void {
  if (seconds <= maxSeconds && seconds >= -maxSeconds) return writer.writeSeconds(pattern, Number(seconds), 0)
  const micros = BigInt.asIntN(64, BigInt(seconds) * 1_000_000n)
  const ofSecond = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  writer.writeSeconds(pattern, Number((micros - ofSecond) / 1_000_000n), Number(ofSecond))
}

/** A pattern that is a literal is checked while the query is built, unless a null beside it makes all of it null. */
function checkPattern([value, pattern]: readonly ResolvedArgument[]): void {
  if (typeof pattern?.literal === 'string' && value.literal !== null) compile(pattern.literal)
}

export const dateFormatFunctions: readonly FunctionEntry[] = [
  {
    name: 'date_format',
    arity: [2, 2],
    usage: 'date_format(timestamp, pattern: string) -> string',
    doc: 'The timestamp as text by a pattern, in the session zone.',
    resolve: args => {
      checkPattern(args)
      return signature([timestampType, stringType], stringType, ([times, format], length, validity, context) => {
        const values = times.values as Float64Array
        return formatRows((writer, p, i) => writer.write(p, values[i]), format, length, validity, context)
      })
    },
  },
  {
    name: 'from_unixtime',
    arity: [1, 2],
    usage: 'from_unixtime(seconds: bigint[, pattern: string]) -> string',
    doc: 'The time so many seconds after 1970-01-01 UTC as text in the session zone, yyyy-MM-dd HH:mm:ss unless a pattern is given.',
    resolve: args => {
      checkPattern(args)
      const [seconds, pattern] = args
      const whole = seconds.type.kind === 'int64' ? int64Type : integerType
      const types = pattern === undefined ? [whole] : [whole, stringType]
      return signature(types, stringType, ([values, format], length, validity, context) => {
        const numbers = values.values as Float64Array | BigInt64Array
        return formatRows((writer, p, i) => writeUnixTime(writer, p, numbers[i]), format, length, validity, context)
      })
    },
  },
]
