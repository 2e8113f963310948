import { describe, expect, test } from 'vitest'
import { makeJob } from '../../src/testing/torture/job.ts'
import { modes, type ModeName } from '../../src/testing/torture/modes.ts'
import { mutants } from '../../src/testing/torture/mutants.ts'
import { runJob } from '../../src/testing/torture/run-job.ts'
import { torture } from '../../src/testing/torture/torture.ts'

/** What is wrong, with the seed that repeats it. */
async function problems(mode: ModeName, size: { readonly runs: number; readonly crashes?: number }): Promise<{ found: string[]; crashes: number }> {
  const found: string[] = []
  const { crashes } = await torture({ mode, seed: 1, ...size, onJob: (job, result) => found.push(...result.problems.map(p => `${mode}, seed ${job.seed}: ${p}`)) })
  return { found, crashes }
}

describe('the engine under crashes', () => {
  test('500 crashes, of processes and of power, leave every sink, watermark and state as without them', async () => {
    const { found, crashes } = await problems('mixed', { runs: 1000, crashes: 500 })
    expect(found).toEqual([])
    expect(crashes).toBeGreaterThanOrEqual(500)
  })

  for (const mode of (Object.keys(modes) as ModeName[]).filter(m => m !== 'mixed' && m !== 'kill' && m !== 'power')) {
    test(`mode ${mode}: right, or refused for the right reason`, async () => {
      expect((await problems(mode, { runs: 25 })).found).toEqual([])
    })
  }

  test('the same seed gives the same run, step by step', async () => {
    const once = await runJob(makeJob(17, modes.mixed.wishes))
    const again = await runJob(makeJob(17, modes.mixed.wishes))
    expect(again.script).toEqual(once.script)
    expect(once.script.length).toBeGreaterThan(50)
  })
})

describe('the torture notices a rule that is switched off', () => {
  for (const name of ['prepare-unsynced', 'deltas-after-publish', 'commit-before-publish', 'next-watermark-missing', 'staged-not-synced', 'unknown-is-success', 'absent-marker-is-none']) {
    test(name, async () => {
      const mutant = mutants[name]
      const total = await torture({ mode: mutant.mode, seed: 1, runs: 100, mutant, untilWrong: true })
      expect(total.wrong).toBe(1)
    })
  }
})
