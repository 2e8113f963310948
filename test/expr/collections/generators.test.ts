import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/common/json.ts'
import { arrayType, type DataType, field, int32Type, stringType, structType } from '../../../src/columnar/data-type.ts'
import { VectorBuilder } from '../../../src/columnar/builder.ts'
import { findGenerator, generatorNames } from '../../../src/expr/generators.ts'
import { appendLiteral } from '../../../src/expr/literal.ts'
import { sparkTypeText } from '../../../src/testing/vectors/spark-types.ts'
import { jsonAt } from '../vectors-support-time.ts'

function column(type: DataType, values: readonly Json[]): ReturnType<VectorBuilder['finish']> {
  const builder = new VectorBuilder(type)
  for (const value of values) appendLiteral(builder, value)
  return builder.finish()
}

/** Names and types of the output, then its rows, each with its source row in front. */
function generate(name: string, args: readonly { readonly type: DataType; readonly values: readonly Json[]; readonly literal?: unknown }[]): { fields: string[]; rows: Json[][] } {
  const signature = findGenerator(name)?.resolve(args.map(a => ({ type: a.type, nullable: true, literal: a.literal })))
  if (signature === undefined) throw new Error('refused')
  const made = signature.kernel(args.map(a => column(a.type, a.values)), args[0].values.length, { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 })
  return {
    fields: signature.fields.map(f => `${f.name} ${sparkTypeText(f.type)}${f.nullable ? '' : ' not null'}`),
    rows: [...made.rows].map((row, i) => [row, ...made.columns.map(c => jsonAt(c, i))]),
  }
}

const strings = { type: arrayType(stringType), values: [['a', null], null, [], ['b']] }

describe('generators', () => {
  test('explode() drops rows without elements', () => {
    expect(generate('explode', [strings])).toEqual({ fields: ['col string'], rows: [[0, 'a'], [0, null], [3, 'b']] })
  })
  test('explode_outer() keeps them with a null', () => {
    expect(generate('explode_outer', [strings]).rows).toEqual([[0, 'a'], [0, null], [1, null], [2, null], [3, 'b']])
  })
  test('posexplode() counts from zero in every array', () => {
    expect(generate('posexplode', [strings])).toEqual({ fields: ['pos int not null', 'col string'], rows: [[0, 0, 'a'], [0, 1, null], [3, 0, 'b']] })
    expect(generate('posexplode_outer', [strings]).rows[2]).toEqual([1, null, null])
  })
  test('inline() makes columns of the fields', () => {
    const type = arrayType(structType([field('x', int32Type, false), field('y', stringType)]))
    expect(generate('inline', [{ type, values: [[{ x: 1, y: 'a' }, null], []] }])).toEqual({ fields: ['x int', 'y string'], rows: [[0, 1, 'a'], [0, null, null]] })
    expect(generate('inline_outer', [{ type, values: [[]] }]).rows).toEqual([[0, null, null]])
  })
  test('stack() lays values out in rows', () => {
    const int = (n: number): { type: DataType; values: Json[] } => ({ type: int32Type, values: [n, n * 10] })
    expect(generate('stack', [{ ...int(2), literal: 2 }, int(1), int(2), int(3)])).toEqual({
      fields: ['col0 int', 'col1 int'], rows: [[0, 1, 2], [0, 3, null], [1, 10, 20], [1, 30, null]],
    })
  })
  test('what is no array does not fit', () => {
    expect(findGenerator('explode')?.resolve([{ type: stringType, nullable: true, literal: undefined }])).toBeUndefined()
    expect(generatorNames()).toContain('posexplode_outer')
  })
})
