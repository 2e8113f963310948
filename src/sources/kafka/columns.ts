import { arrayType, binaryType, type DataType, type Field, field, int32Type, integerType, stringType, structType, timestampType } from '../../columnar/data-type.ts'

/** Columns that every record of Kafka has, with Spark's names and types (an offset is an `integer`, as whole numbers are here). */
export type KafkaColumn = 'key' | 'value' | 'topic' | 'partition' | 'offset' | 'timestamp' | 'timestampType' | 'headers'

/** Which of them a source has, as a list, or by the name that each is given. */
export type KafkaMetadata = readonly KafkaColumn[] | { readonly [column: string]: KafkaColumn }

export const headersType: DataType = arrayType(structType([field('key', stringType, false), field('value', binaryType)]), false)

/** In Spark's order. A record may have no key, no value (a tombstone), no time and no headers. */
const fields: { readonly [column in KafkaColumn]: Omit<Field, 'name'> } = Object.freeze({
  key: { type: binaryType, nullable: true },
  value: { type: binaryType, nullable: true },
  topic: { type: stringType, nullable: false },
  partition: { type: int32Type, nullable: false },
  offset: { type: integerType, nullable: false },
  timestamp: { type: timestampType, nullable: true },
  timestampType: { type: int32Type, nullable: false },
  headers: { type: headersType, nullable: true },
})

export const kafkaColumns: readonly KafkaColumn[] = Object.freeze(Object.keys(fields) as KafkaColumn[])

export function isMetadata(value: unknown): value is KafkaMetadata {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every(column => (kafkaColumns as readonly unknown[]).includes(column)) && !Object.hasOwn(value, '')
}

/** Kafka's columns by the name that the source gives them. */
export type ChosenColumns = readonly (readonly [name: string, column: KafkaColumn])[]

/**
 * Which of Kafka's columns a source has. Those that are asked for; else none beside decoded values, and without decoded
 * values all but the headers, which are asked for by themselves.
 */
export function chosenColumns(metadata: KafkaMetadata | undefined, decoded: { readonly key: boolean; readonly value: boolean }, includeHeaders: boolean): ChosenColumns {
  const asked: ChosenColumns =
    metadata !== undefined ? (isList(metadata) ? metadata.map(c => [c, c] as const) : Object.entries(metadata))
    : decoded.value ? []
    : kafkaColumns.filter(c => c !== 'headers' && !(c === 'key' && decoded.key)).map(c => [c, c] as const)
  return includeHeaders && !asked.some(([, column]) => column === 'headers') ? [...asked, ['headers', 'headers']] : asked
}

export function columnField([name, column]: ChosenColumns[number]): Field {
  return field(name, fields[column].type, fields[column].nullable)
}

function isList(metadata: KafkaMetadata): metadata is readonly KafkaColumn[] {
  return Array.isArray(metadata)
}
