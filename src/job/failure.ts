import { isMillraceError } from '../common/errors.ts'
import { isSystemError } from '../common/system-errors.ts'

/** What the runner has to know of a failure. */
export interface Failure {
  /** Of the innermost error that has one: why the query failed. */
  readonly code: string
  readonly batchId: number | undefined
  /** The same program may succeed if it is started again. */
  readonly retryable: boolean
  /** Another process has the query now. */
  readonly fenced: boolean
  /** A worker thread died of it: what did that once may do it again. */
  readonly killedWorker: boolean
  /** Failures with the same one count as the same: class and place. */
  readonly key: string
  /** Where the batch reads from, as far as it is known: for finding a poison record. */
  readonly sources: unknown
}

/** The network is away, or something is used up: time or somebody else puts it right. */
const passing = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN', 'ENOTFOUND', 'ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EBUSY', 'EAGAIN'])

/**
 * Reads a failure and its causes. One is worth another try when it says so itself (`retryable`), or when the system said
 * underneath that something is away or used up: a function of the program that could not reach a service, a full disk.
 */
export function failureOf(error: unknown): Failure {
  const chain: Error[] = []
  for (let e = error; e instanceof Error && chain.length < 16; e = e.cause) chain.push(e)
  const ours = chain.filter(isMillraceError)
  const codes = chain.map(e => (isMillraceError(e) ? e.code : isSystemError(e) ? (e.code ?? e.name) : e.name))
  const batchId = ours.map(e => e.context.batchId).find(id => typeof id === 'number')
  return {
    code: ours.at(-1)?.code ?? codes.at(-1) ?? 'Error',
    batchId,
    retryable: (isMillraceError(error) && error.retryable) || chain.some(e => isPassing(e)),
    fenced: ours.some(e => e.code === 'CHECKPOINT_FENCED' || e.code === 'KAFKA_PRODUCER_FENCED'),
    killedWorker: ours.some(e => e.code === 'EXEC_TASK_LOST'),
    key: `${codes.join('/')} ${batchId ?? 'at the start'}`,
    sources: ours.map(e => e.context.sources).find(s => s !== undefined),
  }
}

function isPassing(error: Error): boolean {
  if (isSystemError(error)) return passing.has(error.code ?? '')
  // A function of the program may say it of its own errors.
  return !isMillraceError(error) && (error as { readonly retryable?: unknown }).retryable === true
}
