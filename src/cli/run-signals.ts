import { constants } from 'node:os'

/**
 * Aborts at the first SIGTERM or SIGINT. A second one, of either kind, ends the process at once: what runs is then as after
 * a kill, and the next start finishes it.
 */
export function listenForSignals(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(128 + constants.signals[signal])
      stopping.abort()
    })
  }
  return stopping.signal
}
