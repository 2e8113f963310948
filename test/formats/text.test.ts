import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { textFormat } from '../../src/formats/text/text-format.ts'
import { concat, decode, decodePieces, encode, failure, piecesOf, utf8 } from './helpers.ts'

const value = schema({ value: t.nullable(t.string()) })

describe('text', () => {
  test('each line is a row, empty ones too, whatever the pieces', () => {
    const bytes = utf8('\ufeffa\r\n\nb\rc\né\n\n')
    for (let size = 1; size <= bytes.length; size++) {
      expect(decodePieces(textFormat, value, piecesOf(bytes, size)).rows.map(r => r.value)).toEqual(['a', '', 'b\rc', 'é', ''])
    }
    expect(decode(textFormat, value, 'a\nb').rows.map(r => r.value)).toEqual(['a', 'b'])
    expect(decode(textFormat, value, '').rows).toEqual([])
  })

  test('rows are counted without a column', () => {
    expect(decode(textFormat, makeSchema([]), 'a\nb\n').batches.map(b => b.numRows)).toEqual([2])
  })

  test('lines over the limit and invalid UTF-8 are bad records, whatever the pieces', () => {
    const bytes = concat([utf8('12345\n123456\n1234567890\r\n'), Uint8Array.of(0x80), utf8('\n12345\r\n')])
    for (const size of [1, 2, 5, 100]) {
      const { rows, bad } = decodePieces(textFormat, value, piecesOf(bytes, size), { maxRecordBytes: 5 }, 'deadLetter')
      expect(rows.map(r => r.value)).toEqual(['12345', '12345'])
      expect(bad.map(b => [b.line, b.byte, b.reason, b.raw.length])).toEqual([
        [2, 6, 'the line is longer than 5 bytes (maxRecordBytes)', 5],
        [3, 13, 'the line is longer than 5 bytes (maxRecordBytes)', 5],
        [4, 25, 'it is no valid UTF-8', 1],
      ])
    }
  })

  test('writes one string column, a null as an empty line', () => {
    const rows = [{ value: 'a' }, { value: null }, { value: 'é' }]
    expect(encode(textFormat, value, [batchOfRows(value, rows)])).toBe('a\n\né\n')
    expect(encode(textFormat, value, rows.map(row => batchOfRows(value, [row])))).toBe('a\n\né\n')
  })

  test('refuses any other columns', () => {
    const error = failure(() => textFormat.encoder(schema({ a: t.string(), b: t.int32() }), {}))
    expect([error.code, error.message]).toEqual([
      'PLAN_UNSUPPORTED_TYPE', 'Format "text" holds exactly one column of type string, but there are a: string, b: int32. Select one, or use another format.',
    ])
  })
})
