/** Offsets `start` to `end` − 1 of a partition: what a task reads. It stands in the batch record, so that a replay reads the same. */
export interface KafkaRange {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly start: number
  readonly end: number
  readonly leaderEpoch: number
  /** With failOnDataLoss false: offsets from here to `start` were lost. */
  readonly gapFrom?: number
}
