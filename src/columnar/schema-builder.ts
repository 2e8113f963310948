import {
  arrayType, binaryType, booleanType, type DataType, dateType, field, float64Type, int32Type, int64Type, integerType,
  stringType, structType, timestampType, vectorType,
} from './data-type.ts'
import { makeSchema, type Schema } from './schema.ts'

/** A calendar date in rows, `yyyy-MM-dd`: a subtype of string, so that the compiler can tell dates from text. */
export type LocalDate = `${number}-${number}-${number}`

/** A column type that knows which JavaScript type its values have in rows. `T` exists for the compiler only. */
export interface ColumnType<T> {
  readonly type: DataType
  readonly nullable: boolean
  readonly '~value'?: T
}

/** What the values of a column type are in rows. */
export type ValueOf<C> = C extends ColumnType<infer T> ? T : never

/** The row type of a record of column types, flattened for hovers. */
export type RowOf<F> = { -readonly [K in keyof F]: ValueOf<F[K]> } & {}

/** A schema whose row type the compiler knows. */
export interface TypedSchema<R> extends Schema {
  readonly '~row'?: R
}

const column = <T>(type: DataType, nullable = false): ColumnType<T> => Object.freeze({ type, nullable })

/**
 * Column types for {@link schema}. Columns are non-null unless wrapped in `t.nullable`.
 *
 *     const payment = schema({ id: t.string(), amount: t.float64(), at: t.timestamp(), note: t.nullable(t.string()) })
 */
export const t = Object.freeze({
  boolean: (): ColumnType<boolean> => column(booleanType),
  /** 32-bit whole number; overflow is an error. */
  int32: (): ColumnType<number> => column(int32Type),
  /** 64-bit whole number, `bigint` in rows. */
  int64: (): ColumnType<bigint> => column(int64Type),
  /** Whole number exact to ±(2^53 − 1), `number` in rows; files see int64. */
  integer: (): ColumnType<number> => column(integerType),
  float64: (): ColumnType<number> => column(float64Type),
  string: (): ColumnType<string> => column(stringType),
  binary: (): ColumnType<Uint8Array> => column(binaryType),
  /** An instant, microseconds since the epoch inside, `Date` in rows. */
  timestamp: (): ColumnType<Date> => column(timestampType),
  date: (): ColumnType<LocalDate> => column(dateType),
  array: <T>(element: ColumnType<T>): ColumnType<T[]> => column(arrayType(element.type, element.nullable)),
  struct: <const F extends { readonly [name: string]: ColumnType<unknown> }>(fields: F): ColumnType<RowOf<F>> =>
    column(structType(Object.entries(fields).map(([name, c]) => field(name, c.type, c.nullable)))),
  /** Dense features, `size` float64 a row. */
  vector: (size: number): ColumnType<Float64Array> => column(vectorType(size)),
  nullable: <T>(inner: ColumnType<T>): ColumnType<T | null> => column(inner.type, true),
})

/** Declares a schema; the row type follows from it. Order of columns is the order of keys. */
export function schema<const F extends { readonly [name: string]: ColumnType<unknown> }>(fields: F): TypedSchema<RowOf<F>> {
  return makeSchema(Object.entries(fields).map(([name, c]) => field(name, c.type, c.nullable)))
}
