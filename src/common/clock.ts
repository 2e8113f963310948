/** The clock port: nothing else in the project may read the time or set a timer. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number
  /** Never goes back; milliseconds with a fraction. For durations only. */
  monotonic(): number
  /** Resolves after `ms`, or at once when the signal aborts (it never rejects: the caller looks at the signal). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets timers, sockets and signals run before the next piece of work. */
  yield(): Promise<void>
  /** Keeps the process alive until it is disposed of, also when nothing else is under way. */
  keepAlive(): Disposable
}
