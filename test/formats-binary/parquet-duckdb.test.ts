import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import type { DataType } from '../../src/columnar/data-type.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { parquetFormat } from '../../src/formats/parquet/parquet-format.ts'
import { anyBatches } from './arbitrary-batches.ts'
import { duckdb } from './duckdb.ts'
import { decodeFile, encode, temporaryPath, values } from './support.ts'

const everything = schema({
  yes: t.nullable(t.boolean()),
  tiny: t.nullable(t.int32()),
  n: t.nullable(t.int32()),
  big: t.nullable(t.int64()),
  x: t.nullable(t.float64()),
  single: t.nullable(t.float64()),
  word: t.nullable(t.string()),
  text: t.nullable(t.string()),
  raw: t.nullable(t.binary()),
  day: t.nullable(t.date()),
  at: t.nullable(t.timestamp()),
  local: t.nullable(t.timestamp()),
  list: t.nullable(t.array(t.nullable(t.int64()))),
  words: t.nullable(t.array(t.nullable(t.array(t.nullable(t.string()))))),
  box: t.nullable(t.struct({ a: t.nullable(t.int32()), deep: t.nullable(t.struct({ b: t.nullable(t.array(t.nullable(t.struct({ c: t.nullable(t.string()) })))) })) })),
})

/** Rows of every type with nulls on every level, made by DuckDB. */
const rowsOfEverything = (count: number): string => `
  select
    case when i % 5 <> 0 then i % 2 = 0 end as yes,
    case when i % 7 <> 0 then ((i % 200) - 100)::tinyint end as tiny,
    case when i % 6 <> 0 then (i * 7919 - 1000000)::int end as n,
    case when i % 5 <> 1 then 9223372036854775807 - i * 1000003 end as big,
    case when i % 4 <> 0 then i / 3.0::double end as x,
    case when i % 4 <> 1 then (i / 4)::float end as single,
    case when i % 9 <> 0 then 'word ' || (i % 13) end as word,
    case when i % 8 <> 0 then repeat('ä', (i % 5)::int) || i end as text,
    case when i % 3 <> 0 then ('\\xFF\\x00' || i)::blob end as raw,
    case when i % 11 <> 0 then date '1969-12-01' + (i % 100)::int end as day,
    case when i % 10 <> 0 then to_timestamp(i * 86399 - 1000000)::timestamptz + interval 1 microsecond end as at,
    case when i % 10 <> 1 then timestamp '1960-01-01' + interval (i) hour end as local,
    case i % 4 when 0 then null when 1 then [] when 2 then [null, i] else range(i, i + i % 6) end as list,
    case i % 5 when 0 then null when 1 then [] when 2 then [null, []] when 3 then [['x', null], ['y' || i]] else [[]] end as words,
    case when i % 3 <> 0 then {a: case when i % 2 = 0 then i::int end, deep: case when i % 5 <> 0 then
      {b: case i % 4 when 0 then null when 1 then [] when 2 then [null, {c: null}] else [{c: 'c' || i}] end} end} end as box
  from range(${count}) r(i)`

describe('files that DuckDB wrote are read equal', () => {
  test.each([
    ['uncompressed', ''], ['snappy', ''], ['gzip', ''], ['zstd', ''], ['brotli', ''], ['lz4_raw', ''],
    ['snappy', 'parquet_version v2, '], ['zstd', 'parquet_version v2, row_group_size 2048, '],
  ])('%s %s', async (codec, more) => {
    const path = temporaryPath('parquet')
    await duckdb(`copy (${rowsOfEverything(10_000)}) to '${path}' (format parquet, ${more}codec ${codec})`)
    const read = await decodeFile(parquetFormat, everything, path)
    expect(values(read)).toEqual(await duckdb(`select * from '${path}'`))
  })

  test('no rows', async () => {
    const path = temporaryPath('parquet')
    await duckdb(`copy (${rowsOfEverything(0)}) to '${path}' (format parquet)`)
    expect(values(await decodeFile(parquetFormat, everything, path))).toEqual([])
  })

  test.each([
    ['utinyint', '255', t.int32(), 255],
    ['usmallint', '65535', t.int32(), 65535],
    ['uinteger', '4294967295', t.int64(), 4294967295n],
    ['ubigint', '9223372036854775807', t.int64(), 9223372036854775807n],
    ['int', '-5', t.int64(), -5n],
    ['int', '-5', t.integer(), -5],
    ['int', '-5', t.float64(), -5],
    ['bigint', '-9007199254740991', t.integer(), -9007199254740991],
    ['float', '0.25', t.float64(), 0.25],
    ['timestamp_s', `'1960-02-03 04:05:06'`, t.timestamp(), Date.UTC(1960, 1, 3, 4, 5, 6) * 1000],
    ['timestamp_ms', `'1960-02-03 04:05:06.007'`, t.timestamp(), Date.UTC(1960, 1, 3, 4, 5, 6, 7) * 1000],
    ['timestamp_ns', `'1960-02-03 04:05:06.000000001'`, t.timestamp(), Date.UTC(1960, 1, 3, 4, 5, 6) * 1000],
    ['timestamp_ns', `'1960-02-03 04:05:05.999999999'`, t.timestamp(), Date.UTC(1960, 1, 3, 4, 5, 6) * 1000 - 1],
    [`enum('a', 'b')`, `'b'`, t.string(), 'b'],
    ['json', `'{"a": 1}'`, t.string(), '{"a": 1}'],
    ['varchar', `'text'`, t.binary(), Buffer.from('text').toString('hex')],
    ['blob', `'text'`, t.string(), 'text'],
    ['double[3]', '[1, 2, 3]', t.vector(3), [1, 2, 3]],
    ['int[]', '[1, 2, 3]', t.vector(3), [1, 2, 3]],
  ] as const)('%s %s', async (type, literal, column, expected) => {
    const path = temporaryPath('parquet')
    await duckdb(`copy (select (${literal})::${type} as v) to '${path}' (format parquet)`)
    expect(values(await decodeFile(parquetFormat, schema({ v: t.nullable(column) }), path))).toEqual([[expected]])
  })

  test('fields of a struct are matched by name, those that are missing are null', async () => {
    const path = temporaryPath('parquet')
    await duckdb(`copy (select {a: 1, b: 'x'} as s, null::int[] as l) to '${path}' (format parquet)`)
    const wanted = schema({ gone: t.nullable(t.date()), s: t.nullable(t.struct({ c: t.nullable(t.int64()), b: t.nullable(t.string()) })) })
    expect(values(await decodeFile(parquetFormat, wanted, path))).toEqual([[null, { c: null, b: 'x' }]])
    const none = schema({ s: t.nullable(t.struct({ c: t.nullable(t.int64()) })) })
    expect(values(await decodeFile(parquetFormat, none, path))).toEqual([[{ c: null }]])
  })

  test('the schema is inferred', async () => {
    const path = temporaryPath('parquet')
    await duckdb(`copy (${rowsOfEverything(10)}) to '${path}' (format parquet)`)
    const inferred = await parquetFormat.inferSchema({ files: nodeFileSystem, path, sample: new Uint8Array(0) }, {})
    expect(inferred).toEqual(everything)
  })
})

describe('files that we wrote are read equal by DuckDB', () => {
  test('every type, in several row groups, with a dictionary and without', async () => {
    const s = schema({
      yes: t.boolean(), n: t.nullable(t.int32()), big: t.int64(), whole: t.nullable(t.integer()), x: t.nullable(t.float64()), word: t.nullable(t.string()), text: t.string(),
      raw: t.nullable(t.binary()), at: t.timestamp(), day: t.nullable(t.date()), list: t.nullable(t.array(t.nullable(t.string()))),
      box: t.nullable(t.struct({ a: t.nullable(t.int32()), inner: t.array(t.struct({ b: t.float64() })) })), dense: t.nullable(t.vector(2)),
    })
    const batch = batchOfRows(s, Array.from({ length: 25_000 }, (_, i) => ({
      yes: i % 3 === 0, n: i % 4 === 0 ? null : -i, big: 2n ** 62n + BigInt(i), whole: i % 5 === 0 ? null : i * 360_287_970_189, x: i % 6 === 0 ? null : i / 7,
      word: i % 7 === 0 ? null : `wörd ${i % 20}`, text: `text ${i}`, raw: i % 3 === 0 ? null : new Uint8Array([i, 0, 255]), at: i * 1_000_003 - 1e10,
      day: i % 9 === 0 ? null : i - 5000, list: i % 4 === 0 ? null : i % 4 === 1 ? [] : [null, `l${i}`], dense: i % 5 === 0 ? null : [i, -0.5],
      box: i % 3 === 0 ? null : { a: i % 2 === 0 ? null : i, inner: i % 4 === 0 ? [] : [{ b: i }, { b: 0.1 }] },
    })))
    const path = temporaryPath('parquet')
    writeFileSync(path, encode(parquetFormat, s, [batch], { rowGroupRows: 10_000 }))
    const expected = values([batch]).map(row => row.map((v, k) => (k === 3 && v !== null ? BigInt(v as number) : v)))
    expect(await duckdb(`select * from '${path}'`)).toEqual(expected)
    // Row groups are skipped by their statistics here; wrong ones would lose rows.
    expect(await duckdb(`select count(*) from '${path}' where text = 'text 24999' or word = 'wörd 3' or big = ${2n ** 62n + 12_345n} or x > 3571.3 or day < date '1956-05-01'`))
      .toEqual([[BigInt(batchCount(values([batch])))]])
    expect(await duckdb(`select logical_type from parquet_schema('${path}') where name in ('at', 'word', 'day') order by name`)).toEqual([
      ['TimestampType(isAdjustedToUTC=1, unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds(), NANOS=<null>))'], ['DateType()'], ['StringType()'],
    ])
  })

  test('any schema and rows that DuckDB can hold', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, async ({ schema: s, batches }) => {
        fc.pre(s.fields.length > 0 && s.fields.every(f => comparable(f.type)))
        const path = temporaryPath('parquet')
        writeFileSync(path, encode(parquetFormat, s, batches, { rowGroupRows: 11 }))
        const expected = values(batches).map(row => row.map((v, k) => asDuckDb(v, s.fields[k].type)))
        expect(await duckdb(`select * from '${path}'`)).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })
})

test('a map is read as the list of key and value that it is in the file, where the schema says so', async () => {
  const path = temporaryPath('parquet')
  await duckdb(`copy (select * from (values (1, map {'a': [1, 2], 'b': []}), (2, map {}), (3, null)) as v(n, m)) to '${path}' (format parquet)`)
  const pairs = schema({ n: t.nullable(t.int32()), m: t.nullable(t.array(t.nullable(t.struct({ key: t.nullable(t.string()), value: t.nullable(t.array(t.nullable(t.int32()))) })))) })
  expect(values(await decodeFile(parquetFormat, pairs, path))).toEqual([[1, [{ key: 'a', value: [1, 2] }, { key: 'b', value: [] }]], [2, []], [3, null]])
})

function batchCount(rows: unknown[][]): number {
  const day = '1956-05-01'
  return rows.filter(r => r[6] === 'text 24999' || r[5] === 'wörd 3' || r[2] === 2n ** 62n + 12_345n || (r[4] as number) > 3571.3 || (r[9] !== null && (r[9] as string) < day)).length
}

/** DuckDB has no type for a bare null. */
function comparable(type: DataType): boolean {
  if (type.kind === 'array') return comparable(type.element)
  if (type.kind === 'struct') return type.fields.every(f => comparable(f.type))
  return type.kind !== 'null'
}

function asDuckDb(value: unknown, type: DataType): unknown {
  if (value === null) return null
  if (type.kind === 'integer') return BigInt(value as number)
  if (type.kind === 'array') return (value as unknown[]).map(v => asDuckDb(v, type.element))
  if (type.kind === 'struct') return Object.fromEntries(type.fields.map(f => [f.name, asDuckDb((value as Record<string, unknown>)[f.name], f.type)]))
  return value
}
