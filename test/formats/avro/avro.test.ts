import { describe, expect, test } from 'vitest'
import { schema, t } from '../../../src/columnar/schema-builder.ts'
import { checkAvro } from '../../../src/formats/avro/avro-record-decoder.ts'
import { AvroSchemaParser } from '../../../src/formats/avro/parse-avro-schema.ts'
import { avroType, decodeAvro } from './support.ts'

const record = (...fields: readonly object[]) => ({ type: 'record', name: 'Payment', fields })
const of = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

describe('Avro records', () => {
  test('become columns, every type that has one', () => {
    const avro = record(
      of('flag', 'boolean'), of('int', 'int'), of('long', 'long'), of('float', 'float'), of('double', 'double'), of('text', 'string'), of('bytes', 'bytes'),
      of('fixed', { type: 'fixed', name: 'Two', size: 2 }), of('kind', { type: 'enum', name: 'Kind', symbols: ['CARD', 'CASH'] }), of('day', { type: 'int', logicalType: 'date' }),
      of('millis', { type: 'long', logicalType: 'timestamp-millis' }), of('micros', { type: 'long', logicalType: 'timestamp-micros' }), of('price', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }),
      of('note', ['null', 'string']), of('tags', { type: 'array', items: ['null', 'string'] }), of('place', { type: 'record', name: 'Place', fields: [of('lat', 'double'), of('name', ['string', 'null'])] }),
      of('attributes', { type: 'map', values: 'int' }), of('features', { type: 'array', items: 'float' }),
    )
    const columns = schema({
      flag: t.boolean(), int: t.int32(), long: t.int64(), float: t.float64(), double: t.float64(), text: t.string(), bytes: t.binary(), fixed: t.binary(), kind: t.string(), day: t.date(),
      millis: t.timestamp(), micros: t.timestamp(), price: t.string(), note: t.nullable(t.string()), tags: t.array(t.nullable(t.string())), place: t.struct({ lat: t.float64(), name: t.nullable(t.string()) }),
      attributes: t.array(t.struct({ key: t.string(), value: t.int32() })), features: t.vector(2),
    })
    const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
    const value = {
      flag: true, int: -7, long: 2n ** 62n, float: 0.5, double: -1e300, text: 'grüß', bytes: Buffer.from([0, 255]), fixed: Buffer.from([1, 2]), kind: 'CASH', day: 20_000,
      millis: BigInt(at), micros: BigInt(at) * 1000n, price: Buffer.from([0xff, 0x38]), note: null, tags: [{ string: 'a' }, null, { string: '' }], place: { lat: 48.1, name: { string: 'M' } },
      attributes: { a: 1, b: -2 }, features: [1, 2],
    }
    expect(decodeAvro(avro, columns, [avroType(avro).toBuffer(value)])).toEqual({
      reasons: [undefined],
      rows: [{
        flag: true, int: -7, long: 2n ** 62n, float: 0.5, double: -1e300, text: 'grüß', bytes: bytes('\0\xff'), fixed: bytes('\x01\x02'), kind: 'CASH', day: '2024-10-04',
        millis: new Date(at), micros: new Date(at), price: '-2.00', note: null, tags: ['a', null, ''], place: { lat: 48.1, name: 'M' },
        attributes: [{ key: 'a', value: 1 }, { key: 'b', value: -2 }], features: new Float64Array([1, 2]),
      }],
    })
  })

  test('of whole numbers at the edges of their types are exact or refused', () => {
    const avro = record(of('n', 'long'))
    const numbers = [0n, -1n, 63n, 64n, -64n, -65n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 31n, 2n ** 53n - 1n, -(2n ** 53n) + 1n, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]
    for (let bit = 1n; bit < 63n; bit++) numbers.push(1n << bit, -(1n << bit), (1n << bit) - 1n, -(1n << bit) - 1n)
    const records = numbers.map(n => avroType(avro).toBuffer({ n }))
    expect(decodeAvro(avro, schema({ n: t.int64() }), records).rows.map(r => r['n'])).toEqual(numbers)
    expect(decodeAvro(avro, schema({ n: t.float64() }), records).rows.map(r => r['n'])).toEqual(numbers.map(Number))
    const integer = decodeAvro(avro, schema({ n: t.integer() }), records)
    const safe = (n: bigint) => n <= 2n ** 53n - 1n && n >= -(2n ** 53n) + 1n
    expect(integer.rows.map(r => r['n'])).toEqual(numbers.filter(safe).map(Number))
    expect(integer.reasons.map(r => r === undefined)).toEqual(numbers.map(safe))
    const int32 = decodeAvro(avro, schema({ n: t.int32() }), records)
    expect(int32.reasons.map(r => r === undefined)).toEqual(numbers.map(n => n === BigInt.asIntN(32, n)))
    expect(int32.reasons[8]).toBe('column "n" (int32) cannot hold 2147483648: it goes from -2147483648 to 2147483647; integer and int64 go further')
  })

  test('are read for the columns that are wanted, and checked whole', () => {
    const avro = record(of('a', 'string'), of('b', 'int'), of('c', { type: 'map', values: { type: 'array', items: 'string' } }), of('d', 'double'))
    const all = schema({ a: t.string(), b: t.int32(), d: t.float64() })
    const good = avroType(avro).toBuffer({ a: 'x', b: 1, c: { k: ['y'] }, d: 2 })
    expect(decodeAvro(avro, all, [good], { wanted: schema({ d: t.float64(), b: t.int32() }) }).rows).toEqual([{ d: 2, b: 1 }])
    const bad = Buffer.from(good)
    bad[1] = 0xff
    expect(decodeAvro(avro, all, [bad, good], { wanted: schema({ b: t.int32() }) })).toEqual({ rows: [{ b: 1 }], reasons: ['it has text that is no valid UTF-8', undefined] })
  })

  test('of another version are resolved by name, alias and default', () => {
    const writer = record(of('id', 'int'), of('amount', 'float'), of('gone', 'string'), of('place', { type: 'record', name: 'Place', fields: [of('x', 'int')] }))
    const reader = record(
      of('place', { type: 'record', name: 'Place', fields: [of('x', 'long'), of('y', 'long', { default: 9 })] }), of('key', 'long', { aliases: ['id'] }), of('amount', 'double'),
      of('currency', 'string', { default: 'EUR' }), of('since', { type: 'long', logicalType: 'timestamp-millis' }, { default: 1000 }), of('note', ['null', 'string'], { default: null }), of('tags', { type: 'array', items: 'int' }, { default: [1, 2] }),
    )
    const columns = schema({ key: t.int64(), amount: t.float64(), currency: t.string(), since: t.timestamp(), note: t.nullable(t.string()), place: t.struct({ x: t.integer(), y: t.integer() }), tags: t.array(t.int32()) })
    const buffer = avroType(writer).toBuffer({ id: 5, amount: 0.25, gone: 'x', place: { x: 3 } })
    expect(decodeAvro(writer, columns, [buffer], { readerSchema: reader }).rows).toEqual([{ key: 5n, amount: 0.25, currency: 'EUR', since: new Date(1000), note: null, place: { x: 3, y: 9 }, tags: [1, 2] }])
    expect(() => decodeAvro(writer, columns, [buffer])).toThrow('column "key" (int64) is no field of record "Payment"')
    expect(decodeAvro(writer, schema({ id: t.int32(), note: t.nullable(t.string()) }), [buffer]).rows).toEqual([{ id: 5, note: null }])
  })

  test('that are no records are one column', () => {
    expect(decodeAvro('"string"', schema({ id: t.string() }), [avroType('string').toBuffer('k1')]).rows).toEqual([{ id: 'k1' }])
    expect(decodeAvro(['null', 'long'], schema({ id: t.nullable(t.int64()) }), [avroType(['null', 'long']).toBuffer({ long: 3n })]).rows).toEqual([{ id: 3n }])
    expect(() => decodeAvro('"string"', schema({ id: t.string(), more: t.string() }), [])).toThrow('it is string and no record, which can be one column and not 2')
  })

  test('say of a union which branch does not fit', () => {
    const avro = record(of('v', ['null', 'int', 'string']))
    const records = [{ v: null }, { v: { int: 1 } }, { v: { string: 's' } }].map(v => avroType(avro).toBuffer(v))
    expect(decodeAvro(avro, schema({ v: t.string() }), records)).toEqual({ rows: [{ v: 's' }], reasons: ['column "v" (string) is null', 'column "v" (string) cannot hold int', undefined] })
  })

  test.each([
    [of('v', 'string'), t.int32(), 'column "v" (int32) cannot hold string'],
    [of('v', ['null', 'string']), t.nullable(t.int32()), 'column "v" (int32) cannot hold string'],
    [of('v', 'long'), t.timestamp(), 'a number has no unit'],
    [of('v', { type: 'bytes', logicalType: 'decimal', precision: 4 }), t.float64(), 'decimals are read as string'],
    [of('v', { type: 'long', logicalType: 'local-timestamp-millis' }), t.timestamp(), 'a local time names no instant'],
    [of('v', { type: 'map', values: 'int' }), t.string(), 'a map is read as an array of struct<key: string, value: …>'],
    [of('v', { type: 'array', items: 'string' }), t.vector(2), 'cannot hold an array of string'],
    [of('w', 'int'), t.nullable(t.int32()), 'column "v" (int32) is no field of record "Payment", which has "w", perhaps "w"'],
  ])('whose schema has %j do not fit another column, which is told before any is read', (field, column, why) => {
    expect(() => checkAvro({ writer: new AvroSchemaParser().parse(record(field)), strict: true }, schema({ v: column }))).toThrow(why)
  })
})

describe('Avro schemas', () => {
  test.each([
    ['{', 'it is no JSON'],
    [{ type: 'record', name: 'a b', fields: [] }, 'a type has no proper name but "a b"'],
    [{ type: 'record', name: 'constructor(){}', fields: [] }, 'no proper name'],
    [{ type: 'record', name: 'A', fields: [{ name: 'x' }] }, 'nothing stands where a type is expected'],
    [{ type: 'record', name: 'A', fields: [{ name: 'x', type: 'B' }] }, 'there is no type "B"; it defines "A"'],
    [{ type: 'record', name: 'A', fields: [{ name: 'x', type: 'int' }, { name: 'x', type: 'int' }] }, 'two fields "x"'],
    [{ type: 'fixed', name: 'F', size: -1 }, 'has the size -1'],
    [{ type: 'enum', name: 'E' }, 'has no list of symbols'],
    [[['int']], 'directly inside a union'],
    [[], 'a union has no branches'],
    [JSON.parse(`${'{"type":"array","items":'.repeat(100)}"int"${'}'.repeat(100)}`) as unknown, 'nested more than 64 deep'],
    [['null', ...Array.from({ length: 20_001 }, () => 'int')], 'more than 20000 types'],
  ])('that are none are refused (%#)', (json, why) => {
    expect(() => new AvroSchemaParser().parse(json)).toThrow(why)
  })

  test('may contain themselves, and have names that are special elsewhere', () => {
    const list = { type: 'record', name: 'List', namespace: 'a.b', fields: [of('__proto__', 'int'), of('constructor', 'string'), of('next', ['null', 'List'])] }
    const type = new AvroSchemaParser().parse(JSON.stringify(list))
    expect(type.kind === 'record' ? type.fields.map(f => f.name) : []).toEqual(['__proto__', 'constructor', 'next'])
    // One record inside the other: 1, "c", branch 1, then 2, "d", branch 0.
    const two = Buffer.from([2, 2, 0x63, 2, 4, 2, 0x64, 0])
    expect(decodeAvro(list, schema({ constructor: t.string() }), [two]).rows).toEqual([{ constructor: 'c' }])
    const deep = Buffer.concat([...Array.from({ length: 200 }, () => Buffer.from([2, 0, 2])), Buffer.from([2, 0, 0])])
    expect(decodeAvro(list, schema({ constructor: t.string() }), [deep]).reasons).toEqual(['its records are nested more than 100 deep'])
  })

  test('whose values have no bytes cost bounded time', () => {
    const nulls = record(of('v', { type: 'array', items: 'null' }))
    // A block of 2^40 nulls.
    const many = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0])
    expect(decodeAvro(nulls, schema({}), [many]).reasons).toEqual(['it has more values than bytes, and more than 65536'])
    // Each level has the next one twice: 2^40 records of nothing.
    let inner: unknown = 'null'
    for (let i = 0; i < 40; i++) inner = { type: 'record', name: `L${i}`, fields: [of('a', inner), of('b', i === 0 ? 'null' : `L${i - 1}`)] }
    expect(decodeAvro(inner, schema({}), [new Uint8Array(0)]).reasons).toEqual(['it has more values than bytes, and more than 65536'])
  })
})
