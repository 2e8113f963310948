import {
  arrayType, binaryType, booleanType, type DataType, dateType, type Field, field, float64Type, int32Type, int64Type, integerType,
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
  array: <T>(element: ColumnType<T>): ColumnType<T[]> => {
    requireType(element, 't.array() takes the type of its elements', given => `t.array(${given})`)
    return column(arrayType(element.type, element.nullable))
  },
  struct: <const F extends { readonly [name: string]: ColumnType<unknown> }>(fields: F): ColumnType<RowOf<F>> =>
    column(structType(fieldsOf(fields, 't.struct()'))),
  /** Dense features, `size` float64 a row. */
  vector: (size: number): ColumnType<Float64Array> => {
    if (!Number.isSafeInteger(size) || size < 1) throw new TypeError(`t.vector() takes the number of values in a row, a whole number from 1, but got ${shown(size)}. Write t.vector(64), for instance.`)
    return column(vectorType(size))
  },
  nullable: <T>(inner: ColumnType<T>): ColumnType<T | null> => {
    requireType(inner, 't.nullable() takes a column type', given => `t.nullable(${given})`)
    return column(inner.type, true)
  },
})

/**
 * Declares a schema; the row type follows from it. Order of columns is the order of keys.
 * @throws TypeError when a column has something that is no column type
 */
export function schema<const F extends { readonly [name: string]: ColumnType<unknown> }>(fields: F): TypedSchema<RowOf<F>> {
  return makeSchema(fieldsOf(fields, 'schema()'))
}

function fieldsOf(fields: { readonly [name: string]: ColumnType<unknown> }, where: string): Field[] {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new TypeError(`${where} takes an object of column types, but got ${shown(fields)}. Write ${where.replace('()', '')}({ id: t.string(), amount: t.float64() }).`)
  }
  return Object.entries(fields).map(([name, c]) => {
    requireType(c, `Column "${name}" of ${where} needs a column type`, given => `${name}: ${given}`)
    return field(name, c.type, c.nullable)
  })
}

/** `write` makes the right form out of a column type: of the one that was meant, where that can be told. */
function requireType(value: unknown, needs: string, write: (type: string) => string): void {
  const type = (value as { readonly type?: { readonly kind?: unknown } } | null | undefined)?.type
  if (typeof type?.kind === 'string') return
  throw new TypeError(`${needs}, but got ${shown(value)}. Write ${write(meant(value) ?? 't.string()')}.`)
}

/** `t.int32` without the call, or "int32". */
function meant(value: unknown): string | undefined {
  const name = Object.keys(t).find(k => k === value || t[k as keyof typeof t] === value)
  if (name === undefined) return undefined
  const inner: { readonly [name: string]: string } = { array: 't.string()', nullable: 't.string()', struct: '{ x: t.float64() }', vector: '64' }
  return `t.${name}(${inner[name] ?? ''})`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return meant(value)?.replace(/\(.*$/, ' without ()') ?? 'a function'
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'an array' : 'an object') : String(value)
}
