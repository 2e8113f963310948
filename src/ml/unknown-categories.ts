import { getBit } from '../columnar/bitmap.ts'
import type { Vector } from '../columnar/vector.ts'
import { CategoryIndex } from './category-index.ts'
import { CategoryColumn } from './gather.ts'
import type { Model, ModelInput } from './model.ts'

/**
 * Ascending rows of a category input whose value is none that the model knows: a name that is not in the list, a number that
 * is no code. Null is not among them. Where the model lists no categories every whole number from 0 is a code.
 */
export function unknownCategories(input: ModelInput, index: CategoryIndex, numbered: boolean, vector: Vector): Int32Array {
  const { categories } = input
  if (vector.type.kind === 'null' || (vector.type.kind === 'string' && categories === undefined)) return new Int32Array(0)
  const codes = new Float64Array(vector.length)
  new CategoryColumn(input.name, vector, index, numbered ? categories : undefined).gather(0, vector.length, { matrix: codes, offset: 0, stride: 1 })
  return rowsWithoutCode(codes, vector, categories === undefined || categories.length === 0 ? Infinity : categories.length)
}

/** The same from codes that were found: those that are no whole number from 0 below `count`. */
export function rowsWithoutCode(codes: Float64Array, { validity, length }: Vector, count: number): Int32Array {
  const rows: number[] = []
  for (let i = 0; i < length; i++) {
    const code = codes[i]
    if (code >= 0 && code < count && Number.isInteger(code)) continue
    if (validity === null || getBit(validity, i)) rows.push(i)
  }
  return Int32Array.from(rows)
}

const indexes = new WeakMap<ModelInput, CategoryIndex>()

/** Rows of a model's category input that the model does not know, as it says itself or else as its signature lists them. */
export function unknownTo(model: Model, input: number, vector: Vector): Int32Array {
  if (model.unknownCategories !== undefined) return model.unknownCategories(input, vector)
  const described = model.signature.inputs[input]
  let index = indexes.get(described)
  if (index === undefined) indexes.set(described, (index = new CategoryIndex(described.categories ?? [])))
  return unknownCategories(described, index, false, vector)
}
