import type { Json } from '../../common/json.ts'

/** A file that was planned into a batch. `ordinal`: how many had been planned once it was. */
export interface SeenFile {
  readonly ordinal: number
  readonly mtimeMs: number
  /** In bytes; checkpoints of earlier versions do not say. */
  readonly size?: number
  /** Relative to the root. */
  readonly path: string
}

/**
 * The files read so far, by key (path relative to the root, or name alone). Those older than the newest one by more
 * than the age limit are forgotten: they are recognised by their age.
 */
export class SeenFiles {
  readonly #maxAgeMs: number
  readonly #byKey = new Map<string, SeenFile>()
  #newestMs = Number.NEGATIVE_INFINITY

  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs
  }

  /** What stands in the checkpoint: [ordinal, mtimeMs, size], without the size in old ones, and the path where the key is not it. */
  static toJson(key: string, { ordinal, mtimeMs, size, path }: SeenFile): Json {
    return [ordinal, mtimeMs, ...(size === undefined ? [] : [size]), ...(key === path ? [] : [path])]
  }

  static #fromJson(key: string, value: Json): SeenFile {
    const [ordinal, mtimeMs, ...rest] = value as readonly [number, number, ...(number | string)[]]
    const size = rest.find(item => typeof item === 'number')
    return { ordinal, mtimeMs, path: rest.find(item => typeof item === 'string') ?? key, ...(size === undefined ? {} : { size }) }
  }

  restore(remembered: ReadonlyMap<string, Json>): void {
    const entries = [...remembered].map(([key, value]) => [key, SeenFiles.#fromJson(key, value)] as const)
    // Forgetting walks from the front, so the oldest must stand there.
    entries.sort((a, b) => a[1].mtimeMs - b[1].mtimeMs)
    for (const [key, file] of entries) this.add(key, file)
  }

  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  add(key: string, file: SeenFile): void {
    this.#byKey.set(key, file)
    if (file.mtimeMs > this.#newestMs) this.#newestMs = file.mtimeMs
  }

  isTooOld(mtimeMs: number): boolean {
    return mtimeMs < this.#newestMs - this.#maxAgeMs
  }

  /** Drops what is too old by now and answers the keys. Stops at the first file that is not, so it never walks all. */
  forget(): string[] {
    const forgotten: string[] = []
    for (const [key, file] of this.#byKey) {
      if (!this.isTooOld(file.mtimeMs)) break
      forgotten.push(key)
    }
    for (const key of forgotten) this.#byKey.delete(key)
    return forgotten
  }

  /** Takes back the files planned beyond `ordinal`, of a batch that was given up. */
  takeBack(ordinal: number): void {
    this.#newestMs = Number.NEGATIVE_INFINITY
    for (const [key, file] of this.#byKey) {
      if (file.ordinal > ordinal) this.#byKey.delete(key)
      else if (file.mtimeMs > this.#newestMs) this.#newestMs = file.mtimeMs
    }
  }

  get(key: string): SeenFile | undefined {
    return this.#byKey.get(key)
  }

  /** About in the order of their times. */
  get keys(): Iterable<string> {
    return this.#byKey.keys()
  }

  get files(): Iterable<SeenFile> {
    return this.#byKey.values()
  }
}
