/** The entry of example:swap; see the one of example:flights for its form. */
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
