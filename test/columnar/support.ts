import { stringType } from '../../src/columnar/data-type.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { Vector } from '../../src/columnar/vector.ts'

/** A string vector whose values are codes into a dictionary. */
export function dictionaryOf(values: readonly string[]): Vector {
  const words = [...new Set(values)]
  return new Vector(stringType, values.length, null, Int32Array.from(values, v => words.indexOf(v)), null, [], vectorOf(stringType, words))
}
