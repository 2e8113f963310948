import { describe, expect, test } from 'vitest'
import { vectorOf } from '../../src/columnar/builder.ts'
import { booleanType, dateType, type DataType, float64Type, int32Type, int64Type, integerType, nullType, stringType } from '../../src/columnar/data-type.ts'
import { slice } from '../../src/columnar/take.ts'
import { valueAt } from '../../src/columnar/values.ts'
import { dictionaryVector, nullVector, type Vector } from '../../src/columnar/vector.ts'
import type { Model } from '../../src/ml/model.ts'
import { columnOf, jsonl, load } from './support.ts'

const rows = jsonl('flights/inputs.jsonl')
const flights = await load('flights/xgb-delay30.json')

async function scores(model: Model, columns: readonly Vector[], length: number, output = 'prediction'): Promise<unknown[]> {
  const { vectors: [vector] } = await model.score(columns, length, [output])
  return Array.from({ length }, (_, i) => valueAt(vector, i))
}

const columnsOf = (from: readonly { readonly [name: string]: unknown }[]): Vector[] => flights.signature.inputs.map(i => columnOf(i, from))

function withColumn(columns: readonly Vector[], name: string, column: Vector): Vector[] {
  return columns.map((old, k) => (flights.signature.inputs[k].name === name ? column : old))
}

describe('signature', () => {
  test('names inputs in the order of training, with the categories that the file knows', () => {
    expect(flights.signature.inputs.map(i => [i.name, i.kind, i.categories?.length])).toEqual([
      ['carrier', 'category', 16],
      ['origin', 'category', 3],
      ['dest', 'category', 97],
      ...['hour', 'dow', 'distance', 'dep_delay', 'temp', 'wind_speed', 'precip', 'visib'].map(name => [name, 'number', undefined]),
    ])
    expect(flights.signature.inputs[1].categories).toEqual(['EWR', 'JFK', 'LGA'])
  })

  test('a binary classifier predicts a probability; a multi-class model a class and a vector', async () => {
    expect(flights.signature.outputs.map(o => [o.name, o.type.kind, o.nullable])).toEqual([
      ['prediction', 'float64', false],
      ['probability', 'float64', false],
      ['margin', 'float64', false],
      ['leaves', 'vector', false],
      ['contributions', 'vector', false],
    ])
    const classes = await load('xgboost-multi-softprob/model.json')
    expect(classes.signature.outputs.map(o => [o.name, o.type])).toEqual([
      ['prediction', { kind: 'float64' }],
      ['probabilities', { kind: 'vector', size: 3 }],
      ['margin', { kind: 'vector', size: 3 }],
      ['leaves', { kind: 'vector', size: 18 }],
      ['contributions', { kind: 'array', element: { kind: 'vector', size: classes.signature.inputs.length + 1 }, containsNull: false }],
    ])
    expect(classes.signature.outputs.map(o => [o.library, o.extra])).toEqual([
      [undefined, undefined],
      ['predict', undefined],
      ['margin', undefined],
      ['leaf', 'leaves'],
      ['contribs', 'contributions'],
    ])
  })

  test('an output that is not there is refused with a suggestion', () => {
    expect(() => flights.score(columnsOf(rows), rows.length, ['probabilty'])).toThrow(
      expect.objectContaining({ code: 'ML_SCHEMA_MISMATCH', message: expect.stringContaining('Did you mean "probability"?') as string }) as Error,
    )
  })
})

describe('categories', () => {
  const head = rows.slice(0, 300)
  const names = head.map(r => r.carrier as string)
  const columns = columnsOf(head)

  test('plain strings, dictionary codes and whole numbers of any type give the same scores', async () => {
    const truth = await scores(flights, columns, head.length)
    const categories = flights.signature.inputs[0].categories as string[]
    const distinct = [...new Set(names)].reverse()
    const dictionary = dictionaryVector(Int32Array.from(names, n => distinct.indexOf(n)), vectorOf(stringType, distinct), names.length)
    const codes = names.map(n => categories.indexOf(n))
    const variants: Vector[] = [dictionary, vectorOf(int32Type, codes), vectorOf(integerType, codes), vectorOf(int64Type, codes.map(BigInt)), vectorOf(float64Type, codes)]
    for (const variant of variants) expect(await scores(flights, withColumn(columns, 'carrier', variant), head.length)).toEqual(truth)
  })

  test('an unseen category scores as a missing one, in a dictionary too', async () => {
    const missing = await scores(flights, withColumn(columns, 'dest', vectorOf(stringType, head.map(() => null))), head.length)
    expect(await scores(flights, withColumn(columns, 'dest', vectorOf(stringType, head.map(() => 'XXX'))), head.length)).toEqual(missing)
    expect(await scores(flights, withColumn(columns, 'dest', vectorOf(stringType, head.map(() => ''))), head.length)).toEqual(missing)
    const dictionary = dictionaryVector(new Int32Array(head.length), vectorOf(stringType, ['ÄÖ']), head.length)
    expect(await scores(flights, withColumn(columns, 'dest', dictionary), head.length)).toEqual(missing)
    expect(await scores(flights, withColumn(columns, 'dest', nullVector(nullType, head.length)), head.length)).toEqual(missing)
  })

  test('codes outside of every set follow the library: left, and a fraction is cut off', async () => {
    const model = await load('xgboost-categorical-partition/model.json')
    const codes = [0, 3, 7, 11, 12, 99, -1, 2.7, 16777216, null]
    const given: { readonly [name: string]: number } = { tenure: 42, monthly: 53.672243, total: 3837.7089, contract: 0, senior: 0, payment: 3, calls: 8 }
    const inputs = model.signature.inputs.map(i => vectorOf(float64Type, codes.map(code => (i.name === 'region' ? code : given[i.name]))))
    // Margins of XGBoost 3.2.0 for these codes.
    expect(await scores(model, inputs, codes.length, 'margin')).toEqual([
      1.3437144756317139, 1.2294831275939941, 1.018108606338501, 0.6021862626075745, 1.620588779449463, 1.620588779449463, 1.620588779449463,
      1.477827787399292, 1.620588779449463, 1.3635964393615723,
    ])
  })
})

describe('numbers', () => {
  const head = rows.slice(0, 300)
  const columns = columnsOf(head)
  const delays = head.map(r => r.dep_delay as number | null)

  test('any numeric type gives the same scores', async () => {
    const truth = await scores(flights, columns, head.length)
    for (const [type, values] of [[int32Type, delays], [integerType, delays], [int64Type, delays.map(d => (d === null ? null : BigInt(d)))]] as [DataType, unknown[]][]) {
      expect(await scores(flights, withColumn(columns, 'dep_delay', vectorOf(type, values)), head.length)).toEqual(truth)
    }
  })

  test('a boolean is 0 or 1, and NaN is as missing as null', async () => {
    const asNumbers = await scores(flights, withColumn(columns, 'precip', vectorOf(float64Type, head.map((_, i) => i % 2))), head.length)
    expect(await scores(flights, withColumn(columns, 'precip', vectorOf(booleanType, head.map((_, i) => i % 2 === 1))), head.length)).toEqual(asNumbers)
    const nulls = await scores(flights, withColumn(columns, 'dep_delay', vectorOf(float64Type, head.map(() => null))), head.length)
    expect(await scores(flights, withColumn(columns, 'dep_delay', vectorOf(float64Type, head.map(() => NaN))), head.length)).toEqual(nulls)
  })

  test('large int64 values keep their sign and size', async () => {
    const values = [-5_000_000_000n, 5_000_000_000n, -1n, 0n, 7n]
    const five = columnsOf(rows.slice(0, 5))
    const asFloats = await scores(flights, withColumn(five, 'dep_delay', vectorOf(float64Type, values.map(Number))), 5)
    expect(await scores(flights, withColumn(five, 'dep_delay', vectorOf(int64Type, values)), 5)).toEqual(asFloats)
  })

  test.each(['dep_delay', 'carrier'])('a column of another type for "%s" is refused by name', name => {
    const dates = vectorOf(dateType, head.map(() => '2013-01-01'))
    expect(() => flights.score(withColumn(columns, name, dates), head.length, ['prediction'])).toThrow(
      expect.objectContaining({ code: 'ML_SCHEMA_MISMATCH', context: expect.objectContaining({ input: name, type: 'date' }) as object }) as Error,
    )
  })
})

test('scores do not depend on how rows are cut into batches', async () => {
  const columns = columnsOf(rows)
  const whole = await scores(flights, columns, rows.length)
  for (const size of [1, 7, 255, 256, 257]) {
    const parts: unknown[] = []
    for (let from = 0; from < rows.length; from += size) {
      const to = Math.min(rows.length, from + size)
      parts.push(...(await scores(flights, columns.map(c => slice(c, from, to)), to - from)))
    }
    expect(parts).toEqual(whole)
  }
  expect(await scores(flights, columns.map(c => slice(c, 0, 0)), 0)).toEqual([])
})
