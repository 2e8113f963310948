import type { VectorBuilder } from '../../columnar/builder.ts'
import { type Field, describeType } from '../../columnar/data-type.ts'

/** What the reader does with a value of the writer's schema. `skip…` reads and checks it, and keeps nothing. */
export const op = Object.freeze({
  skipNull: 0, skipBoolean: 1, skipInt: 2, skipLong: 3, skipFixed: 4, skipBytes: 5, skipString: 6, skipEnum: 7,
  null: 8, boolean: 9,
  /** int and long into whole numbers. */
  int32: 10, integer: 11, int64: 12,
  /** Promotions and the number itself. */
  longToFloat64: 13, float: 14, double: 15,
  bytes: 16, string: 17, fixed: 18, enum: 19,
  date: 20, timestampMillis: 21, timestampMicros: 22,
  decimalBytes: 23, decimalFixed: 24,
  array: 25, map: 26, vector: 27, union: 28, record: 29,
  /** A float into nothing, and a double. */
  skipFloat: 30, skipDouble: 31,
  /** No bytes: a value that the writer does not have. */
  constant: 32,
  /** A branch of a union that the column cannot hold. */
  fault: 33,
})
export type Op = (typeof op)[keyof typeof op]

/** One place of the writer's schema. All steps are of one class with the same members, which keeps reading fast. */
export class AvroStep {
  readonly op: Op
  /** Null where nothing is kept, and for the record that is the row itself. */
  readonly builder: VectorBuilder | null
  /** Fields in the writer's order, then those that it lacks; the element; key and value; branches. */
  children: readonly AvroStep[] = []
  /** Bytes of a fixed, symbols of an enum, scale of a decimal, numbers of a vector. */
  size = 0
  scale = 0
  /** `column "a.b" (int32)`, for reasons. */
  readonly place: string
  symbols: readonly Uint8Array[] = []
  numbers: Float64Array = none
  /** Of a constant: what `VectorBuilder.append` takes. */
  value: unknown = null
  reason = ''

  constructor(code: Op, builder: VectorBuilder | null, place = '') {
    this.op = code
    this.builder = builder
    this.place = place
  }
}

const none = new Float64Array(0)

export const placeOf = (path: string, { type }: Field): string => `column "${path}" (${describeType(type)})`
