import { type DataType, describeType } from '../../columnar/data-type.ts'
import type { Schema } from '../../columnar/schema.ts'
import { fieldIndex } from '../../columnar/schema.ts'
import { parseDate, parseTimestamp } from '../../columnar/text/timestamp-text.ts'
import { booleanVector, dictionaryVector, float64Vector, int32Vector, nullVector, stringVector, Vector } from '../../columnar/vector.ts'
import { newBitmap } from '../../columnar/bitmap.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'

/** Stands for null in the name of a partition folder, as everywhere since Hive. */
export const nullPartition = '__HIVE_DEFAULT_PARTITION__'

/** Column values that stand in the names of folders (`year=2013/carrier=AA/…`), as text; null for the null partition. */
export type PartitionValues = { readonly [column: string]: string | null }

/** The values in a path relative to the root, for columns of the schema; the innermost folder wins. */
export function partitionValues(path: string, schema: Schema): PartitionValues | undefined {
  const values = new Map<string, string | null>()
  const segments = path.split('/')
  for (let i = 0; i < segments.length - 1; i++) {
    const equals = segments[i].indexOf('=')
    if (equals <= 0) continue
    const name = decodePercent(segments[i].slice(0, equals))
    if (fieldIndex(schema, name) < 0) continue
    const text = segments[i].slice(equals + 1)
    values.set(name, text === nullPartition ? null : decodePercent(text))
  }
  return values.size === 0 ? undefined : Object.fromEntries(values)
}

/** Percent-encoded UTF-8; text that is not properly encoded stands for itself. */
function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * A column that has the value in every row.
 * @throws QueryError FORMAT_SCHEMA_MISMATCH when the text is no value of the type
 */
export function constantVector(type: DataType, text: string | null, rows: number, column: string, path: string): Vector {
  if (text === null) return nullVector(type, rows)
  const bytes = new TextEncoder().encode(text)
  switch (type.kind) {
    case 'string':
      return dictionaryVector(new Int32Array(rows), stringVector(bytes, Int32Array.of(0, bytes.length), 1), rows)
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw mismatch(type, text, column, path)
      return booleanVector(newBitmap(rows, text === 'true'), rows)
    case 'int32':
    case 'integer':
    case 'float64': {
      const value = text.trim() === '' ? Number.NaN : Number(text)
      const good = type.kind === 'int32' ? (value | 0) === value : type.kind === 'integer' ? Number.isSafeInteger(value) : !Number.isNaN(value) || text === 'NaN'
      if (!good) throw mismatch(type, text, column, path)
      return type.kind === 'int32' ? int32Vector(type, new Int32Array(rows).fill(value)) : float64Vector(type, new Float64Array(rows).fill(value))
    }
    case 'int64': {
      if (!/^-?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw mismatch(type, text, column, path)
      return new Vector(type, rows, null, new BigInt64Array(rows).fill(BigInt(text)))
    }
    case 'date': {
      const days = parseDate(bytes, 0, bytes.length)
      if (Number.isNaN(days)) throw mismatch(type, text, column, path)
      return int32Vector(type, new Int32Array(rows).fill(days))
    }
    case 'timestamp': {
      const micros = parseTimestamp(bytes, 0, bytes.length)
      if (Number.isNaN(micros)) throw mismatch(type, text, column, path)
      return float64Vector(type, new Float64Array(rows).fill(micros))
    }
    default:
      throw mismatch(type, text, column, path)
  }
}

function mismatch(type: DataType, text: string, column: string, path: string): MillraceError {
  return makeError(
    'FORMAT_SCHEMA_MISMATCH',
    `The folder names in "${path}" give column "${column}" the value "${text}", which is no ${describeType(type)}. Correct the type of the column or the name of the folder.`,
    { context: { path, column, value: text, type: describeType(type) } },
  )
}
