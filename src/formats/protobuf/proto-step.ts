import type { VectorBuilder } from '../../columnar/builder.ts'
import type { TypeKind } from '../../columnar/data-type.ts'
import type { ProtoField, ProtoScalar, WireType } from './proto-message.ts'

/** What a value is on the wire: a scalar, the number of an enum, a message, a message with a time, a message around one value. */
export type ProtoValue = ProtoScalar | 'enum' | 'message' | 'timestamp' | 'wrapper'

/** What the reader does with one field of a message. */
export class ProtoStep {
  readonly number: number
  readonly value: ProtoValue
  readonly wire: WireType
  readonly repeated: boolean
  /** Of the value, or of the elements. Null: it is checked, and nothing is kept. */
  readonly builder: VectorBuilder | null
  /** Of the array or vector around the elements. */
  list: VectorBuilder | null = null
  readonly kind: TypeKind | undefined
  readonly nullable: boolean
  /** Without a value on the wire: null, or nothing that could be told from 0, "" and false. */
  readonly presence: boolean
  readonly oneof: string | undefined
  /** `column "a.b" (int32)`, for reasons. */
  readonly place: string
  message: MessagePlan | null = null
  symbols: ReadonlyMap<number, Uint8Array> = noSymbols
  /** Of a vector; how many there were in this record. */
  numbers: Float64Array = noNumbers
  count = 0
  /** Of the message that is being read: where the value stands. */
  present = false
  start = 0
  end = 0

  constructor(field: ProtoField, value: ProtoValue, wire: WireType, builder: VectorBuilder | null, column: { readonly kind: TypeKind; readonly nullable: boolean; readonly place: string } | undefined) {
    this.number = field.number
    this.value = value
    this.wire = wire
    this.repeated = field.repeated
    this.presence = field.presence
    this.oneof = field.oneof
    this.builder = builder
    this.kind = column?.kind
    this.nullable = column?.nullable ?? true
    this.place = column?.place ?? `field "${field.name}"`
  }
}

const noSymbols: ReadonlyMap<number, Uint8Array> = new Map()
const noNumbers = new Float64Array(0)

/** The fields of one message at one place of the columns; those at which nothing is kept share a plan. */
export class MessagePlan {
  steps: readonly ProtoStep[] = []
  /** Columns that the message has no field for. */
  lacking: readonly VectorBuilder[] = []
  /** Of the struct, whose values are closed with it; null for the row itself. */
  readonly builder: VectorBuilder | null
  readonly #byNumber = new Map<number, ProtoStep>()
  /** Small numbers are the rule. */
  readonly #small: (ProtoStep | undefined)[] = []

  constructor(builder: VectorBuilder | null) {
    this.builder = builder
  }

  fill(steps: readonly ProtoStep[], lacking: readonly VectorBuilder[]): void {
    this.steps = steps
    this.lacking = lacking
    for (let i = 0; i < 64; i++) this.#small.push(undefined)
    for (const step of steps) {
      if (step.number < 64) this.#small[step.number] = step
      else this.#byNumber.set(step.number, step)
    }
  }

  find(number: number): ProtoStep | undefined {
    return number < 64 ? this.#small[number] : this.#byNumber.get(number)
  }
}
