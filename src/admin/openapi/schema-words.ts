import type { Json } from '../../common/json.ts'

/** A JSON Schema (2020-12, as OpenAPI 3.1 has it) as plain data. */
export type JsonSchema = { readonly [keyword: string]: Json }

/** Every property is there in every answer; `optional` names those that are not. */
export function object(description: string, properties: { readonly [name: string]: JsonSchema }, optional: readonly string[] = []): JsonSchema {
  return { type: 'object', description, properties, required: Object.keys(properties).filter(n => !optional.includes(n)), additionalProperties: false }
}

export const text = (description: string): JsonSchema => ({ type: 'string', description })
export const time = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description })
export const number = (description: string): JsonSchema => ({ type: 'number', description })
export const integer = (description: string): JsonSchema => ({ type: 'integer', description })
export const boolean = (description: string): JsonSchema => ({ type: 'boolean', description })
export const oneOf = (description: string, ...values: readonly string[]): JsonSchema => ({ type: 'string', enum: values, description })
export const list = (items: JsonSchema, description = ''): JsonSchema => ({ type: 'array', items, ...(description === '' ? {} : { description }) })
export const map = (values: JsonSchema, description: string): JsonSchema => ({ type: 'object', additionalProperties: values, description })
/** Any JSON. */
export const json = (description: string): JsonSchema => ({ description })
export const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

export function orNull(schema: JsonSchema): JsonSchema {
  return typeof schema.type === 'string' ? { ...schema, type: [schema.type, 'null'], ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}) } : { oneOf: [schema, { type: 'null' }] }
}
