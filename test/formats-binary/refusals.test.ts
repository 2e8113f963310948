import * as arrow from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { type DataType, field, structType } from '../../src/columnar/data-type.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../src/columnar/schema.ts'
import { type ColumnType, schema, t } from '../../src/columnar/schema-builder.ts'
import { nullVector } from '../../src/columnar/vector.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { arrowFormat } from '../../src/formats/arrow/arrow-format.ts'
import { parquetFormat } from '../../src/formats/parquet/parquet-format.ts'
import { loadFormat } from '../../src/formats/registry.ts'
import { duckdb } from './duckdb.ts'
import { decode, decodeFile, encode, temporaryPath, values } from './support.ts'

const formats = [['parquet', parquetFormat], ['arrow', arrowFormat]] as const
const at = (column: string, code: string, message: string) => ({
  code, context: { file: 'input', column }, message: expect.stringContaining(message) as string,
})

describe.each(formats)('%s', (name, format) => {
  const written = (s: Schema, ...rows: Record<string, unknown>[]): Uint8Array => encode(format, s, [batchOfRows(s, rows)])
  const readAs = async (bytes: Uint8Array, wanted: ColumnType<unknown>): Promise<unknown[][]> => values(await decode(format, schema({ v: wanted }), bytes))

  test('is found by its name', async () => {
    expect(await loadFormat(name)).toBe(format)
  })

  test('a column that is not there is null, or refused where it may not be', async () => {
    const bytes = written(schema({ a: t.int32() }), { a: 1 })
    expect(await readAs(bytes, t.nullable(t.string()))).toEqual([[null]])
    await expect(readAs(bytes, t.string())).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', 'is not in the file'))
  })

  test.each([
    [t.string(), 'a', t.int32()], [t.int32(), 1, t.string()], [t.int64(), 1n, t.int32()], [t.int64(), 1n, t.float64()], [t.float64(), 1, t.int64()],
    [t.timestamp(), 1, t.int64()], [t.date(), 1, t.timestamp()], [t.boolean(), true, t.int32()], [t.array(t.int32()), [1], t.int32()],
    [t.int32(), 1, t.array(t.int32())], [t.array(t.string()), ['a'], t.array(t.int32())], [t.struct({ a: t.int32() }), { a: 1 }, t.struct({ a: t.date() })],
    [t.array(t.string()), ['a'], t.vector(1)],
  ] as const)('case %#: a type that does not convert is refused by name', async (from, value, to) => {
    await expect(readAs(written(schema({ v: from as ColumnType<unknown> }), { v: value }), to)).rejects.toMatchObject({
      code: 'FORMAT_SCHEMA_MISMATCH', message: expect.stringMatching(/^Column "v(\.\w+)?" of "input" holds .*, but the schema says /) as string,
    })
  })

  test('a null where the schema forbids it', async () => {
    const inner = t.nullable(t.int32())
    await expect(readAs(written(schema({ v: inner }), { v: 1 }, { v: null }), t.int32())).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', 'holds a null'))
    await expect(readAs(written(schema({ v: t.array(inner) }), { v: [1, null] }), t.array(t.int32()))).rejects.toMatchObject(at('v.element', 'FORMAT_SCHEMA_MISMATCH', 'holds a null'))
    await expect(readAs(written(schema({ v: t.struct({ a: inner }) }), { v: { a: null } }), t.struct({ a: t.int32() })))
      .rejects.toMatchObject(at('v.a', 'FORMAT_SCHEMA_MISMATCH', 'holds a null'))
    // Under a null struct nothing is missing.
    const optional = schema({ v: t.nullable(t.struct({ a: inner })) })
    expect(await readAs(written(optional, { v: null }, { v: { a: 1 } }), t.nullable(t.struct({ a: t.int32() })))).toEqual([[null], [{ a: 1 }]])
    expect(await readAs(written(schema({ v: inner }), { v: 1 }), t.int32())).toEqual([[1]])
  })

  test('a missing field of a struct', async () => {
    const bytes = written(schema({ v: t.struct({ a: t.int32() }) }), { v: { a: 1 } })
    await expect(readAs(bytes, t.struct({ a: t.int32(), b: t.int32() }))).rejects.toMatchObject(at('v.b', 'FORMAT_SCHEMA_MISMATCH', 'is not in the file'))
  })

  test('an int64 beyond the range of integer is not rounded', async () => {
    await expect(readAs(written(schema({ v: t.int64() }), { v: 2n ** 53n }), t.integer())).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', '9007199254740992'))
    await expect(readAs(written(schema({ v: t.int64() }), { v: -(2n ** 63n) }), t.integer())).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', '-9223372036854775808'))
  })

  test('an array that is no vector', async () => {
    const lists = schema({ v: t.array(t.nullable(t.float64())) })
    await expect(readAs(written(lists, { v: [1] }), t.vector(2))).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', 'array of 1 elements'))
    await expect(readAs(written(lists, { v: [1, null] }), t.vector(2))).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', 'null element'))
  })

  test('binary that is not text', async () => {
    const bytes = written(schema({ v: t.binary() }), { v: Uint8Array.of(0x61) }, { v: Uint8Array.of(0xc3, 0x28) })
    await expect(readAs(bytes, t.string())).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', 'not UTF-8'))
    // Valid as a whole, cut inside a character.
    const cut = written(schema({ v: t.binary() }), { v: Uint8Array.of(0xc3) }, { v: Uint8Array.of(0xa4) })
    await expect(readAs(cut, t.string())).rejects.toMatchObject(at('v', 'FORMAT_SCHEMA_MISMATCH', 'not UTF-8'))
  })

  test('a null in a column that is written as non-null is our own fault', () => {
    const s = schema({ v: t.int32() })
    expect(() => encode(format, s, [new RecordBatch(s, 1, [nullVector({ kind: 'int32' }, 1)])])).toThrow(/holds a null/)
  })
})

describe('parquet', () => {
  test.each([
    ['1.5::decimal(10, 2)', 'decimal(10,2)'], [`time '12:00:00'`, 'times of day'], ['uuid()', 'UUIDs'], [`map {'a': 1}`, 'a map'], [`interval 1 day`, 'intervals'],
  ])('%s is refused, and does not disturb the other columns', async (sql, what) => {
    const path = temporaryPath('parquet')
    await duckdb(`copy (select ${sql} as v, 5 as n) to '${path}' (format parquet)`)
    expect(values(await decodeFile(parquetFormat, schema({ n: t.nullable(t.int32()) }), path))).toEqual([[5]])
    await expect(decodeFile(parquetFormat, schema({ v: t.nullable(t.string()) }), path)).rejects.toMatchObject(at('v', 'FORMAT_UNSUPPORTED', what))
    await expect(parquetFormat.inferSchema({ files: nodeFileSystem, path, sample: new Uint8Array(0) }, {})).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED', context: { file: path, column: 'v' },
    })
  })

  test.each([
    [`'294247-01-10'::timestamp`, 'timestamp'], [`'1600-01-01'::timestamptz`, 'timestamp'], ['18446744073709551615::ubigint', '18446744073709551615'],
  ])('%s is beyond our type', async (sql, what) => {
    const path = temporaryPath('parquet')
    await duckdb(`copy (select ${sql} as v) to '${path}' (format parquet)`)
    const wanted = what === 'timestamp' ? t.timestamp() : t.int64()
    await expect(decodeFile(parquetFormat, schema({ v: wanted as ColumnType<unknown> }), path)).rejects.toMatchObject(at('v', 'FORMAT_UNSUPPORTED', what))
  })

  test('a struct without fields cannot be written', () => {
    const s = makeSchema([field('v', structType([field('inner', structType([]))]))])
    const error = expect.objectContaining({ code: 'FORMAT_UNSUPPORTED', context: { file: 'parquet output', column: 'v.inner' } }) as unknown as Error
    expect(() => parquetFormat.checkSchema?.(s, {})).toThrow(error)
    expect(() => parquetFormat.encoder(s, {})).toThrow(error)
  })

  test.each([{ compression: 'lzo' }, { rowGroupRows: 0 }, { rowGroupRows: '5' }])('option %o is refused', options => {
    expect(() => parquetFormat.encoder(schema({ v: t.int32() }), options)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID_OPTION' }) as unknown as Error)
  })
})

describe('arrow', () => {
  const item = new arrow.Field('item', new arrow.Int32(), true)
  const types: arrow.DataType[] = [
    new arrow.Decimal(2, 10, 128), new arrow.DurationSecond(), new arrow.IntervalYearMonth(), new arrow.TimeSecond(),
    new arrow.Map_(new arrow.Field('entries', new arrow.Struct([new arrow.Field('key', new arrow.Int32(), false), item]), false)),
    new arrow.SparseUnion([0], [item]), new arrow.List(new arrow.Field('item', new arrow.Decimal(2, 10, 128), true)),
  ]
  test.each(types.map(type => [String(type), type] as const))('%s is refused by name', async (_, type) => {
    const fields = [new arrow.Field('v', type, true), new arrow.Field('n', new arrow.Int32(), true)]
    const bytes = arrow.tableToIPC(new arrow.Table(new arrow.Schema(fields)), 'file')
    expect(await decode(arrowFormat, schema({ n: t.nullable(t.int32()) }), bytes)).toEqual([])
    const column = type instanceof arrow.List ? 'v.element' : 'v'
    await expect(decode(arrowFormat, schema({ v: t.nullable(t.string()) }), bytes)).rejects.toMatchObject(at(column, 'FORMAT_UNSUPPORTED', 'not supported'))
  })

  test.each([
    [new arrow.Uint64(), 2n ** 64n - 1n, { kind: 'int64' }, '18446744073709551615'],
    [new arrow.TimestampSecond(), 9_100_000_000_000, { kind: 'timestamp' }, 'timestamp'],
  ] as const)('%s beyond our type', async (type, value, ours: DataType, what) => {
    const bytes = arrow.tableToIPC(new arrow.Table({ v: arrow.vectorFromArray([value], type as arrow.DataType) }), 'file')
    await expect(decode(arrowFormat, makeSchema([field('v', ours)]), bytes)).rejects.toMatchObject(at('v', 'FORMAT_UNSUPPORTED', what))
  })

  test('a null inside a list of fixed size', async () => {
    const bytes = arrow.tableToIPC(new arrow.Table({ v: arrow.vectorFromArray([[1, null]], new arrow.FixedSizeList(2, new arrow.Field('item', new arrow.Float64(), true))) }), 'file')
    await expect(decode(arrowFormat, schema({ v: t.nullable(t.vector(2)) }), bytes)).rejects.toMatchObject(at('v.element', 'FORMAT_UNSUPPORTED', 'holds a null'))
  })

  test('a layout that there is not', () => {
    expect(() => arrowFormat.encoder(schema({ v: t.int32() }), { layout: 'feather' })).toThrow(expect.objectContaining({ code: 'PLAN_INVALID_OPTION' }) as unknown as Error)
  })
})
