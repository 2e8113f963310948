import { canonicalJson, type Json } from '../common/json.ts'
import { sha256 } from '../common/digest.ts'
import { makeError } from '../common/errors.ts'
import type { SpooledOutput } from './spool-files.ts'

/** What one batch read from one source. Partitions are recorded as they were cut: a replay reads the very same ones. */
export interface SourceRange {
  readonly start: Json
  readonly end: Json
  readonly partitions: readonly { readonly spec: Json; readonly label: string }[]
}

/** A watermark node as the tracker keeps it; milliseconds. */
export interface WatermarkState {
  /** Largest value of (largest event time − delay) so far per node; absent: the node saw no row yet. */
  readonly nodes: { readonly [node: string]: number }
  /** Batch clock at which each node last saw a row. */
  readonly seenMs: { readonly [node: string]: number }
  /** The query's watermark, null: none yet. */
  readonly global: number | null
}

/**
 * R_b: everything that could make a second run of the batch differ. Frozen before the batch runs, durable with
 * prepare. (Protocol rule 3.)
 */
export interface BatchRecord {
  readonly batchId: number
  readonly sources: { readonly [name: string]: SourceRange }
  /** Milliseconds; null: none. Late: rows at or before it are dropped. Evict: groups that end at or before it are closed. */
  readonly watermarks: { readonly late: number | null; readonly evict: number | null }
  /** Event-time nodes that were idle when the batch was made: they do not hold the watermark back. */
  readonly idle: readonly string[]
  /** Batch clock, milliseconds. */
  readonly clockMs: number
  /** IANA zone in which the batch shows, cuts and parses timestamps. */
  readonly timeZone: string
  readonly seed: number
  /** Digests of the models that score this batch. */
  readonly models: readonly string[]
  /** What they are called in their registries, null for one from a file. Absent in records of the first version. */
  readonly modelVersions?: readonly (string | null)[]
  /** How rows are shared out among models, for each score() with a route; absent where there is none. */
  readonly routes?: readonly { readonly name: string; readonly salt: string; readonly weights: { readonly [label: string]: number } }[]
  /** Content digest of each static table. */
  readonly tables: { readonly [name: string]: string }
  readonly partitions: number
  /** The ordered sink set. */
  readonly sinks: readonly string[]
  /** No source had anything new: the batch only closes groups. */
  readonly noData: boolean
  /** Token of batch b − 1; 64 zeros for the first. */
  readonly previousToken: string
}

export const firstToken = '0'.repeat(64)

export interface DeltaReference {
  readonly operator: string
  readonly partition: number
  readonly digest: string
  /** Set-hash of the partition after the batch. */
  readonly setHash: string
}

/** The prepared record: R_b, what running it gave, and all that commit would otherwise derive. (Protocol rule 4.) */
export interface Prepared {
  readonly record: BatchRecord
  readonly attempt: { readonly epoch: number; readonly random: string }
  readonly token: string
  readonly deltas: readonly DeltaReference[]
  /** Digest over the parts of each sink, in the order of the sink set. */
  readonly outputDigest: string
  /** Rows of each sink's output: one without rows needs nothing staged to be published. */
  readonly outputRows: { readonly [sink: string]: number }
  /** Combined set-hash of the whole state after the batch. */
  readonly stateHash: string
  readonly next: WatermarkState
  /** Set when a following batch without data would close groups. */
  readonly noDataWanted: boolean
  /** What sources remember, so that a lost entry is noticed: number of entries and their set-hash. */
  readonly remembered: { readonly [source: string]: { readonly count: number; readonly hash: string } }
  /** Incarnation of each look-up sink (protocol rule 13). */
  readonly incarnations: { readonly [sink: string]: string | null }
  /** Digest of the previous prepared record's bytes: a lost or stale record is always noticed. */
  readonly previousRecord: string
  /** The file with the output of all sinks, for publishing it again (protocol rule 23); null: it is not kept. */
  readonly spooled: SpooledOutput | null
  readonly metrics: Json
}

/** c/<b>. */
export interface Committed {
  readonly batchId: number
  readonly token: string
}

/** Token of a batch (protocol rule 1). */
export function batchToken(p: Omit<Prepared, 'token' | 'metrics' | 'previousRecord'>): string {
  return sha256(
    canonicalJson({
      record: p.record,
      deltas: p.deltas,
      output: p.outputDigest,
      state: p.stateHash,
      next: p.next,
      attempt: p.attempt,
      previous: p.record.previousToken,
    } as unknown as Json),
  )
}

/** The query as the checkpoint knows it: compared at every start. */
export interface QueryDescription {
  readonly queryId: string
  readonly partitions: number
  readonly watermarkPolicy: 'min' | 'max'
  /** Source name → provider. */
  readonly sources: readonly { readonly name: string; readonly provider: string }[]
  readonly operators: readonly OperatorDescription[]
  readonly sinks: readonly { readonly name: string; readonly provider: string }[]
}

export interface OperatorDescription {
  readonly name: string
  readonly kind: string
  readonly keys: readonly { readonly name: string; readonly type: string }[]
  readonly values: readonly { readonly name: string; readonly type: string }[]
  readonly time: string
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * A record in the store: SHA-256 of the JSON text, a line feed, the JSON text. LevelDB does not notice a damaged
 * block by itself, so every value carries its own digest.
 */
export function encodeRecord(value: Json | object): Uint8Array {
  // What records are made of is JSON; interfaces have no index signature to say so.
  const text = canonicalJson(value as Json)
  return encoder.encode(`${sha256(text)}\n${text}`)
}

/** @throws CheckpointError CHECKPOINT_CORRUPT naming the key */
export function decodeRecord<T>(key: string, bytes: Uint8Array): T {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch (cause) {
    throw recordCorrupt(key, 'its bytes are no text', cause)
  }
  const body = text.slice(65)
  if (text[64] !== '\n' || sha256(body) !== text.slice(0, 64)) throw recordCorrupt(key, 'its content does not match its digest')
  return JSON.parse(body) as T
}

export function recordCorrupt(key: string, reason: string, cause?: unknown): Error {
  return makeError('CHECKPOINT_CORRUPT', `Checkpoint record "${key}" is damaged: ${reason}. Restore the checkpoint from a backup, or start the query on a new checkpointLocation.`, {
    context: { key, reason },
    cause,
  })
}
