import { type DataType, isNumeric } from '../columnar/data-type.ts'
import type { ModelInput } from './model.ts'

/**
 * Whether a column of this type can be given for the input: the one rule for analysis and for the readers.
 *
 * - `number`: int32, int64, integer, float64, boolean (1 and 0)
 * - `category`: string (the category), or int32, int64, integer, float64 (its code, as Spark's StringIndexer writes it)
 * - `vector`: vector of the same size
 * - `tensor`: vector, array, or a number, boolean or string for a tensor of one element; what is in them, its reader checks
 * - `column`: any type; the reader refuses what its library would
 *
 * The type of a bare NULL fits everything: all values are missing.
 */
export function takesType(input: ModelInput, type: DataType): boolean {
  if (type.kind === 'null') return true
  switch (input.kind) {
    case 'number':
      return isNumeric(type) || type.kind === 'boolean'
    case 'category':
      return isNumeric(type) || type.kind === 'string'
    case 'vector':
      return type.kind === 'vector' && type.size === input.size
    case 'tensor':
      return isNumeric(type) || ['boolean', 'string', 'vector', 'array'].includes(type.kind)
    case 'column':
      return true
  }
}
