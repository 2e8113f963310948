import { option, optional, optionTable, type OptionsOf, resolveOptions, type ResolvedOptions } from '../../common/options.ts'
import { kafkaConnectionOptions } from '../../clients/kafka/options.ts'
import { sparkConnectionNames, withoutSparkNames } from '../../clients/kafka/spark-options.ts'

/** Columns as one JSON object; without `columns` all those that the record has in no other place. */
export interface JsonObjectOf {
  readonly format: 'json'
  readonly columns?: readonly string[]
  /** Leave out fields that are null. @default false */
  readonly ignoreNullFields?: boolean
}

/** The name of a column, or several as one JSON object. */
export type KafkaKey = string | readonly string[]
export type KafkaValue = string | JsonObjectOf
/** A column of headers as Spark has it (array of key and value), or the column of each header by its name. */
export type KafkaHeaders = string | { readonly [header: string]: string }
export type KafkaTopic = string | { readonly column: string }

const isObject = (value: unknown): value is { readonly [key: string]: unknown } => typeof value === 'object' && value !== null && !Array.isArray(value)
const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isNames = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isName)

function isJsonObjectOf(value: unknown): boolean {
  if (!isObject(value) || value['format'] !== 'json') return false
  const { columns, ignoreNullFields = false } = value
  return Object.keys(value).every(k => k === 'format' || k === 'columns' || k === 'ignoreNullFields') && (columns === undefined || isNames(columns)) && typeof ignoreNullFields === 'boolean'
}

export const recordOptions = optionTable({
  topic: optional(option.value<KafkaTopic>('', 'The topic that the records go to, or the column that names it: { column: "topic" }.', 'a topic name or { column: "a column" }', v => isName(v) || (isObject(v) && Object.keys(v).length === 1 && isName(v['column'])))),
  key: optional(option.value<KafkaKey>('', 'Column whose value is the key of the record; several columns make one JSON object. Without it records have no key.', 'a column name or a list of them', v => isName(v) || isNames(v))),
  value: optional(option.value<KafkaValue>('', 'Column whose value is the value of the record, or { format: "json", columns } for one JSON object. Default: the row as JSON, without the columns that key, headers, topic, partition and timestamp have.', 'a column name or { format: "json", columns: [...], ignoreNullFields: true or false }', v => isName(v) || isJsonObjectOf(v))),
  headers: optional(option.value<KafkaHeaders>('', 'Headers: the column of each by its name, or one column with all of them, an array of { key, value }.', 'a column name or an object of header names and columns', v => isName(v) || (isObject(v) && Object.values(v).every(isName)))),
  partition: optional(option.text('', 'Column with the number of the partition; where it is null, and without it, the key decides as in the Java client.')),
  timestamp: optional(option.text('', 'Column with the time of the record. Default: the clock of the batch.')),
})

export const deliveryOptions = optionTable({
  delivery: option.oneOf(['exactly-once', 'at-least-once'], 'exactly-once', 'exactly-once: rows and a marker in one transaction. at-least-once: without transactions; after a crash a batch may be there twice.'),
  transactionalIdPrefix: option.value('millrace', 'Transactional ids and the topic of markers, PREFIX.commits, begin with it.', 'at most 200 letters, digits, ".", "_" and "-"', v => typeof v === 'string' && /^[A-Za-z0-9._-]{1,200}$/.test(v)),
  transactionTimeout: option.duration('1 minute', 'The broker aborts a transaction that is open for longer. One batch must be sent in this time, and readers may wait for it after a crash.'),
  compression: option.oneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'none', 'Compression of the record batches.'),
  maxRecordBatchBytes: option.integer(512 * 1024, 'A record batch is closed at this size; the max.message.bytes of a topic must not be below. A larger record stands alone.', { min: 1024, max: 512 * 1024 * 1024 }),
  maxRequestBytes: option.integer(8 * 1024 * 1024, 'A batch is sent in requests of about this size.', { min: 1024, max: 512 * 1024 * 1024 }),
})

/** What only the sink has. */
export const kafkaWritingOptions = optionTable({ ...recordOptions, ...deliveryOptions })

/** All options of the sink: those of the connection too. */
export const kafkaSinkOptions = optionTable({ ...kafkaConnectionOptions, ...kafkaWritingOptions })

export type KafkaRecordOptions = OptionsOf<typeof recordOptions>
export type KafkaDeliveryOptions = OptionsOf<typeof deliveryOptions>
export type KafkaSinkOptions = OptionsOf<typeof kafkaSinkOptions>
export type ResolvedRecordOptions = ResolvedOptions<typeof recordOptions>
export type ResolvedKafkaSinkOptions = ResolvedOptions<typeof kafkaSinkOptions>

/**
 * Takes Spark's names of the connection too.
 * @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function resolveKafkaSinkOptions(given: { readonly [name: string]: unknown }): ResolvedKafkaSinkOptions {
  return resolveOptions(kafkaSinkOptions, withoutSparkNames(given, sparkConnectionNames), 'sink "kafka"')
}
