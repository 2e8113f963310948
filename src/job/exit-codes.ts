import type { Standing } from './query-supervisor.ts'

/** What `millrace run` ends with; docs/running.md describes them. A signal's second coming ends with 128 and its number. */
export const exitCodes = Object.freeze({
  /** Every query has ended, or was stopped in order. */
  done: 0,
  /** A query stays down and no other runs; or the job could not be started. */
  failed: 1,
  /** The command, the job or its configuration is wrong: starting it again changes nothing. */
  usage: 2,
  /** Another process runs a query of the job: this one must not be started again beside it. */
  fenced: 3,
  /** The queries did not end within the grace time. */
  graceOver: 4,
})

export function exitCodeOf(standings: readonly Standing[]): number {
  const down = standings.flatMap(s => (s.kind === 'down' ? [s.failure] : []))
  if (down.some(f => f.fenced)) return exitCodes.fenced
  return down.length > 0 ? exitCodes.failed : exitCodes.done
}
