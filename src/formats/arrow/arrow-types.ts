import * as arrow from 'apache-arrow'
import { assertNever } from '../../common/assert.ts'
import {
  arrayType, binaryType, booleanType, type DataType, dateType, type Field, field, float64Type, int32Type, int64Type, nullType, stringType, structType,
  timestampType, vectorType,
} from '../../columnar/data-type.ts'
import type { Schema } from '../../columnar/schema.ts'
import { inside } from '../conform.ts'
import { type ColumnOrigin, unsupported } from '../file-errors.ts'

export function toArrowSchema(schema: Schema): arrow.Schema {
  return new arrow.Schema(schema.fields.map(toArrowField))
}

export function toArrowField(f: Field): arrow.Field {
  return new arrow.Field(f.name, toArrowType(f.type), f.nullable || f.type.kind === 'null')
}

/** Our types in Arrow's: `integer` is Int64, `timestamp` microseconds in UTC, `vector(n)` a list of n doubles. */
export function toArrowType(type: DataType): arrow.DataType {
  switch (type.kind) {
    case 'null':
      return new arrow.Null()
    case 'boolean':
      return new arrow.Bool()
    case 'int32':
      return new arrow.Int32()
    case 'int64':
    case 'integer':
      return new arrow.Int64()
    case 'float64':
      return new arrow.Float64()
    case 'string':
      return new arrow.Utf8()
    case 'binary':
      return new arrow.Binary()
    case 'timestamp':
      return new arrow.Timestamp(arrow.TimeUnit.MICROSECOND, 'UTC')
    case 'date':
      return new arrow.DateDay()
    case 'array':
      return new arrow.List(toArrowField(field('item', type.element, type.containsNull)))
    case 'struct':
      return new arrow.Struct(type.fields.map(toArrowField))
    case 'vector':
      return new arrow.FixedSizeList(type.size, toArrowField(field('item', float64Type, false)))
    default:
      return assertNever(type, 'type')
  }
}

export function fromArrowField(f: arrow.Field, where: ColumnOrigin): Field {
  return field(f.name, fromArrowType(f.type, where), f.nullable)
}

/**
 * The type of ours that holds every value of Arrow's: small integers widen to int32, UInt32 and UInt64 to int64
 * (a value beyond it is refused when it comes), floats to float64, a list of n floats is a vector(n).
 *
 * @throws QueryError FORMAT_UNSUPPORTED
 */
export function fromArrowType(type: arrow.DataType, where: ColumnOrigin): DataType {
  const { DataType: is } = arrow
  if (is.isNull(type)) return nullType
  if (is.isBool(type)) return booleanType
  if (is.isInt(type)) return type.bitWidth < 32 || (type.bitWidth === 32 && type.isSigned) ? int32Type : int64Type
  if (is.isFloat(type)) return float64Type
  if (is.isUtf8(type) || is.isLargeUtf8(type) || is.isUtf8View(type)) return stringType
  if (is.isBinary(type) || is.isLargeBinary(type) || is.isBinaryView(type) || is.isFixedSizeBinary(type)) return binaryType
  if (is.isDate(type)) return dateType
  if (is.isTimestamp(type)) return timestampType
  if (is.isList(type) || is.isLargeList(type)) {
    const element = type.children[0]
    return arrayType(fromArrowType(element.type, inside(where, 'element')), element.nullable)
  }
  if (is.isFixedSizeList(type)) {
    const element = type.children[0]
    if (is.isFloat(element.type)) return vectorType(type.listSize)
    return arrayType(fromArrowType(element.type, inside(where, 'element')), element.nullable)
  }
  if (is.isStruct(type)) return structType(type.children.map(c => fromArrowField(c, inside(where, c.name))))
  if (is.isDictionary(type)) return fromArrowType(type.dictionary as arrow.DataType, where)
  throw unsupported(where, `holds ${String(type)}, which is not supported`, 'Leave the column out of the schema, or have it written as another type.')
}
