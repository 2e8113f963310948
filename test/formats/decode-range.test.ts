import fc from 'fast-check'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Schema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { type Row, rowsOf } from '../../src/columnar/values.ts'
import { isMillraceError } from '../../src/common/errors.ts'
import type { FileSystem } from '../../src/common/file-system.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { csvFormat } from '../../src/formats/csv/csv-format.ts'
import { decodeFile } from '../../src/formats/decode-file.ts'
import type { BadRecord, Format, FormatOptions, OnBadRecord } from '../../src/formats/format.ts'
import { jsonlFormat } from '../../src/formats/jsonl/jsonl-format.ts'
import type { ByteRange } from '../../src/formats/line-range.ts'
import { textFormat } from '../../src/formats/text/text-format.ts'
import { concat, failureOf, utf8 } from './helpers.ts'

/** A file system with one file; counts the bytes that are read of it. */
function memoryFile(bytes: Uint8Array): { readonly files: FileSystem; read(): number } {
  let read = 0
  const files: FileSystem = {
    ...nodeFileSystem,
    open: async () => ({
      size: bytes.length,
      async read(buffer, offset, length, position) {
        const part = bytes.subarray(position, position + length)
        buffer.set(part, offset)
        read += part.length
        return part.length
      },
      close: async () => undefined,
    }),
  }
  return { files, read: () => read }
}

interface Kind {
  readonly format: Format
  readonly schema: Schema
  readonly options: FormatOptions
}

interface Outcome {
  readonly rows: Row[]
  readonly bad: BadRecord[]
  /** What ended the reading, if something did. */
  readonly error?: unknown
}

async function read(kind: Kind, bytes: Uint8Array, ranges: readonly (ByteRange | undefined)[], onBadRecord: OnBadRecord): Promise<Outcome> {
  const rows: Row[] = []
  const bad: BadRecord[] = []
  const { files } = memoryFile(bytes)
  const context = { origin: 'in/x', onBadRecord, bad: (record: BadRecord) => bad.push(record) }
  try {
    for (const range of ranges) {
      for await (const batch of decodeFile(files, 'in/x', kind.format, kind.schema, kind.options, context, range)) rows.push(...rowsOf(batch))
    }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return { rows: [], bad, error: [error.code, error.message, error.context] }
  }
  return { rows, bad }
}

/** Parts between the cuts. */
function between(cuts: readonly number[], size: number): ByteRange[] {
  const all = [0, ...cuts, size]
  return all.slice(1).map((end, k) => ({ start: all[k], end }))
}

function every(step: number, size: number): ByteRange[] {
  return between(Array.from({ length: Math.max(0, Math.ceil(size / step) - 1) }, (_, k) => (k + 1) * step), size)
}

const row = schema({ a: t.nullable(t.int32()), s: t.nullable(t.string()) })
const limited = { maxRecordBytes: 24 }
const kinds: readonly (readonly [string, Kind])[] = [
  ['jsonl', { format: jsonlFormat, schema: row, options: limited }],
  ['text', { format: textFormat, schema: schema({ value: t.string() }), options: limited }],
  ['csv', { format: csvFormat, schema: row, options: { ...limited, multiLine: false } }],
  ['csv with a header', { format: csvFormat, schema: row, options: { ...limited, multiLine: false, header: true } }],
  ['csv of one column', { format: csvFormat, schema: schema({ a: t.nullable(t.int32()) }), options: { ...limited, multiLine: false } }],
]

const line = fc.oneof(
  fc.constantFrom('', ' ', '\r', '\ufeff', '{"a":1}', '{"a":2,"s":"x"}', '{"s":"ä\\n€"}', '{"a":x}', '{"a":1}{', 'a,s', '1,x', '2,"x y"', '3,"x', '4,"x""y"', '5,a"b', '6', '"7', 'x,y', '\ufeff8,z', '{"s":"much longer than the limit is"}', '9,"much longer than the limit is"'),
  fc.constantFrom(Uint8Array.of(0xff, 0xfe), Uint8Array.of(0x7b, 0xc3, 0x7d)),
)
const content = fc
  .record({ mark: fc.boolean(), header: fc.boolean(), lines: fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n')), { maxLength: 12 }), ended: fc.boolean() })
  .map(({ mark, header, lines, ended }) => {
    const parts = lines.flatMap(([text, end]) => [typeof text === 'string' ? utf8(text) : text, utf8(end)])
    const whole = concat([utf8(mark ? '\ufeff' : ''), utf8(header ? '\ns,a,more\n' : ''), ...parts])
    return ended ? whole : whole.subarray(0, Math.max(0, whole.length - 1))
  })

describe.each(kinds)('a file of %s in parts', (_name, kind) => {
  test('has the rows, the bad records and their positions of the whole file, with every size of the parts', async () => {
    await fc.assert(
      fc.asyncProperty(content, async bytes => {
        const whole = await read(kind, bytes, [undefined], 'deadLetter')
        for (let step = 1; step <= bytes.length; step++) expect(await read(kind, bytes, every(step, bytes.length), 'deadLetter')).toEqual(whole)
      }),
      { numRuns: 60 },
    )
  })

  test('does so wherever it is cut, and fails as the whole file does', async () => {
    await fc.assert(
      fc.asyncProperty(content, fc.array(fc.nat(), { maxLength: 6 }), async (bytes, picks) => {
        const cuts = picks.map(p => p % (bytes.length + 1)).sort((a, b) => a - b)
        for (const onBadRecord of ['deadLetter', 'fail'] as const) {
          expect(await read(kind, bytes, between(cuts, bytes.length), onBadRecord)).toEqual(await read(kind, bytes, [undefined], onBadRecord))
        }
        // Where bad records are only counted, their lines are not.
        const skipped = (await read(kind, bytes, [undefined], 'skip')).bad.map(b => ({ ...b, line: 0 }))
        expect((await read(kind, bytes, between(cuts, bytes.length), 'skip')).bad).toEqual(skipped)
      }),
      { numRuns: 300 },
    )
  })
})

const jsonl = kinds[0][1]
const lines = (count: number): Uint8Array => utf8(Array.from({ length: count }, (_, a) => `{"a":${a},"s":"${'x'.repeat(a % 50)}"}\n`).join(''))

test('parts of a file larger than the pieces in which it is read', async () => {
  const kind = { ...jsonl, options: {} }
  const bytes = lines(100_000)
  const whole = await read(kind, bytes, [undefined], 'fail')
  expect(whole.rows).toHaveLength(100_000)
  for (const step of [100_000, 1024 * 1024, 1_500_001]) expect((await read(kind, bytes, every(step, bytes.length), 'fail')).rows).toEqual(whole.rows)
})

test('a part reads little more than its bytes, also in a line that goes on for many parts', async () => {
  const bytes = concat([utf8('{"a":1}\n{"s":"'), new Uint8Array(4_000_000).fill(0x78), utf8('"}\n{"a":2}\n')])
  const step = 500_000
  const found: unknown[] = []
  let most = 0
  for (const range of every(step, bytes.length)) {
    const { files, read: count } = memoryFile(bytes)
    const context = { origin: 'x', onBadRecord: 'skip' as const, bad: (b: BadRecord) => found.push(b.byte) }
    for await (const batch of decodeFile(files, 'x', jsonlFormat, row, {}, context, range)) found.push(...rowsOf(batch).map(r => r['a']))
    // The first part has the long line, and reads it to its end.
    if (range.start > 0) most = Math.max(most, count())
  }
  expect(found).toEqual([8, 1, 2])
  expect(most).toBeLessThanOrEqual(step + 2 * 64 * 1024)
})

test('lines before a part are only counted for a bad record that says where it is', async () => {
  const good = lines(20_000)
  const bytes = concat([good, utf8('{"a":x}\n{"a":7}\n')])
  const range = { start: good.length - 1000, end: bytes.length }
  const reading = async (onBadRecord: OnBadRecord): Promise<[number, unknown]> => {
    const { files, read: count } = memoryFile(bytes)
    const bad: number[] = []
    const context = { origin: 'x', onBadRecord, bad: (b: BadRecord) => bad.push(b.line) }
    const error = await (async () => {
      for await (const batch of decodeFile(files, 'x', jsonlFormat, row, {}, context, range)) expect(batch.numRows).toBeGreaterThan(0)
    })().catch((e: unknown) => (isMillraceError(e) ? e.message : e))
    return [count(), error ?? bad]
  }
  const [skipped, lineOfSkipped] = await reading('skip')
  expect([skipped < 3000, lineOfSkipped]).toEqual([true, [0]])
  const [kept, lineOfKept] = await reading('deadLetter')
  expect([kept > good.length - 1000, lineOfKept]).toEqual([true, [20_001]])
  expect((await reading('fail'))[1]).toBe(`Line 20001 of "x" (byte ${good.length}) cannot be read: there is "x}" where a value is wanted. Correct the input, or set onBadRecord to "skip" or "deadLetter".`)
})

test('a file that turns out to be packed is in its first part', async () => {
  const bytes = new Uint8Array(gzipSync(lines(1000)))
  const whole = await read({ ...jsonl, options: {} }, bytes, [undefined], 'fail')
  expect(whole.rows).toHaveLength(1000)
  expect(await read({ ...jsonl, options: {} }, bytes, every(1000, bytes.length), 'fail')).toEqual(whole)
})

test('what cannot be cut any more is read whole with its first part', async () => {
  const bytes = utf8('1,"a\nb"\n2,c\n')
  const kind = { ...kinds[2][1], options: { multiLine: true } }
  const whole = await read(kind, bytes, [undefined], 'fail')
  expect(whole.rows).toEqual([{ a: 1, s: 'a\nb' }, { a: 2, s: 'c' }])
  expect(await read(kind, bytes, every(4, bytes.length), 'fail')).toEqual(whole)
})

describe('csv without line ends inside of fields', () => {
  const kind = kinds[2][1]
  const options = { multiLine: false }

  test('a field that has one is a bad record of each of its lines', async () => {
    const { rows, bad } = await read({ ...kind, options }, utf8('1,"a\n2,b\n3,c"\n4,"d"\n'), [undefined], 'deadLetter')
    expect(rows).toEqual([{ a: 2, s: 'b' }, { a: 4, s: 'd' }])
    expect(bad.map(b => [b.line, b.byte, b.reason])).toEqual([
      [1, 0, 'a quote is opened and never closed'],
      [3, 9, 'a field without quotes has a quote inside: `c"`'],
    ])
  })

  test('only then a file of it can be cut', () => {
    expect([{}, { multiLine: true }, { multiLine: false }].map(o => csvFormat.splittable?.(o))).toEqual([false, false, true])
    expect([jsonlFormat.splittable?.({}), textFormat.splittable?.({})]).toEqual([true, true])
  })

  test('a header is looked for in front of each part, behind empty lines, and must be good', async () => {
    const text = `\ufeff\n\r\n${'s,more,a'.padEnd(20)}\nx,,1\n${'y,,2\n'.repeat(100)}`
    const withHeader = { ...kind, schema: schema({ s: t.string() }), options: { multiLine: false, header: true } }
    const whole = await read(withHeader, utf8(text), [undefined], 'fail')
    expect(whole.rows).toHaveLength(101)
    expect(await read(withHeader, utf8(text), every(5, text.length + 2), 'fail')).toEqual(whole)
    const last = { start: 300, end: 400 }
    const { files } = memoryFile(utf8(text.replace('s,', 'r,')))
    const context = { origin: 'x', onBadRecord: 'skip' as const, bad: () => undefined }
    expect((await failureOf(decodeFile(files, 'x', csvFormat, withHeader.schema, withHeader.options, context, last).next())).code).toBe('FORMAT_SCHEMA_MISMATCH')
  })
})
