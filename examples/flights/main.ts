/**
 * The entry of example:flights. Signals are listened for before anything else is loaded, so that one that comes in the
 * middle of the start also ends the program in order.
 */
const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())

const { describe, run } = await import('./run.ts')
try {
  await run(stopping.signal)
} catch (error) {
  console.error(describe(error))
  process.exitCode = 1
}

export {}
