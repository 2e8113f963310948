import { type DataType, arrayType, float64Type, int64Type, integerType, isIntegral, isNumeric, sameType, structType, timestampType } from '../columnar/data-type.ts'

const numericRank: { readonly [kind: string]: number } = { int32: 0, integer: 1, int64: 2, float64: 3 }

/** Of two numeric types the one that holds both: int32 → integer → int64 → float64. */
export function widerNumeric(a: DataType, b: DataType): DataType {
  return numericRank[a.kind] >= numericRank[b.kind] ? a : b
}

/**
 * The type in which two values of different types meet, as in a comparison, CASE or coalesce (functions.md, global
 * rule 10: text meets whole numbers as a whole number, fractions as a double, and dates, times and booleans as these).
 * Undefined where they have nothing in common.
 */
export function commonType(a: DataType, b: DataType): DataType | undefined {
  if (sameType(a, b)) return mergeNullability(a, b)
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  if (isNumeric(a) && isNumeric(b)) return widerNumeric(a, b)
  if (a.kind === 'string') return stringMeets(b)
  if (b.kind === 'string') return stringMeets(a)
  if ((a.kind === 'date' && b.kind === 'timestamp') || (a.kind === 'timestamp' && b.kind === 'date')) return timestampType
  if (a.kind === 'array' && b.kind === 'array') {
    const element = commonType(a.element, b.element)
    return element === undefined ? undefined : arrayType(element, a.containsNull || b.containsNull)
  }
  if (a.kind === 'struct' && b.kind === 'struct' && a.fields.length === b.fields.length) {
    const fields = a.fields.map((f, i) => ({ name: f.name, type: commonType(f.type, b.fields[i].type), nullable: f.nullable || b.fields[i].nullable }))
    if (fields.every((f, i) => f.type !== undefined && f.name === b.fields[i].name)) {
      return structType(fields.map(f => ({ name: f.name, type: f.type as DataType, nullable: f.nullable })))
    }
  }
  return undefined
}

export function commonTypeOf(types: readonly DataType[]): DataType | undefined {
  let result: DataType | undefined = types[0]
  for (let i = 1; i < types.length && result !== undefined; i++) result = commonType(result, types[i])
  return result
}

/** Whether text would have to become something else for two values to meet, at the top or inside arrays and structs. */
export function mixesText(a: DataType, b: DataType): boolean {
  if (a.kind === 'null' || b.kind === 'null') return false
  if (a.kind === 'array' && b.kind === 'array') return mixesText(a.element, b.element)
  if (a.kind === 'struct' && b.kind === 'struct') return a.fields.some((f, i) => i < b.fields.length && mixesText(f.type, b.fields[i].type))
  return (a.kind === 'string') !== (b.kind === 'string')
}

function stringMeets(other: DataType): DataType | undefined {
  if (other.kind === 'int64') return int64Type
  if (isIntegral(other)) return integerType
  if (other.kind === 'float64') return float64Type
  if (other.kind === 'date' || other.kind === 'timestamp' || other.kind === 'boolean' || other.kind === 'binary') return other
  return undefined
}

function mergeNullability(a: DataType, b: DataType): DataType {
  if (a.kind === 'array' && b.kind === 'array') {
    const element = mergeNullability(a.element, b.element)
    return arrayType(element, a.containsNull || b.containsNull)
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    return structType(
      a.fields.map((f, i) => ({ name: f.name, type: mergeNullability(f.type, b.fields[i].type), nullable: f.nullable || b.fields[i].nullable })),
    )
  }
  return a
}

/**
 * Whether an argument of type `from` may stand where a function wants `to`, by an implicit cast. Numbers pass in both
 * directions (a count as the length of substring); one that does not fit raises EXPR_CAST_OVERFLOW when it is met.
 */
export function implicitlyCasts(from: DataType, to: DataType): boolean {
  if (from.kind === 'null' || sameType(from, to)) return true
  if (isNumeric(from) && isNumeric(to)) return true
  if (from.kind === 'string') return isNumeric(to) || ['date', 'timestamp', 'boolean', 'binary'].includes(to.kind)
  if (to.kind === 'string') return isNumeric(from) || ['date', 'timestamp', 'boolean', 'binary'].includes(from.kind)
  if (from.kind === 'date') return to.kind === 'timestamp'
  if (from.kind === 'timestamp') return to.kind === 'date'
  if (from.kind === 'array' && to.kind === 'array') return implicitlyCasts(from.element, to.element)
  if (from.kind === 'struct' && to.kind === 'struct') {
    return from.fields.length === to.fields.length && from.fields.every((f, i) => implicitlyCasts(f.type, to.fields[i].type))
  }
  return false
}
