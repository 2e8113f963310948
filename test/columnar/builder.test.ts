import { expect, test } from 'vitest'
import { VectorBuilder } from '../../src/columnar/builder.ts'
import { arrayType, field, int32Type, structType } from '../../src/columnar/data-type.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { rowsOf } from '../../src/columnar/values.ts'

test('elements of a list that was not closed are taken back, also as the first ones after a vector was finished', () => {
  const type = structType([field('list', arrayType(int32Type), false)])
  const builder = new VectorBuilder(type, 4)
  const [list] = builder.children
  const finish = (rows: number) => rowsOf(new RecordBatch(makeSchema(type.fields), rows, [list.finish()]))
  for (const n of [1, 2]) {
    // A record that turned out to be bad in the middle of its list.
    list.children[0].appendInt32(-1)
    list.truncate(0)
    list.append([n])
    expect(finish(1)).toEqual([{ list: [n] }])
  }
})
