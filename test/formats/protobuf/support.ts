import protobuf from 'protobufjs'
import { VectorBuilder } from '../../../src/columnar/builder.ts'
import { structType } from '../../../src/columnar/data-type.ts'
import type { Schema } from '../../../src/columnar/schema.ts'
import { compileProtobuf } from '../../../src/formats/protobuf/compile-protobuf.ts'
import { ProtobufReader } from '../../../src/formats/protobuf/protobuf-reader.ts'
import { ProtobufSchema } from '../../../src/sources/kafka/registry/protobuf-schema.ts'
import { type Decoded, decodeAll } from '../avro/support.ts'

/** The columns of messages of the first message of a file. */
export async function decodeProtobuf(file: string, schema: Schema, messages: readonly Uint8Array[]): Promise<Decoded> {
  const row = new VectorBuilder(structType(schema.fields), 16)
  const message = (await ProtobufSchema.of({ id: 1, format: 'protobuf', text: file, references: [] })).message([0])
  if (message === undefined) throw new Error('The file has no message.')
  const plan = compileProtobuf(message, schema.fields, row)
  const reader = new ProtobufReader()
  const decoder = { columns: row.children, load: (bytes: Uint8Array) => reader.load(new Uint8Array(bytes)), decode: (start: number, end: number) => reader.read(plan, start, end) }
  return decodeAll(decoder, schema, messages)
}

/** protobufjs's encoder of a message. */
export function encoderOf(file: string, name: string): (value: object) => Uint8Array {
  const { root, imports = [] } = protobuf.parse(file, new protobuf.Root(), { keepCase: true })
  for (const each of imports) root.addJSON(protobuf.common.get(each)?.nested ?? {})
  const type = root.lookupType(name)
  return value => type.encode(type.fromObject(value)).finish()
}
