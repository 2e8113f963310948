import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import type { Schema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import type { FileSystem } from '../../src/common/file-system.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { arrowFormat } from '../../src/formats/arrow/arrow-format.ts'
import type { Format } from '../../src/formats/format.ts'
import { parquetFormat } from '../../src/formats/parquet/parquet-format.ts'
import { context, encode, temporaryPath, values } from './support.ts'

interface Watched {
  readonly files: FileSystem
  readonly reads: number[]
  open: number
}

/** A file system that notes what is read, and gives at most `atMost` bytes a time, as the port allows. */
function watched(atMost = Infinity): Watched {
  const seen: Watched = {
    reads: [],
    open: 0,
    files: {
      ...nodeFileSystem,
      async open(path) {
        const file = await nodeFileSystem.open(path)
        seen.open++
        return {
          size: file.size,
          async read(buffer, offset, length, position) {
            const n = await file.read(buffer, offset, Math.min(length, atMost), position)
            seen.reads.push(n)
            return n
          },
          async close() {
            seen.open--
            await file.close()
          },
        }
      },
    },
  }
  return seen
}

const s = schema({ n: t.int32(), word: t.string(), big: t.int64() })
const rows = batchOfRows(s, Array.from({ length: 120_000 }, (_, i) => ({ n: i, word: `some text that is not repeated, number ${i}`, big: BigInt(i) << 20n })))

function file(format: Format, options = {}): string {
  const path = temporaryPath(format.extension)
  writeFileSync(path, encode(format, s, [rows], options))
  return path
}

async function readAll(format: Format, wanted: Schema, path: string, seen: Watched): Promise<unknown[][]> {
  const batches = []
  for await (const batch of format.fileDecoder!(wanted, {})(seen.files, path, context)) batches.push(batch)
  return values(batches)
}

test('of a Parquet file only the columns asked for are read, through a small window', async () => {
  const seen = watched()
  const read = await readAll(parquetFormat, schema({ n: t.int32() }), file(parquetFormat, { compression: 'none' }), seen)
  expect(read).toEqual(values([rows]).map(r => [r[0]]))
  // 120,000 numbers of 4 bytes, page headers and the footer, of a file of more than 6 MB.
  expect(seen.reads.reduce((a, b) => a + b, 0)).toBeLessThan(600_000)
  expect(Math.max(...seen.reads)).toBeLessThanOrEqual(256 * 1024)
})

test.each([['parquet', parquetFormat], ['arrow', arrowFormat]] as const)('%s: short reads are completed, and the file is closed', async (_, format) => {
  const seen = watched(10_007)
  expect(await readAll(format, s, file(format), seen)).toEqual(values([rows]))
  expect(seen.open).toBe(0)
})

test.each([['parquet', parquetFormat], ['arrow', arrowFormat]] as const)('%s: the file is closed when reading fails or is given up', async (_, format) => {
  const seen = watched()
  await expect(readAll(format, schema({ gone: t.int32() }), file(format), seen)).rejects.toMatchObject({ code: 'FORMAT_SCHEMA_MISMATCH' })
  expect(seen.open).toBe(0)
  for await (const batch of format.fileDecoder!(s, {})(seen.files, file(format), context)) {
    expect(batch.numRows).toBeGreaterThan(0)
    break
  }
  expect(seen.open).toBe(0)
})

test.each([['parquet', parquetFormat], ['arrow', arrowFormat]] as const)('%s: what the encoder gives out belongs to the caller', (_, format) => {
  const encoder = format.encoder(s, {})
  const before = values([rows])
  for (const bytes of [...encoder.push(rows), ...encoder.end()]) bytes.fill(0xaa)
  expect(values([rows])).toEqual(before)
})
