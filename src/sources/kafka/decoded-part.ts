import type { VectorBuilder } from '../../columnar/builder.ts'
import { describeType } from '../../columnar/data-type.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { DecodedColumns } from './options.ts'
import { columnsOf, type PartDecoder, recordDecoder } from './record-format.ts'
import type { DecodeEnvironment } from './registry/environment.ts'

/** The key or the value of records as columns. */
export class DecodedPart {
  readonly #decoder: PartDecoder
  readonly #names: readonly string[]
  readonly #prefix: string
  /** Why a record without this part cannot be a row; undefined where all of its columns may be null. */
  readonly #absent: string | undefined

  private constructor(part: 'key' | 'value', all: Schema, wanted: Schema, decoder: PartDecoder) {
    this.#decoder = decoder
    this.#names = wanted.fields.map(f => f.name)
    this.#prefix = part === 'key' ? 'its key: ' : ''
    // Of all columns, so that what is a bad record does not depend on those that a query happens to read.
    const strict = all.fields.find(f => !f.nullable)
    const advice = part === 'value' ? '; set tombstones to "skip" to leave such records out' : ''
    this.#absent = strict === undefined ? undefined : `it has no ${part}, and column "${strict.name}" (${describeType(strict.type)}) cannot be null${advice}`
  }

  /** `declared`: all columns of the source; `schema`: those that are wanted. */
  static async open(part: 'key' | 'value', decoded: DecodedColumns, declared: Schema, schema: Schema, environment: DecodeEnvironment): Promise<DecodedPart> {
    const all = columnsOf(decoded, declared)
    const wanted = columnsOf(decoded, schema)
    return new DecodedPart(part, all, wanted, await recordDecoder(decoded, all, wanted, environment))
  }

  has(name: string): boolean {
    return this.#names.includes(name)
  }

  builder(name: string): VectorBuilder | undefined {
    return this.#decoder.columns[this.#names.indexOf(name)]
  }

  /** See {@link PartDecoder}. */
  prepare(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): Promise<void> | undefined {
    return this.#decoder.prepare?.(bytes, starts, ends, count)
  }

  load(bytes: Uint8Array): void {
    this.#decoder.load(bytes)
  }

  /** `start` is −1 for a part that is not there. Answers why it cannot become row number `row`, or undefined. */
  append(start: number, end: number, row: number): string | undefined {
    if (start >= 0) {
      const reason = this.#decoder.decode(start, end, row)
      return reason === undefined ? undefined : this.#prefix + reason
    }
    if (this.#absent === undefined) for (const column of this.#decoder.columns) column.appendNull()
    return this.#absent
  }

  truncate(row: number): void {
    for (const column of this.#decoder.columns) column.truncate(row)
  }
}
