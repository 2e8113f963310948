import { unreadable, unsupported } from '../errors.ts'
import { elementKinds } from '../tensor/element.ts'
import type { FeedSpec } from '../tensor/feed.ts'
import { type BackendName, firstBackend } from './backend.ts'
import type { Answer, Filled } from './network.ts'
import type { Core } from './runtime.ts'

export const maxRowCells = 16 * 1024 * 1024
/** Memory that a run may need at a time: also what keeps it short. */
const maxRunBytes = 32 * 1024 * 1024
const maxChunkRows = 1024
/** Rows are computed in groups of so many at least, see Network.stepRows. */
const stepRows = 16
/** What tfjs-node is given at a time, always: the last bit of its sums depends on it. */
const nativeChunkRows = 256

export interface Trial {
  readonly backend: BackendName
  readonly answers: readonly Answer[]
  readonly chunkRows: number
  readonly stepRows: number
}

/**
 * Runs a network once on zeros: finds the backend that has its operations, the shapes of what it answers, and how much
 * memory a row needs, from which the size of chunks follows.
 *
 * @throws AnalysisError ML_UNSUPPORTED, ML_UNREADABLE
 */
export async function tryNetwork(core: Core, title: string, feeds: readonly FeedSpec[], run: (feeds: readonly Filled[]) => readonly Answer[] | Promise<readonly Answer[]>, backends?: readonly BackendName[]): Promise<Trial> {
  const rows = 2
  // An open dimension may have to be long enough for what comes behind it.
  const lengths = feeds.some(feed => feed.shape.includes(null)) ? [16, 1, 64, 256] : [1]
  let failure: unknown
  for (const length of lengths) {
    const given = feeds.map((feed): Filled => {
      const dims = [rows, ...feed.shape.map(d => d ?? length)]
      const cells = dims.slice(1).reduce((product, d) => product * d, 1)
      if (!(cells <= maxRowCells)) throw unsupported(title, `an input "${feed.name}" of ${cells} values a row`, `The limit is ${maxRowCells}.`)
      return { dims, data: elementKinds[feed.kind].make(rows * cells) }
    })
    try {
      const { backend, found } = await firstBackend(core, title, async () => {
        const before = core.memory().numBytes
        let answers: readonly Answer[] = []
        let failure: { readonly error: unknown } | undefined
        // A profile that ends with an error would go on for ever.
        const { peakBytes } = await core.profile(async () => {
          try {
            answers = await run(given)
          } catch (error) {
            failure = { error }
          }
        })
        if (failure !== undefined) throw failure.error
        return { answers, rowBytes: Math.max(4, (peakBytes - before) / rows) }
      }, backends)
      return { backend, answers: found.answers, ...sizes(backend, found.rowBytes) }
    } catch (error) {
      failure ??= error
    }
  }
  if (isOwn(failure)) throw failure
  throw unreadable(title, `TensorFlow.js refuses it: ${firstLine(failure)}`, failure)
}

function sizes(backend: BackendName, rowBytes: number): { chunkRows: number; stepRows: number } {
  const fitting = Math.floor(maxRunBytes / rowBytes)
  if (backend === 'tensorflow') {
    const chunkRows = Math.max(1, Math.min(nativeChunkRows, fitting))
    return { chunkRows, stepRows: chunkRows }
  }
  const chunkRows = fitting < stepRows ? Math.max(2, fitting) : Math.min(maxChunkRows, fitting - (fitting % stepRows))
  return { chunkRows, stepRows: Math.min(stepRows, chunkRows) }
}

function isOwn(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('ML_')
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0].slice(0, 300).replace(/\.+$/, '')
}
