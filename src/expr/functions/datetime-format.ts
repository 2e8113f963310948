import { int64Type, integerType, stringType, timestampType } from '../../columnar/data-type.ts'
import { compileDatePattern, type DatePattern } from '../../columnar/text/date-pattern.ts'
import { DatePatternWriter } from '../../columnar/text/date-pattern-format.ts'
import { requireZone } from '../../columnar/text/zone.ts'
import { stringVector, type Vector } from '../../columnar/vector.ts'
import type { EvalContext, FunctionEntry, ResolvedArgument } from '../function-table.ts'
import { isCount, numbersOf } from './counts.ts'
import { isPresent, signature } from './define.ts'
import { byText } from './datetime-shared.ts'

const compile = (text: string): DatePattern => compileDatePattern(text, 'format')

const defaultPattern = compile('yyyy-MM-dd HH:mm:ss')

function formatRows(
  micros: (i: number) => number, format: Vector | undefined, length: number, validity: Uint8Array | null, context: EvalContext,
): Vector {
  const writer = new DatePatternWriter(requireZone(context.timeZone), length * 20)
  const pattern = format === undefined ? () => defaultPattern : byText(format, compile)
  const offsets = new Int32Array(length + 1)
  for (let i = 0; i < length; i++) {
    if (isPresent(validity, i)) writer.write(pattern(i), micros(i))
    offsets[i + 1] = writer.length
  }
  return stringVector(writer.bytes.subarray(0, writer.length), offsets, length, validity)
}

/** A pattern that is a literal is checked while the query is built. */
function checkPattern(pattern: ResolvedArgument | undefined): void {
  if (typeof pattern?.literal === 'string') compile(pattern.literal)
}

export const dateFormatFunctions: readonly FunctionEntry[] = [
  {
    name: 'date_format',
    arity: [2, 2],
    usage: 'date_format(timestamp, pattern: string) -> string',
    doc: 'The timestamp as text by a pattern, in the session zone.',
    resolve: ([, pattern]) => {
      checkPattern(pattern)
      return signature([timestampType, stringType], stringType, ([times, format], length, validity, context) => {
        const values = times.values as Float64Array
        return formatRows(i => values[i], format, length, validity, context)
      })
    },
  },
  {
    name: 'from_unixtime',
    arity: [1, 2],
    usage: 'from_unixtime(seconds: bigint[, pattern: string]) -> string',
    doc: 'The time so many seconds after 1970-01-01 UTC as text in the session zone, yyyy-MM-dd HH:mm:ss unless a pattern is given.',
    resolve: ([seconds, pattern]) => {
      checkPattern(pattern)
      if (!isCount(seconds)) return undefined
      const whole = seconds.type.kind === 'int64' ? int64Type : integerType
      const types = pattern === undefined ? [whole] : [whole, stringType]
      return signature(types, stringType, ([values, format], length, validity, context) => {
        const numbers = numbersOf(values, length)
        return formatRows(i => numbers[i] * 1e6, format, length, validity, context)
      })
    },
  },
]
