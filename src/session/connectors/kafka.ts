import { makeSchema, type Schema } from '../../columnar/schema.ts'
import type { TypedSchema } from '../../columnar/schema-builder.ts'
import type { Json } from '../../common/json.ts'
import type { AvroOptions, OptionsByFormat } from '../../formats/options.ts'
import type { RegistryOptions } from '../../sources/kafka/registry/options.ts'
import { chosenColumns, columnField, isMetadata, type KafkaColumn, type KafkaMetadata } from '../../sources/kafka/columns.ts'
import { type JsonObjectOf, type KafkaDeliveryOptions, type KafkaRecordOptions, resolveKafkaSinkOptions } from '../../sinks/kafka/options.ts'
import { type KafkaSourceOptions, resolveKafkaSourceOptions, withoutSparkSourceNames } from '../../sources/kafka/options.ts'
import { checkRecordFormat } from '../../sources/kafka/record-format.ts'
import type { SourceConnector, SourceName } from '../connector.ts'
import type { Simplify } from '../row-types.ts'

/** How keys or values become columns: the fields of the schema from each JSON object, CSV record or text. */
export interface KafkaFormat<R> {
  readonly format: 'json' | 'csv' | 'text' | 'avro' | 'registry'
  readonly schema: TypedSchema<R>
  /** Of csv: delimiter, quote and the like. Of avro and registry: what avro() and registry() put there. */
  readonly formatOptions?: Omit<OptionsByFormat['csv'], 'header' | 'maxRecordBytes' | 'multiLine'> | AvroOptions | RegistryOptions
}

/** JSON objects with these fields: `kafka({ …, value: json(payment) })`. */
export function json<R>(schema: TypedSchema<R>): KafkaFormat<R> {
  return Object.freeze({ format: 'json', schema })
}

/**
 * Avro records that were all written with one schema, without a registry: `kafka({ …, value: avro({ schema: payment, avroSchema }) })`.
 * Columns are fields by name; those that do not fit the Avro schema are told where the source is used.
 */
export function avro<R>({ schema, ...formatOptions }: AvroOptions & { readonly schema: TypedSchema<R> }): KafkaFormat<R> {
  return Object.freeze({ format: 'avro', schema, formatOptions })
}

/**
 * Avro, JSON or Protobuf in the framing of Confluent's schema registry, each record with the schema that it names:
 *
 *     kafka({ …, value: registry({ url: 'https://registry:8081', schema: payment, auth: { username: 'u', password: { env: 'REGISTRY_PASSWORD' } } }) })
 *
 * Columns are fields by name. What the latest schema of the subject has for them is checked when the query starts.
 */
export function registry<R>({ schema, ...formatOptions }: RegistryOptions & { readonly schema: TypedSchema<R> }): KafkaFormat<R> {
  return Object.freeze({ format: 'registry', schema, formatOptions })
}

/** What Kafka knows of a record, and what its columns are in rows. */
export interface KafkaRow {
  key: Uint8Array | null
  /** Null: a tombstone. */
  value: Uint8Array | null
  topic: string
  partition: number
  offset: number
  /** Null where the record has none. */
  timestamp: Date | null
  /** 0: of the producer. 1: of the broker. */
  timestampType: number
  headers: { key: string; value: Uint8Array | null }[] | null
}

type MetadataRow<M> = M extends readonly KafkaColumn[] ? Pick<KafkaRow, M[number]> : M extends { readonly [name: string]: KafkaColumn } ? { -readonly [N in keyof M]: KafkaRow[M[N]] } : unknown

/** The row of a source: Kafka's columns, unless values are decoded. */
export type KafkaSourceRow<V, K, M, H> = Simplify<
  ([V] extends [never] ? ([M] extends [undefined] ? Omit<KafkaRow, [K] extends [never] ? 'headers' : 'headers' | 'key'> : unknown) : V) &
    ([K] extends [never] ? unknown : K) & MetadataRow<M> & (H extends true ? Pick<KafkaRow, 'headers'> : unknown)
>

/** Spark's names are taken too, with Spark's texts; the option table has them. */
export interface SparkKafkaOptions {
  readonly subscribe?: string
  readonly subscribePattern?: string
  /** JSON: `{"payments":[0,1]}`. */
  readonly assign?: string
  readonly [kafka: `kafka.${string}`]: string | number | boolean | undefined
  readonly [consumer: `kafkaConsumer.${string}`]: string | number | undefined
}

type Settings = Omit<KafkaSourceOptions, 'brokers' | 'topic' | 'value' | 'key' | 'metadata' | 'includeHeaders'> & Omit<KafkaRecordOptions, 'topic' | 'value' | 'key'> & KafkaDeliveryOptions & { readonly brokers?: KafkaSourceOptions['brokers'] }

export type KafkaOptions<V = never, K = never, M extends KafkaMetadata | undefined = undefined, H extends boolean = false> = Settings & SparkKafkaOptions & SourceName & {
  /** The topic to read, or to write to; for writing also the column that names it. */
  readonly topic?: string | { readonly column: string }
  /**
   * Reading: how values become columns. @default Kafka's own columns
   * Writing: the column that is the value, or those that make one JSON object. @default the row as JSON
   */
  readonly value?: KafkaFormat<V> | string | JsonObjectOf
  /** Reading: how keys become columns. Writing: the column that is the key; several make one JSON object. */
  readonly key?: KafkaFormat<K> | string | readonly string[]
  /** Columns of Kafka beside those that were decoded. */
  readonly metadata?: M
  /** Adds the column "headers". @default false */
  readonly includeHeaders?: H
}

/**
 * Records of Kafka topics, for reading and writing; each has options of its own, see docs/connectors.md.
 *
 * Reading: the engine owns the offsets. They are in the checkpoint, no consumer group decides anything.
 * Writing: exactly once, rows and a marker in one transaction, unless `delivery: 'at-least-once'`.
 *
 *     session.readStream(kafka({ brokers: ['localhost:9092'], topic: 'payments', value: json(payment), startingOffsets: 'earliest' }))
 *     session.readStream(kafka({ 'kafka.bootstrap.servers': 'localhost:9092', subscribe: 'payments' }))  // Spark's columns and names
 *     frame.writeStream({ sink: kafka({ brokers: ['localhost:9092'], topic: 'alerts', key: 'account' }), … })  // the value: the row as JSON
 *
 * @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION, PLAN_DUPLICATE_COLUMN where the connector is used
 */
export function kafka<V = never, K = never, const M extends KafkaMetadata | undefined = undefined, const H extends boolean = false>(options: KafkaOptions<V, K, M, H>): SourceConnector<KafkaSourceRow<V, K, M, H>> {
  const { name, value, key, ...rest } = options
  const given = Object.freeze({
    ...withoutSparkSourceNames(rest),
    ...(value === undefined ? {} : { value: inPlan(value) }),
    ...(key === undefined ? {} : { key: inPlan(key) }),
  }) as { readonly [key: string]: Json }
  return Object.freeze({
    kind: 'connector',
    provider: 'kafka',
    options: given,
    // Reading without a schema is refused by the session, with advice.
    schema: sourceSchema(options) as TypedSchema<KafkaSourceRow<V, K, M, H>>,
    ...(name === undefined ? {} : { name }),
    checkSource: () => {
      const resolved = resolveKafkaSourceOptions(given)
      for (const part of [resolved.value, resolved.key]) if (part !== undefined) checkRecordFormat(part, sourceSchema(options) ?? noColumns)
    },
    checkSink: () => void resolveKafkaSinkOptions(given),
  })
}

const noColumns = makeSchema([])

/** What only writing takes for a key or a value. */
type ForSink = string | readonly string[] | JsonObjectOf

const isFormat = (part: KafkaFormat<unknown> | ForSink): part is KafkaFormat<unknown> => typeof part === 'object' && 'schema' in part && part.schema !== undefined

/** The plan has names of columns; their types are in the source's schema. */
function inPlan(format: KafkaFormat<unknown> | ForSink): Json | KafkaFormat<unknown> | ForSink {
  if (!isFormat(format)) return format
  const columns = format.schema.fields.map(f => f.name)
  return { format: format.format, formatOptions: (format.formatOptions ?? {}) as { readonly [key: string]: Json }, columns }
}

function sourceSchema({ value, key, metadata, includeHeaders }: KafkaOptions<unknown, unknown, KafkaMetadata | undefined, boolean>): Schema | undefined {
  if (metadata !== undefined && !isMetadata(metadata)) return undefined
  const parts = [value, key].filter(part => part !== undefined)
  if (!parts.every(isFormat)) return undefined
  const decoded = parts.map(part => part.schema)
  const chosen = chosenColumns(metadata, { key: key !== undefined, value: value !== undefined }, includeHeaders === true)
  return makeSchema([...decoded.flatMap(schema => schema.fields), ...chosen.map(columnField)])
}
