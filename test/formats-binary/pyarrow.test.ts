import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { arrowFormat } from '../../src/formats/arrow/arrow-format.ts'
import { parquetFormat } from '../../src/formats/parquet/parquet-format.ts'
import { decodeFile, decodeStream, infer, values } from './support.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/formats-binary/${name}`, import.meta.url))

const all = schema({
  yes: t.nullable(t.boolean()), n: t.nullable(t.int32()), big: t.nullable(t.int64()), half: t.nullable(t.float64()), single: t.nullable(t.float64()),
  x: t.nullable(t.float64()), word: t.nullable(t.string()), text: t.nullable(t.string()), raw: t.nullable(t.binary()), at: t.nullable(t.timestamp()),
  list: t.nullable(t.array(t.nullable(t.int32()))),
})

const rows = Array.from({ length: 12 }, (_, i) => [
  i % 5 === 0 ? null : i % 3 === 0,
  i % 4 === 0 ? null : (i * 7919 - 3000) * (-1) ** i,
  i % 3 === 0 ? null : 2n ** 62n + BigInt(i * (-1) ** i),
  i / 8,
  i / 4,
  i % 4 === 0 ? null : i / 3,
  i % 6 === 0 ? null : `prefix ${Math.floor(i / 3)} ä`,
  `x${i % 5}`,
  Buffer.from([i, 1, 255]).toString('hex'),
  i % 8 === 0 ? null : Date.UTC(1965, 0, 1) * 1000 + i * 10_007_000_001,
  i % 4 === 0 ? null : i % 4 === 1 ? [] : [null, i],
])

test('Parquet with delta, byte-stream-split and run-length encodings', async () => {
  expect(values(await decodeFile(parquetFormat, all, fixture('encodings-v2.parquet')))).toEqual(rows)
  expect(await infer(parquetFormat, readFileSync(fixture('encodings-v2.parquet')))).toEqual(all)
})

test('Parquet with INT96 timestamps', async () => {
  const some = schema({ at: t.nullable(t.timestamp()), list: t.nullable(t.array(t.nullable(t.int32()))) })
  expect(values(await decodeFile(parquetFormat, some, fixture('int96-two-level-lists.parquet')))).toEqual(rows.map(r => [r[9], r[10]]))
})

test('Arrow compressed with zstd', async () => {
  expect(values(await decodeFile(arrowFormat, all, fixture('zstd.arrow')))).toEqual(rows)
  expect(values(decodeStream(arrowFormat, all, readFileSync(fixture('zstd.arrow')), 100))).toEqual(rows)
})

test('Arrow with string views, sliced', async () => {
  const expected = [...rows, ...rows, ...rows].slice(5, 25)
  expect(values(await decodeFile(arrowFormat, all, fixture('views.arrows')))).toEqual(expected)
})

test('Arrow compressed with LZ4 is refused by name', async () => {
  await expect(decodeFile(arrowFormat, all, fixture('lz4.arrows'))).rejects.toMatchObject({ code: 'FORMAT_UNSUPPORTED', message: expect.stringContaining('LZ4') as string })
})
