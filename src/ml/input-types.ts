import type { DataType } from '../columnar/data-type.ts'
import type { ModelInput } from './model.ts'

/**
 * Whether a column of this type can be given for the input: the one rule for analysis and for the readers.
 *
 * - `number`: int32, int64, integer, float64, boolean (1 and 0)
 * - `category`: string (the category), or int32, int64, integer (its code)
 * - `vector`: vector of the same size
 *
 * The type of a bare NULL fits everything: all values are missing.
 */
export function takesType(input: ModelInput, type: DataType): boolean {
  if (type.kind === 'null') return true
  switch (input.kind) {
    case 'number':
      return type.kind === 'int32' || type.kind === 'int64' || type.kind === 'integer' || type.kind === 'float64' || type.kind === 'boolean'
    case 'category':
      return type.kind === 'string' || type.kind === 'int32' || type.kind === 'int64' || type.kind === 'integer'
    case 'vector':
      return type.kind === 'vector' && type.size === input.size
  }
}
