import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { schema, t } from '../../../src/columnar/schema-builder.ts'
import { ProtobufSchema } from '../../../src/sources/kafka/registry/protobuf-schema.ts'
import { decodeProtobuf, encoderOf } from './support.ts'

const file = `
  syntax = "proto3";
  package shop;
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/wrappers.proto";
  message Payment {
    enum Kind { CARD = 0; CASH = 1; }
    message Place { double lat = 1; optional string name = 2; repeated int32 floors = 3; }
    string account = 1;
    double amount = 2;
    float share = 3;
    int32 i32 = 4; sint32 s32 = 5; uint32 u32 = 6; fixed32 f32 = 7; sfixed32 sf32 = 8;
    int64 i64 = 9; sint64 s64 = 10; uint64 u64 = 11; fixed64 f64 = 12; sfixed64 sf64 = 13;
    bool flag = 14; bytes raw = 15; Kind kind = 16;
    google.protobuf.Timestamp at = 17; google.protobuf.StringValue note = 18; google.protobuf.Int64Value big = 19;
    Place place = 20; repeated string tags = 21; repeated Place places = 22; repeated sint64 numbers = 23; repeated float features = 24;
    map<string, int32> counts = 25; optional int32 maybe = 100;
    oneof either { string left = 26; int64 right = 27; }
    Payment parent = 28;
  }`
const place = t.struct({ lat: t.float64(), name: t.nullable(t.string()), floors: t.array(t.int32()) })
const columns = schema({
  account: t.string(), amount: t.float64(), share: t.float64(), i32: t.int32(), s32: t.int32(), u32: t.integer(), f32: t.integer(), sf32: t.int32(), i64: t.int64(), s64: t.int64(), u64: t.int64(), f64: t.int64(), sf64: t.int64(),
  flag: t.boolean(), raw: t.binary(), kind: t.string(), at: t.nullable(t.timestamp()), note: t.nullable(t.string()), big: t.nullable(t.int64()), place: t.nullable(place), tags: t.array(t.string()), places: t.array(place),
  numbers: t.array(t.int64()), features: t.vector(2), counts: t.array(t.struct({ key: t.string(), value: t.int32() })), maybe: t.nullable(t.int32()), left: t.nullable(t.string()), right: t.nullable(t.int64()),
})
const encode = encoderOf(file, 'shop.Payment')
const empty = {
  account: '', amount: 0, share: 0, i32: 0, s32: 0, u32: 0, f32: 0, sf32: 0, i64: 0n, s64: 0n, u64: 0n, f64: 0n, sf64: 0n, flag: false, raw: new Uint8Array(0), kind: 'CARD', at: null, note: null, big: null, place: null,
  tags: [], places: [], numbers: [], features: new Float64Array(2), counts: [], maybe: null, left: null, right: null,
}
const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678)

describe('Protobuf messages', () => {
  test('become columns, every type that has one', async () => {
    const full = encode({
      account: 'grüß', amount: -0.1, share: 0.5, i32: -1, s32: -2, u32: 4294967295, f32: 4294967295, sf32: -3, i64: '-9223372036854775808', s64: '-4611686018427387905', u64: '9223372036854775807', f64: '9007199254740993', sf64: '-5',
      flag: true, raw: Buffer.from([0, 255]), kind: 1, at: { seconds: Math.floor(at / 1000), nanos: 678_000_000 }, note: { value: '' }, big: { value: '7' }, place: { lat: 1, floors: [1, -1] },
      tags: ['a', ''], places: [{ lat: 2, name: 'x', floors: [] }, { lat: 0, floors: [3] }], numbers: ['-1', '4611686018427387904'], features: [1, 2], counts: { a: 1, b: 0 }, maybe: 0, right: '5', parent: { account: 'p', parent: {} },
    })
    const none = encode({ features: [0, 0] })
    expect(await decodeProtobuf(file, columns, [none, full, none])).toEqual({
      reasons: [undefined, undefined, undefined],
      rows: [empty, {
        account: 'grüß', amount: -0.1, share: 0.5, i32: -1, s32: -2, u32: 4294967295, f32: 4294967295, sf32: -3, i64: -(2n ** 63n), s64: -(2n ** 62n) - 1n, u64: 2n ** 63n - 1n, f64: 2n ** 53n + 1n, sf64: -5n,
        flag: true, raw: Uint8Array.of(0, 255), kind: 'CASH', at: new Date(at), note: '', big: 7n, place: { lat: 1, name: null, floors: [1, -1] }, tags: ['a', ''],
        places: [{ lat: 2, name: 'x', floors: [] }, { lat: 0, name: null, floors: [3] }], numbers: [-1n, 2n ** 62n], features: new Float64Array([1, 2]), counts: [{ key: 'a', value: 1 }, { key: 'b', value: 0 }], maybe: 0, left: null, right: 5n,
      }, empty],
    })
  })

  test('may have their fields in any order, twice, in parts, packed or not', async () => {
    const s = schema({ account: t.string(), place: t.nullable(place), numbers: t.array(t.int64()), left: t.nullable(t.string()), right: t.nullable(t.integer()), features: t.vector(2) })
    const parts = [{ numbers: [1, 2] }, { account: 'first' }, { place: { lat: 1, floors: [1] } }, { left: 'l' }, { account: 'last' }, { features: [1] }, { place: { name: 'n', floors: [2] } }, { right: 3 }, { numbers: [3] }, { features: [2] }].map(encode)
    // Number 23 once more, by itself: the value -1 in zigzag.
    const unpacked = Buffer.from([0xb8, 0x01, 0x01])
    expect(await decodeProtobuf(file, s, [Buffer.concat([...parts, unpacked])])).toEqual({
      reasons: [undefined],
      rows: [{ account: 'last', place: { lat: 1, name: 'n', floors: [1, 2] }, numbers: [1n, 2n, 3n, -1n], left: null, right: 3, features: new Float64Array([1, 2]) }],
    })
  })

  test.each([
    [Buffer.from([0x0a, 0x05, 0x61]), 'a value is longer than the message around it'],
    [Buffer.from([0x08, 0x01]), 'column "account" (string) has the wire type 0, and string has 2'],
    [Buffer.from([0x0a, 0x01, 0xff]), 'column "account" (string) has text that is no valid UTF-8'],
    [Buffer.from([0x0b]), 'column "account" (string) has the wire type 3, and string has 2'],
    [Buffer.from([0xfb, 0x07]), 'it has a group, which is not read'],
    [Buffer.from([0x00]), 'a field has no number from 1 to 2^29 - 1'],
    [Buffer.from([0x20]), 'it ends in the middle of a value'],
    [Buffer.from([0x20, ...Array.from({ length: 11 }, () => 0xff)]), 'a number has more than ten bytes'],
    [encode({ u64: '18446744073709551615', features: [1, 1] }), 'column "u64" (int64) cannot hold 18446744073709551615: it goes to 2^63 - 1'],
    [encode({ u32: 4294967295, features: [1, 1] }), 'column "u32" (int32) cannot hold 4294967295'],
    [encode({ features: [1, 1, 1] }), 'column "features" (vector(2)) cannot hold 3 numbers'],
    [Buffer.concat([encode({ features: [1, 1] }), Buffer.from([0x80, 0x01, 0x07])]), 'column "kind" (string) has the number 7, which is no value of its enum'],
    [Buffer.concat(Array.from({ length: 120 }, (_, i) => Buffer.from([0xe2, 0x01, ...length((119 - i) * 5)]))), 'nested more than 100 deep'],
  ])('that are damaged are bad records (%#)', async (bytes, why) => {
    const s = schema({ account: t.string(), u64: t.int64(), u32: t.int32(), features: t.vector(2), kind: t.string() })
    const { reasons, rows } = await decodeProtobuf(file, s, [bytes, encode({ account: 'next', features: [0, 0] })])
    expect(reasons[0]).toContain(why)
    expect(rows).toEqual([{ account: 'next', u64: 0n, u32: 0, features: new Float64Array(2), kind: 'CARD' }])
  })

  test.each([
    [schema({ acount: t.string() }), 'column "acount" (string) is no field of message "shop.Payment"'],
    [schema({ account: t.int32() }), 'column "account" (int32) cannot hold string'],
    [schema({ tags: t.string() }), 'column "tags" (string) cannot hold repeated string'],
    [schema({ place: t.string() }), 'column "place" (string) cannot hold message "shop.Payment.Place"'],
    [schema({ at: t.string() }), 'cannot hold message "google.protobuf.Timestamp"'],
    [schema({ counts: t.array(t.int32()) }), 'a map is read as an array of struct<key: …, value: …>'],
  ])('do not fit other columns, which is told before any is read (%#)', async (s, why) => {
    await expect(decodeProtobuf(file, s, [])).rejects.toThrow(why)
  })

  test.each(['', 'message {', 'syntax = "proto3"; message A { B b = 1; }', 'option (__proto__).polluted = "yes"; message', `message A { ${'message B { '.repeat(5000)}`])('whose file is none are refused (%#)', async text => {
    await expect(decodeProtobuf(text, schema({ x: t.nullable(t.string()) }), [])).rejects.toThrow()
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
  })

  test('with names that are special elsewhere are read', async () => {
    const special = 'syntax = "proto3"; message A { string constructor = 1; int32 toString = 2; string hasOwnProperty = 3; }'
    const s = schema({ constructor: t.string(), toString: t.int32() })
    expect((await decodeProtobuf(special, s, [Buffer.from([0x0a, 1, 0x61, 0x10, 2])])).rows).toEqual([{ constructor: 'a', toString: 2 }])
  })

  test('need an optional package, and name the command that installs it', async () => {
    const absent = async (name: string) => Promise.reject(new Error(`Cannot find package '${name}'`))
    await expect(ProtobufSchema.of({ id: 1, format: 'protobuf', text: file, references: [] }, absent)).rejects.toMatchObject({ code: 'KAFKA_PACKAGE_MISSING', context: { command: 'npm install protobufjs@8.8.1' } })
  })

  test('of files with options and extensions of their own are read', async () => {
    const options = 'syntax = "proto3"; import "google/protobuf/descriptor.proto"; message A { int32 x = 1 [(owner) = "me"]; reserved 2; option (kind) = { a: 1 }; } message Kind { int32 a = 1; } extend google.protobuf.FieldOptions { string owner = 50000; } extend google.protobuf.MessageOptions { Kind kind = 50001; } service S { rpc Get (A) returns (A); }'
    expect((await decodeProtobuf(options, schema({ x: t.int32() }), [Buffer.from([8, 5])])).rows).toEqual([{ x: 5 }])
    const proto2 = 'syntax = "proto2"; message A { required int32 x = 1; optional string s = 2 [default = "d"]; repeated int32 n = 3 [packed = true]; extensions 100 to 199; } extend A { optional int32 more = 100; }'
    const s = schema({ x: t.int32(), s: t.nullable(t.string()), n: t.array(t.int32()) })
    expect(await decodeProtobuf(proto2, s, [Buffer.from([8, 5, 0x1a, 2, 1, 2, 0xa0, 6, 1]), Buffer.from([])])).toEqual({ rows: [{ x: 5, s: null, n: [1, 2] }], reasons: [undefined, 'column "x" (int32) is missing'] })
    const editions = 'edition = "2023"; message A { int32 x = 1; int32 y = 2 [features.field_presence = IMPLICIT]; }'
    expect((await decodeProtobuf(editions, schema({ x: t.nullable(t.int32()), y: t.nullable(t.int32()) }), [Buffer.from([])])).rows).toEqual([{ x: null, y: 0 }])
  })

  test('are what another implementation reads, whatever the numbers are', async () => {
    const numbers = 'syntax = "proto3"; message N { int32 a = 1; sint32 b = 2; int64 c = 3; sint64 d = 4; sfixed64 e = 5; double f = 6; repeated sint64 g = 7; string h = 8; }'
    const s = schema({ a: t.int32(), b: t.int32(), c: t.int64(), d: t.int64(), e: t.int64(), f: t.float64(), g: t.array(t.int64()), h: t.string() })
    const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const value = fc.record({ a: fc.integer(), b: fc.integer(), c: long, d: long, e: long, f: fc.double(), g: fc.array(long), h: fc.string({ unit: 'grapheme' }) })
    const write = encoderOf(numbers, 'N')
    await fc.assert(fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 5 }), async values => {
      const messages = values.map(v => write({ ...v, c: String(v.c), d: String(v.d), e: String(v.e), g: v.g.map(String) }))
      const { rows } = await decodeProtobuf(numbers, s, messages)
      expect(rows).toEqual(values)
    }), { numRuns: 100 })
  })

  test('of changed bytes are rows or bad records, and the next is not touched', async () => {
    const good = encode({ account: 'a', place: { lat: 1, name: 'x', floors: [1, 2] }, tags: ['t'], places: [{ floors: [1] }], numbers: [1], features: [1, 2], counts: { a: 1 }, parent: { parent: { tags: ['q'] } }, at: { seconds: 5 } })
    const expected = (await decodeProtobuf(file, columns, [good])).rows[0]
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ at: fc.nat(good.length - 1), byte: fc.integer({ min: 0, max: 255 }), cut: fc.nat(good.length) }), { minLength: 1, maxLength: 30 }), async changes => {
      const damaged = changes.map(({ at: where, byte, cut }, i) => {
        const copy = Buffer.from(good)
        copy[where] = byte
        return i % 3 === 0 ? copy.subarray(0, cut) : copy
      })
      const { rows, reasons } = await decodeProtobuf(file, columns, [...damaged, good])
      expect([rows.at(-1), reasons.at(-1)]).toEqual([expected, undefined])
      expect(rows.length).toBe(reasons.filter(r => r === undefined).length)
    }), { numRuns: 100 })
  })
})

/** A length of two to five bytes. */
function length(bytes: number): number[] {
  return [(bytes & 0x7f) | 0x80, ((bytes >> 7) & 0x7f) | 0x80, 0]
}
