/**
 * Every error code of the project. The class says whose move it is (see errors.ts), `spark` names the condition that
 * Spark 4.2 raises in the same situation (its users search for that word). docs/errors.md has a section per code;
 * scripts/check compares the two. Codes are stable within a major version, messages are not.
 */
export type ErrorClass = 'AnalysisError' | 'QueryError' | 'CheckpointError' | 'InternalError'

export interface ErrorCodeEntry {
  readonly class: ErrorClass
  /** True when the same program may succeed if it is simply started again. */
  readonly retryable?: boolean
  readonly spark?: string
}

const code = (cls: ErrorClass, spark?: string, retryable = false): ErrorCodeEntry =>
  Object.freeze(spark === undefined ? { class: cls, retryable } : { class: cls, spark, retryable })

export const errorCodes = Object.freeze({
  // plan: the program must change
  PLAN_UNKNOWN_COLUMN: code('AnalysisError', 'UNRESOLVED_COLUMN.WITH_SUGGESTION'),
  PLAN_UNKNOWN_FIELD: code('AnalysisError', 'FIELD_NOT_FOUND'),
  PLAN_DUPLICATE_COLUMN: code('AnalysisError', 'COLUMN_ALREADY_EXISTS'),
  PLAN_AMBIGUOUS_COLUMN: code('AnalysisError', 'AMBIGUOUS_REFERENCE'),
  PLAN_UNKNOWN_FUNCTION: code('AnalysisError', 'UNRESOLVED_ROUTINE'),
  PLAN_ARGUMENT_COUNT: code('AnalysisError', 'WRONG_NUM_ARGS.WITHOUT_SUGGESTION'),
  PLAN_TYPE_MISMATCH: code('AnalysisError', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE'),
  PLAN_UNSUPPORTED_TYPE: code('AnalysisError', 'UNSUPPORTED_DATATYPE'),
  PLAN_UNSUPPORTED_OPERATOR: code('AnalysisError'),
  PLAN_CAST_NOT_ALLOWED: code('AnalysisError', 'DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION'),
  PLAN_INVALID_ARGUMENT: code('AnalysisError', 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE'),
  PLAN_INVALID_DURATION: code('AnalysisError', 'CANNOT_PARSE_INTERVAL'),
  PLAN_DROPPED_CONDITION: code('AnalysisError'),
  PLAN_AGGREGATE_MISPLACED: code('AnalysisError', 'INVALID_WHERE_CONDITION'),
  PLAN_GENERATOR_MISPLACED: code('AnalysisError', 'UNSUPPORTED_GENERATOR.OUTSIDE_SELECT'),
  PLAN_APPEND_NEEDS_WATERMARK: code('AnalysisError', 'STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION'),
  PLAN_OUTPUT_MODE_UNSUPPORTED: code('AnalysisError', 'STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION'),
  PLAN_STREAMING_UNSUPPORTED: code('AnalysisError', '_LEGACY_ERROR_TEMP_3102'),
  PLAN_WATERMARK_NOT_TIMESTAMP: code('AnalysisError', 'EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE'),
  PLAN_WATERMARK_REDEFINED: code('AnalysisError', '_LEGACY_ERROR_TEMP_3076'),
  PLAN_TWO_EVENT_TIMES: code('AnalysisError', '_LEGACY_ERROR_TEMP_3077'),
  PLAN_TWO_WINDOWS: code('AnalysisError', '_LEGACY_ERROR_TEMP_1039'),
  PLAN_WINDOW_INVALID: code('AnalysisError', 'DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION'),
  PLAN_UNION_MISMATCH: code('AnalysisError', 'NUM_COLUMNS_MISMATCH'),
  PLAN_UNION_TYPE_MISMATCH: code('AnalysisError', 'INCOMPATIBLE_COLUMN_TYPE'),
  PLAN_SINK_MODE_UNSUPPORTED: code('AnalysisError', 'STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE'),
  PLAN_INVALID_OPTION: code('AnalysisError'),
  PLAN_UNKNOWN_OPTION: code('AnalysisError'),
  PLAN_INVALID_NAME: code('AnalysisError'),
  PLAN_NOT_STREAMING: code('AnalysisError', 'WRITE_STREAM_NOT_ALLOWED'),
  PLAN_IS_STREAMING: code('AnalysisError', 'CALL_ON_STREAMING_DATASET_UNSUPPORTED'),

  // expressions: a row could not be computed
  EXPR_ARITHMETIC_OVERFLOW: code('QueryError', 'ARITHMETIC_OVERFLOW'),
  EXPR_DIVIDE_BY_ZERO: code('QueryError', 'DIVIDE_BY_ZERO'),
  EXPR_REMAINDER_BY_ZERO: code('QueryError', 'REMAINDER_BY_ZERO'),
  EXPR_CAST_INVALID_INPUT: code('QueryError', 'CAST_INVALID_INPUT'),
  EXPR_CAST_OVERFLOW: code('QueryError', 'CAST_OVERFLOW'),
  EXPR_USER_RAISED: code('QueryError', 'USER_RAISED_EXCEPTION'),
  EXPR_INVALID_TIME_ZONE: code('QueryError', 'INVALID_TIMEZONE'),
  EXPR_TIMESTAMP_NOT_EXACT: code('QueryError'),
  EXPR_CANNOT_PARSE_TIMESTAMP: code('QueryError', 'CANNOT_PARSE_TIMESTAMP'),
  EXPR_DATETIME_PATTERN: code('QueryError', 'INVALID_DATETIME_PATTERN'),
  EXPR_DATETIME_FIELD: code('QueryError', 'DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION'),
  EXPR_ILLEGAL_DAY_OF_WEEK: code('QueryError', 'ILLEGAL_DAY_OF_WEEK'),
  EXPR_INVALID_INDEX: code('QueryError', 'INVALID_ARRAY_INDEX'),
  EXPR_INVALID_ARGUMENT: code('QueryError', 'INVALID_PARAMETER_VALUE'),
  EXPR_SEQUENCE_BOUNDS: code('QueryError'),
  EXPR_INVALID_PATTERN: code('QueryError', 'INVALID_PARAMETER_VALUE.PATTERN'),
  EXPR_UNSUPPORTED_PATTERN: code('QueryError'),
  EXPR_VALUE_TOO_LARGE: code('QueryError', 'COLLECTION_SIZE_LIMIT_EXCEEDED'),

  // formats: bytes that are not what the schema says
  FORMAT_BAD_RECORD: code('QueryError', 'MALFORMED_RECORD_IN_PARSING'),
  FORMAT_UNREADABLE: code('QueryError'),
  FORMAT_UNKNOWN: code('AnalysisError'),
  FORMAT_SCHEMA_MISMATCH: code('QueryError'),
  FORMAT_UNSUPPORTED: code('QueryError'),
  FORMAT_SCHEMA_UNKNOWN: code('AnalysisError', 'UNABLE_TO_INFER_SCHEMA'),

  // sources
  SOURCE_UNKNOWN: code('AnalysisError'),
  SOURCE_PATH_MISSING: code('QueryError', 'PATH_NOT_FOUND'),
  SOURCE_FILE_CHANGED: code('QueryError'),
  SOURCE_FILE_MISSING: code('QueryError'),
  SOURCE_DATA_LOST: code('QueryError'),
  SOURCE_TOPIC_RECREATED: code('QueryError'),
  SOURCE_OFFSET_MISSING: code('QueryError'),
  SOURCE_ROW_INVALID: code('QueryError'),
  SOURCE_FAILED: code('QueryError', undefined, true),

  // kafka: the client that source and sink share
  KAFKA_UNAVAILABLE: code('QueryError', undefined, true),
  KAFKA_AUTHENTICATION_FAILED: code('QueryError'),
  KAFKA_AUTHORIZATION_FAILED: code('QueryError'),
  KAFKA_CREDENTIALS_MISSING: code('QueryError'),
  KAFKA_INSECURE_PASSWORD: code('AnalysisError'),
  KAFKA_PROTOCOL: code('QueryError'),
  KAFKA_UNKNOWN_TOPIC: code('QueryError'),
  KAFKA_OFFSET_OUT_OF_RANGE: code('QueryError'),
  KAFKA_RECORD_TOO_LARGE: code('QueryError'),
  KAFKA_PRODUCER_FENCED: code('QueryError'),
  KAFKA_OUTCOME_UNKNOWN: code('QueryError', undefined, true),
  KAFKA_REGISTRY_UNAVAILABLE: code('QueryError', undefined, true),
  KAFKA_REGISTRY_REFUSED: code('QueryError'),
  KAFKA_REGISTRY_MISMATCH: code('AnalysisError'),

  // sinks
  SINK_UNKNOWN: code('AnalysisError'),
  SINK_PATH_UNUSABLE: code('QueryError'),
  SINK_COMMIT_FAILED: code('QueryError', undefined, true),
  SINK_MARKER_LOST: code('CheckpointError'),
  SINK_LOST_COMMITS: code('CheckpointError'),
  SINK_TOKEN_MISMATCH: code('CheckpointError'),
  SINK_OUTPUT_OWNED: code('CheckpointError'),
  SINK_MANIFEST_CORRUPT: code('CheckpointError'),
  SINK_MARKER_DAMAGED: code('CheckpointError'),
  SINK_RECORD_REFUSED: code('QueryError'),
  SINK_HANGING_TRANSACTION: code('QueryError', undefined, true),
  SINK_CANNOT_RESUME: code('CheckpointError', '_LEGACY_ERROR_TEMP_1299'),
  SINK_TOO_MANY_PARTITIONS: code('QueryError'),
  SINK_USER_FUNCTION_FAILED: code('QueryError', 'FOREACH_BATCH_USER_FUNCTION_ERROR'),

  // Kafka's record batches
  KAFKA_CORRUPT_RECORDS: code('QueryError'),
  KAFKA_UNSUPPORTED_RECORDS: code('QueryError'),
  KAFKA_BATCH_TOO_LARGE: code('QueryError'),
  KAFKA_PACKAGE_MISSING: code('AnalysisError'),
  KAFKA_CODEC_UNAVAILABLE: code('AnalysisError'),

  // checkpoint
  CHECKPOINT_IN_USE: code('CheckpointError', undefined, true),
  CHECKPOINT_FENCED: code('CheckpointError', 'CONCURRENT_STREAM_LOG_UPDATE'),
  CHECKPOINT_SPLIT: code('CheckpointError'),
  CHECKPOINT_HISTORY_DIVERGED: code('CheckpointError'),
  CHECKPOINT_OLDER_THAN_SINK: code('CheckpointError'),
  CHECKPOINT_CORRUPT: code('CheckpointError'),
  CHECKPOINT_TOO_NEW: code('CheckpointError', 'INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION'),
  CHECKPOINT_NOT_EMPTY: code('CheckpointError', 'STATE_STORE_CHECKPOINT_LOCATION_NOT_EMPTY'),
  CHECKPOINT_NOT_FOUND: code('CheckpointError'),
  CHECKPOINT_INCOMPATIBLE: code('CheckpointError', 'STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA'),
  CHECKPOINT_KEY_INCOMPATIBLE: code('CheckpointError', 'STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE'),
  CHECKPOINT_VALUE_INCOMPATIBLE: code('CheckpointError', 'STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE'),
  CHECKPOINT_STATE_MISSING: code('CheckpointError', 'STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY'),
  CHECKPOINT_IO_FAILED: code('CheckpointError', undefined, true),

  // state
  STATE_CORRUPT: code('CheckpointError', 'CANNOT_LOAD_STATE_STORE'),
  STATE_BUDGET_EXCEEDED: code('QueryError'),

  // models
  ML_UNKNOWN_FORMAT: code('AnalysisError'),
  ML_UNREADABLE: code('AnalysisError'),
  ML_UNSUPPORTED: code('AnalysisError'),
  ML_SCHEMA_MISMATCH: code('AnalysisError'),
  ML_PACKAGE_MISSING: code('AnalysisError'),
  ML_SCORING_FAILED: code('QueryError'),
  ML_INPUT_INVALID: code('QueryError'),
  ML_FIT_FAILED: code('AnalysisError'),
  ML_DIRECTORY_TAKEN: code('AnalysisError'),

  // execution
  EXEC_FAILED: code('QueryError', 'STREAM_FAILED', true),
  EXEC_TASK_LOST: code('QueryError', undefined, true),
  EXEC_TASK_TIMEOUT: code('QueryError'),
  EXEC_NONDETERMINISTIC_REPLAY: code('QueryError'),
  EXEC_QUERY_STOPPED: code('QueryError'),

  // session
  SESSION_CLOSED: code('AnalysisError'),
  SESSION_NAME_IN_USE: code('AnalysisError'),
  SESSION_CALLED_FROM_QUERY: code('AnalysisError'),

  // model registry
  ML_VERSION_UNKNOWN: code('AnalysisError'),
  ML_REGISTRY_UNREADABLE: code('AnalysisError'),
  ML_GOLDEN_MISMATCH: code('AnalysisError'),

  // admin server
  ADMIN_TOKEN_REQUIRED: code('AnalysisError'),
  ADMIN_NOT_LISTENING: code('QueryError'),

  ADMIN_UNREACHABLE: code('QueryError', undefined, true),
  ADMIN_REFUSED: code('QueryError'),

  // jobs
  JOB_INVALID: code('AnalysisError'),
  JOB_UNKNOWN_SETTING: code('AnalysisError'),
  JOB_INVALID_SETTING: code('AnalysisError'),
  JOB_SECRET_EXPOSED: code('AnalysisError'),
  JOB_CONFIG_UNREADABLE: code('AnalysisError'),

  // live tables
  LIVE_UNKNOWN: code('AnalysisError'),
  LIVE_BAD_KEY: code('QueryError'),

  // ours
  INTERNAL_ASSERTION: code('InternalError'),
} as const)

export type ErrorCode = keyof typeof errorCodes
