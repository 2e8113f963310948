import {
  arrayType, binaryType, booleanType, type DataType, dateType, field, float64Type, int32Type, int64Type, nullType, stringType, structType, timestampType,
} from '../../columnar/data-type.ts'
import { UnsupportedFeature } from './vector.ts'

const simple: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  ['int', int32Type], ['bigint', int64Type], ['double', float64Type], ['string', stringType], ['boolean', booleanType], ['date', dateType],
  ['timestamp', timestampType], ['binary', binaryType], ['void', nullType],
])

/**
 * Our type for one that is written in Spark's words, `array<struct<a: int, b: string not null>>`.
 * @throws UnsupportedFeature naming a type that has no counterpart
 */
export function parseSparkType(text: string): DataType {
  const name = text.trim()
  const known = simple.get(name)
  if (known !== undefined) return known
  if (name.startsWith('array<')) return arrayType(parseSparkType(inner(name)))
  if (name.startsWith('struct<')) {
    return structType(splitFields(inner(name)).map(part => {
      const colon = part.indexOf(':')
      const required = part.endsWith(' not null')
      return field(part.slice(0, colon).trim().replaceAll('`', ''), parseSparkType(part.slice(colon + 1, required ? -' not null'.length : undefined)), !required)
    }))
  }
  throw new UnsupportedFeature(`type ${/^[a-z_]+/.exec(name)?.[0] ?? name}`)
}

/** Whether we have the type. */
export function hasSparkType(text: string): boolean {
  try {
    parseSparkType(text)
    return true
  } catch (error) {
    if (error instanceof UnsupportedFeature) return false
    throw error
  }
}

/** The type as the vectors write it; whether fields may be null is part of it. */
export function sparkTypeText(type: DataType): string {
  switch (type.kind) {
    case 'array':
      return `array<${sparkTypeText(type.element)}>`
    case 'struct':
      return `struct<${type.fields.map(f => `${/^\w*[a-z_]\w*$/i.test(f.name) ? f.name : `\`${f.name}\``}: ${sparkTypeText(f.type)}${f.nullable ? '' : ' not null'}`).join(', ')}>`
    case 'int32':
      return 'int'
    case 'int64':
    case 'integer':
      return 'bigint'
    case 'float64':
      return 'double'
    case 'null':
      return 'void'
    default:
      return type.kind
  }
}

function inner(name: string): string {
  return name.slice(name.indexOf('<') + 1, -1)
}

function splitFields(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === '<' || text[i] === '(') depth++
    else if (text[i] === '>' || text[i] === ')') depth--
    else if (i === text.length || (text[i] === ',' && depth === 0)) {
      if (i > start) parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  return parts
}
