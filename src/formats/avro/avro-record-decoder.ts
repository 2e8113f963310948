import { VectorBuilder } from '../../columnar/builder.ts'
import { structType } from '../../columnar/data-type.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { RecordDecoder } from '../format.ts'
import { plainBytes } from '../utf8-range.ts'
import { AvroReader } from './avro-reader.ts'
import type { AvroStep } from './avro-step.ts'
import { type AvroResolution, compileAvro } from './compile-avro.ts'

/** Single Avro records, without a file around them, that were all written with one schema. */
export class AvroRecordDecoder implements RecordDecoder {
  readonly columns: readonly VectorBuilder[]
  readonly #step: AvroStep
  readonly #reader = new AvroReader()

  /** `all` columns are checked against the schema, the `wanted` ones decoded. @throws AvroSchemaFault */
  constructor(resolution: AvroResolution, all: Schema, wanted: Schema) {
    checkAvro(resolution, all)
    const row = new VectorBuilder(structType(wanted.fields), 1024)
    this.columns = row.children
    this.#step = compileAvro(resolution, wanted.fields, row)
  }

  load(memory: Uint8Array): void {
    this.#reader.load(plainBytes(memory))
  }

  decode(start: number, end: number): string | undefined {
    return this.#reader.read(this.#step, start, end)
  }
}

/** @throws AvroSchemaFault where a column cannot hold what records of the schema have */
export function checkAvro(resolution: AvroResolution, all: Schema): void {
  compileAvro(resolution, all.fields, new VectorBuilder(structType(all.fields), 1))
}
