import { kafkaConnectionOptions } from '../../clients/kafka/options.ts'
import { refused, sparkConnectionNames, type SparkNames, withoutSparkNames } from '../../clients/kafka/spark-options.ts'
import type { Json } from '../../common/json.ts'
import { option, optional, optionTable, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'
import { chosenColumns, isMetadata, type KafkaColumn, type KafkaMetadata } from './columns.ts'
import { type Assignment, isAssignment, isOffsetMap, type OffsetMap } from './offset-options.ts'

/** Formats of a key or value by name. */
export const recordFormats = Object.freeze(['json', 'csv', 'text', 'avro', 'registry'] as const)
export type RecordFormatName = (typeof recordFormats)[number]

/** How a key or value becomes columns, as it stands in the plan: the types are those of the source's schema. */
export interface DecodedColumns {
  readonly format: RecordFormatName
  readonly formatOptions: { readonly [key: string]: Json }
  readonly columns: readonly string[]
}

const offsets = 'an object such as { payments: { 0: 23, 1: -2 } }, where -2 is the earliest offset and -1 the latest'
const times = 'an object such as { payments: { 0: 1767225600000 } }'
const decoded = 'an object such as { format: "json", schema: schema({ … }) }'

export const kafkaSourceOptions = optionTable({
  ...kafkaConnectionOptions,
  topic: optional(option.value<string | undefined>(undefined, 'The topic to read. One of topic, topics, pattern and assignment is needed.', 'the name of a topic', isTopic)),
  topics: optional(option.value<readonly string[] | undefined>(undefined, 'Topics to read.', 'a list of names of topics', value => Array.isArray(value) && value.length > 0 && value.every(isTopic))),
  pattern: optional(option.value<string | undefined>(undefined, 'Every topic whose whole name fits this regular expression, also one that is made later; Kafka\'s own topics are left out.', 'a regular expression', isPattern)),
  assignment: optional(option.value<Assignment | undefined>(undefined, 'Exactly these partitions.', 'an object such as { payments: [0, 1] }', isAssignment)),
  value: optional(option.value<DecodedColumns | undefined>(undefined, 'How values become columns. Without, the columns are Kafka\'s own.', decoded, isDecoded)),
  key: optional(option.value<DecodedColumns | undefined>(undefined, 'How keys become columns. A record without a key has nulls there.', decoded, isDecoded)),
  metadata: optional(option.value<KafkaMetadata | undefined>(undefined, 'Columns of Kafka beside those that were decoded: key, value, topic, partition, offset, timestamp, timestampType, headers; as a list, or as an object that gives each a name of its own.', 'a list such as ["offset", "timestamp"], or an object such as { written_at: "timestamp" }', isMetadata)),
  includeHeaders: option.boolean(false, 'Adds the column "headers".'),
  tombstones: option.oneOf(['keep', 'skip'], 'keep', 'What becomes of a record without a value when values are decoded: a row of nulls (a bad record where a column cannot be null), or nothing.'),
  startingOffsets: optional(option.value<'earliest' | 'latest' | OffsetMap | undefined>(undefined, 'Where a query without a checkpoint begins: "earliest", "latest", or an offset for each partition. Default: "latest", and "earliest" for readBatch(). Partitions that are found later are read from their beginning.', `"earliest", "latest" or ${offsets}`, value => value === 'earliest' || value === 'latest' || isOffsetMap(value))),
  startingTimestamp: optional(option.integer(0, 'Begin at the first record that is not older, milliseconds since the epoch; counts before startingOffsets.', { min: 0 })),
  startingOffsetsByTimestamp: optional(option.value<OffsetMap | undefined>(undefined, 'The same with a time for each partition.', times, isOffsetMap)),
  startingOffsetsByTimestampStrategy: option.oneOf(['error', 'latest'], 'error', 'What to do when a partition has no record that late.'),
  endingOffsets: optional(option.value<'latest' | OffsetMap | undefined>(undefined, 'Where reading ends: "latest", or an offset for each partition, which is not read. Default: a stream goes on for ever, and readBatch() ends at the latest.', `"latest" or ${offsets}`, value => value === 'latest' || isOffsetMap(value))),
  endingTimestamp: optional(option.integer(0, 'End before the first record that is not older, milliseconds since the epoch.', { min: 0 })),
  endingOffsetsByTimestamp: optional(option.value<OffsetMap | undefined>(undefined, 'The same with a time for each partition.', times, isOffsetMap)),
  maxOffsetsPerTrigger: optional(option.integer(1, 'A batch takes at most this many offsets, shared out over the partitions by what waits in each. Each that has something waiting gets one at least.', { min: 1 })),
  minOffsetsPerTrigger: optional(option.integer(1, 'A batch waits for this many offsets, but not longer than maxTriggerDelay.', { min: 1 })),
  maxTriggerDelay: option.duration('15 minutes', 'How long minOffsetsPerTrigger may hold a batch back.'),
  maxBytesPerTrigger: optional(option.integer(1, 'A batch takes about this many bytes of records as the broker keeps them, judged by a sample. Default 128 MiB; none when maxOffsetsPerTrigger is set.', { min: 1 })),
  failOnDataLoss: option.boolean(true, 'Stop when records that were not read are gone: deleted by retention, with their topic, or cut off. Otherwise go on behind the gap and say so in a notice.'),
  isolation: option.oneOf(['read_committed', 'read_uncommitted'], 'read_committed', 'Whether records of transactions count that are open or aborted.'),
  onBadRecord: option.oneOf(['fail', 'skip', 'deadLetter'], 'fail', 'What to do with a record that is not what the schema says.'),
  maxRecordBytes: option.integer(1024 * 1024, 'A record with a longer key or value is a bad record.', { min: 1, max: 1024 * 1024 * 1024 }),
  fetchBytes: option.integer(1024 * 1024, 'How much of a partition is asked for at once. A larger batch of the broker comes whole.', { min: 1024, max: 256 * 1024 * 1024 }),
  fetchTimeout: option.duration('2 minutes', 'How long a record that was there when the batch was planned may not come.'),
  pollInterval: option.duration('100 ms', 'How often to ask for new records when there were none.'),
  groupIdForLag: optional(option.text('', 'Commit what was read to this consumer group, for dashboards that measure lag. Nothing here reads it, and it decides nothing.')),
})

export type KafkaSourceOptions = OptionsOf<typeof kafkaSourceOptions>
export type ResolvedKafkaSourceOptions = ResolvedOptions<typeof kafkaSourceOptions>

/** Of a source that was given no limit. */
export const defaultMaxBytesPerTrigger = 128 * 1024 * 1024

/** Spark writes every option as text. */
const parsed = (name: string) => (value: unknown, into: { [name: string]: unknown }): void => {
  into[name] = typeof value === 'string' && /^\s*(?:\{|\d|true\s*$|false\s*$)/.test(value) ? parse(name, value) : value
}

const sparkNames: SparkNames = Object.freeze({
  ...sparkConnectionNames,
  subscribe: (value, into) => {
    if (into['topics'] !== undefined) throw refused('subscribe', 'is the same as "topics", and both are set. Keep one of them')
    into['topics'] = typeof value === 'string' ? value.split(',').map(topic => topic.trim()) : value
  },
  subscribePattern: 'pattern',
  assign: (value, into) => {
    if (into['assignment'] !== undefined) throw refused('assign', 'is the same as "assignment", and both are set. Keep one of them')
    into['assignment'] = typeof value === 'string' ? parse('assign', value) : value
  },
  'kafka.isolation.level': 'isolation',
  'kafkaConsumer.pollTimeoutMs': (value, into) => {
    into['fetchTimeout'] = `${String(value)} ms`
  },
  startingOffsets: parsed('startingOffsets'),
  startingTimestamp: parsed('startingTimestamp'),
  startingOffsetsByTimestamp: parsed('startingOffsetsByTimestamp'),
  endingOffsets: parsed('endingOffsets'),
  endingTimestamp: parsed('endingTimestamp'),
  endingOffsetsByTimestamp: parsed('endingOffsetsByTimestamp'),
  maxOffsetsPerTrigger: parsed('maxOffsetsPerTrigger'),
  minOffsetsPerTrigger: parsed('minOffsetsPerTrigger'),
  maxBytesPerTrigger: parsed('maxBytesPerTrigger'),
  failOnDataLoss: parsed('failOnDataLoss'),
  includeHeaders: parsed('includeHeaders'),
  maxTriggerDelay: (value, into) => {
    into['maxTriggerDelay'] = typeof value === 'string' ? value.replace(/^\s*(\d+)\s*(ms|s|m|min|h|d)\s*$/, (_, n: string, unit: string) => `${n} ${units[unit]}`) : value
  },
})

const units: { readonly [short: string]: string } = { ms: 'ms', s: 'seconds', m: 'minutes', min: 'minutes', h: 'hours', d: 'days' }

/** Spark's names become ours, its texts values. */
export function withoutSparkSourceNames(given: { readonly [name: string]: unknown }): { readonly [name: string]: unknown } {
  return withoutSparkNames(given, sparkNames)
}

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveKafkaSourceOptions(given: { readonly [name: string]: unknown }): ResolvedKafkaSourceOptions {
  const options = resolveOptions(kafkaSourceOptions, given, 'source "kafka"')
  const which = (['topic', 'topics', 'pattern', 'assignment'] as const).filter(name => options[name] !== undefined)
  if (which.length !== 1) {
    throw refused('topic', which.length === 0 ? 'is missing. Give one of topic, topics, pattern and assignment' : `and "${which[1]}" cannot be given together: ${which.join(', ')} each say what is read. Keep one of them`)
  }
  const { minOffsetsPerTrigger: min, maxOffsetsPerTrigger: max } = options
  if (min !== undefined && max !== undefined && min > max) throw refused('minOffsetsPerTrigger', `is ${min}, which is more than maxOffsetsPerTrigger (${max}), so that no batch could ever be large enough. Make it smaller`)
  if (hasSpecial(options.endingOffsets, -2)) throw refused('endingOffsets', 'has -2 (the earliest offset) for a partition, where nothing would be read. Give an offset, or -1 for the latest')
  return options
}

/** Kafka's columns by the names that they have in the source's schema. */
export function metadataNames({ metadata, key, value, includeHeaders }: ResolvedKafkaSourceOptions): ReadonlyMap<string, KafkaColumn> {
  return new Map(chosenColumns(metadata, { key: key !== undefined, value: value !== undefined }, includeHeaders))
}

function hasSpecial(map: 'latest' | OffsetMap | undefined, special: number): boolean {
  return typeof map === 'object' && Object.values(map).some(partitions => Object.values(partitions).includes(special))
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refused(name, 'is no JSON. Give it as Spark has it, or as an object')
  }
}

/** What Kafka allows, and nothing that a path or a log could take for something else. */
function isTopic(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9._-]{1,249}$/.test(value) && value !== '.' && value !== '..'
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false
  try {
    return new RegExp(value, 'u').source !== ''
  } catch {
    return false
  }
}

function isDecoded(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { format, formatOptions, columns } = value as Partial<DecodedColumns>
  return (recordFormats as readonly unknown[]).includes(format) && typeof formatOptions === 'object' && Array.isArray(columns)
}
