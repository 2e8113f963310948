import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { isMillraceError } from '../../src/common/errors.ts'
import { arrowFormat } from '../../src/formats/arrow/arrow-format.ts'
import { deltaLengthText, deltaNumbers, deltaText } from '../../src/formats/parquet/delta-values.ts'
import type { DataPage } from '../../src/formats/parquet/page-reader.ts'
import { parquetFormat } from '../../src/formats/parquet/parquet-format.ts'
import { duckdb } from './duckdb.ts'
import { decode, decodeFile, decodeStream, encode, infer, temporaryPath } from './support.ts'

const s = schema({
  n: t.nullable(t.int32()), big: t.int64(), at: t.nullable(t.timestamp()), word: t.nullable(t.string()), yes: t.boolean(),
  list: t.nullable(t.array(t.nullable(t.string()))), box: t.nullable(t.struct({ a: t.array(t.struct({ b: t.nullable(t.float64()) })) })), dense: t.vector(2),
})
const rows = batchOfRows(s, Array.from({ length: 300 }, (_, i) => ({
  n: i % 4 === 0 ? null : i, big: BigInt(i) << 40n, at: i % 5 === 0 ? null : i * 1e9, word: i % 7 === 0 ? null : `word ${i % 9}`, yes: i % 3 === 0,
  list: i % 4 === 0 ? null : i % 4 === 1 ? [] : [null, `l${i}`], box: i % 3 === 0 ? null : { a: i % 2 === 0 ? [] : [{ b: i }, { b: null }] }, dense: [i, -i],
})))

/** Files without page checksums, so that damage gets past the door. */
async function foreign(options: string): Promise<Uint8Array> {
  const ours = temporaryPath('parquet')
  const theirs = temporaryPath('parquet')
  writeFileSync(ours, encode(parquetFormat, s, [rows]))
  await duckdb(`copy (from '${ours}') to '${theirs}' (format parquet, ${options})`)
  return new Uint8Array(readFileSync(theirs))
}

const intact = {
  duckdb: await foreign('codec uncompressed'),
  zstd: await foreign('codec zstd, parquet_version v2'),
  lz4: await foreign('codec lz4_raw'),
  snappy: encode(parquetFormat, s, [rows], { rowGroupRows: 128 }),
  plain: encode(parquetFormat, s, [rows], { compression: 'none' }),
  file: encode(arrowFormat, s, [rows]),
  stream: encode(arrowFormat, s, [rows], { layout: 'stream' }),
}
type Kind = keyof typeof intact
const formatOf = (kind: Kind) => (kind === 'file' || kind === 'stream' ? arrowFormat : parquetFormat)
const kinds = Object.keys(intact) as Kind[]

/** Reads what can be read; anything but rows or one of our errors is a failure. */
async function readOrRefuse(kind: Kind, bytes: Uint8Array): Promise<'read' | 'refused'> {
  await allowRefusal(infer(formatOf(kind), bytes), 'PLAN_DUPLICATE_COLUMN')
  return allowRefusal(decode(formatOf(kind), s, bytes))
}

async function allowRefusal(reading: Promise<unknown>, also?: string): Promise<'read' | 'refused'> {
  try {
    await reading
    return 'read'
  } catch (error) {
    if (!isMillraceError(error) || (!error.code.startsWith('FORMAT_') && error.code !== also)) throw error
    return 'refused'
  }
}

describe.each(kinds)('%s, damaged', kind => {
  test('a file cut anywhere is refused', async () => {
    const bytes = intact[kind]
    for (let i = 0; i < 60; i++) {
      const cut = Math.floor((bytes.length * i) / 60)
      // A stream may end between two messages.
      const allowed = kind === 'stream' ? ['refused', 'read'] : ['refused']
      expect(allowed).toContain(await readOrRefuse(kind, bytes.subarray(0, cut)))
    }
  })

  test('changed bytes give rows or an error of ours, soon', async () => {
    const change = fc.record({ at: fc.nat(), value: fc.oneof(fc.constantFrom(0, 0x7f, 0x80, 0xff), fc.nat({ max: 255 })) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), fc.boolean(), async (changes, atEnds) => {
        const bytes = intact[kind].slice()
        // Half of the time where lengths and offsets are: in the last and the first bytes.
        for (const { at, value } of changes) bytes[atEnds ? (at % 2 === 0 ? bytes.length - 1 - (at % 1500) : at % 400) : at % bytes.length] = value
        await readOrRefuse(kind, bytes)
      }),
      { numRuns: Number(process.env.DAMAGE_RUNS ?? 400) },
    )
  }, 600_000)

  test('bytes of another kind are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
        expect(await readOrRefuse(kind, bytes)).toBe('refused')
        const disguised = Buffer.concat([intact[kind].subarray(0, 8), bytes, intact[kind].subarray(-8)])
        expect(await readOrRefuse(kind, disguised)).toBe('refused')
      }),
      { numRuns: 200 },
    )
  })
})

test('changed bytes in a stream read in pieces give rows or an error of ours', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 255 }), fc.integer({ min: 1, max: 5000 }), (at, value, piece) => {
      const bytes = intact.stream.slice()
      bytes[at % Math.min(bytes.length, 3000)] = value
      try {
        decodeStream(arrowFormat, s, bytes, piece)
      } catch (error) {
        if (!isMillraceError(error) || !error.code.startsWith('FORMAT_')) throw error
      }
    }),
    { numRuns: 300 },
  )
})

describe('lengths that cannot be true take no memory', () => {
  test('a Parquet footer whose lists claim 2^25 elements, in each other', async () => {
    // Each list header: list of lists, 0x1ffffff elements.
    const footer = Buffer.concat([Buffer.from([0x29]), ...Array.from({ length: 20 }, () => Buffer.from([0xf9, 0xff, 0xff, 0xff, 0x0f]))])
    await expect(decode(parquetFormat, s, parquetWith(footer))).rejects.toMatchObject({ code: 'FORMAT_UNREADABLE' })
  })

  test('a Parquet footer nested deeper than the stack', async () => {
    await expect(decode(parquetFormat, s, parquetWith(Buffer.alloc(1_000_000, 0x1c)))).rejects.toMatchObject({ code: 'FORMAT_UNREADABLE' })
  })

  test('a Parquet footer longer than the file', async () => {
    const bytes = intact.plain.slice()
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(bytes.length - 8, 0x7fffffff, true)
    await expect(decode(parquetFormat, s, bytes)).rejects.toMatchObject({ code: 'FORMAT_UNREADABLE', context: { file: 'input', byte: bytes.length - 8 } })
  })

  test('an Arrow message that claims 60 MiB of metadata, or a body of 2 GiB', () => {
    expect(() => decodeStream(arrowFormat, s, Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0xc0, 3, 1, 2, 3, 4]), 12)).toThrow(/in the middle/)
  })
})

test('an Arrow schema whose columns are all the same long one is refused', () => {
  const wide = schema({ ['x'.repeat(5000)]: t.int32(), ...Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`c${i}`, t.int32()])) })
  const bytes = encode(arrowFormat, wide, [], { layout: 'stream' })
  expect(decodeStream(arrowFormat, wide, bytes, 1000)).toEqual([])
  const view = new DataView(bytes.buffer)
  // Metadata begins at 8; a table's field is found through its vtable, an offset counts from where it stands.
  const follow = (at: number): number => at + view.getUint32(at, true)
  const fieldOf = (table: number, field: number): number => table + view.getUint16(table - view.getInt32(table, true) + 4 + 2 * field, true)
  const columns = follow(fieldOf(follow(fieldOf(follow(8), 2)), 1))
  const first = follow(columns + 4)
  for (let i = 1; i < view.getUint32(columns, true); i++) view.setUint32(columns + 4 + 4 * i, first - (columns + 4 + 4 * i), true)
  expect(() => decodeStream(arrowFormat, wide, bytes, 1000)).toThrow('refers to itself')
})

describe('delta encodings', () => {
  const page = (bytes: readonly number[], count: number): DataPage => ({
    kind: 'data', count, definition: null, repetition: null, encoding: 'DELTA_BYTE_ARRAY', bytes: Uint8Array.from(bytes), start: 0,
  })
  // Block of 128 in 4 miniblocks, two values: the first as zigzag, then one difference of 0 bits a value.
  const pair = (first: number, difference: number): number[] => [0x80, 1, 4, 2, first * 2, difference * 2, 0, 0, 0, 0]

  test('prefixes and suffixes give text', () => {
    const { bytes, offsets } = deltaText(page([...pair(0, 2), ...pair(3, 0), ...Buffer.from('abcdef')], 2))
    expect([Buffer.from(bytes).toString(), [...offsets]]).toEqual(['abcabdef', [0, 3, 8]])
  })

  test('a prefix longer than the value before it takes no memory', () => {
    expect(() => deltaText(page([...pair(0, 60), ...pair(3, 0), ...Buffer.from('abcdef')], 2))).toThrow('claims 60 bytes of one that has 3')
    expect(() => deltaText(page([...pair(1, 0), ...pair(3, 0), ...Buffer.from('abcdef')], 2))).toThrow('claims 1 bytes of one that has 0')
  })

  test('counts and blocks that cannot be', () => {
    expect(() => deltaNumbers(page([0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 7, 0], 2 ** 31), 'INT64')).toThrow('claims 2147483647 values')
    expect(() => deltaNumbers(page([0x80, 1, 0, 2, 0], 2), 'INT32')).toThrow('blocks of 128')
    expect(() => deltaNumbers(page([0x80, 1, 4, 3, 0, 0, 0, 0, 0, 0], 2), 'INT32')).toThrow('3 values in a page of 2')
  })

  test('any bytes end soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 100_000 }), (bytes, count) => {
        const all = page([0x80, 1, 4, ...bytes], count)
        for (const read of [() => deltaText(all), () => deltaLengthText(all), () => deltaNumbers(all, 'INT32'), () => deltaNumbers(all, 'INT64')]) {
          try {
            read()
          } catch (error) {
            expect(error).toBeInstanceOf(Error)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

test('a changed value in a page that we wrote is found by its checksum', async () => {
  const bytes = intact.plain.slice()
  // The first page of the first column, beyond its header and levels.
  bytes[200] ^= 1
  await expect(decode(parquetFormat, s, bytes)).rejects.toMatchObject({ code: 'FORMAT_UNREADABLE', context: { file: 'input', byte: 4 } })
})

function parquetWith(footer: Buffer): Uint8Array {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(footer.length)
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')])
}

test('files that are gone keep the error of the file system', async () => {
  writeFileSync(temporaryPath('parquet'), '')
  await expect(decodeFile(parquetFormat, s, temporaryPath('parquet'))).rejects.toMatchObject({ code: 'ENOENT' })
})
