import { describe, expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import type { Schema } from '../../src/columnar/schema.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { rowsOf } from '../../src/columnar/values.ts'
import type { FormatOptions } from '../../src/formats/format.ts'
import { loadFormat } from '../../src/formats/registry.ts'

/** Puts the records into one memory with other bytes between them, as a record batch has them, and decodes each. */
async function decode(format: string, s: Schema, records: readonly (string | Uint8Array)[], options: FormatOptions = {}) {
  const decoder = (await loadFormat(format)).recordDecoder?.(s, options)
  if (decoder === undefined) throw new Error('no record decoder')
  const parts = records.map(r => (typeof r === 'string' ? new TextEncoder().encode(r) : r))
  const memory = Buffer.concat(parts.flatMap(p => [Buffer.of(0xc8, 0x0a), p]).concat([Buffer.of(0)]))
  const before = Buffer.from(memory)
  decoder.load(memory)
  const reasons: (string | undefined)[] = []
  let row = 0
  let at = 0
  for (const part of parts) {
    at += 2
    const reason = decoder.decode(at, at + part.length, row)
    reasons.push(reason)
    if (reason === undefined) row++
    else for (const column of decoder.columns) column.truncate(row)
    at += part.length
  }
  expect(Buffer.compare(memory, before)).toBe(0)
  return { reasons, rows: rowsOf(new RecordBatch(s, row, decoder.columns.map(c => c.finish()))) }
}

describe('JSON record decoder', () => {
  const s = schema({ id: t.int32(), name: t.nullable(t.string()) })

  test('reads one object a record, over several lines too, with space around it', async () => {
    const { rows, reasons } = await decode('jsonl', s, ['{"id":1,"name":"a"}', '{\n  "id": 2,\r\n  "name": "é"\n}\n', ' {"id":3}\n\n ', '\ufeff{"id":4}', '{"name":"\\n","id":5}'])
    expect(reasons).toEqual([undefined, undefined, undefined, undefined, undefined])
    expect(rows).toEqual([{ id: 1, name: 'a' }, { id: 2, name: 'é' }, { id: 3, name: null }, { id: 4, name: null }, { id: 5, name: '\n' }])
  })

  test.each([
    ['', 'the value is empty'],
    ['   ', 'the value is no JSON object but the end of the value'],
    ['{"id":1}{"id":2}', 'after the object'],
    ['{"id":1}\n{"id":2}', 'there is'],
    ['{"id":1}\n\n x', 'there is'],
    ['{"id":1', 'the end of the value'],
    ['{"name":"a\nb","id":1}', 'a string has'],
    ['[1]', 'no JSON object'],
    ['{"id":1.5}', 'column "id" (int32) cannot hold 1.5'],
    ['{"name":"x"}', 'column "id" (int32) is missing'],
    [Uint8Array.of(0x7b, 0xff, 0x7d), 'it is no valid UTF-8'],
    [Uint8Array.of(0xff, 0xfe, 0x7b, 0x00), 'UTF-16'],
  ])('refuses %j, and the next record is not touched by it', async (record, why) => {
    const { rows, reasons } = await decode('jsonl', s, [record, '{"id":7,"name":"next"}'])
    expect(reasons[0]).toContain(why)
    expect(rows).toEqual([{ id: 7, name: 'next' }])
  })

  test('refuses the same records whatever columns are wanted', async () => {
    const none = schema({})
    const { reasons } = await decode('jsonl', none, ['{"a":1}', '{"a":}', '{}'])
    expect(reasons.map(r => r === undefined)).toEqual([true, false, true])
  })

  test('checks a long value as it does a short one', async () => {
    const long = 'ü'.repeat(2000)
    const { rows, reasons } = await decode('jsonl', s, [`{"id":1,"name":"${long}"}`, Buffer.concat([Buffer.from(`{"id":1,"name":"${long}`), Buffer.of(0xff), Buffer.from('"}')])])
    expect(rows).toEqual([{ id: 1, name: long }])
    expect(reasons[1]).toBe('it is no valid UTF-8')
  })
})

describe('text record decoder', () => {
  test('takes the whole record, line ends and all', async () => {
    const { rows, reasons } = await decode('text', schema({ v: t.string() }), ['a\nb\r\n', '', Uint8Array.of(0x80), 'ö'])
    expect(rows).toEqual([{ v: 'a\nb\r\n' }, { v: '' }, { v: 'ö' }])
    expect(reasons[2]).toBe('it is no valid UTF-8')
  })
})

describe('CSV record decoder', () => {
  const options = { columns: ['id', 'name', 'x'] }
  const s = schema({ name: t.nullable(t.string()), id: t.int32() })

  test('reads one record, with or without a line end', async () => {
    const { rows, reasons } = await decode('csv', s, ['1,a,', '2,"b\n,c",9\r\n', '3,,\n', '4,e,\r'], options)
    expect(reasons).toEqual([undefined, undefined, undefined, undefined])
    expect(rows).toEqual([{ id: 1, name: 'a' }, { id: 2, name: 'b\n,c' }, { id: 3, name: null }, { id: 4, name: 'e' }])
  })

  test.each([['1,a', 'it has 2 fields where 3 are wanted'], ['', 'it has 1 field where 3 are wanted'], ['1,a,\n2,b,', 'there is more than one record'], ['1,"a,', 'a quote is opened and never closed'], ['x,a,', 'column "id" (int32) cannot hold "x"']])('refuses %j', async (record, why) => {
    const { rows, reasons } = await decode('csv', s, [record, '7,next,'], options)
    expect(reasons[0]).toContain(why)
    expect(rows).toEqual([{ id: 7, name: 'next' }])
  })
})
