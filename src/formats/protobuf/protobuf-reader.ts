import { RecordFault } from '../bad-record.ts'
import { isUtf8Range } from '../utf8-range.ts'
import type { MessagePlan, ProtoStep } from './proto-step.ts'
import { WireReader } from './wire-reader.ts'

/** Of messages inside of each other. */
const maxDepth = 100
const maxMicros = 2 ** 53

/**
 * Reads messages straight into column builders. Fields come in any order, the last one of several counts, and parts of a list
 * may be anywhere: so a message is walked first, which appends elements of lists and notes where other values stand, and
 * then its columns get one value each.
 */
export class ProtobufReader {
  readonly #wire = new WireReader()

  load(bytes: Uint8Array): void {
    this.#wire.load(bytes)
  }

  /** Reads the message in `[start, end)` as a row; answers why it cannot be, or undefined. */
  read(plan: MessagePlan, start: number, end: number): string | undefined {
    try {
      reset(plan)
      this.#walk(plan, start, end, 1)
      this.#emit(plan)
      return undefined
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      return fault.reason
    }
  }

  #walk(plan: MessagePlan, start: number, end: number, depth: number): void {
    const wire = this.#wire
    if (depth > maxDepth) throw wire.because(`its messages are nested more than ${maxDepth} deep`)
    let at = start
    while (at < end) {
      at = wire.varint(at, end)
      const key = wire.low >>> 0
      const type = key & 7
      const step = plan.find(key >>> 3)
      if (key < 8 || wire.high !== 0) throw wire.because('a field has no number from 1 to 2^29 - 1')
      if (step === undefined) at = wire.skip(type, at, end)
      else if (type === step.wire) at = step.repeated ? this.#element(step, at, end, depth) : this.#note(plan, step, at, end, depth)
      else if (type === 2 && step.repeated && step.wire !== 2) at = this.#packed(step, at, end, depth)
      else throw wire.because(`${step.place} has the wire type ${type}, and ${step.value} has ${step.wire}`)
    }
  }

  /** A value that is not one of several: noted, and looked at when it is known to be the last one. */
  #note(plan: MessagePlan, step: ProtoStep, start: number, end: number, depth: number): number {
    const wire = this.#wire
    const next = wire.skip(step.wire, start, end)
    if (step.oneof !== undefined) this.#excludeOthers(plan, step)
    const from = step.wire === 2 ? wire.start : start
    if (step.message !== null) {
      // The parts of a message that comes twice are put together, as the format has it.
      if (!step.present) reset(step.message)
      this.#walk(step.message, from, next, depth + 1)
    } else if (step.builder === null && step.value === 'string') this.#checkText(step, from, next)
    step.present = true
    step.start = from
    step.end = next
    return next
  }

  #excludeOthers(plan: MessagePlan, step: ProtoStep): void {
    for (const other of plan.steps) {
      if (other === step || other.oneof !== step.oneof || !other.present) continue
      if (other.message !== null && other.builder !== null) throw this.#wire.because(`${other.place} and ${step.place} exclude each other, and both are there`)
      other.present = false
    }
  }

  #element(step: ProtoStep, start: number, end: number, depth: number): number {
    const wire = this.#wire
    const next = wire.skip(step.wire, start, end)
    const from = step.wire === 2 ? wire.start : start
    if (step.message !== null) {
      reset(step.message)
      this.#walk(step.message, from, next, depth + 1)
    }
    this.#append(step, from, next)
    return next
  }

  #packed(step: ProtoStep, start: number, end: number, depth: number): number {
    const wire = this.#wire
    const next = wire.skip(2, start, end)
    for (let at = wire.start; at < next; ) at = this.#element(step, at, next, depth)
    return next
  }

  /** One value for each column. */
  #emit(plan: MessagePlan): void {
    for (const step of plan.steps) {
      if (step.list !== null) this.#closeList(step, step.list)
      else if (step.builder !== null) {
        if (step.present) this.#append(step, step.start, step.end)
        else this.#absent(step)
      }
    }
    for (const column of plan.lacking) column.appendNull()
    if (plan.builder !== null) plan.builder.appendStruct()
  }

  #closeList(step: ProtoStep, list: NonNullable<ProtoStep['list']>): void {
    if (step.builder !== null) {
      list.appendList()
      return
    }
    if (step.count !== step.numbers.length) throw this.#wire.because(`${step.place} cannot hold ${step.count} numbers`)
    list.appendVector(step.numbers)
  }

  #absent(step: ProtoStep): void {
    const { builder, message } = step
    if (builder === null) return
    if (!step.presence) {
      if (message !== null) {
        // The value of a map's entry.
        reset(message)
        this.#emit(message)
      } else if (step.value === 'timestamp') builder.appendFloat64(0)
      else this.#zero(step)
    } else if (step.nullable) builder.appendNull()
    else throw this.#wire.because(`${step.place} is missing`)
  }

  #zero(step: ProtoStep): void {
    const builder = step.builder as NonNullable<ProtoStep['builder']>
    switch (step.kind) {
      case 'boolean':
        return builder.appendBoolean(false)
      case 'string':
      case 'binary':
        if (step.value !== 'enum') return builder.appendBytes(nothing, 0, 0)
        return this.#symbol(step, 0)
      case 'int32':
        return builder.appendInt32(0)
      case 'int64':
        return builder.appendInt64Of(0)
      default:
        return builder.appendFloat64(0)
    }
  }

  /** The value in `[start, end)`; of numbers the end is not looked at. */
  #append(step: ProtoStep, start: number, end: number): void {
    const { builder, message } = step
    const wire = this.#wire
    if (builder === null) {
      if (step.list !== null) this.#number(step, start, end)
      else if (step.value === 'string') this.#checkText(step, start, end)
      return
    }
    if (message !== null) return this.#emit(message)
    switch (step.value) {
      case 'string':
        this.#checkText(step, start, end)
        return builder.appendBytes(wire.bytes, start, end)
      case 'bytes':
        return builder.appendBytes(wire.bytes, start, end)
      case 'double':
        return builder.appendFloat64(wire.view.getFloat64(start, true))
      case 'float':
        return builder.appendFloat64(wire.view.getFloat32(start, true))
      case 'bool':
        wire.varint(start, end)
        return builder.appendBoolean(wire.low !== 0 || wire.high !== 0)
      case 'timestamp':
        return builder.appendFloat64(this.#timestamp(step, start, end))
      case 'enum':
        wire.varint(start, end)
        if (step.kind === 'string') return this.#symbol(step, wire.low)
        wire.high = wire.low >> 31
        return this.#whole(step, builder)
      default:
        wire.whole(step.value, start, end)
        return this.#whole(step, builder)
    }
  }

  /** The number that was read last. */
  #whole(step: ProtoStep, builder: NonNullable<ProtoStep['builder']>): void {
    const wire = this.#wire
    const value = wire.number
    switch (step.kind) {
      case 'int32':
        if (value !== (value | 0)) throw wire.because(`${step.place} cannot hold ${wire.big}: it goes from -2147483648 to 2147483647; integer and int64 go further`)
        return builder.appendInt32(value)
      case 'integer':
        if (!Number.isSafeInteger(value)) throw wire.because(`${step.place} cannot hold ${wire.big}: it goes from -(2^53 - 1) to 2^53 - 1, and beyond that would round; int64 goes further`)
        return builder.appendFloat64(value)
      case 'int64':
        if (Number.isSafeInteger(value)) return builder.appendInt64Of(value)
        if (wire.big >= 2n ** 63n) throw wire.because(`${step.place} cannot hold ${wire.big}: it goes to 2^63 - 1`)
        return builder.appendInt64(wire.big)
      default:
        return builder.appendFloat64(Number.isSafeInteger(value) ? value : Number(wire.big))
    }
  }

  #number(step: ProtoStep, start: number, end: number): void {
    const wire = this.#wire
    let value: number
    if (step.value === 'double') value = wire.view.getFloat64(start, true)
    else if (step.value === 'float') value = wire.view.getFloat32(start, true)
    else {
      wire.whole(step.value, start, end)
      value = Number.isSafeInteger(wire.number) ? wire.number : Number(wire.big)
    }
    if (step.count < step.numbers.length) step.numbers[step.count] = value
    step.count++
    if (!Number.isFinite(value)) throw wire.because(`${step.place} cannot hold ${value}`)
  }

  /** Seconds and nanoseconds since the epoch, as microseconds. */
  #timestamp(step: ProtoStep, start: number, end: number): number {
    const wire = this.#wire
    let seconds = 0
    let nanos = 0
    for (let at = start; at < end; ) {
      at = wire.varint(at, end)
      const key = wire.low
      const next = wire.skip(key & 7, at, end)
      if (key === 8 || key === 16) {
        wire.whole('int64', at, end)
        if (key === 8) seconds = wire.number
        else nanos = wire.number
      }
      at = next
    }
    const micros = seconds * 1e6 + Math.floor(nanos / 1000)
    if (!(Math.abs(micros) <= maxMicros && nanos >= 0 && nanos < 1e9)) throw wire.because(`${step.place} cannot hold ${seconds} seconds and ${nanos} nanoseconds: it is no time within 2^53 microseconds from 1970, which ends in the years 1684 and 2255`)
    return micros
  }

  #symbol(step: ProtoStep, number: number): void {
    const symbol = step.symbols.get(number)
    if (symbol === undefined) throw this.#wire.because(`${step.place} has the number ${number}, which is no value of its enum; int32 holds the numbers`)
    step.builder?.appendBytes(symbol, 0, symbol.length)
  }

  #checkText(step: ProtoStep, start: number, end: number): void {
    const { bytes, view } = this.#wire
    if (!isUtf8Range(bytes, view, start, end)) throw this.#wire.because(`${step.place} has text that is no valid UTF-8`)
  }
}

const nothing = new Uint8Array(0)

/** Forgets what was noted of the last message. A message in a message is reset when the first part of it comes. */
function reset(plan: MessagePlan): void {
  for (const step of plan.steps) {
    step.present = false
    step.count = 0
  }
}
