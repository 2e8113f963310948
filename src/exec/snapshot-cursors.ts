import { assert } from '../common/assert.ts'
import type { OpenSnapshot, SnapshotPage } from '../state/state.ts'
import type { StatePart } from './state-parts.ts'

interface Cursor {
  readonly snapshot: OpenSnapshot
  readonly pages: Iterator<SnapshotPage>
}

/** The snapshots of one query that are being read on one executor, each a page at a time. */
export class SnapshotCursors {
  readonly #cursors = new Map<string, Cursor>()

  begin(part: StatePart, snapshot: OpenSnapshot): void {
    this.#cursors.set(nameOf(part), { snapshot, pages: snapshot[Symbol.iterator]() })
  }

  /** The next page, null after the last. */
  next(part: StatePart): SnapshotPage | null {
    const cursor = this.#cursors.get(nameOf(part))
    assert(cursor !== undefined, 'Pages are taken of a snapshot that was begun and not ended.', { ...part })
    const next = cursor.pages.next()
    if (next.done !== true) return next.value
    this.#cursors.delete(nameOf(part))
    return null
  }

  /** Lets go what was not read to its end. */
  end(): void {
    for (const { snapshot } of this.#cursors.values()) snapshot.close()
    this.#cursors.clear()
  }
}

function nameOf({ aggregation, partition }: StatePart): string {
  return `${aggregation}/${partition}`
}
