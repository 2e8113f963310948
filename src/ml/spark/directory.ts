import type { ModelArtefact } from '../model.ts'
import { sparkUnreadable } from './failures.ts'

/** A directory inside a saved pipeline: Spark writes every stage, and every table of a stage, as one. */
export class SparkDirectory {
  /** Ends with `/` unless it is the artefact's own. */
  readonly path: string
  readonly #files: ReadonlyMap<string, Uint8Array>

  private constructor(files: ReadonlyMap<string, Uint8Array>, path: string) {
    this.#files = files
    this.path = path
  }

  static of(artefact: ModelArtefact): SparkDirectory {
    return new SparkDirectory(new Map(artefact.files.map(f => [f.path, f.bytes])), '')
  }

  child(name: string): SparkDirectory {
    return new SparkDirectory(this.#files, `${this.path}${name}/`)
  }

  get isEmpty(): boolean {
    for (const path of this.#files.keys()) if (path.startsWith(this.path)) return false
    return true
  }

  /** Names of the directories in this one. */
  children(): string[] {
    const names = new Set<string>()
    for (const path of this.#files.keys()) {
      if (!path.startsWith(this.path)) continue
      const end = path.indexOf('/', this.path.length)
      if (end > 0) names.add(path.slice(this.path.length, end))
    }
    return [...names]
  }

  /**
   * The data files of this directory in order of name. Spark named them `part-00000`, later with a suffix and `.txt` or
   * `.snappy.parquet`; checksums and `_SUCCESS` are no data.
   */
  parts(): { readonly path: string; readonly bytes: Uint8Array }[] {
    const found: { path: string; bytes: Uint8Array }[] = []
    for (const [path, bytes] of this.#files) {
      if (!path.startsWith(`${this.path}part-`) || path.endsWith('.crc')) continue
      if (!path.includes('/', this.path.length)) found.push({ path, bytes })
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** The first line of the first data file that has one: how Spark saves JSON. */
  line(): string {
    for (const { path, bytes } of this.parts()) {
      const end = bytes.indexOf(10)
      const line = bytes.subarray(0, end < 0 ? bytes.length : end)
      if (line.length === 0) continue
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(line)
      } catch (error) {
        throw sparkUnreadable(`"${path}" is not UTF-8 text`, error)
      }
    }
    throw sparkUnreadable(`there is no "${this.path}part-…"`)
  }
}
