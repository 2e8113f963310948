import { makeError, type MillraceError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { type DataType, describeType, type Field } from './data-type.ts'

/** Columns of a record batch in order. Names are unique and case-sensitive. */
export interface Schema {
  readonly fields: readonly Field[]
}

export function makeSchema(fields: readonly Field[]): Schema {
  const seen = new Set<string>()
  for (const f of fields) {
    if (seen.has(f.name)) throw duplicateColumn(f.name)
    seen.add(f.name)
  }
  return Object.freeze({ fields: Object.freeze([...fields]) })
}

export function fieldIndex(schema: Schema, name: string): number {
  const fields = schema.fields
  for (let i = 0; i < fields.length; i++) if (fields[i].name === name) return i
  return -1
}

/** @throws AnalysisError PLAN_UNKNOWN_COLUMN */
export function requireField(schema: Schema, name: string, where: string): number {
  const index = fieldIndex(schema, name)
  if (index < 0) throw unknownColumn(name, schema.fields.map(f => f.name), where)
  return index
}

export function typeOf(schema: Schema, name: string): DataType | undefined {
  return schema.fields[fieldIndex(schema, name)]?.type
}

/** One line per column: `name: type` and ` (nullable)`. */
export function describeSchema(schema: Schema): string {
  return schema.fields.map(f => `${f.name}: ${describeType(f.type)}${f.nullable ? ' (nullable)' : ''}`).join('\n')
}

export function unknownColumn(name: string, candidates: readonly string[], where: string): MillraceError {
  return makeError(
    'PLAN_UNKNOWN_COLUMN',
    `${where} uses column "${name}", but there are only ${quoteList(candidates)}.${didYouMean(name, candidates)}`,
    { context: { name, candidates, where } },
  )
}

function duplicateColumn(name: string): MillraceError {
  return makeError('PLAN_DUPLICATE_COLUMN', `Column "${name}" appears twice. Give one of them another name.`, { context: { name } })
}
