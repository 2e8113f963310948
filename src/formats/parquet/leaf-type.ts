import type { SchemaElement } from 'hyparquet'
import {
  binaryType, booleanType, type DataType, dateType, float64Type, int32Type, int64Type, nullType, stringType, timestampType,
} from '../../columnar/data-type.ts'

/** How the stored values of a leaf become ours. */
export type LeafKind =
  | 'boolean' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32' | 'float64' | 'float16'
  | 'millis' | 'micros' | 'nanos' | 'int96' | 'bytes' | 'fixed'

export interface LeafType {
  readonly kind: LeafKind
  readonly type: DataType
}

/** The type of a leaf, or in words what it is when we have no such type. */
export function leafType(element: SchemaElement): LeafType | string {
  const { type, converted_type: converted, logical_type: logical } = element
  if (logical?.type === 'NULL') return { kind: type === 'INT64' ? 'int64' : type === 'BYTE_ARRAY' ? 'bytes' : 'int32', type: nullType }
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return `holds decimal(${element.precision ?? '?'},${element.scale ?? 0})`
  if (converted === 'TIME_MILLIS' || converted === 'TIME_MICROS' || logical?.type === 'TIME') return 'holds times of day'
  if (converted === 'INTERVAL') return 'holds intervals'
  if (converted === 'BSON' || logical?.type === 'BSON') return 'holds BSON'
  if (logical?.type === 'GEOMETRY' || logical?.type === 'GEOGRAPHY') return `holds ${logical.type.toLowerCase()} values`
  if (logical?.type === 'UUID') return 'holds UUIDs as 16 bytes'
  switch (type) {
    case 'BOOLEAN':
      return { kind: 'boolean', type: booleanType }
    case 'INT32':
      if (converted === 'DATE' || logical?.type === 'DATE') return { kind: 'int32', type: dateType }
      if (isUnsigned(element, 32)) return { kind: 'uint32', type: int64Type }
      return { kind: 'int32', type: int32Type }
    case 'INT64':
      return int64Leaf(element)
    case 'INT96':
      return { kind: 'int96', type: timestampType }
    case 'FLOAT':
      return { kind: 'float32', type: float64Type }
    case 'DOUBLE':
      return { kind: 'float64', type: float64Type }
    case 'BYTE_ARRAY': {
      const text = converted === 'UTF8' || converted === 'ENUM' || converted === 'JSON' || logical?.type === 'STRING' || logical?.type === 'ENUM' || logical?.type === 'JSON'
      return { kind: 'bytes', type: text ? stringType : binaryType }
    }
    case 'FIXED_LEN_BYTE_ARRAY':
      if (!(element.type_length !== undefined && element.type_length > 0)) return 'holds fixed-length bytes without saying which length'
      if (logical?.type === 'FLOAT16') return element.type_length === 2 ? { kind: 'float16', type: float64Type } : 'holds float16 that is not two bytes long'
      return { kind: 'fixed', type: binaryType }
    default:
      return 'has no physical type'
  }
}

function int64Leaf(element: SchemaElement): LeafType {
  const { converted_type: converted, logical_type: logical } = element
  const unit = logical?.type === 'TIMESTAMP' ? logical.unit : converted === 'TIMESTAMP_MILLIS' ? 'MILLIS' : converted === 'TIMESTAMP_MICROS' ? 'MICROS' : null
  if (unit === 'MILLIS') return { kind: 'millis', type: timestampType }
  if (unit === 'MICROS') return { kind: 'micros', type: timestampType }
  if (unit === 'NANOS') return { kind: 'nanos', type: timestampType }
  return { kind: isUnsigned(element, 64) ? 'uint64' : 'int64', type: int64Type }
}

function isUnsigned(element: SchemaElement, bits: number): boolean {
  const logical = element.logical_type
  if (logical?.type === 'INTEGER') return !logical.isSigned && logical.bitWidth === bits
  return element.converted_type === `UINT_${bits}`
}
