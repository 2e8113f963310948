import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

interface Measured {
  readonly bytesPerRow: number
  /** The greatest sites, for whoever has to find out. */
  readonly most: readonly string[]
}

/**
 * A view of bytes for a row would take about a hundred bytes, an object with its strings several hundred. What is allowed
 * here is a number or two with a fraction, which V8 puts on the heap where one function hands them to another.
 */
const boundBytes = 64

test('between source and sink there is no object and no string for a row', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--no-concurrent-recompilation', join(import.meta.dirname, 'allocations.mjs'), String(boundBytes)])
  const { objects, rows, windows } = JSON.parse(stdout) as { readonly [query: string]: Measured }
  expect(objects.bytesPerRow, 'the control makes an object a row').toBeGreaterThan(100)
  expect(rows.bytesPerRow, rows.most.join('\n')).toBeLessThan(boundBytes)
  expect(windows.bytesPerRow, windows.most.join('\n')).toBeLessThan(boundBytes)
})
