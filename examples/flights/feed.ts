import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'

const hourMs = 3_600_000
/** One file per two hours of the stream: small enough to watch, large enough to be worth a batch. */
const sliceMs = 2 * hourMs

/** Flights that became known within the same two hours. */
interface Slice {
  readonly startMs: number
  readonly lines: string[]
}

/** How far the recording has been played. */
export interface FeedPosition {
  readonly startMs: number
  readonly endMs: number
  readonly nowMs: number
  readonly flights: number
}

/**
 * Plays recorded flights into a folder as a stream of small files, `hoursPerSecond` times as fast as they happened
 * (0: at once). A file is written beside the folder and renamed into it, so that a reader never meets half of one.
 */
export async function playFlights(recording: string, folder: string, hoursPerSecond: number, signal: AbortSignal, moved: (position: FeedPosition) => void): Promise<void> {
  const slices = await readSlices(recording)
  const startMs = slices[0].startMs
  const endMs = slices[slices.length - 1].startMs + sliceMs
  const began = Date.now()
  let flights = 0
  for (const [i, slice] of slices.entries()) {
    if (hoursPerSecond > 0) {
      const due = began + ((slice.startMs + sliceMs - startMs) / hourMs / hoursPerSecond) * 1000
      await sleep(Math.max(0, due - Date.now()), undefined, { signal })
    }
    signal.throwIfAborted()
    const name = `flights-${String(i).padStart(4, '0')}.jsonl`
    await writeFile(`${folder}.${name}`, `${slice.lines.join('\n')}\n`)
    await rename(`${folder}.${name}`, join(folder, name))
    flights += slice.lines.length
    moved({ startMs, endMs, nowMs: slice.startMs + sliceMs, flights })
  }
}

async function readSlices(recording: string): Promise<Slice[]> {
  const names = (await readdir(recording)).filter(n => /^flights-.*\.jsonl\.gz$/.test(n)).sort()
  if (names.length === 0) throw new Error(`There is no flights-*.jsonl.gz in "${recording}".`)
  const slices: Slice[] = []
  for (const name of names) {
    const text = gunzipSync(await readFile(join(recording, name))).toString('utf8')
    for (const line of text.split('\n')) {
      if (line === '') continue
      const known = Date.parse((JSON.parse(line) as { known_time: string }).known_time)
      const startMs = Math.floor(known / sliceMs) * sliceMs
      const last = slices.at(-1)
      if (last?.startMs === startMs) last.lines.push(line)
      else slices.push({ startMs, lines: [line] })
    }
  }
  return slices
}
