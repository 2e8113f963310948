import { cp, open, rm } from 'node:fs/promises'
import { isMillraceError, messageOf } from '../../../common/errors.ts'
import { runFlipQuery, visibleOutput } from './flip-query.ts'

/** One flip: in which copy, which bit. */
export interface Flip {
  readonly n: number
  readonly template: string
  readonly input: string
  readonly copy: string
  readonly path: string
  readonly byte: number
  readonly bit: number
  readonly expected: readonly (readonly [path: string, content: string])[]
}

/** `right`: the output of an undamaged run · `refused`: a typed error · `wrong`: neither. */
export interface FlipOutcome {
  readonly n: number
  readonly kind: 'right' | 'refused' | 'wrong'
  readonly text: string
}

/** Typed errors that say what is damaged. */
const damage = /^(CHECKPOINT|STATE|SINK)_/

// A child process of its own: what a damaged file does to native code must not end the torture.
process.on('message', (flip: Flip) => {
  void tryFlip(flip).then(outcome => process.send?.(outcome))
})

process.on('disconnect', () => process.exit())

async function tryFlip(flip: Flip): Promise<FlipOutcome> {
  const { n, template, input, copy, path, byte, bit } = flip
  await cp(template, copy, { recursive: true, preserveTimestamps: true })
  await flipBit(`${copy}/${path}`, byte, bit)
  let error: unknown = null
  try {
    await runFlipQuery(copy, input)
  } catch (e) {
    error = e
  }
  const output = await visibleOutput(copy)
  await rm(copy, { recursive: true, force: true })
  const expected = new Map(flip.expected)
  for (const [name, content] of output) if (expected.get(name) !== content) return { n, kind: 'wrong', text: `${name} is ${JSON.stringify(content)} and not ${JSON.stringify(expected.get(name))}` }
  if (error === null) return output.size === expected.size ? { n, kind: 'right', text: '' } : { n, kind: 'wrong', text: `${expected.size - output.size} files are missing` }
  const typed = isMillraceError(error) && (damage.test(error.code) || (isMillraceError(error.cause) && damage.test(error.cause.code)))
  return { n, kind: typed ? 'refused' : 'wrong', text: isMillraceError(error) ? `${error.code} ${error.message}` : messageOf(error) }
}

async function flipBit(path: string, byte: number, bit: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const buffer = new Uint8Array(1)
    await file.read(buffer, 0, 1, byte)
    buffer[0] ^= 1 << bit
    await file.write(buffer, 0, 1, byte)
  } finally {
    await file.close()
  }
}
