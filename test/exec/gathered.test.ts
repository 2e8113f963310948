import { expect, test } from 'vitest'
import { BatchBuilder } from '../../src/columnar/batch-builder.ts'
import { field, int32Type, stringType } from '../../src/columnar/data-type.ts'
import { maxBatchRows, type RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { rowsOf } from '../../src/columnar/values.ts'
import { gathered } from '../../src/exec/gathered.ts'

const schema = makeSchema([field('n', int32Type, false), field('text', stringType, true)])

/** Batches of such lengths, their rows counted through. */
function* batches(...lengths: readonly number[]): Iterable<RecordBatch> {
  let n = 0
  for (const length of lengths) {
    const builder = new BatchBuilder(schema)
    for (let i = 0; i < length; i++, n++) builder.appendValues([n, n % 3 === 0 ? null : `row ${n}`])
    yield builder.finish()
  }
}

test('rows stay as they are and in their order, in fewer batches', () => {
  const lengths = Array.from({ length: 500 }, (_, i) => i % 20)
  const plain = [...batches(...lengths)].flatMap(rowsOf)
  const out = [...gathered(schema, batches(...lengths))]
  expect(out.flatMap(rowsOf)).toEqual(plain)
  expect(out).toHaveLength(2)
})

test('no batch becomes longer than batches may be, and a large one is handed on as it is', () => {
  const [large] = batches(maxBatchRows)
  expect([...gathered(schema, [large])][0]).toBe(large)
  const lengths = [...gathered(schema, batches(10, maxBatchRows, 3000, 5000, 1))].map(b => b.numRows)
  expect(lengths).toEqual([10, maxBatchRows, 8000, 1])
})

test('nothing gives nothing', () => {
  expect([...gathered(schema, [])]).toEqual([])
  expect([...gathered(schema, batches(0, 0))]).toEqual([])
})
