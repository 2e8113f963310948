import { AvroStep, op, type Op } from './avro-step.ts'
import type { AvroType } from './avro-type.ts'

const plain = Object.freeze({ null: op.skipNull, boolean: op.skipBoolean, int: op.skipInt, long: op.skipLong, float: op.skipFloat, double: op.skipDouble, bytes: op.skipBytes, string: op.skipString })

/** Steps that read values which nobody wants. One for each type, so that a type may contain itself. */
export class SkipSteps {
  readonly #made = new Map<AvroType, AvroStep>()
  /** Whose parts are to come: a list and no recursion, since types can refer to each other in chains of any length. */
  readonly #open: (readonly [AvroType, AvroStep])[] = []

  of(type: AvroType): AvroStep {
    const step = this.#step(type)
    for (let next = this.#open.pop(); next !== undefined; next = this.#open.pop()) this.#fill(...next)
    return step
  }

  #step(type: AvroType): AvroStep {
    const made = this.#made.get(type)
    if (made !== undefined) return made
    const step = new AvroStep(codeOf(type), null)
    this.#made.set(type, step)
    this.#open.push([type, step])
    return step
  }

  #fill(type: AvroType, step: AvroStep): void {
    switch (type.kind) {
      case 'record':
        step.children = type.fields.map(f => this.#step(f.type))
        break
      case 'array':
        step.children = [this.#step(type.items)]
        break
      case 'map':
        step.children = [new AvroStep(op.skipString, null), this.#step(type.values)]
        break
      case 'union':
        step.children = type.branches.map(b => this.#step(b))
        break
      case 'fixed':
        step.size = type.size
        break
      case 'enum':
        step.size = type.symbols.length
        break
      default:
        break
    }
  }
}

function codeOf(type: AvroType): Op {
  switch (type.kind) {
    case 'record':
      return op.record
    case 'array':
      return op.array
    case 'map':
      return op.map
    case 'union':
      return op.union
    case 'fixed':
      return op.skipFixed
    case 'enum':
      return op.skipEnum
    default:
      return plain[type.kind]
  }
}
