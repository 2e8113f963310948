import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DataType } from '../../../src/columnar/data-type.ts'
import { arrayType, binaryType, booleanType, field, float64Type, int32Type, int64Type, stringType, structType } from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { avroType, decodeAvro } from './support.ts'

/** A type of Avro with a column that holds it, and values as avsc takes them and as rows have them. */
interface Case {
  readonly avro: unknown
  readonly type: DataType
  readonly nullable: boolean
  readonly value: fc.Arbitrary<{ readonly avsc: unknown; readonly row: unknown }>
}

let names = 0
const same = <T>(from: fc.Arbitrary<T>): Case['value'] => from.map(value => ({ avsc: value, row: value }))
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const leaves: readonly Case[] = [
  { avro: 'boolean', type: booleanType, nullable: false, value: same(fc.boolean()) },
  { avro: 'int', type: int32Type, nullable: false, value: same(fc.integer()) },
  { avro: 'long', type: int64Type, nullable: false, value: same(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })) },
  { avro: 'double', type: float64Type, nullable: false, value: same(fc.double()) },
  { avro: 'float', type: float64Type, nullable: false, value: same(fc.float()) },
  { avro: 'string', type: stringType, nullable: false, value: same(text) },
  { avro: 'bytes', type: binaryType, nullable: false, value: fc.uint8Array({ maxLength: 200 }).map(b => ({ avsc: Buffer.from(b), row: new Uint8Array(b) })) },
]

const cases: fc.Arbitrary<Case> = fc.letrec<{ case: Case }>(tie => ({
  case: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...leaves),
    tie('case').map(inner => array(inner)),
    tie('case').filter(c => !c.nullable).map(inner => optional(inner)),
    fc.array(tie('case'), { maxLength: 3 }).map(inner => record(inner)),
  ),
})).case

function array(inner: Case): Case {
  const value = fc.array(inner.value, { maxLength: 4 }).map(items => ({ avsc: items.map(i => i.avsc), row: items.map(i => i.row) }))
  return { avro: { type: 'array', items: inner.avro }, type: arrayType(inner.type, inner.nullable), nullable: false, value }
}

function optional(inner: Case): Case {
  const { avro } = inner
  const branch = typeof avro === 'string' ? avro : ((avro as { name?: string; type: string }).name ?? (avro as { type: string }).type)
  const value = fc.option(inner.value).map(v => (v === null ? { avsc: null, row: null } : { avsc: { [branch]: v.avsc }, row: v.row }))
  return { avro: ['null', avro], type: inner.type, nullable: true, value }
}

function record(inner: readonly Case[]): Case {
  const fields = inner.map((c, i) => ({ name: `f${i}`, type: c.avro }))
  const object = (values: readonly unknown[]): object => Object.fromEntries(values.map((v, i) => [`f${i}`, v]))
  const value = fc.tuple(...inner.map(c => c.value)).map(v => ({ avsc: object(v.map(x => x.avsc)), row: object(v.map(x => x.row)) }))
  return { avro: { type: 'record', name: `R${names++}`, fields }, type: structType(inner.map((c, i) => field(`f${i}`, c.type, c.nullable))), nullable: false, value }
}

const records = fc.array(cases, { maxLength: 5 }).map(record).chain(c => fc.record({ case: fc.constant(c), values: fc.array(c.value, { minLength: 1, maxLength: 4 }) }))
const schemaOf = (c: Case) => makeSchema(c.type.kind === 'struct' ? c.type.fields : [])

test('random schemas and values are read as another implementation wrote them', () => {
  fc.assert(fc.property(records, ({ case: c, values }) => {
    const encoder = avroType(c.avro)
    const decoded = decodeAvro(c.avro, schemaOf(c), values.map(v => encoder.toBuffer(v.avsc)))
    expect(decoded.reasons).toEqual(values.map(() => undefined))
    expect(decoded.rows).toEqual(values.map(v => v.row))
  }), { numRuns: 300 })
})

test('changed, cut and random bytes are rows or bad records, and the next record is not touched', () => {
  const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), cut: fc.nat(), random: fc.option(fc.uint8Array({ maxLength: 40 })) })
  fc.assert(fc.property(records, fc.array(change, { minLength: 1, maxLength: 20 }), ({ case: c, values }, changes) => {
    const good = avroType(c.avro).toBuffer(values[0].avsc)
    const damaged = changes.map(({ at, byte, cut, random }) => {
      if (random !== null) return random
      const copy = Buffer.from(good)
      if (copy.length > 0) copy[at % copy.length] = byte
      return copy.subarray(0, cut % 2 === 0 ? copy.length : cut % (copy.length + 1))
    })
    const { rows, reasons } = decodeAvro(c.avro, schemaOf(c), [...damaged, good])
    expect(reasons.at(-1)).toBeUndefined()
    expect(rows.at(-1)).toEqual(values[0].row)
    expect(rows.length).toBe(reasons.filter(r => r === undefined).length)
    for (const reason of reasons) expect(reason ?? 'some').not.toBe('')
  }), { numRuns: 300 })
})
