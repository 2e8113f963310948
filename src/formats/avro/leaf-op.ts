import type { TypeKind } from '../../columnar/data-type.ts'
import type { AvroType } from './avro-type.ts'
import { op, type Op } from './avro-step.ts'

/** How a value without parts becomes a column of a kind; undefined where it would lose something, or mean something else. */
export function leafOp(writer: AvroType, kind: TypeKind): Op | undefined {
  const logical = 'logical' in writer ? writer.logical?.name : undefined
  switch (writer.kind) {
    case 'boolean':
      return kind === 'boolean' ? op.boolean : undefined
    case 'int':
      if (kind === 'date') return logical === 'date' ? op.date : undefined
      return whole(kind)
    case 'long':
      if (kind === 'timestamp') return logical === 'timestamp-millis' ? op.timestampMillis : logical === 'timestamp-micros' ? op.timestampMicros : undefined
      return whole(kind)
    case 'float':
      return kind === 'float64' ? op.float : undefined
    case 'double':
      return kind === 'float64' ? op.double : undefined
    case 'string':
      // Avro lets a reader take text for bytes and bytes for text.
      return kind === 'string' ? op.string : kind === 'binary' ? op.bytes : undefined
    case 'bytes':
      if (kind === 'binary') return op.bytes
      if (kind !== 'string') return undefined
      return logical === 'decimal' ? op.decimalBytes : op.string
    case 'fixed':
      if (kind === 'binary') return op.fixed
      return kind === 'string' && logical === 'decimal' ? op.decimalFixed : undefined
    case 'enum':
      return kind === 'string' ? op.enum : undefined
    default:
      return undefined
  }
}

function whole(kind: TypeKind): Op | undefined {
  if (kind === 'int32') return op.int32
  if (kind === 'integer') return op.integer
  if (kind === 'int64') return op.int64
  return kind === 'float64' ? op.longToFloat64 : undefined
}
