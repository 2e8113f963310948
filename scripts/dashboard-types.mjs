// Makes the types of the API's answers from its OpenAPI document: src/admin/api/api-types.ts, which both the server and
// the dashboard use. With --check it only compares, and ends with 1 when they differ.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { openApiDocument } from '../dist/admin/openapi/document.js'

const file = new URL('../src/admin/api/api-types.ts', import.meta.url)
const { components } = openApiDocument('')

const name = key => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key))
const doc = (schema, indent) => (schema.description === undefined || schema.description === '' ? '' : `${indent}/** ${schema.description.replaceAll('*/', '* /')} */\n`)

function type(schema, indent) {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1)
  if (schema.oneOf !== undefined) return schema.oneOf.map(s => type(s, indent)).join(' | ')
  if (schema.enum !== undefined) return schema.enum.map(v => (v === null ? 'null' : `'${v}'`)).join(' | ')
  if (Array.isArray(schema.type)) return schema.type.map(t => type({ ...schema, type: t }, indent)).join(' | ')
  switch (schema.type) {
    case 'object': {
      if (schema.properties === undefined) return `{ readonly [name: string]: ${type(schema.additionalProperties, indent)} }`
      const inner = `${indent}  `
      const members = Object.entries(schema.properties).map(([key, s]) => `${doc(s, inner)}${inner}readonly ${name(key)}${schema.required.includes(key) ? '' : '?'}: ${type(s, inner)}\n`)
      return `{\n${members.join('')}${indent}}`
    }
    case 'array': {
      const items = type(schema.items, indent)
      return `readonly ${/^[A-Za-z]+$/.test(items) || items.endsWith('}') ? items : `(${items})`}[]`
    }
    case 'integer':
      return 'number'
    case undefined:
      return 'unknown'
    default:
      return schema.type
  }
}

const text = `// Made by scripts/dashboard-types.mjs from the OpenAPI document (src/admin/openapi). Not to be edited.\n\n${Object.entries(components.schemas).map(([key, schema]) => `${doc(schema, '')}export interface ${key} ${type(schema, '')}\n`).join('\n')}`
if (process.argv.includes('--check')) {
  const same = existsSync(file) && readFileSync(file, 'utf8') === text
  console.log(same ? 'api types ok' : 'src/admin/api/api-types.ts is not what the OpenAPI document says: run node scripts/dashboard-types.mjs')
  process.exitCode = same ? 0 : 1
} else writeFileSync(file, text)
