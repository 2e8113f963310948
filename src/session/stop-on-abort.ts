import { option } from '../common/options.ts'

/** The option `signal` of what can be stopped. */
export const signalOption = option.value<AbortSignal | undefined>(undefined, 'Aborting it stops what was started.', 'an AbortSignal', value => value instanceof AbortSignal)

/** Calls `stop` once the signal is aborted, at once if it is; the result takes that back. */
export function stopOnAbort(signal: AbortSignal | undefined, stop: () => Promise<unknown>): () => void {
  if (signal === undefined) return () => {}
  const listener = (): void => {
    stop().catch(() => {
      // Nobody called stop(): whoever waits for the end is told what happened.
    })
  }
  if (signal.aborted) listener()
  else signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}
