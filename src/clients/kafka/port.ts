/**
 * What the source and the sink ask of a Kafka cluster. Everything above this file works with bytes and offsets: record
 * batches go in and come out as the broker keeps them, so that a client library behind the port never makes an object per
 * record. Offsets are `bigint`, times are milliseconds since the epoch. `openKafka` makes one.
 *
 * Whatever may pass (a leader or coordinator that moves, a broker that restarts, a connection that breaks) is tried again for
 * a minute, with growing pauses. What was sent is repeated under the same sequence numbers, so that it arrives once.
 *
 * Every method throws QueryError KAFKA_UNAVAILABLE (no broker answers; retryable), KAFKA_AUTHENTICATION_FAILED,
 * KAFKA_AUTHORIZATION_FAILED or KAFKA_PROTOCOL (an error code that nothing here expects, with its name) beside those that it names.
 * Secrets are in none of their texts.
 */
export interface KafkaPort {
  /** Topics that exist, with all their partitions; names that do not exist are left out. `undefined` asks for all but those of the brokers themselves. */
  topics(names?: readonly string[]): Promise<readonly TopicDescription[]>
  /** Where each partition stands, in the order asked. @throws QueryError KAFKA_UNKNOWN_TOPIC */
  offsets(partitions: readonly TopicPartition[], at: OffsetQuery): Promise<readonly PartitionOffset[]>
  /**
   * One fetch answer for each partition asked, which may all have different leaders. It begins with the batch that holds
   * `offset`; a batch larger than `maxBytes` comes whole. Empty after `maxWaitMs` when there is nothing. Answers no partition
   * at all when the signal aborts.
   * @throws QueryError KAFKA_UNKNOWN_TOPIC, KAFKA_OFFSET_OUT_OF_RANGE (with the offsets that there are)
   */
  fetchRecords(partitions: readonly FetchPartition[], options: FetchOptions, signal?: AbortSignal): Promise<readonly FetchedPartition[]>
  /**
   * Takes over a transactional id: older producers of it are fenced, what they left open is aborted. Initialising one id
   * again from this object is how an unknown outcome is settled.
   */
  transactional(transactionalId: string, timeoutMs: number): Promise<TransactionalProducer>
  /** A producer without transactions, whose repeated batches brokers recognise. */
  idempotent(): Promise<BatchProducer>
  /** Commits offsets to a consumer group, which other tools measure lag by; nothing here ever reads them. */
  commitGroupOffsets(groupId: string, offsets: readonly (TopicPartition & { readonly offset: bigint })[]): Promise<void>
  /** Answers false when a topic of that name exists already. Returns once all its leaders answer. */
  createTopic(topic: NewTopic): Promise<boolean>
  /** What is under way is rejected with KAFKA_UNAVAILABLE. No timer and no socket stays. */
  close(): Promise<void>
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface TopicDescription {
  readonly topic: string
  /** 32 hexadecimal digits; another one means that the topic was deleted and made again. */
  readonly topicId: string
  /** In order of number. */
  readonly partitions: readonly { readonly partition: number; readonly leader: number; readonly leaderEpoch: number; readonly replicas: number; readonly inSync: number }[]
}

/** `latest` is the high watermark, `lastStable` the end of what no open transaction precedes; a time asks for the first record not before it. */
export type OffsetQuery = 'earliest' | 'latest' | 'lastStable' | { readonly timestampMs: number }

export interface PartitionOffset extends TopicPartition {
  /** null: no record is that late (queries by time only). */
  readonly offset: bigint | null
  readonly leaderEpoch: number
}

export interface FetchPartition extends TopicPartition {
  /** The topic that the offset belongs to: one made again under the same name is refused with KAFKA_UNKNOWN_TOPIC instead of read. */
  readonly topicId?: string
  readonly offset: bigint
}

export interface FetchOptions {
  readonly isolation: 'read_committed' | 'read_uncommitted'
  readonly maxWaitMs: number
  readonly minBytes: number
  /** Of one partition. */
  readonly maxBytes: number
}

export interface FetchedPartition extends TopicPartition {
  /** Whole record batches, then perhaps the beginning of one that did not fit. A view of the answer: valid as long as it is kept. */
  readonly records: Uint8Array
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly logStart: bigint
  /** Of read_committed: transactions whose records in this answer do not count, in order of first offset. */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[]
}

/** Encoded record batches of one partition. The producer writes its id, epoch and sequence numbers into these very bytes, then the checksum. */
export interface ProduceBatch extends TopicPartition {
  /** One or more whole record batches, one after the other. */
  readonly records: Uint8Array
}

export interface BatchProducer {
  /**
   * Appends to every partition named, acknowledged by all in-sync replicas. A partition may be named more than once: its
   * batches are appended in the order given.
   * @throws QueryError KAFKA_RECORD_TOO_LARGE, KAFKA_UNKNOWN_TOPIC; KAFKA_OUTCOME_UNKNOWN when no answer came
   */
  send(batches: readonly ProduceBatch[]): Promise<void>
}

/**
 * One transaction at a time. A commit is decided when it returns; its markers reach the partitions, and `lastStable` moves, a
 * moment later. KAFKA_RECORD_TOO_LARGE, KAFKA_UNKNOWN_TOPIC, KAFKA_AUTHORIZATION_FAILED and KAFKA_PROTOCOL leave the
 * transaction to be aborted; the next one may then begin. After any other error (KAFKA_PRODUCER_FENCED, KAFKA_OUTCOME_UNKNOWN,
 * KAFKA_UNAVAILABLE) the object is dead; ask for another.
 */
export interface TransactionalProducer extends BatchProducer {
  begin(): void
  /** @throws QueryError KAFKA_PRODUCER_FENCED (also when the transaction ran into its timeout), KAFKA_OUTCOME_UNKNOWN */
  commit(): Promise<void>
  abort(): Promise<void>
}

export interface NewTopic {
  readonly topic: string
  readonly partitions: number
  /** @default what the broker is set to */
  readonly replicationFactor?: number
  readonly config?: { readonly [key: string]: string }
}

/** How a cluster is reached: plain data, so that it travels to executors. Passwords are read from where these say. */
export interface KafkaConnection {
  /** `host:port`, one or more. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls?: TlsSettings
  readonly sasl?: SaslSettings
  readonly connectionTimeoutMs: number
  readonly requestTimeoutMs: number
  /** How long new tries are begun of what may pass, once there was a connection. @default 60000 */
  readonly retryTimeoutMs?: number
}

/** Verification is always on, unless `unsafeNoVerify`. Files are PEM. */
export interface TlsSettings {
  readonly caFile?: string
  readonly certFile?: string
  readonly keyFile?: string
  readonly serverName?: string
  readonly unsafeNoVerify?: boolean
}

/** A secret as a reference, never a value: an environment variable or a file. */
export type SecretReference = { readonly env: string } | { readonly file: string }

export type SaslSettings =
  | { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: SecretReference }
  | { readonly mechanism: 'oauthbearer'; readonly token: SecretReference }
