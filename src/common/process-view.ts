/** What the process takes of its machine. */
export interface ProcessState {
  readonly residentBytes: number
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
  /** User and system, of all threads, since the start. */
  readonly cpuSeconds: number
  /** 99th percentile since the last look. */
  readonly eventLoopLagMs: number
  /** Null where the system does not tell. */
  readonly openDescriptors: number | null
}

/** The port to the process itself. */
export interface ProcessView {
  read(): ProcessState
  close(): void
}
