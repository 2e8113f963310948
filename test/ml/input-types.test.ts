import { expect, test } from 'vitest'
import * as types from '../../src/columnar/data-type.ts'
import { takesType } from '../../src/ml/input-types.ts'
import type { ModelInput } from '../../src/ml/model.ts'

const all = [
  types.booleanType, types.int32Type, types.int64Type, types.integerType, types.float64Type, types.stringType, types.binaryType,
  types.timestampType, types.dateType, types.arrayType(types.float64Type), types.vectorType(2), types.vectorType(3), types.nullType,
]

test.each<[ModelInput, string[]]>([
  [{ name: 'a', kind: 'number' }, ['boolean', 'int32', 'int64', 'integer', 'float64', 'null']],
  [{ name: 'a', kind: 'category' }, ['int32', 'int64', 'integer', 'float64', 'string', 'null']],
  [{ name: 'a', kind: 'vector', size: 2 }, ['vector(2)', 'null']],
])('%o takes %s', (input, expected) => {
  expect(all.filter(type => takesType(input, type)).map(types.describeType)).toEqual(expected)
})
