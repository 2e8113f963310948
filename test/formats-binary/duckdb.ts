import {
  DuckDBBlobValue, type DuckDBConnection, DuckDBDateValue, DuckDBInstance, DuckDBListValue, DuckDBStructValue, DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue, DuckDBTimestampSecondsValue, DuckDBTimestampTZValue, DuckDBTimestampValue, type DuckDBValue,
} from '@duckdb/node-api'
import { dateText } from '../../src/columnar/values.ts'

let connection: Promise<DuckDBConnection> | undefined

/** Runs a statement and answers its rows in the plain values of support.ts. */
export async function duckdb(sql: string): Promise<unknown[][]> {
  connection ??= DuckDBInstance.create(':memory:').then(async i => {
    const c = await i.connect()
    await c.run(`set timezone = 'UTC'; set threads = 1`)
    return c
  })
  const reader = await (await connection).runAndReadAll(sql)
  return reader.getRows().map(row => row.map(plain))
}

function plain(value: DuckDBValue): unknown {
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) return Number(value.micros)
  if (value instanceof DuckDBTimestampMillisecondsValue) return Number(value.millis) * 1000
  if (value instanceof DuckDBTimestampSecondsValue) return Number(value.seconds) * 1e6
  if (value instanceof DuckDBTimestampNanosecondsValue) return Number(value.nanos / 1000n)
  if (value instanceof DuckDBDateValue) return dateText(value.days)
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex')
  if (value instanceof DuckDBListValue) return value.items.map(plain)
  if (value instanceof DuckDBStructValue) return Object.fromEntries(Object.entries(value.entries).map(([k, v]) => [k, plain(v)]))
  return value
}
