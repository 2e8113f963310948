import type { TypedSchema } from '../columnar/schema-builder.ts'
import { type DataType } from '../columnar/data-type.ts'
import type { Schema } from '../columnar/schema.ts'

/** A schema that was read from data, and so is unknown to the compiler. */
export interface InferredSchema {
  /** For files({ schema }). Frames over it check names and types when verbs are called, not at compile time. */
  readonly schema: TypedSchema<{ [name: string]: never }>
  /** The schema as TypeScript, to be put into the program: from then on the compiler knows it. */
  readonly code: string
}

export function inferredSchema(schema: Schema): InferredSchema {
  const lines = schema.fields.map(f => `  ${key(f.name)}: ${builderOf(f.type, f.nullable)},`)
  return Object.freeze({ schema: schema as TypedSchema<{ [name: string]: never }>, code: `schema({\n${lines.join('\n')}\n})` })
}

function builderOf(type: DataType, nullable: boolean): string {
  const inner = plainBuilder(type)
  return nullable ? `t.nullable(${inner})` : inner
}

function plainBuilder(type: DataType): string {
  switch (type.kind) {
    case 'array':
      return `t.array(${builderOf(type.element, type.containsNull)})`
    case 'struct':
      return `t.struct({ ${type.fields.map(f => `${key(f.name)}: ${builderOf(f.type, f.nullable)}`).join(', ')} })`
    case 'vector':
      return `t.vector(${type.size})`
    case 'null':
      // A column without any value: text takes whatever comes.
      return 't.string()'
    default:
      return `t.${type.kind}()`
  }
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : JSON.stringify(name)
}
