import { isUtf8 } from 'node:buffer'
import type { VectorBuilder } from '../../columnar/builder.ts'

import { dictionaryVector, int32Vector, stringVector, type Vector } from '../../columnar/vector.ts'
import { readHeaders } from '../../clients/kafka/records/read-headers.ts'
import type { RecordBlock } from '../../clients/kafka/records/record-block.ts'
import { assertNever } from '../../common/assert.ts'
import type { KafkaColumn } from './columns.ts'
import type { KafkaRange } from './range.ts'

/** Java reads bytes that are no UTF-8 like this. */
const replacing = new TextDecoder()

/** One column of what Kafka knows of a record. */
export class MetadataColumn {
  readonly #column: KafkaColumn
  readonly #builder: VectorBuilder
  readonly #range: KafkaRange

  constructor(column: KafkaColumn, builder: VectorBuilder, range: KafkaRange) {
    this.#column = column
    this.#builder = builder
    this.#range = range
  }

  /** Takes over `kept[0, count)` of the block. */
  append(block: RecordBlock, kept: Int32Array, count: number): void {
    const builder = this.#builder
    switch (this.#column) {
      case 'offset':
        for (let k = 0; k < count; k++) builder.appendFloat64(block.offsets[kept[k]])
        return
      case 'timestamp':
        for (let k = 0; k < count; k++) appendTime(builder, block.timestamps[kept[k]])
        return
      case 'timestampType':
        for (let k = 0; k < count; k++) builder.appendInt32(block.timestampTypes[kept[k]])
        return
      case 'key':
        appendRanges(builder, block.bytes, block.keyStart, block.keyEnd, kept, count)
        return
      case 'value':
        appendRanges(builder, block.bytes, block.valueStart, block.valueEnd, kept, count)
        return
      case 'headers':
        for (let k = 0; k < count; k++) appendHeaders(builder, block, kept[k])
        return
      case 'topic':
      case 'partition':
        // The same in every row: made when the batch is.
        return
      default:
        assertNever(this.#column, 'column')
    }
  }

  finish(rows: number): Vector {
    const { topic, partition } = this.#range
    if (this.#column === 'partition') return int32Vector(this.#builder.type, new Int32Array(rows).fill(partition))
    if (this.#column !== 'topic') return this.#builder.finish()
    const name = new TextEncoder().encode(topic)
    return dictionaryVector(new Int32Array(rows), stringVector(name, Int32Array.of(0, name.length), 1), rows)
  }
}

/** Milliseconds as microseconds; null where a record has no time (−1) or one that no timestamp can be. */
function appendTime(builder: VectorBuilder, ms: number): void {
  const micros = ms * 1000
  if (ms === -1 || !Number.isSafeInteger(micros)) builder.appendNull()
  else builder.appendFloat64(micros)
}

function appendRanges(builder: VectorBuilder, bytes: Uint8Array, starts: Int32Array, ends: Int32Array, kept: Int32Array, count: number): void {
  for (let k = 0; k < count; k++) {
    const record = kept[k]
    if (starts[record] < 0) builder.appendNull()
    else builder.appendBytes(bytes, starts[record], ends[record])
  }
}

/** As in Spark, a record without headers has null and no empty list. */
function appendHeaders(builder: VectorBuilder, block: RecordBlock, record: number): void {
  if (block.headerCount[record] === 0) {
    builder.appendNull()
    return
  }
  const [element] = builder.children
  const [name, value] = element.children
  const { bytes } = block
  readHeaders(block, record, (nameStart, nameEnd, valueStart, valueEnd) => {
    const text = bytes.subarray(nameStart, nameEnd)
    if (isUtf8(text)) name.appendBytes(bytes, nameStart, nameEnd)
    else name.appendString(replacing.decode(text))
    if (valueStart < 0) value.appendNull()
    else value.appendBytes(bytes, valueStart, valueEnd)
    element.appendStruct()
  })
  builder.appendList()
}
