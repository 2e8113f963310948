import { runLeaks, type LeakOptions } from './leak-run.ts'

/** One model in a process of its own, so that what is measured is its. Options come as an argument, the report goes as a message. */
process.send?.(await runLeaks(JSON.parse(process.argv[2]) as LeakOptions))
process.disconnect()
