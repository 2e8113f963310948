import { AsyncLocalStorage } from 'node:async_hooks'

/** A function of the program that a query is running, and waits for. */
interface UserCall {
  readonly queryId: string
  running: boolean
}

const calls = new AsyncLocalStorage<UserCall | undefined>()

/**
 * Runs a function of the program on behalf of a query that waits for it: what the function calls, also later and in
 * other functions, can tell that it must not wait for that query.
 */
export async function runUserCode<T>(queryId: string, run: () => T | Promise<T>): Promise<T> {
  const call: UserCall = { queryId, running: true }
  try {
    return await calls.run(call, run)
  } finally {
    call.running = false
  }
}

/** The query that waits for the function from which this is called, if there is one. */
export function waitingQuery(): string | undefined {
  const call = calls.getStore()
  return call?.running === true ? call.queryId : undefined
}

/** Runs something that no query waits for, though a function of the program has asked for it. */
export function outsideUserCode<T>(run: () => T): T {
  return calls.getStore() === undefined ? run() : calls.run(undefined, run)
}
