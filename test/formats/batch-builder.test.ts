import { expect, test } from 'vitest'
import { BatchBuilder } from '../../src/columnar/batch-builder.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { rowsOf } from '../../src/columnar/values.ts'

test('truncate takes back half a row: elements of a list that was never closed, fields of a struct', () => {
  const s = schema({ l: t.array(t.int32()), o: t.struct({ a: t.string(), b: t.string() }) })
  const builder = new BatchBuilder(s)
  builder.appendRow({ l: [1], o: { a: 'x', b: 'y' } })
  builder.columns[0].children[0].appendInt32(7)
  builder.columns[1].children[0].appendString('half')
  builder.truncate(1)
  builder.appendRow({ l: [2, 3], o: { a: 'z', b: '' } })
  expect(rowsOf(builder.finish())).toEqual([{ l: [1], o: { a: 'x', b: 'y' } }, { l: [2, 3], o: { a: 'z', b: '' } }])
})
