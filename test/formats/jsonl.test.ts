import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrayType, field, type DataType, nullType } from '../../src/columnar/data-type.ts'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { rowsOf } from '../../src/columnar/values.ts'
import { dictionaryVector } from '../../src/columnar/vector.ts'
import type { BadRecord } from '../../src/formats/format.ts'
import { jsonlFormat } from '../../src/formats/jsonl/jsonl-format.ts'
import { concat, decode, decodePieces, encode, failure, piecesOf, utf8 } from './helpers.ts'

/** Every type of column, nullable. */
const everything = makeSchema([
  field('b', { kind: 'boolean' }), field('i', { kind: 'int32' }), field('l', { kind: 'int64' }), field('n', { kind: 'integer' }),
  field('f', { kind: 'float64' }), field('s', { kind: 'string' }), field('x', { kind: 'binary' }), field('t', { kind: 'timestamp' }),
  field('d', { kind: 'date' }), field('a', arrayType({ kind: 'int32' })), field('v', { kind: 'vector', size: 2 }), field('z', nullType),
  field('o', { kind: 'struct', fields: [field('p', { kind: 'string' }), field('q', arrayType({ kind: 'struct', fields: [field('r', { kind: 'float64' })] }))] }),
])

const one = (type: DataType, nullable = true) => makeSchema([field('c', type, nullable)])
const valueOf = (type: DataType, json: string): unknown => decode(jsonlFormat, one(type), `{"c":${json}}\n`).rows[0].c
const reasonOf = (type: DataType, json: string, nullable = true): string =>
  decode(jsonlFormat, one(type, nullable), `{"c":${json}}\n`, {}, 'skip').bad.map(b => b.reason).join()

describe('reading', () => {
  test('every type of column', () => {
    const line = '{"b":true,"i":-7,"l":9007199254740993,"n":9007199254740991,"f":1.5e-3,"s":"a\\u00e9\\n\\ud83d\\ude00é","x":"aGk=","t":"2013-01-01T10:00:00.000001+01:00","d":"1969-12-31","a":[1,null,3],"v":[1,2.5],"z":null,"o":{"p":"x","q":[{"r":1},null,{}]}}'
    expect(decode(jsonlFormat, everything, `${line}\n`).rows).toEqual([
      {
        b: true, i: -7, l: 9007199254740993n, n: 9007199254740991, f: 0.0015, s: 'aé\n😀é', x: utf8('hi'), t: new Date('2013-01-01T09:00:00Z'),
        d: '1969-12-31', a: [1, null, 3], v: Float64Array.of(1, 2.5), z: null, o: { p: 'x', q: [{ r: 1 }, null, { r: null }] },
      },
    ])
  })

  test('missing fields are null, unknown ones are passed over, and of two equal keys the last one counts', () => {
    const s = schema({ a: t.nullable(t.int32()), b: t.nullable(t.array(t.string())) })
    const { rows } = decode(jsonlFormat, s, '{"zz":{"a":[1,{"b":"}"}]},"b":["x"],"b":["y","z"],"a":1}\n{"a":2,"a":null}\n{}\n{"\\u0061":5}\n')
    expect(rows).toEqual([{ a: 1, b: ['y', 'z'] }, { a: null, b: null }, { a: null, b: null }, { a: 5, b: null }])
  })

  test('a key that names an object\'s prototype is an ordinary key', () => {
    const s = schema({ __proto__x: t.nullable(t.int32()), ['__proto__']: t.nullable(t.int32()), constructor: t.nullable(t.string()) })
    const { rows } = decode(jsonlFormat, s, '{"__proto__":1,"constructor":"c"}\n{"toString":{"__proto__":{"polluted":true}}}\n')
    expect(rows.map(row => [row['__proto__'], row.constructor])).toEqual([[1, 'c'], [null, null]])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('empty lines, carriage returns, space, a byte order mark and a last line without a newline', () => {
    const s = schema({ a: t.int32() })
    const { rows } = decode(jsonlFormat, s, '\ufeff{"a":1}\r\n\n  \t\r\n { "a" :\t2 } \n{"a":3}')
    expect(rows).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }])
  })

  test('numbers exactly', () => {
    expect(valueOf({ kind: 'int64' }, '-9223372036854775808')).toBe(-9223372036854775808n)
    expect(valueOf({ kind: 'int64' }, '9223372036854775807')).toBe(9223372036854775807n)
    expect(valueOf({ kind: 'int64' }, '-4294967297')).toBe(-4294967297n)
    expect(valueOf({ kind: 'integer' }, '-9007199254740991')).toBe(-9007199254740991)
    expect(valueOf({ kind: 'int32' }, '-2147483648')).toBe(-2147483648)
    expect(Object.is(valueOf({ kind: 'float64' }, '-0'), -0)).toBe(true)
    expect(Object.is(valueOf({ kind: 'integer' }, '-0'), 0)).toBe(true)
    expect(valueOf({ kind: 'float64' }, '5e-324')).toBe(5e-324)
    expect(valueOf({ kind: 'float64' }, '0e999')).toBe(0)
  })

  test('float64 is the nearest value for any text of digits', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 25 }).map(d => d.join(''))
    fc.assert(
      fc.property(fc.boolean(), digits, fc.option(digits), fc.option(fc.integer({ min: -340, max: 308 })), (minus, whole, fraction, power) => {
        const text = `${minus ? '-' : ''}${BigInt(whole)}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`
        const expected = JSON.parse(text) as number
        fc.pre(Number.isFinite(expected))
        expect(Object.is(valueOf({ kind: 'float64' }, text), expected)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('NaN and the infinities as text, as Spark reads them', () => {
    expect(['"NaN"', '"Infinity"', '"+INF"', '"-Infinity"', '"-INF"'].map(x => valueOf({ kind: 'float64' }, x))).toEqual([NaN, Infinity, Infinity, -Infinity, -Infinity])
  })

  test('timestamps to the microsecond', () => {
    const micros = (json: string): unknown => decode(jsonlFormat, one({ kind: 'timestamp' }), `{"c":${json}}\n`).batches[0].columns[0].values?.[0]
    expect(micros('"1970-01-01T00:00:00.000001Z"')).toBe(1)
    expect(micros('"1969-12-31 23:59:59.999999"')).toBe(-1)
    expect(micros('"2012-02-29"')).toBe(Date.UTC(2012, 1, 29) * 1000)
    expect(micros('"2013-01-01T10:00-0530"')).toBe(Date.UTC(2013, 0, 1, 15, 30) * 1000)
    expect(micros('"2013-01-01T10:00:00.123456789+05"')).toBe(Date.UTC(2013, 0, 1, 5) * 1000 + 123_456)
    expect(micros('"2255-06-05T23:47:34.740991Z"')).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('refusing', () => {
  const cases: readonly (readonly [string, DataType, string, string])[] = [
    ['int32 out of range', { kind: 'int32' }, '2147483648', 'column "c" (int32) cannot hold 2147483648: it goes from -2147483648 to 2147483647; integer and int64 go further'],
    ['integer beyond 2^53', { kind: 'integer' }, '9007199254740992', 'column "c" (integer) cannot hold 9007199254740992: it goes from -(2^53 - 1) to 2^53 - 1, and beyond that would round; int64 goes further'],
    ['integer that would round to the limit', { kind: 'integer' }, '9007199254740993', 'column "c" (integer) cannot hold 9007199254740993: it goes from -(2^53 - 1) to 2^53 - 1, and beyond that would round; int64 goes further'],
    ['int64 beyond 64 bits', { kind: 'int64' }, '9223372036854775808', 'column "c" (int64) cannot hold 9223372036854775808: it goes from -2^63 to 2^63 - 1; string holds any number of digits'],
    ['int64 with many digits', { kind: 'int64' }, '10000000000000000000000', 'column "c" (int64) cannot hold 10000000000000000000000: it goes from -2^63 to 2^63 - 1; string holds any number of digits'],
    ['a fraction for a whole number', { kind: 'int32' }, '1.0', 'column "c" (int32) cannot hold 1.0: a whole number is written with digits alone, and float64 holds others'],
    ['an exponent for a whole number', { kind: 'int64' }, '1e2', 'column "c" (int64) cannot hold 1e2: a whole number is written with digits alone, and float64 holds others'],
    ['text for a whole number', { kind: 'int32' }, '"1"', 'column "c" (int32) cannot hold "1": a number stands without quotes'],
    ['a number for text', { kind: 'string' }, '1', 'column "c" (string) cannot hold 1'],
    ['a number for a boolean', { kind: 'boolean' }, '1', 'column "c" (boolean) cannot hold 1'],
    ['a float too large', { kind: 'float64' }, '1e400', 'column "c" (float64) cannot hold 1e400: it is larger than any float64'],
    ['a word for a float', { kind: 'float64' }, '"nan"', 'column "c" (float64) cannot hold "nan"'],
    ['a day that does not exist', { kind: 'date' }, '"2013-02-29"', 'column "c" (date) cannot hold "2013-02-29"'],
    ['a timestamp beyond 2^53 microseconds', { kind: 'timestamp' }, '"2255-06-05T23:47:34.740992Z"', 'column "c" (timestamp) cannot hold "2255-06-05T23:47:34.740992Z": it is beyond 2^53 microseconds from 1970, which ends in the years 1684 and 2255'],
    ['hour 24', { kind: 'timestamp' }, '"2013-01-01T24:00:00Z"', 'column "c" (timestamp) cannot hold "2013-01-01T24:00:00Z"'],
    ['second 60', { kind: 'timestamp' }, '"2016-12-31T23:59:60Z"', 'column "c" (timestamp) cannot hold "2016-12-31T23:59:60Z"'],
    ['a timestamp as a number', { kind: 'timestamp' }, '1356998400', 'column "c" (timestamp) cannot hold 1356998400: a number has no unit; read it as integer or float64 and use timestampSeconds(), timestampMillis() or timestampMicros()'],
    ['base64 without padding', { kind: 'binary' }, '"aGk"', 'column "c" (binary) cannot hold "aGk"'],
    ['an object for an array', arrayType({ kind: 'int32' }), '{}', 'column "c" (array<int32>) cannot hold {}'],
    ['an element of the wrong type', arrayType({ kind: 'int32' }), '[1,"x"]', 'column "c[]" (int32) cannot hold "x": a number stands without quotes'],
    ['an offset beyond 18 hours', { kind: 'timestamp' }, '"2013-01-01T00:00:00+25:00"', 'column "c" (timestamp) cannot hold "2013-01-01T00:00:00+25:00": its time zone must be Z or an offset such as +01:00, up to 18 hours'],
    ['the name of a time zone', { kind: 'timestamp' }, '"2013-01-01 00:00:00 Mars/Phobos"', 'column "c" (timestamp) cannot hold "2013-01-01 00:00:00 Mars/Phobos": its time zone must be Z or an offset such as +01:00, up to 18 hours'],
    ['long text', { kind: 'date' }, `"${'x'.repeat(39)}ä"`, `column "c" (date) cannot hold "${'x'.repeat(39)}…"`],
    ['a character that cannot be seen', { kind: 'date' }, '"\u202e\ufeff"', 'column "c" (date) cannot hold "\\u202e\\ufeff"'],
    ['a null in an array without nulls', arrayType({ kind: 'int32' }, false), '[null]', 'column "c[]" (int32) is null'],
    ['a vector of the wrong size', { kind: 'vector', size: 2 }, '[1,2,3]', 'column "c" (vector(2)) cannot hold [1,2,3]'],
    ['half a surrogate pair', { kind: 'string' }, '"\\ud800"', 'a string has the escape "\\ud800", which stands for no character'],
    ['the other half', { kind: 'string' }, '"x\\udc00"', 'a string has the escape "\\udc00", which stands for no character'],
    ['an unknown escape', { kind: 'string' }, '"\\x41"', 'a string has the escape "\\x", which stands for no character'],
    ['a control character', { kind: 'string' }, '"a\u0001"', 'a string has `\\u0001"}` inside'],
    ['a leading zero', { kind: 'int32' }, '01', 'there is "01}" where a value is wanted'],
    ['a bare word', { kind: 'int32' }, 'nul', 'there is "nul}" where a value is wanted'],
    ['a trailing comma', { kind: 'int32' }, '1,', 'there is "}" where a key is wanted'],
    ['no comma', { kind: 'int32' }, '1"d":2', 'there is `"d":2}` where "," or "}" is wanted'],
    ['text after the object', { kind: 'int32' }, '1}{', 'there is "{}" after the object'],
    ['a carriage return alone', { kind: 'int32' }, '1}\r{', 'there is "{}" after the object'],
    ['an object that goes on', { kind: 'int32' }, '1}]\r\t', 'there is "]\\r\\t}" after the object'],
    ['half an object', { kind: 'int32' }, '1,"d":"', 'a string has the end of the line inside'],
  ]
  test.each(cases)('%s', (_name, type, json, reason) => {
    expect(reasonOf(type, json)).toBe(reason)
  })

  test('null and a missing field where the column may not be null', () => {
    expect(reasonOf({ kind: 'int32' }, 'null', false)).toBe('column "c" (int32) is null')
    expect(decode(jsonlFormat, one({ kind: 'int32' }, false), '{"d":1}\n', {}, 'skip').bad[0].reason).toBe('column "c" (int32) is missing')
  })

  test('a second byte order mark is shown, and UTF-16 is called by its name', () => {
    const reason = (input: string | Uint8Array): string => decode(jsonlFormat, one({ kind: 'int32' }), input, {}, 'skip').bad[0].reason
    expect(reason('\ufeff{"c":1}\n\ufeff{"c":2}\n')).toBe('the line is no JSON object but `\\ufeff{"c":2}`')
    for (const bytes of [Buffer.from('\ufeff{"c":1}\n', 'utf16le'), Buffer.from('\ufeff{"c":1}\n', 'utf16le').swap16()]) {
      expect(reason(new Uint8Array(bytes))).toBe('it begins like UTF-16, and only UTF-8 is read; convert the file')
    }
  })

  test('of two equal keys the last one counts, also when it is null; both must fit', () => {
    const s = schema({ a: t.nullable(t.int32()), o: t.nullable(t.struct({ x: t.nullable(t.int32()), y: t.nullable(t.int32()) })) })
    const read = (line: string) => decode(jsonlFormat, s, `${line}\n`, {}, 'skip')
    expect(read('{"a":1,"a":2}').rows).toEqual([{ a: 2, o: null }])
    expect(read('{"a":1,"\\u0061":null}').rows).toEqual([{ a: null, o: null }])
    expect(read('{"o":{"x":1,"x":2},"o":{"y":3}}').rows).toEqual([{ a: null, o: { x: null, y: 3 } }])
    expect(read('{"a":"x","a":2}').bad.map(b => b.reason)).toEqual(['column "a" (int32) cannot hold "x": a number stands without quotes'])
  })

  test('what is no object', () => {
    const reasons = decode(jsonlFormat, one({ kind: 'int32' }), '[{"c":1}]\nnull\n"x"\n', {}, 'skip').bad.map(b => b.reason)
    expect(reasons).toEqual(['the line is no JSON object but `[{"c":1}]`', 'the line is no JSON object but "null"', 'the line is no JSON object but `"x"`'])
  })

  test('a value that nobody wants must be JSON all the same', () => {
    const { rows, bad } = decode(jsonlFormat, one({ kind: 'int32' }), '{"x":[1,],"c":1}\n{"x":{"y":tru},"c":2}\n{"x":"\\q","c":3}\n{"x":{"y" 1},"c":4}\n{"x":"ok","c":5}\n', {}, 'skip')
    expect(bad.map(b => b.line)).toEqual([1, 2, 3, 4])
    expect(rows).toEqual([{ c: 5 }])
  })

  test('nesting beyond 128 levels', () => {
    const nested = (levels: number): string => `{"x":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},"c":1}\n`
    expect(decode(jsonlFormat, one({ kind: 'int32' }), nested(128)).rows).toEqual([{ c: 1 }])
    expect(decode(jsonlFormat, one({ kind: 'int32' }), nested(129), {}, 'skip').bad[0].reason).toBe('it is nested deeper than 128 levels')
    expect(decode(jsonlFormat, one({ kind: 'int32' }), nested(100_000), {}, 'skip').bad[0].reason).toBe('it is nested deeper than 128 levels')
  })

  test('more than 10,000 members', () => {
    const members = (n: number): string => `{"c":1${',"k":0'.repeat(n - 1)}}\n`
    expect(decode(jsonlFormat, one({ kind: 'int32' }), members(10_000)).rows).toEqual([{ c: 1 }])
    expect(decode(jsonlFormat, one({ kind: 'int32' }), members(10_001), {}, 'skip').bad[0].reason).toBe('an object has more than 10000 members')
  })

  test('invalid UTF-8 wherever it stands, and only in its own line', () => {
    const input = concat([utf8('{"c":1}\n{"x":"'), Uint8Array.of(0xc3, 0x28), utf8('","c":2}\n{"c":3}\n{"c":4,"'), Uint8Array.of(0xed, 0xa0, 0x80), utf8('":1}\n{"c":5}\n')])
    const { rows, bad } = decode(jsonlFormat, one({ kind: 'int32' }), input, {}, 'skip')
    expect(rows).toEqual([{ c: 1 }, { c: 3 }, { c: 5 }])
    expect(bad.map(b => [b.line, b.byte, b.reason])).toEqual([[2, 8, 'it is no valid UTF-8'], [4, 33, 'it is no valid UTF-8']])
  })

  test('a line longer than the limit, at the limit and around it, in pieces of any size', () => {
    const line = (n: number): string => `{"c":1${' '.repeat(n - 7)}}`
    for (const size of [1, 3, 19, 20, 21, 1000]) {
      const text = `${line(19)}\n${line(20)}\n${line(21)}\n${line(200)}\n${line(20)}`
      const { rows, bad } = decodePieces(jsonlFormat, one({ kind: 'int32' }), piecesOf(utf8(text), size), { maxRecordBytes: 20 }, 'deadLetter')
      expect(rows.length).toBe(3)
      expect(bad.map(b => [b.line, b.byte, b.reason])).toEqual([
        [3, 41, 'the line is longer than 20 bytes (maxRecordBytes)'],
        [4, 63, 'the line is longer than 20 bytes (maxRecordBytes)'],
      ])
    }
  })
})

describe('bad records', () => {
  const s = schema({ a: t.int32(), s: t.string(), l: t.array(t.string()), o: t.struct({ x: t.nullable(t.array(t.int32())) }) })
  const good = (a: number): string => `{"a":${a},"s":"s${a}","l":["x","y"],"o":{"x":[1,2]}}\n`
  const input = `${good(1)}{"a":2,"s":"half","l":["only\n${good(3)}\n{"l":["x"],"o":{"x":[7,8,"no"]},"a":4}\n${good(5)}{"a":6,"s":"en`

  test('fail names origin, line, byte and reason', () => {
    const error = failure(() => decode(jsonlFormat, s, input))
    expect(error.code).toBe('FORMAT_BAD_RECORD')
    expect(error.name).toBe('QueryError')
    expect(error.context).toEqual({ origin: 'in/a.txt', line: 2, byte: 47, reason: 'a string has the end of the line inside' })
    expect(error.message).toBe('Line 2 of "in/a.txt" (byte 47) cannot be read: a string has the end of the line inside. Correct the input, or set onBadRecord to "skip" or "deadLetter".')
  })

  test.each(['skip', 'deadLetter'] as const)('%s leaves out exactly the bad lines, whatever the pieces', mode => {
    for (const size of [1, 2, 7, 64, 10_000]) {
      const { rows, bad } = decodePieces(jsonlFormat, s, piecesOf(utf8(input), size), {}, mode)
      expect(rows.map(r => r.a)).toEqual([1, 3, 5])
      expect(rows[2]).toEqual({ a: 5, s: 's5', l: ['x', 'y'], o: { x: [1, 2] } })
      expect(bad.map(b => [b.line, b.byte, new TextDecoder().decode(b.raw)])).toEqual([
        [2, 47, '{"a":2,"s":"half","l":["only'],
        [5, 124, '{"l":["x"],"o":{"x":[7,8,"no"]},"a":4}'],
        [7, 210, '{"a":6,"s":"en'],
      ])
    }
  })
})

describe('against JSON.parse', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', 'é', '__proto__', 'a"b', ''), fc.string({ unit: 'binary', maxLength: 4 }))
  const value = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ unit: 'binary', maxLength: 8 }), fc.boolean(), fc.constant(null))
  const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
    tree: fc.oneof({ maxDepth: 3 }, value, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'), { maxKeys: 3 })),
  }))

  test('the same values for any document and any cut', () => {
    const s = schema({ n: t.nullable(t.float64()), s: t.nullable(t.string()), b: t.nullable(t.boolean()), l: t.nullable(t.array(t.nullable(t.string()))) })
    const record = fc.record(
      { n: fc.double({ noNaN: true, noDefaultInfinity: true }), s: fc.string({ unit: 'binary' }), b: fc.boolean(), l: fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 5 }))), u: tree },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), fc.integer({ min: 1, max: 40 }), (records, size) => {
        const text = records.map(r => JSON.stringify(r)).join('\n')
        const expected = records.map(r => {
          const back = JSON.parse(JSON.stringify(r)) as Record<string, unknown>
          return { n: back.n ?? null, s: back.s ?? null, b: back.b ?? null, l: back.l ?? null }
        })
        expect(decodePieces(jsonlFormat, s, piecesOf(utf8(text), size)).rows).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  test('a document at every cut', () => {
    const s = schema({ a: t.string(), b: t.nullable(t.float64()) })
    const bytes = utf8('{"a":"x\\n\\u00e9é","zz":[{"q":"]"},1e5]}\r\n\n{"b":-1.25e1,"a":""}\n{"a":"last"}')
    const whole = decodePieces(jsonlFormat, s, [bytes]).rows
    expect(whole).toEqual([{ a: 'x\néé', b: null }, { a: '', b: -12.5 }, { a: 'last', b: null }])
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(decodePieces(jsonlFormat, s, [bytes.subarray(0, cut), bytes.subarray(cut)]).rows).toEqual(whole)
    }
  })

  test('a damaged document is accepted exactly when JSON.parse accepts it', () => {
    const s = makeSchema([])
    fc.assert(
      fc.property(fc.dictionary(key, tree, { maxKeys: 4 }), fc.nat(), fc.constantFrom('', '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', 't', ' ', '\u0002', 'n'), fc.nat({ max: 2 }), (object, at, insert, remove) => {
        const text = JSON.stringify(object)
        const where = at % (text.length + 1)
        const damaged = text.slice(0, where) + insert + text.slice(where + remove)
        fc.pre(!/\\u[dD][89a-fA-F]/.test(damaged) && !/^\s*$/.test(damaged))
        let valid = true
        try {
          const parsed = JSON.parse(damaged) as unknown
          valid = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
        } catch {
          valid = false
        }
        const wellFormed = damaged.isWellFormed()
        fc.pre(wellFormed)
        const { batches, bad } = decode(jsonlFormat, s, `${damaged}\n`, {}, 'skip')
        expect([batches.length, bad.length]).toEqual(valid ? [1, 0] : [0, 1])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('writing', () => {
  const rows = [
    {
      b: true, i: -2147483648, l: -9223372036854775808n, n: -9007199254740991, f: 0.1, s: '"\\/\b\f\n\r\t\u0001\u007fé😀', x: Uint8Array.of(0, 255, 1, 2), t: -1,
      d: '2013-12-31', a: [1, null], v: [1.5, -0], z: null, o: { p: null, q: [{ r: NaN }, null, { r: -Infinity }] },
    },
    { b: false, i: 0, l: 1n, n: 0, f: 1e300, s: '', x: Uint8Array.of(), t: 1_357_034_400_000_000, d: '0001-01-01', a: [], v: [0, 1e21], z: null, o: null },
    { b: null, i: null, l: null, n: null, f: null, s: null, x: null, t: 1_357_034_400_120_000, d: null, a: null, v: null, z: null, o: { p: 'x', q: [] } },
  ]
  const text = [
    '{"b":true,"i":-2147483648,"l":-9223372036854775808,"n":-9007199254740991,"f":0.1,"s":"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u007fé😀","x":"AP8BAg==","t":"1969-12-31T23:59:59.999999Z","d":"2013-12-31","a":[1,null],"v":[1.5,-0],"z":null,"o":{"p":null,"q":[{"r":"NaN"},null,{"r":"-Infinity"}]}}',
    '{"b":false,"i":0,"l":1,"n":0,"f":1e+300,"s":"","x":"","t":"2013-01-01T10:00:00Z","d":"0001-01-01","a":[],"v":[0,1e+21],"z":null,"o":null}',
    '{"b":null,"i":null,"l":null,"n":null,"f":null,"s":null,"x":null,"t":"2013-01-01T10:00:00.120Z","d":null,"a":null,"v":null,"z":null,"o":{"p":"x","q":[]}}',
    '',
  ].join('\n')

  test('every type', () => {
    expect(encode(jsonlFormat, everything, [batchOfRows(everything, rows)])).toBe(text)
  })

  test('reads back what it wrote', () => {
    const batch = batchOfRows(everything, rows)
    expect(decode(jsonlFormat, everything, text).rows).toEqual(rowsOf(batch))
  })

  test('a column with a dictionary', () => {
    const column = dictionaryVector(Int32Array.of(1, 0, 1), vectorOf({ kind: 'string' }, ['a"b', 'é']), 3, Uint8Array.of(0b011))
    const s = schema({ a: t.nullable(t.string()) })
    expect(encode(jsonlFormat, s, [new RecordBatch(s, 3, [column])])).toBe('{"a":"é"}\n{"a":"a\\"b"}\n{"a":null}\n')
  })

  test('the same bytes however the rows are cut into batches', () => {
    const parts = rows.map(row => batchOfRows(everything, [row]))
    expect(encode(jsonlFormat, everything, parts)).toBe(text)
  })

  test('ignoreNullFields leaves out null fields, not null elements', () => {
    const s = schema({ a: t.nullable(t.int32()), o: t.nullable(t.struct({ x: t.nullable(t.int32()), y: t.int32() })), l: t.array(t.nullable(t.int32())) })
    const batch = batchOfRows(s, [{ a: null, o: { x: null, y: 1 }, l: [null] }, { a: 1, o: null, l: [] }])
    expect(encode(jsonlFormat, s, [batch], { ignoreNullFields: true })).toBe('{"o":{"y":1},"l":[null]}\n{"a":1,"l":[]}\n')
  })

  test('float64 reads back bit for bit', () => {
    const s = schema({ f: t.float64() })
    fc.assert(
      fc.property(fc.array(fc.double()), values => {
        const batch = batchOfRows(s, values.map(f => ({ f })))
        const back = decode(jsonlFormat, s, encode(jsonlFormat, s, [batch])).rows.map(r => r.f)
        expect(back.every((x, k) => Object.is(x, values[k]))).toBe(true)
      }),
    )
  })

  test('timestamps and dates read back for the whole range', () => {
    const s = schema({ t: t.timestamp(), d: t.date() })
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: -719528, max: 2932896 }), (micros, days) => {
        const batch = batchOfRows(s, [{ t: micros, d: days }])
        const back = decode(jsonlFormat, s, encode(jsonlFormat, s, [batch])).batches[0]
        expect([back.columns[0].values?.[0], back.columns[1].values?.[0]]).toEqual([micros, days])
      }),
      { numRuns: 1000 },
    )
  })
})

test('batches have at most 65,536 rows, and memory does not grow with the input', () => {
  const s = schema({ a: t.int32(), s: t.string() })
  const line = utf8(`{"a":1,"s":"${'x'.repeat(10)}"}\n`)
  const piece = concat(Array.from({ length: 1000 }, () => line))
  const decoder = jsonlFormat.decoder!(s, {}, { origin: 'x', onBadRecord: 'fail', bad: () => undefined })
  const sizes: number[] = []
  for (let k = 0; k < 200; k++) for (const batch of decoder.push(piece)) sizes.push(batch.numRows)
  for (const batch of decoder.end()) sizes.push(batch.numRows)
  expect(sizes).toEqual([65_536, 65_536, 65_536, 200_000 - 3 * 65_536])
})

test('a record of 50 MB in small pieces is passed over; 1 MiB of it is kept for the dead letters', () => {
  const bad: BadRecord[] = []
  const decoder = jsonlFormat.decoder!(schema({ a: t.int32() }), {}, { origin: 'x', onBadRecord: 'deadLetter', bad: record => bad.push(record) })
  const batches = [...decoder.push(utf8('{"a":1}\n{"s":"'))]
  const piece = new Uint8Array(50_000).fill(0x78)
  for (let k = 0; k < 1000; k++) batches.push(...decoder.push(piece))
  batches.push(...decoder.push(utf8('"}\n{"a":2}\n{"a":"x"}\n')), ...decoder.end())
  expect(batches.flatMap(rowsOf)).toEqual([{ a: 1 }, { a: 2 }])
  expect(bad.map(b => [b.line, b.byte, b.raw.length])).toEqual([[2, 8, 1024 * 1024], [4, 50_000_025, 9]])
})

test('a batch of long records is handed on early', () => {
  const s = schema({ s: t.string() })
  const piece = utf8(`{"s":"${'x'.repeat(1_000_000)}"}\n`)
  const decoder = jsonlFormat.decoder!(s, {}, { origin: 'x', onBadRecord: 'fail', bad: () => undefined })
  const sizes: number[] = []
  for (let k = 0; k < 40; k++) for (const batch of decoder.push(piece)) sizes.push(batch.numRows)
  expect(sizes).toEqual(Array.from({ length: 8 }, () => 5))
})

test('the answer is the same when keys change their order, come and go, and have space around them', () => {
  const s = schema({ a: t.nullable(t.int32()), b: t.nullable(t.int32()), c: t.nullable(t.int32()) })
  const space = fc.constantFrom('', '', ' ', '\t', '  ')
  const spaces = fc.tuple(space, space, space, space)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e']), spaces), { maxLength: 30 }), records => {
      const orders = records.map(([keys]) => keys)
      const text = records.map(([keys, [p, q, r, x]], k) => `{${keys.map(key => `${p}"${key}"${q}:${r}${k}${x}`).join(',')}${q}}`).join('\n')
      const expected = orders.map((keys, k) => ({ a: keys.includes('a') ? k : null, b: keys.includes('b') ? k : null, c: keys.includes('c') ? k : null }))
      expect(decode(jsonlFormat, s, text).rows).toEqual(expected)
    }),
  )
})

describe('lines are independent', () => {
  const s = schema({ a: t.nullable(t.int32()), s: t.string(), l: t.nullable(t.array(t.struct({ x: t.nullable(t.string()), y: t.nullable(t.array(t.int64())) }))), o: t.nullable(t.struct({ b: t.boolean() })) })
  const good = fc.record(
    {
      a: fc.option(fc.integer({ min: -5, max: 2 ** 31 - 1 })), s: fc.string({ unit: fc.constantFrom('a', 'é', '"', '\n', '😀') }),
      l: fc.array(fc.record({ x: fc.option(fc.string({ maxLength: 3 })), y: fc.array(fc.integer(), { maxLength: 2 }) }, { requiredKeys: [] }), { maxLength: 2 }),
      o: fc.record({ b: fc.boolean() }), z: fc.jsonValue({ maxDepth: 2 }),
    },
    { requiredKeys: ['s'] },
  )
  /** A line with some bytes changed: some stay valid, most do not. */
  const line = fc.tuple(good, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...utf8('"{}[],:\\0n '), 0xff, 0xc3))), fc.boolean()).map(([record, changes, damage]) => {
    const bytes = utf8(JSON.stringify(record))
    if (damage) for (const [at, byte] of changes.slice(0, 2)) bytes[at % bytes.length] = byte
    return bytes
  })

  test('a faulty line takes nothing from its neighbours and leaves nothing behind, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (lines, size) => {
        const newline = utf8('\n')
        const apart = lines.map(bytes => decode(jsonlFormat, s, bytes, {}, 'deadLetter'))
        const together = decodePieces(jsonlFormat, s, piecesOf(concat(lines.flatMap(bytes => [bytes, newline])), size), {}, 'deadLetter')
        let byte = 0
        const expectedBad = apart.flatMap(({ bad }, k) => {
          const moved = bad.map(b => ({ ...b, line: k + 1, byte }))
          byte += lines[k].length + 1
          return moved
        })
        expect(together.rows).toEqual(apart.flatMap(d => d.rows))
        expect(together.bad).toEqual(expectedBad)
      }),
      { numRuns: 1000 },
    )
  })
})
