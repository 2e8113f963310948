import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrayType, booleanType, type DataType, dateType, field, float64Type, int32Type, int64Type, integerType, stringType, structType, timestampType } from '../../src/columnar/data-type.ts'
import { KeyDecoder, KeyEncoder } from '../../src/columnar/key-encoding.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { dictionaryOf } from './support.ts'
import { valueAt } from '../../src/columnar/values.ts'
import { Vector } from '../../src/columnar/vector.ts'

/** The key format as its description has it, value by value. */
function plainKey(type: DataType, value: unknown): number[] {
  if (value === null || value === undefined) return [0]
  const view = new DataView(new ArrayBuffer(8))
  const bytes = (n: number): number[] => [...new Uint8Array(view.buffer, 0, n)]
  const whole = (n: number): number[] => {
    view.setInt32(0, n, true)
    return bytes(4)
  }
  switch (type.kind) {
    case 'boolean':
      return [1, value === true ? 1 : 0]
    case 'int32':
    case 'date':
      return [1, ...whole(value as number)]
    case 'int64':
      view.setBigInt64(0, value as bigint, true)
      return [1, ...bytes(8)]
    case 'string': {
      const text = new TextEncoder().encode(value as string)
      return [1, ...whole(text.length), ...text]
    }
    case 'array':
      return [1, ...whole((value as unknown[]).length), ...(value as unknown[]).flatMap(e => plainKey(type.element, e))]
    case 'struct':
      return [1, ...type.fields.flatMap(f => plainKey(f.type, (value as { [name: string]: unknown })[f.name]))]
    default:
      view.setFloat64(0, (value as number) === 0 ? 0 : (value as number), true)
      return [1, ...bytes(8)]
  }
}

const pair = structType([field('a', float64Type), field('b', stringType)])
const kinds: readonly (readonly [DataType, fc.Arbitrary<unknown>])[] = [
  [booleanType, fc.boolean()],
  [int32Type, fc.integer()],
  [dateType, fc.integer({ min: -100_000, max: 100_000 })],
  [int64Type, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [integerType, fc.maxSafeInteger()],
  [float64Type, fc.double()],
  [timestampType, fc.maxSafeInteger()],
  [stringType, fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 60, maxLength: 70 }))],
  [pair, fc.record({ a: fc.option(fc.double()), b: fc.option(fc.string()) })],
  [arrayType(int32Type, true), fc.array(fc.option(fc.integer()), { maxLength: 4 })],
]

const columns = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 4 }).chain(types =>
  fc.record({
    types: fc.constant(types.map(([type]) => type)),
    // Whole columns without a null take other loops than those with some.
    rows: fc.boolean().chain(nulls => fc.array(fc.tuple(...types.map(([, value]) => (nulls ? fc.option(value) : value))), { maxLength: 20 })),
  }),
)

test('a key has the bytes of its description, whatever the types, nulls and neighbours', () => {
  fc.assert(
    fc.property(columns, ({ types, rows }) => {
      const vectors = types.map((type, k) => vectorOf(type, rows.map(row => row[k])))
      const encoder = new KeyEncoder(types)
      encoder.encode(vectors, rows.length)
      const got = rows.map((_, i) => [...encoder.bytes.subarray(encoder.offsets[i], encoder.offsets[i + 1])])
      expect(got).toEqual(rows.map(row => types.flatMap((type, k) => plainKey(type, row[k]))))
      const decoder = new KeyDecoder(types)
      for (let i = 0; i < rows.length; i++) decoder.append(encoder.bytes, encoder.offsets[i])
      const back = decoder.finish()
      const normal = (x: unknown): unknown => (Object.is(x, -0) ? 0 : typeof x === 'object' && x !== null && !Array.isArray(x) && !(x instanceof Date) ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, normal(v)])) : x)
      for (const [k, vector] of vectors.entries()) for (let i = 0; i < rows.length; i++) expect(normal(valueAt(back[k], i))).toEqual(normal(valueAt(vector, i)))
    }),
    { numRuns: 300 },
  )
})

test('the same encoder takes batches of any size, one after the other', () => {
  const encoder = new KeyEncoder([stringType])
  for (const rows of [3, 5000, 0, 7]) {
    const vector = vectorOf(stringType, Array.from({ length: rows }, (_, i) => `key ${i} ${'x'.repeat(i % 90)}`))
    encoder.encode([vector], rows)
    const last = rows - 1
    if (rows > 0) expect([...encoder.bytes.subarray(encoder.offsets[last], encoder.offsets[rows])]).toEqual(plainKey(stringType, `key ${last} ${'x'.repeat(last % 90)}`))
  }
})

test('a dictionary, a slice, −0 and the many NaNs give the key of the plain value', () => {
  const words = ['b', 'a', 'b', 'c']
  const encoder = new KeyEncoder([stringType])
  encoder.encode([dictionaryOf(words)], 4)
  expect([...encoder.bytes.subarray(0, encoder.offsets[4])]).toEqual(words.flatMap(w => plainKey(stringType, w)))
  const strange = new Float64Array(new BigUint64Array([0x7ff8000000000001n, 0xfff8000000000000n, 0x7ff0000000000001n, 0x8000000000000000n]).buffer)
  const floats = new KeyEncoder([float64Type])
  floats.encode([new Vector(float64Type, 4, null, strange)], 4)
  expect([...floats.bytes.subarray(0, 36)]).toEqual([NaN, NaN, NaN, 0].flatMap(x => plainKey(float64Type, x)))
})
