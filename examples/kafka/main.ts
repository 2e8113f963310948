/**
 * The entry of example:kafka. Signals are listened for before anything else is loaded, so that one that comes in the
 * middle of the start also ends the program in order.
 */
const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())

const { run } = await import('./run.ts')
const { describe } = await import('../flights/run.ts')
try {
  await run(stopping.signal)
} catch (error) {
  console.error(describe(error))
  process.exitCode = 1
}

export {}
