import { expect, test } from 'vitest'
import { exhaustiveJobs, runExhaustively } from '../../src/testing/torture/exhaustive.ts'

test('a crash at every single step, of the process and of power, leaves what an undisturbed run leaves', async () => {
  const problems: string[] = []
  let runs = 0
  // Files beside a sink without look-up; the other sink sets have their turn in `--mode exhaustive`.
  for (const job of exhaustiveJobs(1, false).slice(1, 2)) {
    await runExhaustively(job, {
      pairs: false,
      tell(crashed, result) {
        runs++
        problems.push(...result.problems.map(p => `${job.shape}, ${JSON.stringify(crashed.crashes)}: ${p}`))
      },
    })
  }
  expect(problems).toEqual([])
  expect(runs).toBeGreaterThan(150)
})
