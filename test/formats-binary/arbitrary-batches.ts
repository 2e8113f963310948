import fc from 'fast-check'
import { BatchBuilder } from '../../src/columnar/batch-builder.ts'
import {
  arrayType, binaryType, booleanType, type DataType, dateType, type Field, field, float64Type, int32Type, int64Type, integerType, nullType, stringType,
  structType, timestampType, vectorType,
} from '../../src/columnar/data-type.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../src/columnar/schema.ts'
import { sliceRows } from '../../src/columnar/take.ts'
import { dictionaryVector, isNullAt, plainStrings, type Vector } from '../../src/columnar/vector.ts'
import { VectorBuilder } from '../../src/columnar/builder.ts'

const simple = [booleanType, int32Type, int64Type, integerType, float64Type, stringType, binaryType, timestampType, dateType]

const anyType: fc.Arbitrary<DataType> = fc.letrec<{ type: DataType }>(tie => ({
  type: fc.oneof(
    { maxDepth: 3 },
    { weight: 6, arbitrary: fc.constantFrom<DataType>(...simple) },
    { weight: 1, arbitrary: fc.constant<DataType>(nullType) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map(vectorType) },
    { weight: 2, arbitrary: fc.tuple(tie('type'), fc.boolean()).map(([type, nullable]) => arrayType(type, nullable || type.kind === 'null')) },
    { weight: 2, arbitrary: fc.array(fc.tuple(tie('type'), fc.boolean()), { minLength: 1, maxLength: 3 }).map(fields => structType(named(fields))) },
  ),
})).type

function named(fields: readonly (readonly [DataType, boolean])[]): Field[] {
  return fields.map(([type, nullable], k) => field(`f${k}`, type, nullable || type.kind === 'null'))
}

function anyValue(type: DataType, nullable: boolean): fc.Arbitrary<unknown> {
  const value = present(type)
  return nullable ? fc.option(value, { freq: 3 }) : value
}

function present(type: DataType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'int32':
      return fc.integer()
    case 'date':
      return fc.integer({ min: -700_000, max: 2_900_000 })
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'integer':
    case 'timestamp':
      return fc.maxSafeInteger()
    case 'float64':
      return fc.double()
    case 'string':
      return fc.oneof(fc.constantFrom('', 'a', 'äöü', '𝒳'), fc.string({ unit: 'grapheme', maxLength: 40 }))
    case 'binary':
      return fc.uint8Array({ maxLength: 40 })
    case 'array':
      return fc.array(anyValue(type.element, type.containsNull), { maxLength: 4 })
    case 'struct':
      return fc.record(Object.fromEntries(type.fields.map(f => [f.name, anyValue(f.type, f.nullable)])))
    case 'vector':
      return fc.array(fc.double(), { minLength: type.size, maxLength: type.size })
  }
}

/** A schema and rows for it, in batches: some empty, some slices of larger ones, some with dictionaries. */
export const anyBatches: fc.Arbitrary<{ readonly schema: Schema; readonly batches: readonly RecordBatch[] }> = fc
  .array(fc.tuple(anyType, fc.boolean()), { maxLength: 4 })
  .map(fields => makeSchema(named(fields)))
  .chain(schema => {
    const row = fc.tuple(...schema.fields.map(f => anyValue(f.type, f.nullable)))
    const piece = fc.record({ rows: fc.array(row, { maxLength: 30 }), skip: fc.nat({ max: 9 }), dictionary: fc.boolean() })
    return fc.array(piece, { maxLength: 4 }).map(pieces => ({ schema, batches: pieces.map(p => batchOf(schema, p.rows, p.skip, p.dictionary)) }))
  })

function batchOf(schema: Schema, rows: readonly unknown[][], skip: number, dictionary: boolean): RecordBatch {
  const builder = new BatchBuilder(schema)
  for (const row of rows) builder.appendValues(row)
  const batch = builder.finish()
  const start = Math.min(skip, batch.numRows)
  const slice = sliceRows(batch, start, batch.numRows)
  return dictionary ? new RecordBatch(schema, slice.numRows, slice.columns.map(withDictionary)) : slice
}

/** The same strings as codes; a null has the code of some other value under it. */
function withDictionary(v: Vector): Vector {
  if (v.type.kind !== 'string' || v.length === 0) return v
  const words = new VectorBuilder(v.type)
  const plain = plainStrings(v)
  const offsets = plain.offsets as Int32Array
  for (let i = 0; i < v.length; i++) words.appendBytes(plain.values as Uint8Array, isNullAt(v, i) ? 0 : offsets[i], isNullAt(v, i) ? 0 : offsets[i + 1])
  return dictionaryVector(Int32Array.from({ length: v.length }, (_, i) => i), words.finish(), v.length, v.validity)
}
