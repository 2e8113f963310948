import { expect, test } from 'vitest'
import { field, stringType, timestampType, dateType } from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { float64Vector, int32Vector } from '../../../src/columnar/vector.ts'
import { compile } from '../../../src/expr/evaluate.ts'
import type { Expr } from '../../../src/expr/expr.ts'
import { resolve } from '../../../src/expr/resolve.ts'
import { jsonAt } from '../vectors-support-time.ts'
import { call, cast, int, text } from './support.ts'

const t: Expr = { kind: 'column', name: 't' }
const d: Expr = { kind: 'column', name: 'd' }
const schema = makeSchema([field('t', timestampType), field('d', dateType)])
// The third of eight rows is there; what stands at the others means nothing and must do no harm.
const validity = Uint8Array.of(4)
const columns = [
  float64Vector(timestampType, Float64Array.of(NaN, Infinity, 1.7e15, -Infinity, 1e300, -1e300, 9e15, -0.5), validity),
  int32Vector(dateType, Int32Array.of(2147483647, -2147483648, 19782, 1, 2, 3, 4, 5), validity),
]

test.each<[string, Expr, unknown]>([
  ['year', call('year', t), 2023], ['hour', call('hour', t), 14], ['extract', call('extract', text('second'), t), 20], ['dayname', call('dayname', d), 'Thu'],
  ['date_trunc', call('date_trunc', text('month'), t), '2023-11-01T07:00:00Z'], ['trunc', call('trunc', d, text('year')), '2024-01-01'],
  ['add_months', call('add_months', d, int(1)), '2024-03-29'], ['last_day', call('last_day', d), '2024-02-29'], ['months_between', call('months_between', t, t), 0],
  ['timestampadd', call('timestampadd', text('day'), int(1), t), '2023-11-15T22:13:20Z'], ['timestampdiff', call('timestampdiff', text('second'), t, t), 0],
  ['unix_micros', call('unix_micros', t), 1.7e15], ['from_utc_timestamp', call('from_utc_timestamp', t, text('Asia/Tokyo')), '2023-11-15T07:13:20Z'],
  ['date_format', call('date_format', t, text('HH')), '14'], ['unix_timestamp', call('unix_timestamp', d), 1709193600],
  ['text of a date', cast(d, stringType), '2024-02-29'], ['text of a timestamp', cast(t, stringType), '2023-11-14 14:13:20'],
  ['date of a timestamp', cast(t, dateType), '2023-11-14'], ['timestamp of a date', cast(d, timestampType), '2024-02-29T08:00:00Z'],
])('%s leaves absent rows alone', (_, expr, expected) => {
  const v = compile(resolve(expr, schema, 'select()'))({ length: 8, column: k => columns[k] }, { nowMicros: 0, timeZone: 'America/Los_Angeles', seed: 0, firstRow: 0 })
  expect(Array.from({ length: 8 }, (__, i) => jsonAt(v, i))).toEqual([null, null, expected, null, null, null, null, null])
})

test('counts with a fraction are refused', () => {
  const half = { kind: 'literal', value: 1.5, type: { kind: 'float64' } } as const
  for (const expr of [call('date_add', d, half), call('timestamp_millis', half), call('array_repeat', d, half)]) {
    expect(() => resolve(expr, schema, 'select()')).toThrow(expect.objectContaining({ code: 'PLAN_TYPE_MISMATCH', sparkCondition: 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE' }))
  }
})
