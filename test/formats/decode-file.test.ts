import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { type Row, rowsOf } from '../../src/columnar/values.ts'
import type { FileSystem } from '../../src/common/file-system.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { decodeFile, sampleFile } from '../../src/formats/decode-file.ts'
import { gunzip } from '../../src/formats/gzip.ts'
import { jsonlFormat } from '../../src/formats/jsonl/jsonl-format.ts'
import { loadFormat } from '../../src/formats/registry.ts'
import { concat, failureOf, piecesOf, utf8 } from './helpers.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'formats-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const numbers = schema({ a: t.int32() })
const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, k) => `{"a":${from + k}}\n`).join('')

function file(name: string, content: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function read(path: string, files: FileSystem = nodeFileSystem): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of decodeFile(files, path, jsonlFormat, numbers, {}, { origin: 'in/x', onBadRecord: 'fail', bad: () => undefined })) rows.push(...rowsOf(batch))
  return rows
}

const range = (n: number): Row[] => Array.from({ length: n }, (_, a) => ({ a }))

describe('decodeFile', () => {
  test('a plain file larger than a piece, an empty one, and one that is missing', async () => {
    expect(await read(file('plain.jsonl', utf8(lines(0, 150_000))))).toEqual(range(150_000))
    expect(await read(file('empty.jsonl', new Uint8Array(0)))).toEqual([])
    await expect(read(join(folder, 'missing.jsonl'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('gzip by its content, whatever the name; several members are one content', async () => {
    const members = concat([gzipSync(lines(0, 10)), gzipSync(lines(10, 11)), gzipSync(''), gzipSync(lines(11, 20))])
    expect(await read(file('a.jsonl.gz', members))).toEqual(range(20))
    expect(await read(file('a.jsonl', members))).toEqual(range(20))
    expect(await read(file('padded.gz', concat([members, new Uint8Array(100)])))).toEqual(range(20))
  })

  test('gzip whose content is too large for one call is unpacked in pieces', async () => {
    const pad = 'x'.repeat(1000)
    const text = Array.from({ length: 40_000 }, (_, k) => `{"pad":"${pad}","a":${k}}\n`).join('')
    expect(await read(file('large.jsonl.gz', gzipSync(text)))).toEqual(range(40_000))
  })

  const packed = gzipSync(lines(0, 3000))
  const bent = Uint8Array.from(packed)
  bent[packed.length >> 1] ^= 0x55
  test.each([
    ['truncated', packed.subarray(0, packed.length - 20), packed.length - 20, 'it ends in the middle of the compressed data'],
    ['only a header', packed.subarray(0, 10), 10, 'it ends in the middle of the compressed data'],
    ['with other bytes behind', concat([packed, utf8('garbage')]), undefined, 'the compressed data is damaged'],
    ['with a member behind zeros', concat([packed, new Uint8Array(3), packed]), packed.length, 'other bytes follow the compressed data'],
    ['bent', bent, undefined, 'the compressed data is damaged'],
  ])('gzip that is %s is refused with its position', async (name, bytes, byte, reason) => {
    const error = await failureOf(read(file(`${name}.gz`, bytes)))
    expect([error.code, error.context.reason, error.context.origin]).toEqual(['FORMAT_UNREADABLE', reason, 'in/x'])
    if (byte !== undefined) expect(error.context.byte).toBe(byte)
  })

  test('a name that promises gzip', async () => {
    expect((await failureOf(read(file('not.gz', utf8('{"a":1}\n'))))).message).toBe(
      '"in/x" is no intact gzip file: it does not begin like one (near byte 0, after 0 bytes of content). Write the file again; a file must be complete before it is moved to where it is read.',
    )
    expect((await failureOf(read(file('nothing.gz', new Uint8Array(0))))).code).toBe('FORMAT_UNREADABLE')
  })

  test('short reads are completed, and a file that shrinks is noticed', async () => {
    const path = file('short.jsonl', utf8(lines(0, 1000)))
    const reading = (change: (n: number, position: number) => number): FileSystem => ({
      ...nodeFileSystem,
      async open(name) {
        const inner = await nodeFileSystem.open(name)
        return { ...inner, size: inner.size, read: (buffer, offset, length, position) => inner.read(buffer, offset, change(length, position), position) }
      },
    })
    expect(await read(path, reading(length => Math.min(length, 7)))).toEqual(range(1000))
    const error = await failureOf(read(path, reading((length, position) => Math.min(length, Math.max(0, 100 - position)))))
    expect([error.code, error.context]).toEqual(['FORMAT_UNREADABLE', { origin: 'in/x', byte: 100, size: 9890 }])
  })

  test('the file is closed when the reader stops early', async () => {
    const path = file('early.jsonl.gz', gzipSync(lines(0, 100_000)))
    let open = 0
    const counting: FileSystem = {
      ...nodeFileSystem,
      async open(name) {
        const inner = await nodeFileSystem.open(name)
        open++
        return { ...inner, close: () => (open--, inner.close()) }
      },
    }
    for await (const batch of decodeFile(counting, path, jsonlFormat, numbers, {}, { origin: 'x', onBadRecord: 'fail', bad: () => undefined })) {
      expect(batch.numRows).toBe(65_536)
      break
    }
    expect(open).toBe(0)
  })
})

describe('gunzip', () => {
  test('memory stays bounded however well the data is compressed', async () => {
    const packed = gzipSync(new Uint8Array(50_000_000))
    async function* input(): AsyncGenerator<Uint8Array> {
      yield* piecesOf(packed, 1000)
    }
    let total = 0
    let largest = 0
    for await (const piece of gunzip(input(), 'x')) {
      total += piece.length
      largest = Math.max(largest, piece.length)
    }
    expect(total).toBe(50_000_000)
    expect(largest).toBeLessThanOrEqual(256 * 1024)
  })

  test('an error of the input is passed on as it is', async () => {
    const failing = new Error('disk')
    async function* input(): AsyncGenerator<Uint8Array> {
      yield gzipSync('x').subarray(0, 5)
      throw failing
    }
    await expect(gunzip(input(), 'x').next()).rejects.toBe(failing)
  })
})

test('a sample is the beginning of the unpacked content', async () => {
  const path = file('sample.gz', gzipSync(lines(0, 1000)))
  expect(await sampleFile(nodeFileSystem, path, 100)).toEqual(utf8(lines(0, 1000).slice(0, 100)))
  expect(await sampleFile(nodeFileSystem, path)).toEqual(utf8(lines(0, 1000)))
})

test('formats are loaded by name', async () => {
  expect([(await loadFormat('jsonl')).extension, (await loadFormat('csv')).extension, (await loadFormat('text')).extension]).toEqual(['jsonl', 'csv', 'txt'])
  expect((await failureOf(loadFormat('jsnol'))).code).toBe('FORMAT_UNKNOWN')
})
