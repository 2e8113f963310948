import type { DataFrame, OutputMode, Session } from 'millrace'

/**
 * A query with its input files and its one expected result, whoever runs it and however often it is killed. The folder of
 * a golden query holds `query.ts` (this, as default export), `input/` and `expected.jsonl`, which has one row a line with
 * the batch that gave it, and the rows of the side outputs with the name of theirs.
 */
export interface GoldenQuery {
  readonly frame: (session: Session, input: string) => DataFrame<never> | Promise<DataFrame<never>>
  /** Update and complete go to foreachBatch, because a file cannot be taken back. @default 'append' */
  readonly outputMode?: OutputMode
  readonly lateRows?: boolean
  readonly deadLetters?: boolean
}

/** Any frame is one of unknown rows here: the runner looks at what was written only. */
export function golden<R>(query: Omit<GoldenQuery, 'frame'> & { readonly frame: (session: Session, input: string) => DataFrame<R> | Promise<DataFrame<R>> }): GoldenQuery {
  return query as unknown as GoldenQuery
}
