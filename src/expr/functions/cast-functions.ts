import { binaryType, booleanType, type DataType, dateType, float64Type, int32Type, int64Type, stringType, timestampType, typeName } from '../../columnar/data-type.ts'
import type { FunctionEntry } from '../function-table.ts'
import { rewritten } from './define.ts'

/** `int(x)` for `cast(x as int)`, and so on for each type with a one-word name. */
function castFunction(to: DataType): FunctionEntry {
  const name = typeName(to)
  return rewritten({
    name,
    arity: [1, 1],
    usage: `${name}(value) -> ${name}`,
    doc: `The value cast to ${name}.`,
    rewrite: ([input]) => ({ kind: 'cast', input, to, mode: 'ansi' }),
  })
}

export const castFunctions: readonly FunctionEntry[] = [
  booleanType, int32Type, int64Type, float64Type, stringType, binaryType, dateType, timestampType,
].map(castFunction)
