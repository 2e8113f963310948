import { expect, test } from 'vitest'
import type { Model } from '../../src/ml/model.ts'
import { countedModel, NativeCalls } from '../../src/exec/native-calls.ts'

/** The two ends of one word, as the driver and the thread have them. */
function ends(): { readonly driver: NativeCalls; readonly thread: NativeCalls } {
  const driver = new NativeCalls('executor-0')
  return { driver, thread: new NativeCalls('executor-0', driver.shared) }
}

test('a thread is not ended while a model scores, however the scoring ends', async () => {
  const { driver, thread } = ends()
  const seen: boolean[] = []
  const model: Model = {
    digest: 'd',
    signature: { format: 'f', inputs: [], outputs: [] },
    async score(_inputs, rows) {
      seen.push(driver.forbid(), driver.underWay)
      await Promise.resolve()
      seen.push(driver.forbid(), driver.underWay)
      if (rows === 0) throw new RangeError('No rows.')
      return { vectors: [] }
    },
    close: () => undefined,
  }
  const counted = countedModel(model, thread)
  expect(await counted.score([], 1, [])).toEqual({ vectors: [] })
  await expect(counted.score([], 0, [])).rejects.toThrow('No rows.')
  expect(seen).toEqual([false, true, false, true, false, true, false, true])
  expect(driver.underWay).toBe(false)
  expect(driver.forbid()).toBe(true)
})

test('no call begins on a thread that is going to be ended', async () => {
  const { driver, thread } = ends()
  expect(driver.forbid()).toBe(true)
  let called = false
  await expect(thread.during(() => (called = true))).rejects.toMatchObject({ code: 'EXEC_TASK_LOST', context: { executor: 'executor-0' } })
  expect(called).toBe(false)
})
