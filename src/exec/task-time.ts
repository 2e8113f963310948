import { isMillraceError } from '../common/errors.ts'
import type { Clock } from '../common/clock.ts'
import { taskTimedOut } from './task-errors.ts'

/**
 * Runs a task under a time limit. Past it the task is told to stop, as if its query were stopped, and fails with
 * EXEC_TASK_TIMEOUT. That ends every task which lets the event loop turn now and then; one that does not is ended from
 * outside (task-watch.ts), where it has a thread of its own.
 */
export async function withinTime<T>(clock: Clock, executor: string, timeoutMs: number | null, signal: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (timeoutMs === null) return run(signal)
  const ended = new AbortController()
  const late = new AbortController()
  void clock.sleep(timeoutMs, ended.signal).then(() => {
    if (!ended.signal.aborted) late.abort()
  })
  try {
    return await run(AbortSignal.any([signal, late.signal]))
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error
    // That it was stopped is our own doing; anything else may be what kept it.
    throw taskTimedOut(executor, timeoutMs, isMillraceError(error) && error.code === 'EXEC_QUERY_STOPPED' ? undefined : error)
  } finally {
    ended.abort()
  }
}
