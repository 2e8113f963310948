import { makeError } from '../common/errors.ts'
import { option, optionTable, resolveOptions } from '../common/options.ts'
import { requireField } from '../columnar/schema.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { column } from './names.ts'
import type { JoinHow } from './row-types.ts'

/** The options as the plan needs them: names that both sides have, or a name of the left side → one of the right. */
export interface PlainJoinOptions {
  readonly on: readonly string[] | { readonly [left: string]: string }
  readonly how?: JoinHow
}

const joinOptions = optionTable({
  on: option.value<unknown>(undefined, 'The keys.', 'names or pairs of names', () => true),
  how: option.value<unknown>(undefined, 'The kind of join.', 'a kind of join', () => true),
})

const kinds: readonly JoinHow[] = ['inner', 'left', 'leftSemi', 'leftAnti']

/**
 * A join by equal columns; the right side's keys repeat the left's and are left out.
 * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_INVALID_OPTION, PLAN_UNKNOWN_OPTION
 */
export function joinPlan(left: LogicalPlan, right: LogicalPlan, options: PlainJoinOptions): LogicalPlan {
  const pairs = keyPairs(options?.on)
  resolveOptions(joinOptions, { ...options }, 'join()')
  for (const [l, r] of pairs) {
    requireField(outputSchema(left), l, 'join()')
    requireField(outputSchema(right), r, 'join()')
  }
  const how = options.how ?? 'inner'
  if (!kinds.includes(how)) throw unknownJoin(how)
  return Object.freeze({
    kind: 'join',
    left,
    right,
    how,
    keys: pairs.map(([l, r]) => ({ left: column(l), right: column(r) })),
    condition: null,
    dropRight: pairs.map(([, r]) => r),
  })
}

function keyPairs(on: PlainJoinOptions['on'] | undefined): readonly (readonly [left: string, right: string])[] {
  if (typeof on !== 'object' || on === null) throw new TypeError('join() takes a frame and { on: [names] } or { on: { left: right } }.')
  return Array.isArray(on) ? on.map((name: string) => [name, name] as const) : Object.entries(on)
}

function unknownJoin(how: string): Error {
  return makeError('PLAN_INVALID_OPTION', `There is no join "${how}" here, only ${kinds.map(k => `"${k}"`).join(', ')}.`, { context: { how } })
}
