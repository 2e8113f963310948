import { type DataType, describeType, type TypeKind } from '../../columnar/data-type.ts'
import { requireField, type Schema, typeOf } from '../../columnar/schema.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { KafkaHeaders, ResolvedRecordOptions } from './options.ts'

/** Key or value: one column, its bytes or its text, or several as a JSON object. Columns by position. */
export type FieldMapping =
  | { readonly kind: 'column'; readonly column: number }
  | { readonly kind: 'json'; readonly columns: readonly number[]; readonly ignoreNullFields: boolean }

export type HeadersMapping =
  | { readonly kind: 'list'; readonly column: number }
  | { readonly kind: 'each'; readonly headers: readonly { readonly name: string; readonly column: number }[] }

/** Where the parts of a record come from. */
export interface RecordMapping {
  readonly topic: { readonly name: string } | { readonly column: number }
  readonly key: FieldMapping | null
  readonly value: FieldMapping
  readonly headers: HeadersMapping | null
  readonly partition: number | null
  readonly timestamp: number | null
}

/** What Spark's Kafka source and sink call the columns of a record. */
const sparkColumns: ReadonlySet<string> = new Set(['key', 'value', 'headers', 'topic', 'partition', 'offset', 'timestamp', 'timestampType'])

/** Columns of dead letters; the last three are there when a Kafka source can have made some. */
const deadLetterColumns = ['origin', 'line', 'byte', 'reason', 'raw', 'topic', 'partition', 'offset']

/**
 * What becomes of the columns. Options decide; where there are none:
 *
 * - Dead letters: the value is the bytes of the record, the other columns are headers.
 * - A frame whose columns all are those of a Kafka record in Spark, with a string or binary `value`: as in Spark, the
 *   columns key, value, headers, partition, and topic unless it is given.
 * - Any other frame: the value is a JSON object of the columns that have no other place, and there is no key.
 *
 * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_INVALID_OPTION
 */
export function recordMapping(schema: Schema, given: ResolvedRecordOptions): RecordMapping {
  const options = withDefaults(schema, given)
  const column = (name: string, option: string): number => requireField(schema, name, `Option "${option}" of sink "kafka"`)
  const typed = (name: string, option: string, accepts: (type: DataType) => boolean, expects: string): number => {
    const index = column(name, option)
    if (!accepts(schema.fields[index].type)) throw wrongType(option, name, schema.fields[index].type, expects)
    return index
  }
  if (options.topic === undefined) throw invalid('Sink "kafka" needs a topic: give the option topic, with the name of one or { column: "a column" }, or a column "topic" beside "value".', { option: 'topic' })
  const topic = typeof options.topic === 'string' ? { name: options.topic } : { column: typed(options.topic.column, 'topic', t => t.kind === 'string', 'a string') }
  const key: FieldMapping | null =
    options.key === undefined ? null
    : typeof options.key === 'string' ? { kind: 'column', column: column(options.key, 'key') }
    : { kind: 'json', columns: options.key.map(name => column(name, 'key')), ignoreNullFields: false }
  const headers = options.headers === undefined ? null : headersMapping(schema, options.headers, column)
  const partition = options.partition === undefined ? null : typed(options.partition, 'partition', t => wholeNumbers.has(t.kind), 'a whole number')
  const timestamp = options.timestamp === undefined ? null : typed(options.timestamp, 'timestamp', t => t.kind === 'timestamp', 'a timestamp')
  const taken = new Set<number | null>([...columnsOf(topic), ...columnsOf(key), ...columnsOf(headers), partition, timestamp])
  const { value } = options
  if (typeof value === 'string') return { topic, key, value: { kind: 'column', column: column(value, 'value') }, headers, partition, timestamp }
  const columns = value?.columns?.map(name => column(name, 'value')) ?? schema.fields.flatMap((_f, k) => (taken.has(k) ? [] : [k]))
  if (columns.length === 0) throw invalid('No column is left for the value of the records of sink "kafka": key, headers, topic, partition and timestamp have all of them. Name those of the value: value: { format: "json", columns: [...] }.', { option: 'value' })
  return { topic, key, value: { kind: 'json', columns, ignoreNullFields: value?.ignoreNullFields ?? false }, headers, partition, timestamp }
}

const wholeNumbers: ReadonlySet<TypeKind> = new Set(['int32', 'int64', 'integer'])

function withDefaults(schema: Schema, given: ResolvedRecordOptions): ResolvedRecordOptions {
  const names = schema.fields.map(f => f.name)
  const { key, value, headers, topic, partition } = given
  if (key === undefined && value === undefined && headers === undefined && isDeadLetters(names)) {
    return { ...given, value: 'raw', headers: Object.fromEntries(deadLetterColumns.filter(n => n !== 'raw' && names.includes(n)).map(n => [n, n])) }
  }
  if (value !== undefined || !names.every(n => sparkColumns.has(n)) || !isBytes(typeOf(schema, 'value'))) return given
  const ifThere = (name: string): string | undefined => (names.includes(name) ? name : undefined)
  return {
    ...given,
    value: 'value',
    key: key ?? ifThere('key'),
    headers: headers ?? ifThere('headers'),
    partition: partition ?? ifThere('partition'),
    topic: topic ?? (names.includes('topic') ? { column: 'topic' } : undefined),
  }
}

function isDeadLetters(names: readonly string[]): boolean {
  return deadLetterColumns.slice(0, 5).every(n => names.includes(n)) && names.every(n => deadLetterColumns.includes(n))
}

function isBytes(type: DataType | undefined): boolean {
  return type?.kind === 'string' || type?.kind === 'binary'
}

function headersMapping(schema: Schema, headers: KafkaHeaders, column: (name: string, option: string) => number): HeadersMapping {
  if (typeof headers !== 'string') return { kind: 'each', headers: Object.entries(headers).map(([name, from]) => ({ name, column: column(from, 'headers') })) }
  const index = column(headers, 'headers')
  const { type } = schema.fields[index]
  const [key, value] = type.kind === 'array' && type.element.kind === 'struct' ? type.element.fields : []
  const fits = type.kind === 'array' && type.element.kind === 'struct' && type.element.fields.length === 2 && key?.name === 'key' && key.type.kind === 'string' && value?.name === 'value' && isBytes(value.type)
  if (!fits) throw wrongType('headers', headers, type, 'array<struct<key: string, value: binary>>; for a header from a column write headers: { name: "column" }')
  return { kind: 'list', column: index }
}

function columnsOf(mapping: RecordMapping['topic'] | FieldMapping | HeadersMapping | null): readonly number[] {
  if (mapping === null || 'name' in mapping) return []
  if ('columns' in mapping) return mapping.columns
  return 'column' in mapping ? [mapping.column] : mapping.headers.map(h => h.column)
}

function wrongType(option: string, column: string, type: DataType, expects: string): MillraceError {
  return invalid(`Option "${option}" of sink "kafka" names column "${column}", a ${describeType(type)}, but it must be ${expects}.`, { option, column, type: describeType(type) })
}

function invalid(message: string, context: { readonly [key: string]: unknown }): MillraceError {
  return makeError('PLAN_INVALID_OPTION', message, { context })
}
