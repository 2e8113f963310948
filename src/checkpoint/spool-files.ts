import { Sha256 } from '../common/digest.ts'
import { makeDurableDirectory } from '../common/durable-directory.ts'
import { isMillraceError, makeError, messageOf } from '../common/errors.ts'
import type { FileSystem, ReadableFile } from '../common/file-system.ts'
import { readFull } from '../common/read-full.ts'
import { type AttemptId, attemptText } from './attempt.ts'
import { pad } from './keys.ts'

/** What a prepared record says about the kept output of its attempt. */
export interface SpooledOutput {
  /** Length of the file; 0: there was no output, and there is no file. */
  readonly bytes: number
  /** SHA-256 of the file. */
  readonly digest: string
}

const readBytes = 1024 * 1024

/**
 * Kept output (protocol rule 23): one file per attempt in `spool/` beside the store, durable before the record that
 * names it, removed once the commit of its batch is durable. Written and read in pieces; only one is in memory.
 */
export class SpoolFiles {
  readonly #files: FileSystem
  readonly #directory: string
  #isMade = false
  /** There may be files: those of this process, and before the first look those that others have left. */
  #mayHold = true

  /** `location`: the checkpoint's. */
  constructor(files: FileSystem, location: string) {
    this.#files = files
    this.#directory = `${location}/spool`
  }

  /**
   * Writes the pieces, one after the other, and makes them durable.
   * @throws CheckpointError CHECKPOINT_IO_FAILED
   */
  async write(batchId: number, attempt: AttemptId, pieces: Iterable<Uint8Array>): Promise<SpooledOutput> {
    const name = nameOf(batchId, attempt)
    try {
      if (!this.#isMade) await makeDurableDirectory(this.#files, this.#directory)
      this.#isMade = true
      this.#mayHold = true
      const file = await this.#files.create(`${this.#directory}/${name}`, { private: true })
      const hash = new Sha256()
      let bytes = 0
      try {
        for (const piece of pieces) {
          await file.write(piece)
          hash.update(piece)
          bytes += piece.length
        }
        await file.sync()
      } finally {
        await file.close()
      }
      await this.#files.syncDirectory(this.#directory)
      return { bytes, digest: hash.digest() }
    } catch (error) {
      throw isMillraceError(error) ? error : spoolFailed(name, 'written', error)
    }
  }

  /**
   * Reads a file after comparing all of it with its record; `read` gets the next so many bytes each time that it asks.
   * @throws CheckpointError CHECKPOINT_CORRUPT, CHECKPOINT_IO_FAILED
   */
  async read<T>(batchId: number, attempt: AttemptId, expected: SpooledOutput, read: (next: (length: number) => Promise<Uint8Array>) => Promise<T>): Promise<T> {
    const name = nameOf(batchId, attempt)
    try {
      if ((await this.#files.stat(`${this.#directory}/${name}`)) === undefined) throw spoolCorrupt(name, 'it is missing')
      const file = await this.#files.open(`${this.#directory}/${name}`)
      try {
        await verify(name, file, expected)
        let at = 0
        return await read(async length => {
          if (length > expected.bytes - at) throw spoolCorrupt(name, `it ends ${length - expected.bytes + at} bytes early`)
          const bytes = await readFully(file, at, length)
          at += length
          return bytes
        })
      } finally {
        await file.close()
      }
    } catch (error) {
      throw isMillraceError(error) ? error : spoolFailed(name, 'read', error)
    }
  }

  /**
   * Removes what attempts at batches up to this one have kept, whatever became of them. Not made durable: what comes back
   * is removed again.
   * @throws CheckpointError CHECKPOINT_IO_FAILED
   */
  async removeUpTo(batchId: number): Promise<void> {
    if (!this.#mayHold) return
    try {
      const names = (await this.#files.stat(this.#directory)) === undefined ? [] : (await this.#files.list(this.#directory)).map(e => e.name)
      for (const name of names) if (batchOf(name) <= batchId) await this.#files.remove(`${this.#directory}/${name}`)
      this.#mayHold = names.some(name => batchOf(name) > batchId)
    } catch (error) {
      throw spoolFailed(nameOf(batchId), 'removed', error)
    }
  }
}

async function verify(name: string, file: ReadableFile, { bytes, digest }: SpooledOutput): Promise<void> {
  if (file.size !== bytes) throw spoolCorrupt(name, `it has ${file.size} bytes instead of ${bytes}`)
  const hash = new Sha256()
  for (let at = 0; at < bytes; at += readBytes) hash.update(await readFully(file, at, Math.min(readBytes, bytes - at)))
  const found = hash.digest()
  if (found !== digest) throw spoolCorrupt(name, `its SHA-256 is ${found} instead of ${digest}`)
}

async function readFully(file: ReadableFile, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  const n = await readFull(file, bytes, position)
  if (n < length) throw new Error(`the file ends at byte ${position + n}`)
  return bytes
}

function nameOf(batchId: number, attempt?: AttemptId): string {
  return attempt === undefined ? pad(batchId) : `${pad(batchId)}-${attemptText(attempt)}`
}

/** The batch of a file; one that is none of ours is never removed. */
function batchOf(name: string): number {
  return /^\d{10}-/.test(name) ? Number(name.slice(0, 10)) : Number.POSITIVE_INFINITY
}

function spoolCorrupt(name: string, reason: string): Error {
  return makeError('CHECKPOINT_CORRUPT', `The kept output "spool/${name}" of the checkpoint is damaged: ${reason}. Restore the checkpoint from a backup, or start the query on a new checkpointLocation.`, {
    context: { file: `spool/${name}`, reason },
  })
}

function spoolFailed(name: string, action: 'written' | 'read' | 'removed', cause: unknown): Error {
  return makeError('CHECKPOINT_IO_FAILED', `The kept output "spool/${name}" of the checkpoint could not be ${action}: ${messageOf(cause)}. Remove the cause and start the query again.`, {
    context: { file: `spool/${name}`, action },
    cause,
  })
}
