import type { VectorBuilder } from '../../columnar/builder.ts'
import { type DataType, describeType, type Field } from '../../columnar/data-type.ts'
import { KeyMemo } from './key-memo.ts'

/** What the reader does at one place of the schema: made once per input, used per value. */
export class FieldPlan {
  readonly name: string
  /** Name with the names around it, as reasons show it. */
  readonly path: string
  readonly type: DataType
  readonly kind: DataType['kind']
  readonly nullable: boolean
  readonly builder: VectorBuilder
  /** Fields of a struct, or the element of an array. */
  readonly children: readonly FieldPlan[]
  /** Keys of a struct. */
  readonly keys: KeyMemo
  /** Numbers of one dense vector. */
  readonly numbers: Float64Array

  constructor(field: Field, path: string, builder: VectorBuilder) {
    const { type } = field
    this.name = field.name
    this.path = path
    this.type = type
    this.kind = type.kind
    this.nullable = field.nullable
    this.builder = builder
    this.children =
      type.kind === 'struct' ? type.fields.map((f, k) => new FieldPlan(f, path === '' ? f.name : `${path}.${f.name}`, builder.children[k]))
      : type.kind === 'array' ? [new FieldPlan({ name: '', type: type.element, nullable: type.containsNull }, `${path}[]`, builder.children[0])]
      : []
    this.keys = new KeyMemo(type.kind === 'struct' ? type.fields.map(f => f.name) : [])
    this.numbers = new Float64Array(type.kind === 'vector' ? type.size : 0)
  }

  /** `column "a.b" (int32)` */
  get description(): string {
    return `column "${this.path}" (${describeType(this.type)})`
  }
}
