import type { RecordBatch } from '../../columnar/record-batch.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'

/** Rough size of rows, the same for equal rows wherever they were cut and however they are stored. */
export function rowsBytes(batch: RecordBatch): number {
  let n = 0
  for (const column of batch.columns) n += vectorRowsBytes(column, 0, column.length)
  return n
}

function vectorRowsBytes(v: Vector, start: number, end: number): number {
  const count = end - start
  switch (v.type.kind) {
    case 'null':
    case 'boolean':
      return count
    case 'int32':
    case 'date':
      return count * 4
    case 'int64':
    case 'integer':
    case 'float64':
    case 'timestamp':
      return count * 8
    case 'vector':
      return count * 8 * v.type.size
    case 'string':
    case 'binary': {
      const reader = new BytesReader(v)
      let n = count * 4
      // What stands in the slot of a null may be anything.
      for (let i = start; i < end; i++) if (!isNullAt(v, i)) n += reader.end(i) - reader.start(i)
      return n
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      let n = count * 4
      for (let i = start; i < end; i++) if (!isNullAt(v, i)) n += vectorRowsBytes(v.children[0], offsets[i], offsets[i + 1])
      return n
    }
    case 'struct': {
      let n = count
      for (const child of v.children) n += vectorRowsBytes(child, start, end)
      return n
    }
  }
}
