import { makeError, type MillraceError } from '../../common/errors.ts'
import { type DataType, dateType, integerType, isNumeric, stringType, timestampType } from '../../columnar/data-type.ts'
import { compileDatePattern } from '../../columnar/text/date-pattern.ts'
import { DatePatternReader } from '../../columnar/text/date-pattern-parse.ts'
import { notExact } from '../../columnar/text/spark-time-text.ts'
import { requireZone, type Zone } from '../../columnar/text/zone.ts'
import { Vector } from '../../columnar/vector.ts'
import type { CastKernel } from '../casts/cast-kernel.ts'
import { Failures } from '../failures.ts'
import { timeCastKernel, timestampNotExact } from '../casts/time-casts.ts'
import type { FunctionEntry, Kernel, ResolvedArgument, Signature } from '../function-table.ts'
import { isPresent, signature, StringReader } from './define.ts'
import { byText } from './datetime-shared.ts'

/** Text to time by a pattern: to_date(), to_timestamp(), unix_timestamp() and what they are called besides. */
function parseByPattern(text: Vector, format: Vector | string, length: number, validity: Uint8Array | null, zone: Zone, attempt: boolean): Vector {
  const texts = new StringReader(text)
  const compile = (pattern: string): DatePatternReader => new DatePatternReader(compileDatePattern(pattern, 'parse'), zone)
  const fixedReader = typeof format === 'string' ? compile(format) : null
  const reader = typeof format === 'string' ? () => fixedReader as DatePatternReader : byText(format, compile)
  const out = new Float64Array(length)
  const nulls = new Failures(validity, length)
  for (let i = 0; i < length; i++) {
    if (!isPresent(validity, i)) continue
    const micros = reader(i).parse(texts.at(i))
    if (Number.isFinite(micros)) out[i] = micros
    else if (attempt) nulls.add(i)
    else throw micros === notExact ? timestampNotExact(`"${texts.at(i)}"`) : cannotParse(texts.at(i))
  }
  return new Vector(timestampType, length, nulls.validity, out)
}

function cannotParse(text: string): MillraceError {
  return makeError('EXPR_CANNOT_PARSE_TIMESTAMP', `The text "${text}" does not fit its date pattern. Correct the data or the pattern, or use the try_ function to get null instead.`, {
    context: { text },
  })
}

const timestampToDate = timeCastKernel(timestampType, dateType, 'ansi') as CastKernel

/** Seconds since the epoch, as a cast has it. */
function ofNumber(type: DataType, attempt: boolean): Signature {
  const byCast = timeCastKernel(type, timestampType, attempt ? 'try' : 'ansi') as CastKernel
  return signature([type], timestampType, ([value], length, _validity, context) => byCast(value, length, context), attempt)
}

function parser(name: string, result: DataType, attempt: boolean, doc: string): FunctionEntry {
  // What is no text (a boolean, say) is read by its text.
  const byCast = timeCastKernel(stringType, result, attempt ? 'try' : 'ansi') as CastKernel
  return {
    name,
    arity: [1, 2],
    usage: `${name}(text: string[, pattern: string]) -> ${result.kind}`,
    doc,
    resolve: (args): Signature | undefined => {
      checkPattern(args)
      const { kind } = args[0].type
      if (isNumeric(args[0].type) && args.length === 1 && result.kind === 'timestamp') return ofNumber(args[0].type, attempt)
      if (kind === 'array' || kind === 'struct') return undefined
      const pattern = args.length === 2 ? [stringType] : []
      if (kind === 'date' || kind === 'timestamp' || kind === 'null') return signature([result, ...pattern], result, ([value], length, validity) => new Vector(result, length, validity, value.values))
      if (args.length === 1) {
        if (!attempt && kind === 'string') return signature([result], result, ([value]) => value)
        return signature([stringType], result, ([text], length, _validity, context) => byCast(text, length, context), attempt)
      }
      return signature([stringType, stringType], result, ([text, format], length, validity, context) => {
        const times = parseByPattern(text, format, length, validity, requireZone(context.timeZone), attempt)
        return result.kind === 'date' ? timestampToDate(times, length, context) : times
      }, attempt)
    },
  }
}

/** A pattern that is a literal is checked while the query is built, unless a null beside it makes all of it null. */
function checkPattern([value, pattern]: readonly ResolvedArgument[]): void {
  if (typeof pattern?.literal === 'string' && value.literal !== null) compileDatePattern(pattern.literal, 'parse')
}

const defaultPattern = 'yyyy-MM-dd HH:mm:ss'

/** Whole seconds since the epoch, cut towards zero. */
function secondsOf(times: Vector, length: number): Vector {
  const micros = times.values as Float64Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = Math.trunc(micros[i] / 1e6) + 0
  return new Vector(integerType, length, times.validity, out)
}

function toUnix(name: string, least: 0 | 1): FunctionEntry {
  const now: Kernel = (_args, length, _validity, context) => new Vector(integerType, length, null, new Float64Array(length).fill(Math.floor(context.nowMicros / 1e6)))
  return {
    name,
    arity: [least, 2],
    usage: `${name}(${least === 0 ? '[' : ''}text, date or timestamp[, pattern: string]${least === 0 ? ']' : ''}) -> bigint`,
    doc: `Whole seconds since 1970-01-01 UTC${least === 0 ? ', of the batch clock without arguments' : ''}; text is read by the pattern, ${defaultPattern} unless given.`,
    deterministic: least === 1,
    resolve: (args): Signature | undefined => {
      if (args.length === 0) return signature([], integerType, now)
      checkPattern(args)
      const { kind } = args[0].type
      const pattern = args.length === 2 ? [stringType] : []
      if (kind === 'date' || kind === 'timestamp') {
        return signature([timestampType, ...pattern], integerType, ([times], length, validity) => secondsOf(new Vector(timestampType, length, validity, times.values), length))
      }
      if (kind !== 'string' && kind !== 'null') return undefined
      return signature([stringType, ...pattern], integerType, ([text, format], length, validity, context) =>
        secondsOf(parseByPattern(text, format ?? defaultPattern, length, validity, requireZone(context.timeZone), false), length))
    },
  }
}

export const dateParseFunctions: readonly FunctionEntry[] = [
  parser('to_date', dateType, false, 'The date in a text: as a cast reads it, or by a pattern.'),
  parser('try_to_date', dateType, true, 'As to_date(), null where the text is no date.'),
  parser('to_timestamp', timestampType, false, 'The timestamp in a text: as a cast reads it, or by a pattern; local times are of the session zone.'),
  parser('try_to_timestamp', timestampType, true, 'As to_timestamp(), null where the text is no timestamp.'),
  toUnix('unix_timestamp', 0),
  toUnix('to_unix_timestamp', 1),
]
