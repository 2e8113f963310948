import { type ErrorClass, type ErrorCode, errorCodes } from './error-codes.ts'

/** Values that make an error understandable to a program; JSON only, never secrets or whole rows. */
export type ErrorContext = { readonly [key: string]: unknown }

export interface ErrorInit {
  readonly context?: ErrorContext
  readonly cause?: unknown
  /** Names Spark's condition where one code of ours covers several of theirs; default: the table's. */
  readonly spark?: string
  /** Where the code alone does not decide; default: the table's. */
  readonly retryable?: boolean
}

/**
 * The base of all errors raised on purpose. Recognise them with {@link isMillraceError} and by `code`, not by
 * `instanceof`: a second copy of the package or a trip through a worker breaks the latter.
 */
export abstract class MillraceError extends Error {
  readonly kind = 'MillraceError'
  abstract override readonly name: ErrorClass
  readonly code: ErrorCode
  readonly context: ErrorContext
  readonly retryable: boolean
  /** What Spark 4.2 calls this condition, where it has a name. */
  readonly sparkCondition: string | undefined

  constructor(code: ErrorCode, message: string, init: ErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    const entry = errorCodes[code]
    this.code = code
    this.context = init.context ?? {}
    this.retryable = init.retryable ?? entry.retryable ?? false
    this.sparkCondition = init.spark ?? entry.spark
  }
}

/** The query or its options cannot be run as written. The program must change. */
export class AnalysisError extends MillraceError {
  override readonly name = 'AnalysisError' as const
}
/** A running query failed. `context` has queryId, runId, batchId and offsets where they are known; `cause` says why. */
export class QueryError extends MillraceError {
  override readonly name = 'QueryError' as const
}
/** A checkpoint is in use, damaged, or belongs to another query. Choose another location, or repair. */
export class CheckpointError extends MillraceError {
  override readonly name = 'CheckpointError' as const
}
/** An invariant of Millrace broke: a bug of ours, please report it. */
export class InternalError extends MillraceError {
  override readonly name = 'InternalError' as const
}

const classes = { AnalysisError, QueryError, CheckpointError, InternalError }

/** Builds the error of the class that the code belongs to. Call it from a named factory beside its use. */
export function makeError(code: ErrorCode, message: string, init?: ErrorInit): MillraceError {
  return new classes[errorCodes[code].class](code, message, init)
}

export function isMillraceError(value: unknown): value is MillraceError {
  return value instanceof Error && (value as { kind?: unknown }).kind === 'MillraceError'
}

/** An error as plain data, for the trip between threads. */
export interface ErrorData {
  readonly class: string
  readonly code?: ErrorCode
  readonly message: string
  readonly context?: ErrorContext
  readonly spark?: string
  readonly retryable?: boolean
  readonly stack?: string
  readonly cause?: ErrorData
}

export function errorToData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { class: 'Error', message: String(error) }
  const base = {
    class: error.name,
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined ? {} : { cause: errorToData(error.cause) }),
  }
  if (!isMillraceError(error)) return base
  const spark = error.sparkCondition
  return { ...base, code: error.code, context: error.context, retryable: error.retryable, ...(spark === undefined ? {} : { spark }) }
}

export function errorFromData(data: ErrorData): Error {
  const cause = data.cause === undefined ? undefined : errorFromData(data.cause)
  let error: Error
  if (data.code !== undefined && data.code in errorCodes) {
    error = makeError(data.code, data.message, {
      ...(data.context === undefined ? {} : { context: data.context }),
      ...(data.spark === undefined ? {} : { spark: data.spark }),
      ...(data.retryable === undefined ? {} : { retryable: data.retryable }),
      cause,
    })
  } else {
    error = new Error(data.message, cause === undefined ? undefined : { cause })
    error.name = data.class
  }
  if (data.stack !== undefined) error.stack = data.stack
  return error
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
