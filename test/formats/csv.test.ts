import fc from 'fast-check'
import { initParser } from 'udsv'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { arrayType, field } from '../../src/columnar/data-type.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { rowsOf } from '../../src/columnar/values.ts'
import { dictionaryVector } from '../../src/columnar/vector.ts'
import { csvFormat } from '../../src/formats/csv/csv-format.ts'
import type { FormatOptions } from '../../src/formats/format.ts'
import { concat, decode, decodePieces, encode, failure, piecesOf, utf8 } from './helpers.ts'

const abc = schema({ a: t.nullable(t.int32()), b: t.nullable(t.string()), c: t.nullable(t.float64()) })
const strings = schema({ a: t.nullable(t.string()), b: t.nullable(t.string()) })

describe('reading', () => {
  test('records with quotes, line ends inside, carriage returns and a byte order mark', () => {
    const { rows } = decode(csvFormat, abc, '\ufeff1,x,1.5\r\n\n2,"a ""b"",\r\nc",-0\n,,\n3,"",1e3')
    expect(rows).toEqual([{ a: 1, b: 'x', c: 1.5 }, { a: 2, b: 'a "b",\r\nc', c: -0 }, { a: null, b: null, c: null }, { a: 3, b: '', c: 1000 }])
  })

  test('a quoted field right after a byte order mark', () => {
    expect(decode(csvFormat, strings, '\ufeff"a\nb",c\n').rows).toEqual([{ a: 'a\nb', b: 'c' }])
  })

  test('every type', () => {
    const s = schema({ b: t.boolean(), i: t.int32(), l: t.int64(), n: t.integer(), f: t.float64(), s: t.string(), x: t.binary(), t: t.timestamp(), d: t.date() })
    const text = 'TRUE,-007,9223372036854775807,+9007199254740991,NaN,é,aGk=,2013-01-01 10:00:00.5+01:00,1969-12-31\nfalse,0,-1,0,-Infinity,,,1970-01-01,2000-02-29\n'
    expect(decode(csvFormat, makeSchema(s.fields.map(f => ({ ...f, nullable: true }))), text).rows).toEqual([
      { b: true, i: -7, l: 9223372036854775807n, n: 9007199254740991, f: NaN, s: 'é', x: utf8('hi'), t: new Date('2013-01-01T09:00:00.500Z'), d: '1969-12-31' },
      { b: false, i: 0, l: -1n, n: 0, f: -Infinity, s: null, x: null, t: new Date(0), d: '2000-02-29' },
    ])
  })

  test('a header finds columns by name; others are passed over', () => {
    const s = schema({ c: t.int32(), a: t.string() })
    expect(decode(csvFormat, s, 'a,"b\nb",c\nx,?,1\ny,"",2\n', { header: true }).rows).toEqual([{ c: 1, a: 'x' }, { c: 2, a: 'y' }])
  })

  test('columns names the fields when there is no header', () => {
    expect(decode(csvFormat, schema({ c: t.int32() }), 'x,y,1\n', { columns: ['a', 'b', 'c'] }).rows).toEqual([{ c: 1 }])
  })

  test('delimiter, quote, escape and nullValue', () => {
    const options: FormatOptions = { delimiter: ';', quote: '\'', escape: '\\', nullValue: 'NULL' }
    const { rows } = decode(csvFormat, strings, "NULL;'NULL'\n'it\\'s \\\\ \\n';\n", options)
    expect(rows).toEqual([{ a: null, b: 'NULL' }, { a: "it's \\ \\n", b: '' }])
  })

  test('an empty quoted field is empty text, and null for other types', () => {
    expect(decode(csvFormat, abc, '"","",""\n').rows).toEqual([{ a: null, b: '', c: null }])
  })

  test('an empty line is a record only where records have one field', () => {
    const s = schema({ a: t.nullable(t.string()) })
    expect(decode(csvFormat, s, 'x\n\ny\n').rows).toEqual([{ a: 'x' }, { a: null }, { a: 'y' }])
    expect(decode(csvFormat, strings, 'x,y\n\n\r\nz,\n').rows).toEqual([{ a: 'x', b: 'y' }, { a: 'z', b: null }])
  })

  test('the same fields as udsv for any document that follows RFC 4180', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '😀', '1'), maxLength: 6 })
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 20 }), (records, size) => {
        const text = `a,b\n${records.map(r => r.map(f => `"${f.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`
        const theirs = initParser({ skip: 0, cols: [{ name: 'a', type: 's' }, { name: 'b', type: 's' }], col: ',', row: '\n', encl: '"', esc: '"', trim: false } as never)
        const ours = decodePieces(csvFormat, strings, piecesOf(utf8(text), size), { header: true }).rows.map(r => [r.a, r.b])
        expect(ours).toEqual((theirs.stringArrs(text) as string[][]).slice(1))
      }),
      { numRuns: 200 },
    )
  })
})

describe('bad records', () => {
  const reasons = (text: string, options: FormatOptions = {}): unknown[] => decode(csvFormat, abc, text, options, 'skip').bad.map(b => [b.line, b.byte, b.reason])

  test.each([
    ['1,x\n', 'it has 2 fields where 3 are wanted'],
    ['1,x,2,\n', 'it has 4 fields where 3 are wanted'],
    ['x\n', 'it has 1 field where 3 are wanted'],
    ['x,y,1\n', 'column "a" (int32) cannot hold "x"'],
    ['1.0,y,1\n', 'column "a" (int32) cannot hold "1.0": a whole number is written with digits alone, and float64 holds others'],
    [' 1,y,1\n', 'column "a" (int32) cannot hold " 1"'],
    ['2147483648,y,1\n', 'column "a" (int32) cannot hold "2147483648": it goes from -2147483648 to 2147483647; integer and int64 go further'],
    ['1,y,1e400\n', 'column "c" (float64) cannot hold "1e400": it is larger than any float64'],
    ['1,y,1.2.3\n', 'column "c" (float64) cannot hold "1.2.3"'],
    ['1,y"z,1\n', 'a field without quotes has a quote inside: `y"`'],
    ['1,"y"z,1\n', 'there is "z,1" after a closing quote'],
    ['1,"y,1\n', 'a quote is opened and never closed'],
  ])('%j', (text, reason) => {
    expect(reasons(text)).toEqual([[1, 0, reason]])
  })

  test('null for a column that may not be null, and integers that would be rounded', () => {
    const s = schema({ a: t.integer(), b: t.int64() })
    const { bad } = decode(csvFormat, s, ',1\n9007199254740992,1\n1,9223372036854775808\n', {}, 'skip')
    expect(bad.map(b => b.reason)).toEqual([
      'column "a" (integer) is null', 'column "a" (integer) cannot hold "9007199254740992": it goes from -(2^53 - 1) to 2^53 - 1, and beyond that would round; int64 goes further',
      'column "b" (int64) cannot hold "9223372036854775808": it goes from -2^63 to 2^63 - 1; string holds any number of digits',
    ])
  })

  test('fail names origin, line, byte and reason', () => {
    const error = failure(() => decode(csvFormat, abc, 'a,b,c\n1,"x\ny",1\n\n2,z\n', { header: true }))
    expect([error.code, error.context]).toEqual(['FORMAT_BAD_RECORD', { origin: 'in/a.txt', line: 5, byte: 17, reason: 'it has 2 fields where 3 are wanted' }])
  })

  test('lines, bytes and neighbours are right whatever the pieces', () => {
    const text = '1,"a\nb",1\nbad,"c\nd",2\r\n3,e,3\n4,"f"g,4\n5,"h\n\n",5\n6,i"j,6\n7,k,7\n8,"open,8\n9,l,9\n10,m'
    for (let size = 1; size <= text.length; size++) {
      const { rows, bad } = decodePieces(csvFormat, abc, piecesOf(utf8(text), size), {}, 'deadLetter')
      expect(rows.map(r => [r.a, r.b])).toEqual([[1, 'a\nb'], [3, 'e'], [5, 'h\n\n'], [7, 'k'], [9, 'l']])
      expect(bad.map(b => [b.line, b.byte, new TextDecoder().decode(b.raw), b.reason])).toEqual([
        [3, 10, 'bad,"c\nd",2', 'column "a" (int32) cannot hold "bad"'],
        [6, 29, '4,"f"g,4', 'there is "g,4" after a closing quote'],
        [10, 48, '6,i"j,6', 'a field without quotes has a quote inside: `i"`'],
        [12, 62, '8,"open,8', 'a quote is opened and never closed'],
        [14, 78, '10,m', 'it has 2 fields where 3 are wanted'],
      ])
    }
  })

  test('a record over the limit spoils its own line, whatever the pieces', () => {
    const text = `1,a,1\n2,"${'x'.repeat(30)}",2\n3,b,3\n4,"open,4\n5,c,5\n6,d,6\n7,e,7\n8,f",8\n9,g,9\n`
    for (let size = 1; size <= text.length; size++) {
      const { rows, bad } = decodePieces(csvFormat, abc, piecesOf(utf8(text), size), { maxRecordBytes: 20 }, 'deadLetter')
      expect(rows.map(r => r.a)).toEqual([1, 3, 5, 6, 7, 9])
      expect(bad.map(b => [b.line, b.byte, new TextDecoder().decode(b.raw), b.reason])).toEqual([
        [2, 6, `2,"${'x'.repeat(17)}`, 'the record is longer than 20 bytes (maxRecordBytes)'],
        [4, 49, '4,"open,4', 'the record is longer than 20 bytes (maxRecordBytes)'],
        [8, 77, '8,f",8', 'a field without quotes has a quote inside: `f"`'],
      ])
    }
  })

  test('the limit is exact', () => {
    const record = (n: number): string => `1,${'x'.repeat(n - 4)},2`
    for (const size of [1, 7, 1000]) {
      const text = `${record(19)}\n${record(20)}\r\n${record(21)}\n${record(20)}`
      const { rows, bad } = decodePieces(csvFormat, abc, piecesOf(utf8(text), size), { maxRecordBytes: 20 }, 'skip')
      expect([rows.length, bad.map(b => b.line)]).toEqual([3, [3]])
    }
  })

  test('invalid UTF-8 spoils its own record', () => {
    const input = concat([utf8('a,b\n"'), Uint8Array.of(0xff), utf8('\n",x\nc,d\n')])
    const { rows, bad } = decode(csvFormat, strings, input, {}, 'skip')
    expect(rows).toEqual([{ a: 'a', b: 'b' }, { a: 'c', b: 'd' }])
    expect(bad.map(b => [b.line, b.byte, b.reason])).toEqual([[2, 4, 'it is no valid UTF-8']])
  })

  test('any bytes in any pieces give the same rows and the same faults', () => {
    const bytes = fc.array(fc.constantFrom(...utf8('"",\n\r\\a1'), 0xc3, 0xa9, 0xff), { maxLength: 80 }).map(a => Uint8Array.from(a))
    const options = fc.record({ escape: fc.constantFrom('"', '\\'), maxRecordBytes: fc.constantFrom(8, 20, 1000) })
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 20 }), options, (input, size, given) => {
        const whole = decode(csvFormat, strings, input, given, 'deadLetter')
        const cut = decodePieces(csvFormat, strings, piecesOf(input, size), given, 'deadLetter')
        expect([cut.rows, cut.bad]).toEqual([whole.rows, whole.bad])
      }),
      { numRuns: 3000 },
    )
  })
})

describe('headers and options', () => {
  test('a header without a column that the query reads', () => {
    const error = failure(() => decode(csvFormat, schema({ amount: t.int32() }), 'id,amonut\n1,2\n', { header: true }))
    expect(error.code).toBe('FORMAT_SCHEMA_MISMATCH')
    expect(error.message).toBe('"in/a.txt" has no column "amount"; its columns are "id", "amonut". Did you mean "amonut"? Correct the schema or the file.')
  })

  test('a header that was said and is not there, or has another delimiter', () => {
    const s = schema({ id: t.int32(), name: t.string() })
    expect(failure(() => decode(csvFormat, s, '1,ann\n2,bob\n', { header: true })).message).toBe(
      '"in/a.txt" has no column "id"; its columns are "1", "ann". None of the columns that are read is among them: if the first line is no header, set the format option "header" to false; otherwise correct the schema or the file.',
    )
    expect(failure(() => decode(csvFormat, s, 'id;name\n1;ann\n', { header: true })).message).toBe(
      '"in/a.txt" has no column "id"; its columns are "id;name". If ";" separates the fields, say so with the format option "delimiter"; otherwise correct the schema or the file.',
    )
  })

  test('a header that nobody spoke of', () => {
    const s = schema({ id: t.int32(), name: t.string() })
    const reasons = (text: string): string[] => decode(csvFormat, s, text, {}, 'skip').bad.map(b => b.reason)
    const hint = '; if that line has the names of the columns, set the format option "header" to true'
    expect(reasons('id,name\n1,ann\n')).toEqual([`column "id" (int32) cannot hold "id"${hint}`])
    expect(reasons('\ufeffNumber,Full name\n1,ann\n')).toEqual([`column "id" (int32) cannot hold "Number"${hint}`])
    expect(reasons('id,name,born\n1,ann\n')).toEqual([`it has 3 fields where 2 are wanted${hint}`])
    expect(reasons('1;ann\n2;bob\n')).toEqual(['it has 1 field where 2 are wanted; if ";" separates the fields, say so with the format option "delimiter"', 'it has 1 field where 2 are wanted'])
    // Only the first record can be a header, and one with values is none.
    expect(reasons('1,ann\nid,name\n')).toEqual(['column "id" (int32) cannot hold "id"'])
    expect(reasons('x1,12\n')).toEqual(['column "id" (int32) cannot hold "x1"'])
  })

  test('a header with a column twice, or in broken quotes', () => {
    expect(failure(() => decode(csvFormat, schema({ a: t.int32() }), 'a,a\n', { header: true })).context).toEqual({ origin: 'in/a.txt', name: 'a', count: 2, columns: ['a', 'a'] })
    expect(failure(() => decode(csvFormat, schema({ a: t.int32() }), 'a"b\n', { header: true })).code).toBe('FORMAT_SCHEMA_MISMATCH')
    for (const size of [1, 100]) {
      const tooLong = failure(() => decodePieces(csvFormat, schema({ a: t.int32() }), piecesOf(utf8('a,bcdefghijk\n1,2\n'), size), { header: true, maxRecordBytes: 8 }, 'skip'))
      expect(tooLong.message).toBe('The header of "in/a.txt" (line 1, byte 0) cannot be read: the record is longer than 8 bytes (maxRecordBytes). Correct the file, or set the format option "header" to false if its first line is none.')
    }
  })

  test('types that have no text', () => {
    const error = failure(() => csvFormat.checkSchema!(makeSchema([field('a', arrayType({ kind: 'int32' }))]), {}))
    expect([error.code, error.sparkCondition]).toEqual(['PLAN_UNSUPPORTED_TYPE', 'UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE'])
  })

  test('a delimiter that is also the quote, and a nullValue that could not stand without quotes', () => {
    expect(failure(() => csvFormat.checkSchema!(abc, { nullValue: 'a,b' })).code).toBe('PLAN_INVALID_OPTION')
    expect(failure(() => csvFormat.checkSchema!(abc, { nullValue: '\n' })).code).toBe('PLAN_INVALID_OPTION')
    expect(failure(() => csvFormat.checkSchema!(abc, { delimiter: '"' })).code).toBe('PLAN_INVALID_OPTION')
    expect(failure(() => csvFormat.checkSchema!(abc, { delimiter: ',,' })).message).toBe(
      'Option "delimiter" of format "csv" is ",,", but it must be one ASCII character that is no letter, digit or line end.',
    )
  })
})

describe('writing', () => {
  const s = makeSchema([
    field('b', { kind: 'boolean' }), field('i', { kind: 'int32' }), field('l', { kind: 'int64' }), field('n', { kind: 'integer' }), field('f', { kind: 'float64' }),
    field('s', { kind: 'string' }), field('x', { kind: 'binary' }), field('t', { kind: 'timestamp' }), field('d', { kind: 'date' }),
  ])
  const rows = [
    { b: true, i: -1, l: -9223372036854775808n, n: 9007199254740991, f: 0.1, s: 'a,"b"\r\n', x: Uint8Array.of(255, 0), t: 1, d: '2013-01-01' },
    { b: null, i: null, l: null, n: null, f: null, s: null, x: null, t: null, d: null },
    { b: false, i: 0, l: 0n, n: 0, f: -Infinity, s: '', x: null, t: 0, d: '1970-01-01' },
  ]

  test('every type, quotes where they are needed', () => {
    expect(encode(csvFormat, s, [batchOfRows(s, rows)], { header: true })).toBe(
      'b,i,l,n,f,s,x,t,d\ntrue,-1,-9223372036854775808,9007199254740991,0.1,"a,""b""\r\n",/wA=,1970-01-01T00:00:00.000001Z,2013-01-01\n,,,,,,,,\nfalse,0,0,0,-Infinity,"",,1970-01-01T00:00:00Z,1970-01-01\n',
    )
  })

  test('a file without rows has its header', () => {
    expect(encode(csvFormat, abc, [], { header: true })).toBe('a,b,c\n')
    expect(encode(csvFormat, abc, [])).toBe('')
  })

  test('reads back what it wrote, however the rows are cut into batches', () => {
    const text = fc.option(fc.string({ unit: fc.oneof(fc.constantFrom('"', ',', '\n', '\r', '\\', 'N', '\ufeff', "'"), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })), maxLength: 5 }))
    const row = fc.record({ a: text, b: text, c: fc.option(fc.double()), d: fc.option(fc.maxSafeInteger()), e: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })) })
    const types = schema({ a: t.nullable(t.string()), b: t.nullable(t.string()), c: t.nullable(t.float64()), d: t.nullable(t.integer()), e: t.nullable(t.int64()) })
    const options = fc.record({ header: fc.boolean(), delimiter: fc.constantFrom(',', ';', '\t'), quote: fc.constantFrom('"', "'"), escape: fc.constantFrom('"', "'", '\\'), nullValue: fc.constantFrom('', 'N', '\\N', '0') })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), options, (given, o) => {
        const batch = batchOfRows(types, given)
        const written = encode(csvFormat, types, [batch], o)
        expect(encode(csvFormat, types, given.map(r => batchOfRows(types, [r])), o)).toBe(written)
        expect(decode(csvFormat, types, written, o).rows).toEqual(rowsOf(batch))
      }),
      { numRuns: 1000 },
    )
  })

  test('a column with a dictionary', () => {
    const column = dictionaryVector(Int32Array.of(1, 0, 1), vectorOf({ kind: 'string' }, ['a,b', 'é']), 3, Uint8Array.of(0b011))
    const one = schema({ a: t.nullable(t.string()) })
    expect(encode(csvFormat, one, [new RecordBatch(one, 3, [column])], { nullValue: 'N' })).toBe('é\n"a,b"\nN\n')
  })

  test('a single column reads back, nulls and empty text included', () => {
    const one = schema({ a: t.nullable(t.string()) })
    const batch = batchOfRows(one, [{ a: null }, { a: '' }, { a: 'x' }, { a: null }])
    const text = encode(csvFormat, one, [batch])
    expect(text).toBe('\n""\nx\n\n')
    expect(decode(csvFormat, one, text).rows).toEqual(rowsOf(batch))
  })
})
