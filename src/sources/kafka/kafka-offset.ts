import type { SourceOffset } from '../source.ts'

/**
 * Where the source stands: the next offset of every partition, as Spark has it, and which topic each name stood for.
 *
 *     { "offsets": { "payments": { "0": 1200, "1": 1187 } }, "topicIds": { "payments": "c0ffee…" } }
 */
export interface KafkaOffset {
  readonly offsets: { readonly [topic: string]: { readonly [partition: string]: number } }
  readonly topicIds: { readonly [topic: string]: string }
}

export interface PartitionPosition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly offset: number
}

/** One partition as a key. Names of topics have no slash. */
export function partitionKey({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`
}

/** In order of topic and partition, so that equal positions have equal text. */
export function toOffset(positions: Iterable<PartitionPosition>): SourceOffset {
  const offsets: { [topic: string]: { [partition: string]: number } } = Object.create(null) as {}
  const topicIds: { [topic: string]: string } = Object.create(null) as {}
  for (const { topic, topicId, partition, offset } of positions) {
    offsets[topic] ??= {}
    offsets[topic][partition] = offset
    topicIds[topic] = topicId
  }
  return { offsets, topicIds }
}

/** By {@link partitionKey}; empty before the first batch. */
export function positionsOf(offset: SourceOffset | null): ReadonlyMap<string, PartitionPosition> {
  const positions = new Map<string, PartitionPosition>()
  if (offset === null) return positions
  const { offsets, topicIds } = offset as unknown as KafkaOffset
  for (const [topic, partitions] of Object.entries(offsets)) {
    for (const [number, at] of Object.entries(partitions)) {
      const position = { topic, topicId: topicIds[topic], partition: Number(number), offset: at }
      positions.set(partitionKey(position), position)
    }
  }
  return positions
}
