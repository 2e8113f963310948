import avsc from 'avsc'
import type { VectorBuilder } from '../../../src/columnar/builder.ts'
import { RecordBatch } from '../../../src/columnar/record-batch.ts'
import type { Schema } from '../../../src/columnar/schema.ts'
import { type Row, rowsOf } from '../../../src/columnar/values.ts'
import { AvroRecordDecoder } from '../../../src/formats/avro/avro-record-decoder.ts'
import { AvroSchemaParser } from '../../../src/formats/avro/parse-avro-schema.ts'
import type { RecordDecoder } from '../../../src/formats/format.ts'

export interface Decoded {
  readonly rows: Row[]
  readonly reasons: readonly (string | undefined)[]
}

/** Decodes records that lie in one memory with other bytes between them, as a record batch has them. */
export function decodeAll(decoder: RecordDecoder, schema: Schema, records: readonly Uint8Array[]): Decoded {
  const memory = Buffer.concat([...records.flatMap(r => [Buffer.of(0xff, 0x82), r]), Buffer.of(0)])
  decoder.load(memory)
  const cut = (column: VectorBuilder, row: number): void => column.truncate(row)
  let row = 0
  let at = 0
  const reasons = records.map(record => {
    at += 2
    const reason = decoder.decode(at, at + record.length, row)
    at += record.length
    if (reason === undefined) row++
    else for (const column of decoder.columns) cut(column, row)
    return reason
  })
  return { rows: rowsOf(new RecordBatch(schema, row, decoder.columns.map(c => c.finish()))), reasons }
}

/** The columns of records that another implementation wrote. */
export function decodeAvro(avroSchema: unknown, schema: Schema, records: readonly Uint8Array[], more: { readonly readerSchema?: unknown; readonly wanted?: Schema } = {}): Decoded {
  const wanted = more.wanted ?? schema
  const parse = (json: unknown) => new AvroSchemaParser().parse(json)
  const reader = more.readerSchema === undefined ? undefined : parse(more.readerSchema)
  return decodeAll(new AvroRecordDecoder({ writer: parse(avroSchema), reader }, schema, wanted), wanted, records)
}

/** avsc's encoder, with 64-bit numbers as bigint. */
export function avroType(schema: unknown): avsc.Type {
  const long = avsc.types.LongType.__with({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const buffer = Buffer.alloc(8)
      buffer.writeBigInt64LE(value)
      return buffer
    },
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
  })
  return avsc.Type.forSchema(withoutLogical(schema) as avsc.Schema, { registry: { long }, wrapUnions: true })
}

/** A logical type changes nothing in the bytes, and avsc would not let 64-bit numbers through it. */
function withoutLogical(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutLogical)
  if (typeof schema !== 'object' || schema === null) return schema
  const members = Object.entries(schema).filter(([key]) => key !== 'logicalType').map(([key, value]): [string, unknown] => [key, key === 'default' ? value : withoutLogical(value)])
  if (members.length === 1 && members[0][0] === 'type') return members[0][1]
  return Object.fromEntries(members)
}
