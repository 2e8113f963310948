import { structType } from '../../../columnar/data-type.ts'
import { VectorBuilder } from '../../../columnar/builder.ts'
import type { Schema } from '../../../columnar/schema.ts'
import { compileProtobuf, ProtoSchemaFault } from '../../../formats/protobuf/compile-protobuf.ts'
import type { MessagePlan } from '../../../formats/protobuf/proto-step.ts'
import type { ProtobufReader } from '../../../formats/protobuf/protobuf-reader.ts'
import type { ProtobufSchema } from './protobuf-schema.ts'

/** More levels of messages in messages than any file has, and more messages than one is read for. */
const maxIndexes = 32
const maxPlans = 100

/**
 * Reads what follows the framing of a Protobuf record: the place of its message in the file, then the message.
 *
 *     number of indexes, indexes (zigzag varints; a single 0 stands for one index, 0) | message
 */
export class ProtobufBody {
  readonly #schema: ProtobufSchema
  readonly #all: Schema
  readonly #wanted: Schema
  readonly #row: VectorBuilder
  readonly #reader: ProtobufReader
  readonly #plans = new Map<string, MessagePlan | string>()
  #bytes: Uint8Array = new Uint8Array(0)
  #first: MessagePlan | string | undefined

  constructor(schema: ProtobufSchema, all: Schema, wanted: Schema, row: VectorBuilder, reader: ProtobufReader) {
    this.#schema = schema
    this.#all = all
    this.#wanted = wanted
    this.#row = row
    this.#reader = reader
  }

  decode(bytes: Uint8Array, start: number, end: number): string | undefined {
    if (start === end) return 'it has no indexes of its message'
    // Nearly always.
    if (bytes[start] === 0) return this.#read((this.#first ??= this.#plan([0])), start + 1, end)
    this.#bytes = bytes
    const count = this.#zigzag(start, end)
    if (count === undefined || count < 1 || count > maxIndexes) return 'its indexes of a message are damaged'
    const indexes: number[] = []
    for (let i = 0; i < count; i++) {
      const index = this.#zigzag(this.#at, end)
      if (index === undefined) return 'its indexes of a message are damaged'
      indexes.push(index)
    }
    const key = indexes.join()
    let plan = this.#plans.get(key)
    if (plan === undefined) {
      plan = this.#plan(indexes)
      if (this.#plans.size < maxPlans) this.#plans.set(key, plan)
    }
    return this.#read(plan, this.#at, end)
  }

  #read(plan: MessagePlan | string, start: number, end: number): string | undefined {
    return typeof plan === 'string' ? plan : this.#reader.read(plan, start, end)
  }

  #plan(indexes: readonly number[]): MessagePlan | string {
    try {
      checkProtobuf(this.#schema, indexes, this.#all)
      const message = this.#schema.message(indexes)
      return message === undefined ? noMessage(indexes) : compileProtobuf(message, this.#wanted.fields, this.#row)
    } catch (error) {
      if (!(error instanceof ProtoSchemaFault)) throw error
      return `its schema cannot be used: ${error.message}`
    }
  }

  #at = 0

  /** Undefined when there is none of up to 28 bits. */
  #zigzag(start: number, end: number): number | undefined {
    let value = 0
    for (let at = start, shift = 0; at < end && shift < 28; at++, shift += 7) {
      const byte = this.#bytes[at]
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#at = at + 1
        return (value >>> 1) ^ -(value & 1)
      }
    }
    return undefined
  }
}

/** @throws ProtoSchemaFault where a column cannot hold what the message has */
export function checkProtobuf(schema: ProtobufSchema, indexes: readonly number[], all: Schema): void {
  const message = schema.message(indexes)
  if (message === undefined) throw new ProtoSchemaFault(noMessage(indexes))
  compileProtobuf(message, all.fields, new VectorBuilder(structType(all.fields), 1))
}

const noMessage = (indexes: readonly number[]): string => `it has no message at ${JSON.stringify(indexes)}`
