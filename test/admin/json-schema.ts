import type { JsonSchema } from '../../src/admin/openapi/schema-words.ts'

/** What of a value does not fit a schema, in the words that the API's document uses; empty: it fits. */
export function mismatches(value: unknown, schema: JsonSchema, schemas: { readonly [name: string]: JsonSchema }, path = '$'): string[] {
  if (typeof schema.$ref === 'string') return mismatches(value, schemas[schema.$ref.split('/').at(-1) ?? ''], schemas, path)
  if (Array.isArray(schema.oneOf)) {
    const tried = schema.oneOf.map(s => mismatches(value, s as JsonSchema, schemas, path))
    return tried.some(t => t.length === 0) ? [] : tried.flat()
  }
  if (Array.isArray(schema.enum)) return schema.enum.includes(value as string) ? [] : [`${path}: ${JSON.stringify(value)} is not among ${schema.enum.join(', ')}`]
  const types = schema.type === undefined ? undefined : [schema.type].flat()
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  if (types !== undefined && !types.includes(type) && !(types.includes('integer') && Number.isSafeInteger(value))) return [`${path}: ${type}, not ${types.join(' or ')}`]
  if (schema.format === 'date-time' && typeof value === 'string' && new Date(value).toISOString() !== value) return [`${path}: ${value} is no time`]
  if (Array.isArray(value)) return schema.items === undefined ? [] : value.flatMap((v: unknown, i) => mismatches(v, schema.items as JsonSchema, schemas, `${path}[${i}]`))
  if (type !== 'object' || types === undefined) return []
  const properties = (schema.properties ?? {}) as { readonly [name: string]: JsonSchema }
  const members = Object.entries(value as object) as [string, unknown][]
  const missing = ((schema.required ?? []) as string[]).filter(name => !Object.hasOwn(value as object, name)).map(name => `${path}.${name} is missing`)
  return [...missing, ...members.flatMap(([name, v]) => {
    const inner = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties
    if (inner === false) return [`${path}.${name} is not described`]
    return typeof inner === 'object' && inner !== null ? mismatches(v, inner as JsonSchema, schemas, `${path}.${name}`) : []
  })]
}
